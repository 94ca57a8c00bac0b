"""torchvision's functions that move or resize: of PIL images by PIL's own, of channels-first arrays as torchvision computes them."""

import mlx.core as mx
import numpy as np

from .assign_ import assign_
from .image import InterpolationMode, _interpolation_name, _pil_filter, get_dimensions
from .interpolate import interpolate
from .pad import _source_positions, pad
from .to_float import is_floating_point


def _resized_size(height, width, size, max_size):
    """One number is for the shorter edge; the other follows."""
    size = [size] if isinstance(size, int) else list(size)
    if len(size) == 2:
        if max_size is not None:
            raise ValueError("max_size should only be passed if size specifies the length of the smaller edge")
        return size
    short, long = min(height, width), max(height, width)
    new_short, new_long = size[0], int(size[0] * long / short)
    if max_size is not None:
        if max_size <= size[0]:
            raise ValueError(f"max_size = {max_size} must be strictly greater than the requested size for the smaller edge size = {size}")
        if new_long > max_size:
            new_short, new_long = int(max_size * new_short / new_long), max_size
    return [new_long, new_short] if width <= height else [new_short, new_long]


def image_resize(img, size, interpolation=InterpolationMode.BILINEAR, max_size=None, antialias=True):
    """``torchvision.transforms.functional.resize``."""
    _, height, width = get_dimensions(img)
    size = _resized_size(height, width, size, max_size)
    if [height, width] == size:
        return img
    if not isinstance(img, mx.array):
        return img.resize((size[1], size[0]), _pil_filter(interpolation))
    mode = _interpolation_name(interpolation)
    if mode not in ("nearest", "nearest-exact", "bilinear", "bicubic"):
        raise NotImplementedError(f"arrays are not resized with {mode!r}")
    smooth = mode in ("bilinear", "bicubic")
    pixels = img.reshape(-1, *img.shape[-3:]) if img.ndim > 2 else img[None, None]
    if img.dtype != mx.float32:
        pixels = pixels.astype(mx.float32)
    result = interpolate(
        pixels, size=size, mode=mode, align_corners=False if smooth else None, antialias=bool(antialias) and smooth
    )
    if mode == "bicubic" and img.dtype == mx.uint8:
        result = mx.clip(result, 0, 255)
    if not is_floating_point(img):
        result = mx.round(result)
    return result.reshape(*img.shape[:-2], *size).astype(img.dtype)


def _as_list(value, count):
    value = [value] if isinstance(value, (int, float)) else list(value)
    return value * count if len(value) == 1 else value


def image_pad(img, padding, fill=0, padding_mode="constant"):
    """``torchvision.transforms.functional.pad``: one number, (left and right, top and bottom), or left, top, right, bottom."""
    if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
        raise ValueError("Padding mode should be either constant, edge, reflect or symmetric")
    sides = _as_list(padding, 4)
    if len(sides) not in (2, 4):
        raise ValueError(f"Padding must be an int or a 1, 2, or 4 element tuple, not a {len(sides)} element tuple")
    left, top, right, bottom = sides if len(sides) == 4 else sides * 2
    if isinstance(img, mx.array):
        if padding_mode == "constant":
            return pad(img, (left, right, top, bottom), value=fill)
        for dim, before, after in ((-1, left, right), (-2, top, bottom)):
            size = img.shape[dim]
            if padding_mode == "symmetric":
                at = np.arange(-before, size + after)
                at = np.where(at < 0, -at - 1, np.where(at >= size, 2 * size - 1 - at, at))
            else:
                at = _source_positions(size, before, after, "replicate" if padding_mode == "edge" else "reflect")
            img = mx.take(img, mx.array(at), axis=dim)
        return img
    from PIL import Image, ImageOps

    palette = img.getpalette() if img.mode == "P" else None
    if padding_mode == "constant":
        bands = len(img.getbands())
        if isinstance(fill, (int, float)) and bands > 1:
            fill = (fill,) * bands
        padded = ImageOps.expand(img, border=(left, top, right, bottom), fill=tuple(fill) if isinstance(fill, list) else fill)
    else:
        # What is negative crops.
        width, height = img.size
        img = img.crop((-min(left, 0), -min(top, 0), width + min(right, 0), height + min(bottom, 0)))
        left, top, right, bottom = (max(side, 0) for side in (left, top, right, bottom))
        widths = [(top, bottom), (left, right)] + [(0, 0)] * (len(img.getbands()) > 1)
        padded = Image.fromarray(np.pad(np.asarray(img), widths, padding_mode))
    if palette is not None:
        padded.putpalette(palette)
    return padded


