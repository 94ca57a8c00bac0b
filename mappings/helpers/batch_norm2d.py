import mlx.core as mx
import mlx.nn as nn

from .register_buffer import register_buffer
from .torch_module import _TorchModule


class BatchNorm(_TorchModule, nn.BatchNorm):
    """PyTorch's batch normalisation over axis 1.

    Training normalises by the biased variance of the batch and moves `running_var` to the unbiased one;
    `momentum=None` keeps the plain average of all batches. The running statistics and the count of batches are buffers: saved, not trained.
    """

    ranks = (2, 3, 4, 5)

    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, device=None,
                 dtype=None, *, bias=True):
        nn.Module.__init__(self)
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
        """In place: whoever holds a buffer, as a `state_dict()` does, sees it move."""
        self.num_batches_tracked += 1
        m = 1 / self.num_batches_tracked if self.momentum is None else self.momentum
        mean, var = mx.stop_gradient(mean), mx.stop_gradient(mx.var(x, axis=axes, ddof=1))
        self.running_mean[...] = ((1 - m) * self.running_mean + m * mean).astype(self.running_mean.dtype)
        self.running_var[...] = ((1 - m) * self.running_var + m * var).astype(self.running_var.dtype)

    def _check_input_dim(self, input):
        if input.ndim not in self.ranks:
            raise ValueError(f"{type(self).__name__} takes input of rank {self.ranks}, not {input.ndim}")

    def __call__(self, input):
        self._check_input_dim(input)
        x = input.astype(mx.float32) if input.dtype in (mx.float16, mx.bfloat16) else input
        axes = (0, *range(2, x.ndim))
        if self.training or self.running_mean is None:
            if self.training and x.size == x.shape[1]:
                raise ValueError("BatchNorm needs more than one value per channel to train")
            mean, var = mx.mean(x, axis=axes), mx.var(x, axis=axes)
            if self.training and self.track_running_stats and self.running_mean is not None:
                self._track(x, mean, axes)
        else:
            mean, var = self.running_mean, self.running_var
        channel = (1, -1, *[1] * (x.ndim - 2))
        scale = mx.rsqrt(var + self.eps)
        if self.weight is not None:
            scale = scale * self.weight
        y = (x - mean.reshape(channel)) * scale.reshape(channel)
        if self.bias is not None:
            y = y + self.bias.reshape(channel)
        return y.astype(input.dtype)


class BatchNorm1d(BatchNorm):
    """PyTorch's `nn.BatchNorm1d`: input (N, C) or (N, C, L)."""

    ranks = (2, 3)


class BatchNorm2d(BatchNorm):
    """PyTorch's `nn.BatchNorm2d`: input (N, C, H, W)."""

    ranks = (4,)


class BatchNorm3d(BatchNorm):
    """PyTorch's `nn.BatchNorm3d`: input (N, C, D, H, W)."""

    ranks = (5,)


class SyncBatchNorm(BatchNorm):
    """PyTorch's `nn.SyncBatchNorm` on one process, where it is batch normalisation."""

    process_group = None

    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True,
                 process_group=None, device=None, dtype=None, *, bias=True):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    @classmethod
    def convert_sync_batchnorm(cls, module, process_group=None):
        return module
