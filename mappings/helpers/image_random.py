"""torchvision's random transforms. The distributions are torchvision's; the numbers come from MLX's generator, which `mx.random.seed` seeds."""

import math
import random

import mlx.core as mx
import mlx.nn as nn

from .image import InterpolationMode, get_dimensions
from .image_color import adjust_brightness, adjust_contrast, adjust_hue, adjust_saturation, gaussian_blur, to_grayscale
from .image_geometry import _as_list, hflip, image_crop, image_erase, image_pad, image_rotate, resized_crop, vflip


def _uniform(low, high):
    return mx.random.uniform(low, high).item()


def _integer(end):
    return mx.random.randint(0, end).item()


def _happens(p):
    return mx.random.uniform().item() < p


class RandomApply(nn.Module):
    """torchvision's `RandomApply`: all of the transforms with a probability, or none."""

    def __init__(self, transforms, p=0.5):
        super().__init__()
        self.transforms, self.p = transforms, p

    def __call__(self, img):
        if _happens(self.p):
            for transform in self.transforms:
                img = transform(img)
        return img


class RandomOrder:
    """torchvision's `RandomOrder`: all of the transforms, in any order."""

    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, img):
        for transform in random.sample(self.transforms, len(self.transforms)):
            img = transform(img)
        return img


class RandomChoice:
    """torchvision's `RandomChoice`: one of the transforms."""

    def __init__(self, transforms, p=None):
        self.transforms, self.p = transforms, p

    def __call__(self, img):
        return random.choices(self.transforms, weights=self.p)[0](img)


class RandomHorizontalFlip(nn.Module):
    """torchvision's `RandomHorizontalFlip`."""

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def __call__(self, img):
        return hflip(img) if _happens(self.p) else img


class RandomVerticalFlip(nn.Module):
    """torchvision's `RandomVerticalFlip`."""

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def __call__(self, img):
        return vflip(img) if _happens(self.p) else img


class RandomGrayscale(nn.Module):
    """torchvision's `RandomGrayscale`: the number of channels stays."""

    def __init__(self, p=0.1):
        super().__init__()
        self.p = p

    def __call__(self, img):
        return to_grayscale(img, get_dimensions(img)[0]) if _happens(self.p) else img


class RandomCrop(nn.Module):
    """torchvision's `RandomCrop`, padded before."""

    def __init__(self, size, padding=None, pad_if_needed=False, fill=0, padding_mode="constant"):
        super().__init__()
        self.size = tuple(_as_list(size, 2))
        self.padding, self.pad_if_needed, self.fill, self.padding_mode = padding, pad_if_needed, fill, padding_mode

    @staticmethod
    def get_params(img, output_size):
        """Row, column, height and width of a crop anywhere."""
        _, rows, columns = get_dimensions(img)
        height, width = output_size
        if rows < height or columns < width:
            raise ValueError(f"Required crop size {(height, width)} is larger than input image size {(rows, columns)}")
        if (rows, columns) == (height, width):
            return 0, 0, rows, columns
        return _integer(rows - height + 1), _integer(columns - width + 1), height, width

    def __call__(self, img):
        if self.padding is not None:
            img = image_pad(img, self.padding, self.fill, self.padding_mode)
        _, rows, columns = get_dimensions(img)
        if self.pad_if_needed and columns < self.size[1]:
            img = image_pad(img, [self.size[1] - columns, 0], self.fill, self.padding_mode)
        if self.pad_if_needed and rows < self.size[0]:
            img = image_pad(img, [0, self.size[0] - rows], self.fill, self.padding_mode)
        return image_crop(img, *self.get_params(img, self.size))


class RandomResizedCrop(nn.Module):
    """torchvision's `RandomResizedCrop`: a crop of random area and aspect ratio, resized."""

    def __init__(self, size, scale=(0.08, 1.0), ratio=(3.0 / 4.0, 4.0 / 3.0), interpolation=InterpolationMode.BILINEAR, antialias=True):
        super().__init__()
        self.size = tuple(_as_list(size, 2))
        self.scale, self.ratio, self.interpolation, self.antialias = scale, ratio, interpolation, antialias

    @staticmethod
    def get_params(img, scale, ratio):
        """Row, column, height and width of the crop; the center where ten tries did not fit."""
        _, rows, columns = get_dimensions(img)
        for _ in range(10):
            area = rows * columns * _uniform(*scale)
            aspect = math.exp(_uniform(math.log(ratio[0]), math.log(ratio[1])))
            width, height = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if 0 < width <= columns and 0 < height <= rows:
                return _integer(rows - height + 1), _integer(columns - width + 1), height, width
        height, width = rows, columns
        if columns / rows < min(ratio):
            height = round(columns / min(ratio))
        elif columns / rows > max(ratio):
            width = round(rows * max(ratio))
        return (rows - height) // 2, (columns - width) // 2, height, width

    def __call__(self, img):
        return resized_crop(img, *self.get_params(img, self.scale, self.ratio), self.size, self.interpolation, self.antialias)


