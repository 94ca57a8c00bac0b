import math

import mlx.core as mx
import numpy as np

from .boxes import box_area
from .host_array import host_array
from .roi_align import roi_align
from .torch_module import _TorchModule


class MultiScaleRoIAlign(_TorchModule):
    """``torchvision.ops.MultiScaleRoIAlign``: `roi_align` of each box in the level of a feature pyramid that fits its area.

    Looks at the boxes on the host. The scales are those of the first call.
    """

    def __init__(self, featmap_names, output_size, sampling_ratio, *, canonical_scale=224, canonical_level=4):
        super().__init__()
        self.featmap_names, self.sampling_ratio = featmap_names, sampling_ratio
        self.output_size = (output_size, output_size) if isinstance(output_size, int) else tuple(output_size)
        self.canonical_scale, self.canonical_level = canonical_scale, canonical_level
        self.scales = None

    def _levels(self, boxes):
        sides = np.sqrt(host_array(mx.concatenate([box_area(own) for own in boxes])).astype(np.float32))
        with np.errstate(divide="ignore"):
            levels = np.floor(self.canonical_level + np.log2(sides / np.float32(self.canonical_scale)) + np.float32(1e-6))
        first, last = (int(-math.log2(scale)) for scale in (self.scales[0], self.scales[-1]))
        return np.clip(levels, first, last).astype(np.int64) - first

    def __call__(self, x, boxes, image_shapes):
        maps = [features for name, features in x.items() if name in self.featmap_names]
        if self.scales is None:
            height = max(shape[0] for shape in image_shapes)
            scales = [2.0 ** round(math.log2(features.shape[-2] / height)) for features in maps]
            object.__setattr__(self, "scales", scales)  # a list in the module's own dict would change its tree while it is differentiated
        pool = {"output_size": self.output_size, "sampling_ratio": self.sampling_ratio}
        if len(maps) == 1:
            return roi_align(maps[0], list(boxes), spatial_scale=self.scales[0], **pool)
        numbers = [mx.full((own.shape[0], 1), i, dtype=own.dtype) for i, own in enumerate(boxes)]
        rois = mx.concatenate([mx.concatenate(numbers), mx.concatenate(list(boxes))], axis=1)
        levels, parts, places = self._levels(boxes), [], []
        for level, (features, scale) in enumerate(zip(maps, self.scales)):
            own = np.flatnonzero(levels == level)
            parts.append(roi_align(features, rois[mx.array(own)], spatial_scale=scale, **pool).astype(maps[0].dtype))
            places.append(own)
        return mx.concatenate(parts)[mx.array(np.argsort(np.concatenate(places)))]
