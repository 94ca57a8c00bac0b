"""The pooling functions of `F` as values: ``pool = F.max_pool2d``."""

from .adaptive_avg_pool import adaptive_avg_pool
from .adaptive_max_pool import adaptive_max_pool
from .avg_pool import avg_pool
from .max_pool import max_pool


def max_pool1d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """`F.max_pool1d` as a value."""
    return max_pool(input, 1, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """`F.max_pool2d` as a value."""
    return max_pool(input, 2, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """`F.max_pool3d` as a value."""
    return max_pool(input, 3, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def avg_pool1d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """`F.avg_pool1d` as a value."""
    return avg_pool(input, 1, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    """`F.avg_pool2d` as a value."""
    return avg_pool(input, 2, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    """`F.avg_pool3d` as a value."""
    return avg_pool(input, 3, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def adaptive_avg_pool1d(input, output_size):
    """`F.adaptive_avg_pool1d` as a value."""
    return adaptive_avg_pool(input, 1, output_size)


def adaptive_avg_pool2d(input, output_size):
    """`F.adaptive_avg_pool2d` as a value."""
    return adaptive_avg_pool(input, 2, output_size)


def adaptive_avg_pool3d(input, output_size):
    """`F.adaptive_avg_pool3d` as a value."""
    return adaptive_avg_pool(input, 3, output_size)


def adaptive_max_pool1d(input, output_size, return_indices=False):
    """`F.adaptive_max_pool1d` as a value."""
    return adaptive_max_pool(input, 1, output_size, return_indices)


def adaptive_max_pool2d(input, output_size, return_indices=False):
    """`F.adaptive_max_pool2d` as a value."""
    return adaptive_max_pool(input, 2, output_size, return_indices)


def adaptive_max_pool3d(input, output_size, return_indices=False):
    """`F.adaptive_max_pool3d` as a value."""
    return adaptive_max_pool(input, 3, output_size, return_indices)
