import mlx.core as mx

from .torch_module import _TorchModule


def stochastic_depth(input, p, mode, training=True):
    """``torchvision.ops.stochastic_depth``: zeros samples ("row") or the whole batch ("batch"). The random numbers are not those of PyTorch."""
    if not 0 <= p <= 1:
        raise ValueError(f"drop probability has to be between 0 and 1, but got {p}")
    if mode not in ("batch", "row"):
        raise ValueError(f"mode has to be either 'batch' or 'row', but got {mode}")
    if not training or p == 0:
        return input
    keep = mx.random.bernoulli(1 - p, (input.shape[0] if mode == "row" else 1, *[1] * (input.ndim - 1)))
    return input * (keep.astype(input.dtype) / (1 - p if p < 1 else 1))


class StochasticDepth(_TorchModule):
    """``torchvision.ops.StochasticDepth``: `stochastic_depth` while training."""

    def __init__(self, p, mode):
        super().__init__()
        self.p, self.mode = p, mode

    def __call__(self, input):
        return stochastic_depth(input, self.p, self.mode, self.training)

    def _extra_repr(self):
        return f"p={self.p}, mode={self.mode}"
