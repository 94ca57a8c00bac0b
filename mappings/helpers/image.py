"""What the image helpers share: sizes, modes, and the way between PIL images, NumPy and MLX. Arrays are channels-first, as torchvision's tensors are."""

import enum

import mlx.core as mx
import numpy as np

from .assign_ import assign_
from .to_float import is_floating_point


class InterpolationMode(enum.Enum):
    """torchvision's `InterpolationMode`."""

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


# PIL's numbers for its filters, which torchvision takes as well.
_BY_NUMBER = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")


def _interpolation_name(interpolation):
    if isinstance(interpolation, int):
        return _BY_NUMBER[interpolation]
    return interpolation.value if isinstance(interpolation, InterpolationMode) else interpolation


def _pil_filter(interpolation):
    return _BY_NUMBER.index(_interpolation_name(interpolation).replace("-exact", ""))


def get_dimensions(img):
    """``torchvision.transforms.functional.get_dimensions``: channels, height and width."""
    if isinstance(img, mx.array):
        return [1 if img.ndim == 2 else img.shape[-3], *img.shape[-2:]]
    width, height = img.size
    return [len(img.getbands()), height, width]


def get_image_size(img):
    """``torchvision.transforms.functional.get_image_size``: width and height."""
    return get_dimensions(img)[:0:-1]


def get_image_num_channels(img):
    """``torchvision.transforms.functional.get_image_num_channels``."""
    return get_dimensions(img)[0]


def pil_to_tensor(pic):
    """``torchvision.transforms.functional.pil_to_tensor``: a PIL image as a channels-first array, its values unscaled."""
    if isinstance(pic, (mx.array, np.ndarray)):
        raise TypeError(f"pic should be PIL Image. Got {type(pic)}")
    pixels = np.array(pic)
    if pixels.dtype == np.bool_:
        pixels = pixels.astype(np.uint8)
    return mx.array(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1))


def to_tensor(pic):
    """``torchvision.transforms.functional.to_tensor``: a PIL image or an array of (H, W, C), bytes scaled to [0, 1], channels first."""
    if isinstance(pic, mx.array):
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(pic)}")
    pixels = np.array(pic)
    if pixels.dtype == np.bool_ and not isinstance(pic, np.ndarray):
        pixels = 255 * pixels.astype(np.uint8)
    if getattr(pic, "mode", "") == "I;16":
        pixels = pixels.astype(np.int16)
    if pixels.ndim not in (2, 3):
        raise ValueError(f"pic should be 2/3 dimensional. Got {pixels.ndim} dimensions.")
    array = mx.array(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1))
    return array.astype(mx.float32) / 255 if array.dtype == mx.uint8 else array


def to_pil_image(pic, mode=None):
    """``torchvision.transforms.functional.to_pil_image``: of a channels-first array, or of a NumPy array of (H, W, C)."""
    from PIL import Image

    if isinstance(pic, mx.array):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        if is_floating_point(pic) and mode != "F":
            pic = (pic * 255).astype(mx.int32).astype(mx.uint8)
        pixels = np.array(pic)
        pixels = pixels[..., None] if pixels.ndim == 2 else pixels.transpose(1, 2, 0)
    elif isinstance(pic, np.ndarray):
        pixels = pic[..., None] if pic.ndim == 2 else pic
    else:
        raise TypeError(f"pic should be Tensor or ndarray. Got {type(pic)}.")
    channels = pixels.shape[-1]
    if channels > 4:
        raise ValueError(f"pic should not have > 4 channels. Got {channels} channels.")
    if channels == 1:
        pixels = pixels[..., 0]
        usual = {"uint8": "L", "int16": "I;16", "int32": "I", "float32": "F"}.get(str(pixels.dtype))
        allowed = (usual,)
    else:
        usual, allowed = {
            2: ("LA", ("LA",)), 4: ("RGBA", ("RGBA", "CMYK", "RGBX")), 3: ("RGB", ("RGB", "YCbCr", "HSV")),
        }[channels]
        if pixels.dtype != np.uint8:
            raise TypeError(f"Input type {pixels.dtype} is not supported")
    if usual is None:
        raise TypeError(f"Input type {pixels.dtype} is not supported")
    if mode is not None and mode not in allowed:
        raise ValueError(f"Only modes {allowed} are supported for {channels} channels. Got {mode}")
    if (mode or usual) in ("YCbCr", "HSV", "CMYK", "RGBX"):
        height, width = pixels.shape[:2]
        return Image.frombytes(mode, (width, height), np.ascontiguousarray(pixels).tobytes())
    return Image.fromarray(np.ascontiguousarray(pixels))


def _largest(dtype):
    return 1 if dtype == mx.bool_ else mx.iinfo(dtype).max


def convert_image_dtype(image, dtype=mx.float32):
    """``torchvision.transforms.functional.convert_image_dtype``: another dtype, with values scaled to its range: [0, 1] for floats."""
    if image.dtype == dtype:
        return image
    is_float = mx.issubdtype(dtype, mx.floating)
    if is_floating_point(image):
        if is_float:
            return image.astype(dtype)
        if image.dtype == mx.float32 and dtype in (mx.int32, mx.int64):
            raise RuntimeError(f"The cast from {image.dtype} to {dtype} cannot be performed safely.")
        return (image * (_largest(dtype) + 1.0 - 1e-3)).astype(dtype)
    largest = _largest(image.dtype)
    if is_float:
        return image.astype(dtype) / largest
    if largest > _largest(dtype):
        return (image // ((largest + 1) // (_largest(dtype) + 1))).astype(dtype)
    return image.astype(dtype) * ((_largest(dtype) + 1) // (largest + 1))


def image_normalize(tensor, mean, std, inplace=False):
    """``torchvision.transforms.functional.normalize``: minus a mean, divided by a deviation, each of its channel."""
    if not is_floating_point(tensor):
        raise TypeError(f"Input tensor should be a float tensor. Got {tensor.dtype}.")
    if tensor.ndim < 3:
        raise ValueError(f"Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = {tensor.shape}")
    mean, std = (x if isinstance(x, mx.array) else mx.array(np.asarray(x, np.float32)) for x in (mean, std))
    if mx.any(std == 0).item():
        raise ValueError(f"std evaluated to zero after conversion to {tensor.dtype}, leading to division by zero.")
    mean, std = (x.astype(tensor.dtype).reshape(-1, 1, 1) if x.ndim == 1 else x.astype(tensor.dtype) for x in (mean, std))
    result = (tensor - mean) / std
    return assign_(tensor, result) if inplace else result
