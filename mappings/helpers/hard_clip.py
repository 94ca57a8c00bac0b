import mlx.core as mx


def hard_clip(input, min=None, max=None):
    """``torch.clamp`` in front of a root or a logarithm: no gradient where it clamps, whatever follows.

    MLX multiplies the gradient by zero there, and zero times infinity is NaN.
    """

    @mx.custom_function
    def clip(x):
        return mx.clip(x, min, max)

    @clip.vjp
    def clip_vjp(x, cotangent, _):
        if min is not None:
            cotangent = mx.where(x <= min, 0, cotangent)
        if max is not None:
            cotangent = mx.where(x >= max, 0, cotangent)
        return cotangent

    return clip(input)


def hard_fill(input, mask, value):
    """``x.masked_fill(mask, value)`` in front of a root or a logarithm: no gradient where it fills, whatever follows."""

    @mx.custom_function
    def fill(x):
        return mx.where(mask, value, x)

    @fill.vjp
    def fill_vjp(x, cotangent, _):
        return mx.where(mask, 0, cotangent)

    return fill(mx.broadcast_to(input, mx.broadcast_shapes(input.shape, mask.shape)))
