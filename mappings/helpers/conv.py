import mlx.core as mx

from .axis_slice import axis_slice
from .ntuple import ntuple


def _by_group(run, input, weight, groups):
    """MLX has no grouped 3-D convolution: there, one call for each group."""
    if groups == 1 or weight.ndim < 5:
        return run(input, weight, groups)
    parts = zip(mx.split(input, groups, axis=1), mx.split(weight, groups, axis=0))
    return mx.concatenate([run(i, w, 1) for i, w in parts], axis=-1)


def _finish(output, bias, batched):
    output = mx.moveaxis(output if bias is None else output + bias, -1, 1)
    return output if batched else output[0]


def conv(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """``F.conv1d/2d/3d`` in PyTorch's layout: input (N, C, ...) or (C, ...), weight (O, C / groups, ...), also "same" and "valid"."""
    nd = weight.ndim - 2
    batched = input.ndim == nd + 2
    stride, dilation, kernel = ntuple(stride, nd), ntuple(dilation, nd), weight.shape[2:]
    if padding == "same":
        total = [d * (k - 1) for d, k in zip(dilation, kernel)]
        before, after = [t // 2 for t in total], [t - t // 2 for t in total]
    else:
        before = after = list(ntuple(0 if padding == "valid" else padding, nd))

    def run(input, weight, groups):
        return mx.conv_general(
            mx.moveaxis(input, 1, -1),
            mx.moveaxis(weight, 1, -1),
            stride=list(stride),
            padding=(before, after),
            kernel_dilation=list(dilation),
            groups=groups,
        )

    return _finish(_by_group(run, input if batched else input[None], weight, groups), bias, batched)


def conv_transpose(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """``F.conv_transpose1d/2d/3d`` in PyTorch's layout: input (N, C, ...) or (C, ...), weight (C, O / groups, ...)."""
    nd = weight.ndim - 2
    batched = input.ndim == nd + 2
    stride, padding, extra, dilation = (ntuple(v, nd) for v in (stride, padding, output_padding, dilation))
    before = [d * (k - 1) - p for d, k, p in zip(dilation, weight.shape[2:], padding)]
    after = [b + e for b, e in zip(before, extra)]
    reach = [d * (k - 1) for d, k in zip(dilation, weight.shape[2:])]

    def run(input, weight, groups):
        per_group = (groups, weight.shape[0] // groups) + weight.shape[1:]  # (g, C / g, O / g, ...)
        weight = mx.moveaxis(weight.reshape(per_group), 1, -1)  # (g, O / g, ..., C / g)
        return mx.conv_general(
            mx.moveaxis(input, 1, -1),
            weight.reshape((-1,) + weight.shape[2:]),
            stride=1,
            padding=([max(b, 0) for b in before], [min(max(a, 0), r) for a, r in zip(after, reach)]),
            kernel_dilation=list(dilation),
            input_dilation=list(stride),
            groups=groups,
            flip=True,
        )

    output = _by_group(run, input if batched else input[None], weight, groups)
    for dim, (b, a) in enumerate(zip(before, after), start=1):  # more padding than the kernel reaches: PyTorch crops
        output = axis_slice(output, dim, max(-b, 0), output.shape[dim] - max(-a, 0))
    # Nothing reaches past the kernel, and with such padding the gradient of `conv_general` has a wrong shape.
    beyond = [max(a - r, 0) for a, r in zip(after, reach)]
    if any(beyond):
        output = mx.pad(output, [(0, 0), *((0, size) for size in beyond), (0, 0)])
    return _finish(output, bias, batched)
