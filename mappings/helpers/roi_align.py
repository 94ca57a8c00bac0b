import math

import mlx.core as mx
import numpy as np

from .host_array import host_array
from .ntuple import ntuple
from .torch_module import _TorchModule


def _boxes_by_image(boxes):
    """[(image, boxes of it)], and where each box belongs in the result: None if they are in order already.

    torchvision takes a list of boxes (L, 4) for each image, or boxes (K, 5) whose first column is the number of the image.
    """
    if isinstance(boxes, (list, tuple)):
        if any(own.shape[1] != 4 for own in boxes):
            raise AssertionError("The shape of the tensor in the boxes list is not correct as List[Tensor[L, 4]]")
        return list(enumerate(boxes)), None
    if boxes.shape[1] != 5:
        raise AssertionError("The boxes tensor shape is not correct as Tensor[K, 5]")
    images = host_array(boxes[:, 0]).astype(np.int64)
    groups = [(int(image), boxes[mx.array(np.flatnonzero(images == image)), 1:]) for image in np.unique(images)]
    return groups, mx.array(np.argsort(np.argsort(images, kind="stable"), kind="stable"))


def _pooled(input, boxes, output_size, pool):
    """`pool(image, boxes of it)` for all images, in the order of the boxes."""
    groups, places = _boxes_by_image(boxes)
    parts = [pool(input[image], own) for image, own in groups if own.shape[0]]
    if not parts:
        return mx.zeros((0, input.shape[1], *output_size), dtype=input.dtype)
    result = mx.concatenate(parts)
    return result if places is None else result[places]


def _interpolation(low, high, bins, size, samples, aligned):
    """How much of each of `size` lines is in the mean of the samples of each bin: (K, bins, size)."""
    length = high - low if aligned else mx.maximum(high - low, 1)
    step = (length / bins)[:, None, None]
    count = mx.full(step.shape, samples, dtype=low.dtype) if samples > 0 else mx.ceil(step)
    most = samples if samples > 0 else max(int(mx.max(count).item()), 1)
    sample = mx.arange(most, dtype=low.dtype)
    at = low[:, None, None] + mx.arange(bins, dtype=low.dtype)[:, None] * step + (sample + 0.5) * (step / mx.maximum(count, 1))
    counts = (sample < count) & (at >= -1) & (at <= size)
    lines = mx.arange(size, dtype=low.dtype)
    near = mx.maximum(1 - mx.abs(mx.clip(at, 0, size - 1)[..., None] - lines), 0)
    return (near * counts[..., None]).sum(axis=2) / mx.maximum(count, 1)


def roi_align(input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1, aligned=False):
    """``torchvision.ops.roi_align``: the means of bilinear samples in the bins of boxes, (K, C, *output_size). Boxes get no gradient.

    The interpolation is separable, so it is two matrix products for each image. Boxes (K, 5), and a `sampling_ratio` that is not positive, are
    looked at on the host.
    """
    bins_y, bins_x = ntuple(output_size, 2)
    height, width = input.shape[2:]

    def pool(image, own):
        own = mx.stop_gradient(own).astype(mx.float32) * spatial_scale - (0.5 if aligned else 0)
        rows = _interpolation(own[:, 1], own[:, 3], bins_y, height, sampling_ratio, aligned)
        columns = _interpolation(own[:, 0], own[:, 2], bins_x, width, sampling_ratio, aligned)
        narrowed = image.astype(mx.float32) @ columns[:, None].swapaxes(-1, -2)  # (K, C, H, bins_x)
        return (rows[:, None] @ narrowed).astype(input.dtype)

    return _pooled(input, boxes, (bins_y, bins_x), pool)


def _bin_edges(low, high, bins, size, spatial_scale):
    """The lines (start, end) of the bins of one box, which torchvision rounds half away from zero."""
    low, high = (math.floor(abs(edge) * spatial_scale + 0.5) * (1 if edge >= 0 else -1) for edge in (low, high))
    step = np.float32(max(high - low + 1, 1)) / np.float32(bins)
    starts = [min(max(math.floor(i * step) + low, 0), size) for i in range(bins)]
    ends = [min(max(math.ceil((i + 1) * step) + low, 0), size) for i in range(bins)]
    return list(zip(starts, ends))


def _first_largest(region):
    """The largest value of each channel, whose gradient goes to the first place that has it; zero where the region is empty."""
    flat = region.reshape(region.shape[0], math.prod(region.shape[1:]))
    if flat.shape[1] == 0:
        return mx.zeros((flat.shape[0],), dtype=flat.dtype)
    return mx.take_along_axis(flat, mx.stop_gradient(mx.argmax(flat, axis=1, keepdims=True)), axis=1)[:, 0]


def roi_pool(input, boxes, output_size, spatial_scale=1.0):
    """``torchvision.ops.roi_pool``: the largest values in the bins of boxes, (K, C, *output_size). Looks at the boxes on the host."""
    bins_y, bins_x = ntuple(output_size, 2)
    height, width = input.shape[2:]

    def pool(image, own):
        pooled = []
        for x1, y1, x2, y2 in host_array(own):
            rows, columns = _bin_edges(y1, y2, bins_y, height, spatial_scale), _bin_edges(x1, x2, bins_x, width, spatial_scale)
            values = [_first_largest(image[:, top:bottom, left:right]) for top, bottom in rows for left, right in columns]
            pooled.append(mx.stack(values, axis=1).reshape(-1, bins_y, bins_x))
        return mx.stack(pooled)

    return _pooled(input, boxes, (bins_y, bins_x), pool)


class RoIAlign(_TorchModule):
    """``torchvision.ops.RoIAlign``: `roi_align` as a layer."""

    def __init__(self, output_size, spatial_scale, sampling_ratio, aligned=False):
        super().__init__()
        self.output_size, self.spatial_scale = output_size, spatial_scale
        self.sampling_ratio, self.aligned = sampling_ratio, aligned

    def __call__(self, input, rois):
        return roi_align(input, rois, self.output_size, self.spatial_scale, self.sampling_ratio, self.aligned)


class RoIPool(_TorchModule):
    """``torchvision.ops.RoIPool``: `roi_pool` as a layer."""

    def __init__(self, output_size, spatial_scale):
        super().__init__()
        self.output_size, self.spatial_scale = output_size, spatial_scale

    def __call__(self, input, rois):
        return roi_pool(input, rois, self.output_size, self.spatial_scale)
