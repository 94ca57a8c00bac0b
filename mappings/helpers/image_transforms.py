"""torchvision's transforms: what they do to one image, without chance. Those with chance are in image_random.py."""

import mlx.core as mx
import mlx.nn as nn

from .image import InterpolationMode, convert_image_dtype, image_normalize, pil_to_tensor, to_pil_image, to_tensor
from .image_color import to_grayscale
from .image_geometry import _as_list, center_crop, five_crop, image_pad, image_resize, ten_crop


class Compose:
    """torchvision's `Compose`: one transform after the other."""

    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, img):
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self):
        return "\n".join([f"{type(self).__name__}(", *(f"    {transform}" for transform in self.transforms), ")"])


class ToTensor:
    """torchvision's `ToTensor`: a PIL image or an array of (H, W, C), bytes scaled to [0, 1], channels first."""

    def __call__(self, pic):
        return to_tensor(pic)

    def __repr__(self):
        return f"{type(self).__name__}()"


class PILToTensor:
    """torchvision's `PILToTensor`: a PIL image as a channels-first array, its values unscaled."""

    def __call__(self, pic):
        return pil_to_tensor(pic)

    def __repr__(self):
        return f"{type(self).__name__}()"


class ToPILImage:
    """torchvision's `ToPILImage`: of a channels-first array, or of a NumPy array of (H, W, C)."""

    def __init__(self, mode=None):
        self.mode = mode

    def __call__(self, pic):
        return to_pil_image(pic, self.mode)


class Lambda:
    """torchvision's `Lambda`: a function as a transform."""

    def __init__(self, lambd):
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd)}")
        self.lambd = lambd

    def __call__(self, img):
        return self.lambd(img)


class ConvertImageDtype(nn.Module):
    """torchvision's `ConvertImageDtype`: another dtype, with values scaled to its range."""

    def __init__(self, dtype):
        super().__init__()
        self.dtype = dtype

    def __call__(self, image):
        return convert_image_dtype(image, self.dtype)


class Normalize(nn.Module):
    """torchvision's `Normalize`: minus a mean, divided by a deviation, each of its channel."""

    def __init__(self, mean, std, inplace=False):
        super().__init__()
        # Numbers, not arrays: nothing here is a parameter.
        self.mean, self.std = (x.tolist() if isinstance(x, mx.array) else x for x in (mean, std))
        self.inplace = inplace

    def __call__(self, tensor):
        return image_normalize(tensor, self.mean, self.std, self.inplace)


class Resize(nn.Module):
    """torchvision's `Resize`: one number is for the shorter edge."""

    def __init__(self, size, interpolation=InterpolationMode.BILINEAR, max_size=None, antialias=True):
        super().__init__()
        if isinstance(size, (list, tuple)) and len(size) not in (1, 2):
            raise ValueError("If size is a sequence, it should have 1 or 2 values")
        self.size, self.interpolation, self.max_size, self.antialias = size, interpolation, max_size, antialias

    def __call__(self, img):
        return image_resize(img, self.size, self.interpolation, self.max_size, self.antialias)


class CenterCrop(nn.Module):
    """torchvision's `CenterCrop`: a smaller image gets a black border first."""

    def __init__(self, size):
        super().__init__()
        self.size = tuple(_as_list(size, 2))

    def __call__(self, img):
        return center_crop(img, self.size)


class Pad(nn.Module):
    """torchvision's `Pad`: one number, (left and right, top and bottom), or left, top, right, bottom."""

    def __init__(self, padding, fill=0, padding_mode="constant"):
        super().__init__()
        self.padding, self.fill, self.padding_mode = padding, fill, padding_mode

    def __call__(self, img):
        return image_pad(img, self.padding, self.fill, self.padding_mode)


class Grayscale(nn.Module):
    """torchvision's `Grayscale`, of one or three equal channels."""

    def __init__(self, num_output_channels=1):
        super().__init__()
        self.num_output_channels = num_output_channels

    def __call__(self, img):
        return to_grayscale(img, self.num_output_channels)


class FiveCrop(nn.Module):
    """torchvision's `FiveCrop`: a tuple of the corners and the center."""

    def __init__(self, size):
        super().__init__()
        self.size = tuple(_as_list(size, 2))

    def __call__(self, img):
        return five_crop(img, self.size)


class TenCrop(nn.Module):
    """torchvision's `TenCrop`: the five crops of the image and of its mirror image."""

    def __init__(self, size, vertical_flip=False):
        super().__init__()
        self.size, self.vertical_flip = tuple(_as_list(size, 2)), vertical_flip

    def __call__(self, img):
        return ten_crop(img, self.size, self.vertical_flip)
