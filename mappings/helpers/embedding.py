import mlx.core as mx

from .assign_ import assign_
from .vector_norm import vector_norm


def embedding(input, weight, padding_idx=None, max_norm=None, norm_type=2.0):
    """``F.embedding``: rows of `weight`. The row `padding_idx` gets no gradient; `max_norm` first shrinks the looked-up rows in place."""
    input = mx.stop_gradient(input)
    if max_norm is not None and input.size:
        rows = mx.stop_gradient(weight[input])
        norm = vector_norm(rows, norm_type, -1, True)
        shrunk = mx.array(weight)
        shrunk[input] = rows * mx.where(norm > max_norm, max_norm / (norm + 1e-7), 1)
        assign_(weight, weight + mx.stop_gradient(shrunk - weight))
    rows = weight[input]
    if padding_idx is None:
        return rows
    padding = (input == padding_idx % weight.shape[0])[..., None]
    return mx.where(padding, mx.stop_gradient(rows), rows)