class RandomRotation(nn.Module):
    """torchvision's `RandomRotation` of PIL images."""

    def __init__(self, degrees, interpolation=InterpolationMode.NEAREST, expand=False, center=None, fill=0):
        super().__init__()
        if isinstance(degrees, (int, float)) and degrees < 0:
            raise ValueError("If degrees is a single number, it must be positive.")
        self.degrees = (-degrees, degrees) if isinstance(degrees, (int, float)) else degrees
        self.interpolation, self.expand, self.center, self.fill = interpolation, expand, center, fill

    def __call__(self, img):
        return image_rotate(img, _uniform(*self.degrees), self.interpolation, self.expand, self.center, self.fill)


def _factor_range(value, name, center=1, low=0.0, high=math.inf):
    if isinstance(value, (int, float)):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be non negative.")
        value = (max(center - value, 0.0) if low == 0 else center - value, center + value)
    if not low <= value[0] <= value[1] <= high:
        raise ValueError(f"{name} values should be between ({low}, {high}), but got {value}.")
    return None if tuple(value) == (center, center) else tuple(value)


class ColorJitter(nn.Module):
    """torchvision's `ColorJitter`: brightness, contrast, saturation and hue, in any order."""

    def __init__(self, brightness=0, contrast=0, saturation=0, hue=0):
        super().__init__()
        self.brightness = _factor_range(brightness, "brightness")
        self.contrast = _factor_range(contrast, "contrast")
        self.saturation = _factor_range(saturation, "saturation")
        self.hue = _factor_range(hue, "hue", center=0, low=-0.5, high=0.5)

    def __call__(self, img):
        steps = [
            (adjust_brightness, self.brightness), (adjust_contrast, self.contrast), (adjust_saturation, self.saturation), (adjust_hue, self.hue),
        ]
        for k in mx.random.permutation(4).tolist():
            adjust, limits = steps[k]
            if limits is not None:
                img = adjust(img, _uniform(*limits))
        return img


class GaussianBlur(nn.Module):
    """torchvision's `GaussianBlur`: a random deviation within limits."""

    def __init__(self, kernel_size, sigma=(0.1, 2.0)):
        super().__init__()
        self.kernel_size, self.sigma = tuple(_as_list(kernel_size, 2)), tuple(_as_list(sigma, 2))

    def __call__(self, img):
        deviation = _uniform(*self.sigma)
        return gaussian_blur(img, self.kernel_size, [deviation, deviation])


class RandomErasing(nn.Module):
    """torchvision's `RandomErasing` of arrays: a rectangle holds a value, or noise for `value="random"`."""

    def __init__(self, p=0.5, scale=(0.02, 0.33), ratio=(0.3, 3.3), value=0, inplace=False):
        super().__init__()
        self.p, self.scale, self.ratio, self.value, self.inplace = p, scale, ratio, value, inplace

    @staticmethod
    def get_params(img, scale, ratio, value=None):
        """Row, column, height, width and values of the rectangle; the whole image where ten tries did not fit."""
        channels, rows, columns = img.shape[-3:]
        for _ in range(10):
            area = rows * columns * _uniform(*scale)
            aspect = math.exp(_uniform(math.log(ratio[0]), math.log(ratio[1])))
            height, width = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if height < rows and width < columns:
                values = mx.random.normal((channels, height, width)) if value is None else mx.array(value, mx.float32)[:, None, None]
                return _integer(rows - height + 1), _integer(columns - width + 1), height, width, values
        return 0, 0, rows, columns, img

    def __call__(self, img):
        if not _happens(self.p):
            return img
        value = None if self.value == "random" else _as_list(self.value, 1)
        if value is not None and len(value) not in (1, img.shape[-3]):
            raise ValueError("If value is a sequence, it should have either a single value or one for each channel of the input")
        return image_erase(img, *self.get_params(img, self.scale, self.ratio, value), self.inplace)
