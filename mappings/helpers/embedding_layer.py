import mlx.core as mx
import mlx.nn as nn

from .embedding_bag import embedding_bag
from .torch_module import _TorchModule


class _RowsOfNorm(_TorchModule):
    def _weight_for(self, input):
        """The weight with the used rows cut to `max_norm`, if there is one; PyTorch stores it before the lookup."""
        weight = self.weight
        if self.max_norm is None:
            return weight
        used = mx.zeros((self.num_embeddings,)).at[input.reshape(-1)].add(1) > 0
        norm = mx.power(mx.sum(mx.power(mx.abs(weight), self.norm_type), axis=1), 1 / self.norm_type)
        scale = mx.where(used & (norm > self.max_norm), self.max_norm / (norm + 1e-7), 1)
        rescaled = mx.stop_gradient(weight * scale[:, None])
        self.weight = rescaled
        return weight + mx.stop_gradient(rescaled - weight)


class Embedding(_RowsOfNorm, nn.Embedding):
    """PyTorch's `nn.Embedding`: standard normal rows, no gradient into row `padding_idx`, `max_norm` rescales used rows."""

    scale_grad_by_freq = False

    def __init__(self, num_embeddings, embedding_dim, padding_idx=None, max_norm=None, norm_type=2.0,
                 scale_grad_by_freq=False, sparse=False, _weight=None, _freeze=False, device=None, dtype=None):
        nn.Module.__init__(self)
        if scale_grad_by_freq:
            raise NotImplementedError("scale_grad_by_freq")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        if padding_idx is not None and padding_idx < 0:
            padding_idx += num_embeddings
        self.padding_idx, self.max_norm, self.norm_type, self.sparse = padding_idx, max_norm, norm_type, sparse
        self.weight = mx.zeros((num_embeddings, embedding_dim)) if _weight is None else _weight
        if _weight is None:
            self.reset_parameters()
        if _freeze:
            self.freeze(keys=["weight"], recurse=False)
        if dtype is not None:
            self.set_dtype(dtype)

    def reset_parameters(self):
        self.weight[...] = mx.random.normal(self.weight.shape, self.weight.dtype)
        if self.padding_idx is not None:
            self.weight[self.padding_idx] = 0

    @classmethod
    def from_pretrained(cls, embeddings, freeze=True, padding_idx=None, max_norm=None, norm_type=2.0,
                        scale_grad_by_freq=False, sparse=False):
        return cls(*embeddings.shape, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, embeddings, freeze)

    def __call__(self, input):
        # Places have no gradient; MLX asks for one where they are made from what has.
        input = mx.stop_gradient(input)
        rows = self._weight_for(input)[input]
        if self.padding_idx is None:
            return rows
        return mx.where((input == self.padding_idx)[..., None], mx.stop_gradient(rows), rows)


class EmbeddingBag(_RowsOfNorm):
    """PyTorch's `nn.EmbeddingBag`: the sum, mean or maximum of the rows of each bag; `max_norm` rescales used rows."""

    scale_grad_by_freq = False

    def __init__(self, num_embeddings, embedding_dim, max_norm=None, norm_type=2.0, scale_grad_by_freq=False,
                 mode="mean", sparse=False, _weight=None, include_last_offset=False, padding_idx=None, device=None,
                 dtype=None):
        super().__init__()
        if scale_grad_by_freq:
            raise NotImplementedError("scale_grad_by_freq")
        self.num_embeddings, self.embedding_dim, self.mode = num_embeddings, embedding_dim, mode
        if padding_idx is not None and padding_idx < 0:
            padding_idx += num_embeddings
        self.include_last_offset, self.padding_idx = include_last_offset, padding_idx
        self.max_norm, self.norm_type, self.sparse = max_norm, norm_type, sparse
        self.weight = mx.zeros((num_embeddings, embedding_dim)) if _weight is None else _weight
        if _weight is None:
            self.reset_parameters()
        if dtype is not None:
            self.set_dtype(dtype)

    def reset_parameters(self):
        self.weight[...] = mx.random.normal(self.weight.shape, self.weight.dtype)
        if self.padding_idx is not None:
            self.weight[self.padding_idx] = 0

    @classmethod
    def from_pretrained(cls, embeddings, freeze=True, max_norm=None, norm_type=2.0, scale_grad_by_freq=False,
                        mode="mean", sparse=False, include_last_offset=False, padding_idx=None):
        layer = cls(*embeddings.shape, max_norm, norm_type, scale_grad_by_freq, mode, sparse, embeddings,
                    include_last_offset, padding_idx)
        if freeze:
            layer.freeze(keys=["weight"], recurse=False)
        return layer

    def __call__(self, input, offsets=None, per_sample_weights=None):
        return embedding_bag(input, self._weight_for(input), offsets, mode=self.mode, per_sample_weights=per_sample_weights,
                             include_last_offset=self.include_last_offset, padding_idx=self.padding_idx)
