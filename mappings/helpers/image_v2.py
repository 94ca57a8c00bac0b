"""What `torchvision.transforms.v2` does otherwise than its first version, for one image."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from .image import InterpolationMode, _interpolation_name, _largest, _pil_filter, convert_image_dtype, get_dimensions, pil_to_tensor
from .image_geometry import _resized_size, image_crop, image_pad, image_resize
from .image_random import RandomResizedCrop
from .to_float import is_floating_point


def to_image(inpt):
    """``torchvision.transforms.v2.functional.to_image``: a PIL image or an array of (H, W, C), channels first, its values unscaled."""
    if isinstance(inpt, np.ndarray):
        return mx.array(inpt[None] if inpt.ndim == 2 else inpt.transpose(2, 0, 1))
    return inpt if isinstance(inpt, mx.array) else pil_to_tensor(inpt)


def to_dtype_image(inpt, dtype=mx.float32, scale=False):
    """``torchvision.transforms.v2.functional.to_dtype``: a cast, with `scale` from and to the range of the dtype."""
    if not isinstance(inpt, mx.array) or inpt.dtype == dtype:
        return inpt
    if not scale:
        return inpt.astype(dtype)
    if not is_floating_point(inpt) and mx.issubdtype(dtype, mx.floating):
        return inpt.astype(dtype) * (1.0 / _largest(inpt.dtype))
    return convert_image_dtype(inpt, dtype)


def resize_v2(inpt, size, interpolation=InterpolationMode.BILINEAR, max_size=None, antialias=True):
    """``torchvision.transforms.v2.functional.resize``. Bytes are resized by PIL's arithmetic, as torchvision does on CPUs with AVX2.

    A byte may differ by one or two: PyTorch's own kernels round in different ways.
    """
    is_bytes = isinstance(inpt, mx.array) and inpt.dtype == mx.uint8
    if not is_bytes or _interpolation_name(interpolation) not in ("bilinear", "bicubic"):
        return image_resize(inpt, size, interpolation, max_size, antialias)
    if not antialias:
        raise NotImplementedError("resize_v2 of bytes has antialias=True alone: convert to float32 first")
    from PIL import Image

    _, *old = get_dimensions(inpt)
    new = _resized_size(*old, size, max_size)
    planes = np.array(inpt).reshape(-1, *old)
    resized = [np.array(Image.fromarray(plane).resize(new[::-1], _pil_filter(interpolation))) for plane in planes]
    return inpt if new == old else mx.array(np.stack(resized)).reshape(*inpt.shape[:-2], *new)


def resized_crop_v2(inpt, top, left, height, width, size, interpolation=InterpolationMode.BILINEAR, antialias=True):
    """``torchvision.transforms.v2.functional.resized_crop``."""
    return resize_v2(image_crop(inpt, top, left, height, width), size, interpolation, antialias=antialias)


def pad_v2(inpt, padding, fill=None, padding_mode="constant"):
    """``torchvision.transforms.v2.functional.pad``."""
    return image_pad(inpt, padding, 0 if fill is None else fill, padding_mode)


def grayscale_to_rgb(inpt):
    """``torchvision.transforms.v2.functional.grayscale_to_rgb``: three equal channels; an image that has them stays."""
    if not isinstance(inpt, mx.array):
        return inpt.convert("RGB")
    return mx.broadcast_to(inpt, (*inpt.shape[:-3], 3, *inpt.shape[-2:])) if inpt.shape[-3] == 1 else inpt


def get_size(inpt):
    """``torchvision.transforms.v2.functional.get_size``: height and width."""
    return get_dimensions(inpt)[1:]


class ToImage(nn.Module):
    """torchvision's `v2.ToImage`: a PIL image or an array of (H, W, C), channels first, its values unscaled."""

    def __call__(self, inpt):
        return to_image(inpt)


class ToDtype(nn.Module):
    """torchvision's `v2.ToDtype` of images: a cast, with `scale` from and to the range of the dtype."""

    def __init__(self, dtype, scale=False):
        super().__init__()
        if not isinstance(dtype, mx.Dtype):
            raise NotImplementedError("ToDtype takes one dtype, for images")
        self.dtype, self.scale = dtype, scale

    def __call__(self, inpt):
        return to_dtype_image(inpt, self.dtype, self.scale)


class ResizeV2(nn.Module):
    """torchvision's `v2.Resize`: one number is for the shorter edge."""

    def __init__(self, size, interpolation=InterpolationMode.BILINEAR, max_size=None, antialias=True):
        super().__init__()
        self.size, self.interpolation, self.max_size, self.antialias = size, interpolation, max_size, antialias

    def __call__(self, inpt):
        return resize_v2(inpt, self.size, self.interpolation, self.max_size, self.antialias)


class RandomResizedCropV2(RandomResizedCrop):
    """torchvision's `v2.RandomResizedCrop`: a crop of random area and aspect ratio, resized."""

    def __call__(self, inpt):
        params = self.get_params(inpt, self.scale, self.ratio)
        return resized_crop_v2(inpt, *params, self.size, self.interpolation, self.antialias)
