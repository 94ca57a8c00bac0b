import mlx.core as mx

from .torch_module import _TorchModule


def _cross_map_lrn(input, size, alpha, beta, k):
    channels, reach = input.shape[1], int((size - 1) / 2)
    j = mx.arange(channels)
    away = j - j[:, None]
    summed = (mx.abs(away) <= reach) | (j == 0)  # PyTorch never takes the first channel out of its running sum
    behind = int(size - (size - 1) / 2)
    spread = (away >= -behind) & (away < size - behind)  # PyTorch's gradient takes other neighbours than its values

    def over_channels(taken, x):
        return (taken.astype(x.dtype) @ x.reshape(*x.shape[:2], -1)).reshape(x.shape)

    def scale_of(x):
        return k + alpha / size * over_channels(summed, mx.square(x))

    @mx.custom_function
    def normalised(x):
        return x * mx.power(scale_of(x), -beta)

    @normalised.vjp
    def gradient(x, cotangent, output):
        scale = scale_of(x)
        shared = over_channels(spread, cotangent * output / scale)
        return cotangent * mx.power(scale, -beta) - 2 * alpha * beta / size * x * shared

    return normalised(input)


class CrossMapLRN2d(_TorchModule):
    """PyTorch's `nn.CrossMapLRN2d`, to the letter: unlike `nn.LocalResponseNorm` it counts the first channel everywhere, and its gradient is its own."""

    def __init__(self, size, alpha=1e-4, beta=0.75, k=1):
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def __call__(self, input):
        if input.ndim != 4:
            raise ValueError(f"CrossMapLRN2d: expected a 4-dimensional input, got {input.ndim} dimensions")
        return _cross_map_lrn(input, self.size, self.alpha, self.beta, self.k)

    def _extra_repr(self):
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
