"""torchvision's functions of colors: of PIL images by PIL's own, of channels-first arrays as torchvision computes them."""

import mlx.core as mx
import numpy as np

from .image import convert_image_dtype, get_dimensions, pil_to_tensor, to_pil_image
from .image_geometry import _as_list
from .pad import pad
from .to_float import is_floating_point


def to_grayscale(img, num_output_channels=1):
    """``torchvision.transforms.functional.to_grayscale`` and ``rgb_to_grayscale``."""
    if num_output_channels not in (1, 3):
        raise ValueError("num_output_channels should be either 1 or 3")
    if isinstance(img, mx.array):
        gray = img
        if get_dimensions(img)[0] == 3:
            red, green, blue = (img[..., k : k + 1, :, :] for k in range(3))
            gray = (0.2989 * red + 0.587 * green + 0.114 * blue).astype(img.dtype)
        return mx.broadcast_to(gray, (*gray.shape[:-3], 3, *gray.shape[-2:])) if num_output_channels == 3 else gray
    from PIL import Image

    gray = img.convert("L")
    return gray if num_output_channels == 1 else Image.fromarray(np.dstack([np.array(gray, np.uint8)] * 3), "RGB")


def _blend(img, other, ratio):
    bound = 1.0 if is_floating_point(img) else mx.iinfo(img.dtype).max
    return mx.clip(ratio * img.astype(mx.float32) + (1.0 - ratio) * other.astype(mx.float32), 0, bound).astype(img.dtype)


def _enhanced(img, name, factor):
    from PIL import ImageEnhance

    return getattr(ImageEnhance, name)(img).enhance(factor)


def adjust_brightness(img, brightness_factor):
    """``torchvision.transforms.functional.adjust_brightness``: 0 is black, 1 the image itself."""
    if brightness_factor < 0:
        raise ValueError(f"brightness_factor ({brightness_factor}) is not non-negative.")
    if not isinstance(img, mx.array):
        return _enhanced(img, "Brightness", brightness_factor)
    return _blend(img, mx.zeros_like(img), brightness_factor)


def adjust_contrast(img, contrast_factor):
    """``torchvision.transforms.functional.adjust_contrast``: 0 is one gray, 1 the image itself."""
    if contrast_factor < 0:
        raise ValueError(f"contrast_factor ({contrast_factor}) is not non-negative.")
    if not isinstance(img, mx.array):
        return _enhanced(img, "Contrast", contrast_factor)
    mean = mx.mean(to_grayscale(img).astype(mx.float32), axis=(-3, -2, -1), keepdims=True)
    return _blend(img, mean, contrast_factor)


def adjust_saturation(img, saturation_factor):
    """``torchvision.transforms.functional.adjust_saturation``: 0 is black and white, 1 the image itself."""
    if saturation_factor < 0:
        raise ValueError(f"saturation_factor ({saturation_factor}) is not non-negative.")
    if not isinstance(img, mx.array):
        return _enhanced(img, "Color", saturation_factor)
    return img if get_dimensions(img)[0] == 1 else _blend(img, to_grayscale(img), saturation_factor)


def _to_hsv(rgb):
    red, green, blue = (rgb[..., k, :, :] for k in range(3))
    largest, smallest = mx.max(rgb, axis=-3), mx.min(rgb, axis=-3)
    same = largest == smallest
    spread = largest - smallest
    saturation = spread / mx.where(same, 1.0, largest)
    red_part, green_part, blue_part = ((largest - x) / mx.where(same, 1.0, spread) for x in (red, green, blue))
    hue = mx.where(largest == red, blue_part - green_part, 0.0)
    hue = hue + mx.where((largest == green) & (largest != red), 2.0 + red_part - blue_part, 0.0)
    hue = hue + mx.where((largest != green) & (largest != red), 4.0 + green_part - red_part, 0.0)
    return mx.remainder(hue / 6.0 + 1.0, 1.0), saturation, largest


def _to_rgb(hue, saturation, value):
    sector = mx.floor(hue * 6.0)
    part = hue * 6.0 - sector
    low = mx.clip(value * (1.0 - saturation), 0, 1)
    falling = mx.clip(value * (1.0 - saturation * part), 0, 1)
    rising = mx.clip(value * (1.0 - saturation * (1.0 - part)), 0, 1)
    sector = mx.remainder(sector.astype(mx.int32), 6)
    channels = (
        (value, falling, low, low, rising, value),
        (rising, value, value, falling, low, low),
        (low, low, rising, value, value, falling),
    )
    return mx.stack([sum(mx.where(sector == k, x, 0.0) for k, x in enumerate(six)) for six in channels], axis=-3)


