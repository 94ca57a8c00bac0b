import mlx.core as mx

from .register_buffer import register_buffer
from .to_float import to_accumulate
from .torch_module import _TorchModule


class _InstanceNorm(_TorchModule):
    """PyTorch's instance normalisation: every channel of every sample by itself, channels in axis 1.

    With `track_running_stats` evaluation uses the running averages over samples.
    """

    dims = 2

    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=False, track_running_stats=False, device=None,
                 dtype=None, *, bias=True):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight = mx.ones((num_features,)) if affine else None
        self.bias = mx.zeros((num_features,)) if affine and bias else None
        register_buffer(self, "running_mean", mx.zeros((num_features,)) if track_running_stats else None)
        register_buffer(self, "running_var", mx.ones((num_features,)) if track_running_stats else None)
        register_buffer(self, "num_batches_tracked", mx.array(0, dtype=mx.int64) if track_running_stats else None)
        if dtype is not None:
            self.set_dtype(dtype)

    def reset_running_stats(self):
        if self.track_running_stats:
            self.running_mean[...] = 0
            self.running_var[...] = 1
            self.num_batches_tracked[...] = 0

    def reset_parameters(self):
        self.reset_running_stats()
        if self.weight is not None:
            self.weight[...] = 1
        if self.bias is not None:
            self.bias[...] = 0

    def _track(self, x, mean, axes):
        """In place, as `BatchNorm` does."""
        m = 0.0 if self.momentum is None else self.momentum  # unlike batch normalisation, and it counts no batches
        mean = mx.stop_gradient(mx.mean(mean, axis=(0, *axes)))
        var = mx.stop_gradient(mx.mean(mx.var(x, axis=axes, ddof=1), axis=0))
        self.running_mean[...] = ((1 - m) * self.running_mean + m * mean).astype(self.running_mean.dtype)
        self.running_var[...] = ((1 - m) * self.running_var + m * var).astype(self.running_var.dtype)

    def _check_input_dim(self, input):
        if input.ndim not in (self.dims + 1, self.dims + 2):
            raise ValueError(f"{type(self).__name__} takes input of rank {self.dims + 1} or {self.dims + 2}")

    def __call__(self, input):
        self._check_input_dim(input)
        single = input.ndim == self.dims + 1
        x = to_accumulate(input[None] if single else input)
        axes = tuple(range(2, x.ndim))
        channel = (-1, *[1] * (x.ndim - 2))
        if self.training or not self.track_running_stats or self.running_mean is None:
            if x.size == x.shape[0] * x.shape[1]:
                raise ValueError("InstanceNorm needs more than one spatial element to train")
            mean, var = mx.mean(x, axis=axes, keepdims=True), mx.var(x, axis=axes, keepdims=True)
            if self.running_mean is not None:
                self._track(x, mean, axes)
        else:
            mean, var = self.running_mean.reshape(channel), self.running_var.reshape(channel)
        y = (x - mean) * mx.rsqrt(var + self.eps)
        if self.weight is not None:
            y = y * self.weight.reshape(channel)
        if self.bias is not None:
            y = y + self.bias.reshape(channel)
        return (y[0] if single else y).astype(input.dtype)


class InstanceNorm1d(_InstanceNorm):
    """PyTorch's `nn.InstanceNorm1d`: input (N, C, L) or (C, L)."""

    dims = 1


class InstanceNorm2d(_InstanceNorm):
    """PyTorch's `nn.InstanceNorm2d`: input (N, C, H, W) or (C, H, W)."""


class InstanceNorm3d(_InstanceNorm):
    """PyTorch's `nn.InstanceNorm3d`: input (N, C, D, H, W) or (C, D, H, W)."""

    dims = 3
