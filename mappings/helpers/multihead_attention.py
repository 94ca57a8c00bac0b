import math

import mlx.core as mx

from .dropout import dropout
from .init import xavier_normal_, xavier_uniform_
from .linear import Linear
from .torch_module import _TorchModule


def _added_mask(mask, dtype):
    """A boolean mask (true = not allowed) as numbers that are added to the scores."""
    if mask.dtype == mx.bool_:
        return mx.where(mask, mx.array(-math.inf, dtype), mx.array(0, dtype))
    return mask.astype(dtype)


class MultiheadAttention(_TorchModule):
    """PyTorch's `nn.MultiheadAttention`: its packed parameters, both masks, and (output, weights) as result.

    Boolean masks are true where attention is *not* allowed, the opposite of `mx.fast.scaled_dot_product_attention`.
    """

    def __init__(self, embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False,
                 kdim=None, vdim=None, batch_first=False, device=None, dtype=None):
        super().__init__()
        if embed_dim % num_heads:
            raise ValueError("embed_dim must be divisible by num_heads")
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.kdim, self.vdim = kdim or embed_dim, vdim or embed_dim
        self.dropout, self.batch_first, self.add_zero_attn = dropout, batch_first, add_zero_attn
        if self.kdim == self.vdim == embed_dim:
            self.in_proj_weight = mx.zeros((3 * embed_dim, embed_dim))
            self.q_proj_weight = self.k_proj_weight = self.v_proj_weight = None
        else:
            self.in_proj_weight = None
            self.q_proj_weight = mx.zeros((embed_dim, embed_dim))
            self.k_proj_weight = mx.zeros((embed_dim, self.kdim))
            self.v_proj_weight = mx.zeros((embed_dim, self.vdim))
        self.in_proj_bias = mx.zeros((3 * embed_dim,)) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias=bias)
        self.bias_k = mx.zeros((1, 1, embed_dim)) if add_bias_kv else None
        self.bias_v = mx.zeros((1, 1, embed_dim)) if add_bias_kv else None
        self._reset_parameters()
        if dtype is not None:
            self.set_dtype(dtype)

    def _reset_parameters(self):
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            if name in self:
                xavier_uniform_(self[name])
        if self.in_proj_bias is not None:
            self.in_proj_bias = mx.zeros_like(self.in_proj_bias)
            self.out_proj.bias = mx.zeros_like(self.out_proj.bias)
        if self.bias_k is not None:
            xavier_normal_(self.bias_k)
            xavier_normal_(self.bias_v)

    def _project(self, *inputs):
        """Query, key and value, each (batch, length, embed_dim)."""
        if "in_proj_weight" in self:
            weights = mx.split(self.in_proj_weight, 3)
        else:
            weights = self.q_proj_weight, self.k_proj_weight, self.v_proj_weight
        if self.in_proj_bias is None:
            return [x @ weight.T for x, weight in zip(inputs, weights)]
        biases = mx.split(self.in_proj_bias, 3)
        return [mx.addmm(bias, x, weight.T) for x, weight, bias in zip(inputs, weights, biases)]

    def _mask(self, attn_mask, key_padding_mask, batch, dtype):
        mask = None
        if attn_mask is not None:
            mask = _added_mask(attn_mask, dtype)
            if mask.ndim == 3:
                mask = mask.reshape(batch, self.num_heads, *mask.shape[1:])
        if key_padding_mask is not None:
            padding = _added_mask(key_padding_mask, dtype)[:, None, None, :]
            mask = padding if mask is None else mask + padding
        return mask

    def _attend(self, q, k, v, mask, need_weights):
        """(output, weights) of heads (batch, heads, length, head_dim)."""
        scale = self.head_dim**-0.5
        if not need_weights and not (self.training and self.dropout):
            output = mx.fast.scaled_dot_product_attention(q, k, v, scale=scale, mask=mask)
            if mask is not None:  # PyTorch gives zeros where nothing may be attended to
                output = mx.where(mx.all(mask == -math.inf, axis=-1, keepdims=True), 0, output)
            return output, None
        scores = (q * scale) @ k.swapaxes(-1, -2)
        weights = mx.softmax(scores if mask is None else scores + mask, axis=-1, precise=True)
        weights = dropout(weights, self.dropout, self.training)
        return weights @ v, weights

    def __call__(self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None,
                 average_attn_weights=True, is_causal=False):
        if is_causal and attn_mask is None:
            raise ValueError("is_causal is a hint about attn_mask, which has to be given")
        batched = query.ndim == 3
        if not batched:
            query, key, value = query[None], key[None], value[None]
            key_padding_mask = None if key_padding_mask is None else key_padding_mask[None]
        elif not self.batch_first:
            query, key, value = (x.swapaxes(0, 1) for x in (query, key, value))
        batch, length = query.shape[:2]
        q, k, v = self._project(query, key, value)
        mask = self._mask(attn_mask, key_padding_mask, batch, q.dtype)
        if self.bias_k is not None:
            k = mx.concatenate([k, mx.broadcast_to(self.bias_k, (batch, 1, self.embed_dim))], axis=1)
            v = mx.concatenate([v, mx.broadcast_to(self.bias_v, (batch, 1, self.embed_dim))], axis=1)
        q, k, v = (mx.unflatten(x, -1, (self.num_heads, self.head_dim)).swapaxes(1, 2) for x in (q, k, v))
        if self.add_zero_attn:
            k, v = (mx.pad(x, [(0, 0), (0, 0), (0, 1), (0, 0)]) for x in (k, v))
        if mask is not None:  # the added keys are open to all queries
            mask = mx.pad(mask, [(0, 0)] * (mask.ndim - 1) + [(0, k.shape[2] - mask.shape[-1])])
        output, weights = self._attend(q, k, v, mask, need_weights)
        output = self.out_proj(output.swapaxes(1, 2).reshape(batch, length, self.embed_dim))
        if not need_weights:
            weights = None
        elif average_attn_weights:
            weights = mx.mean(weights, axis=1)
        if not batched:
            return output[0], None if weights is None else weights[0]
        return (output if self.batch_first else output.swapaxes(0, 1)), weights