def image_crop(img, top, left, height, width):
    """``torchvision.transforms.functional.crop``: what lies outside of the image is black."""
    if not isinstance(img, mx.array):
        return img.crop((left, top, left + width, top + height))
    rows, columns = img.shape[-2:]
    inside = img[..., max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)]
    if left >= 0 and top >= 0 and left + width <= columns and top + height <= rows:
        return inside
    before = max(-left + min(0, left + width), 0), max(-top + min(0, top + height), 0)
    after = max(left + width - max(columns, left), 0), max(top + height - max(rows, top), 0)
    return pad(inside, (before[0], after[0], before[1], after[1]))


def center_crop(img, output_size):
    """``torchvision.transforms.functional.center_crop``: a smaller image gets a black border first."""
    crop_height, crop_width = _as_list(output_size, 2)
    _, height, width = get_dimensions(img)
    if crop_width > width or crop_height > height:
        more_x, more_y = max(crop_width - width, 0), max(crop_height - height, 0)
        img = image_pad(img, [more_x // 2, more_y // 2, (more_x + 1) // 2, (more_y + 1) // 2])
        _, height, width = get_dimensions(img)
        if (crop_width, crop_height) == (width, height):
            return img
    return image_crop(img, round((height - crop_height) / 2), round((width - crop_width) / 2), crop_height, crop_width)


def resized_crop(img, top, left, height, width, size, interpolation=InterpolationMode.BILINEAR, antialias=True):
    """``torchvision.transforms.functional.resized_crop``."""
    return image_resize(image_crop(img, top, left, height, width), size, interpolation, antialias=antialias)


def hflip(img):
    """``torchvision.transforms.functional.hflip``: left becomes right."""
    if isinstance(img, mx.array):
        return img[..., ::-1]
    from PIL import Image

    return img.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def vflip(img):
    """``torchvision.transforms.functional.vflip``: top becomes bottom."""
    if isinstance(img, mx.array):
        return img[..., ::-1, :]
    from PIL import Image

    return img.transpose(Image.Transpose.FLIP_TOP_BOTTOM)


def image_rotate(img, angle, interpolation=InterpolationMode.NEAREST, expand=False, center=None, fill=None):
    """``torchvision.transforms.functional.rotate`` of a PIL image, counter-clockwise and in degrees."""
    if isinstance(img, mx.array):
        raise NotImplementedError("image_rotate takes PIL images: rotate before ToTensor")
    bands = len(img.getbands())
    if isinstance(fill, (int, float)) and bands > 1:
        fill = (fill,) * bands
    color = None if fill is None else (tuple(fill) if isinstance(fill, (list, tuple)) and bands > 1 else fill)
    return img.rotate(angle, _pil_filter(interpolation), expand, center, fillcolor=color)


def five_crop(img, size):
    """``torchvision.transforms.functional.five_crop``: the corners, then the center."""
    height, width = _as_list(size, 2)
    _, rows, columns = get_dimensions(img)
    if width > columns or height > rows:
        raise ValueError(f"Requested crop size {size} is bigger than input size {(rows, columns)}")
    corners = [(0, 0), (0, columns - width), (rows - height, 0), (rows - height, columns - width)]
    return (*(image_crop(img, top, left, height, width) for top, left in corners), center_crop(img, [height, width]))


def ten_crop(img, size, vertical_flip=False):
    """``torchvision.transforms.functional.ten_crop``: the five crops of the image and of its mirror image."""
    return five_crop(img, size) + five_crop(vflip(img) if vertical_flip else hflip(img), size)


def image_erase(img, i, j, h, w, v, inplace=False):
    """``torchvision.transforms.functional.erase``: an array whose rectangle at row `i` and column `j` holds `v`."""
    if not isinstance(img, mx.array):
        raise TypeError("image_erase takes arrays: erase after ToTensor")
    erased = mx.array(img)
    erased[..., i : i + h, j : j + w] = v
    return assign_(img, erased) if inplace else erased
