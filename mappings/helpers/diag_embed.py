import mlx.core as mx

from .movedim import movedim


def diag_embed(input, offset=0, dim1=-2, dim2=-1):
    """``torch.diag_embed``: the last dimension becomes the diagonal of the new dimensions `dim1` and `dim2`."""
    size = input.shape[-1] + abs(offset)
    widths = [(0, 0)] * (input.ndim - 1) + [(max(-offset, 0), max(offset, 0))]
    on_diagonal = mx.eye(size, size, offset, dtype=mx.bool_)
    matrix = mx.where(on_diagonal, mx.pad(input, widths)[..., :, None], mx.array(0, input.dtype))
    return movedim(matrix, (-2, -1), (dim1, dim2))


def diagonal_scatter(input, src, offset=0, dim1=0, dim2=1):
    """``torch.diagonal_scatter``: a copy of `input` with `src`, or one value, on its diagonal."""
    output = mx.array(movedim(input, (dim1, dim2), (-2, -1)))
    down, right = max(-offset, 0), max(offset, 0)
    steps = mx.arange(max(min(output.shape[-2] - down, output.shape[-1] - right), 0))
    output[..., steps + down, steps + right] = src
    return movedim(output, (-2, -1), (dim1, dim2))


def diagonal_assign_(input, src, offset=0, dim1=0, dim2=1):
    """``torch.diagonal(x).add_(1)`` used as a value: `x` has `src` on its diagonal from here on."""
    input[...] = diagonal_scatter(input, src, offset, dim1, dim2)
    return mx.diagonal(input, offset, dim1, dim2)


def fill_diagonal(input, fill_value, wrap=False):
    """The value of ``x.fill_diagonal_(fill_value)``; `wrap` starts the diagonal again below a tall matrix."""
    if input.ndim == 2:
        rows, columns = input.shape
        stop = input.size if wrap else min(rows, columns) * columns
        places = mx.arange(0, stop, columns + 1)
    else:
        strides = sum(input.shape[0] ** k for k in range(input.ndim))
        places = mx.arange(input.shape[0]) * strides
    flat = mx.array(input.reshape(-1))
    flat[places] = mx.array(fill_value, input.dtype)
    return flat.reshape(input.shape)


def block_diag(*tensors):
    """``torch.block_diag``: the matrices along the diagonal of one."""
    blocks = [mx.atleast_2d(tensor) for tensor in tensors]
    total, before, rows = sum(block.shape[1] for block in blocks), 0, []
    for block in blocks:
        rows.append(mx.pad(block, [(0, 0), (before, total - before - block.shape[1])]))
        before += block.shape[1]
    return mx.concatenate(rows)