def adjust_hue(img, hue_factor):
    """``torchvision.transforms.functional.adjust_hue``: turns the hues by that part of the circle, from -0.5 to 0.5."""
    if not -0.5 <= hue_factor <= 0.5:
        raise ValueError(f"hue_factor ({hue_factor}) is not in [-0.5, 0.5].")
    if isinstance(img, mx.array):
        if get_dimensions(img)[0] == 1:
            return img
        hue, saturation, value = _to_hsv(convert_image_dtype(img, mx.float32))
        return convert_image_dtype(_to_rgb(mx.remainder(hue + hue_factor, 1.0), saturation, value), img.dtype)
    if img.mode in ("L", "1", "I", "F"):
        return img
    from PIL import Image

    hue, saturation, value = img.convert("HSV").split()
    turned = np.array(hue, np.uint8) + np.int32(hue_factor * 255).astype(np.uint8)
    return Image.merge("HSV", (Image.fromarray(turned, "L"), saturation, value)).convert(img.mode)


def adjust_gamma(img, gamma, gain=1):
    """``torchvision.transforms.functional.adjust_gamma``: `gain * img**gamma`."""
    if gamma < 0:
        raise ValueError("Gamma should be a non-negative real number")
    if isinstance(img, mx.array):
        bright = mx.clip(gain * convert_image_dtype(img, img.dtype if is_floating_point(img) else mx.float32) ** gamma, 0, 1)
        return convert_image_dtype(bright, img.dtype)
    steps = [int((255 + 1 - 1e-3) * gain * pow(value / 255.0, gamma)) for value in range(256)] * 3
    return img.convert("RGB").point(steps).convert(img.mode)


def image_invert(img):
    """``torchvision.transforms.functional.invert``."""
    if isinstance(img, mx.array):
        return (1.0 if is_floating_point(img) else mx.array(mx.iinfo(img.dtype).max, img.dtype)) - img
    from PIL import ImageOps

    return ImageOps.invert(img)


def image_solarize(img, threshold):
    """``torchvision.transforms.functional.solarize``: inverts what is not below the threshold."""
    if isinstance(img, mx.array):
        return mx.where(img >= threshold, image_invert(img), img)
    from PIL import ImageOps

    return ImageOps.solarize(img, threshold)


def gaussian_blur(img, kernel_size, sigma=None):
    """``torchvision.transforms.functional.gaussian_blur``: sizes and deviations as (x, y); the border is mirrored."""
    sizes = _as_list(kernel_size, 2)
    if any(size % 2 == 0 or size < 0 for size in sizes):
        raise ValueError(f"kernel_size should have odd and positive integers. Got {kernel_size}")
    deviations = [size * 0.15 + 0.35 for size in sizes] if sigma is None else _as_list(sigma, 2)
    if any(deviation <= 0.0 for deviation in deviations):
        raise ValueError(f"sigma should have positive values. Got {sigma}")
    pixels = img if isinstance(img, mx.array) else pil_to_tensor(img)
    kernels = []
    for size, deviation in zip(sizes, deviations):
        at = mx.arange(size).astype(mx.float32) - (size - 1) / 2
        bell = mx.exp(-0.5 * (at / deviation) ** 2)
        kernels.append(bell / bell.sum())
    rows, columns = pixels.shape[-2:]
    flat = pixels.reshape(-1, 1, rows, columns).astype(pixels.dtype if is_floating_point(pixels) else mx.float32)
    x, y = (size // 2 for size in sizes)
    flat = pad(flat, (x, x, y, y), mode="reflect").swapaxes(1, 2).swapaxes(2, 3)
    kernel = (kernels[1][:, None] * kernels[0]).astype(flat.dtype)
    blurred = mx.conv2d(flat, kernel[None, :, :, None]).reshape(pixels.shape)
    blurred = blurred if is_floating_point(pixels) else mx.round(blurred).astype(pixels.dtype)
    return blurred if isinstance(img, mx.array) else to_pil_image(blurred, mode=img.mode)
