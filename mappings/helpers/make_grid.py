import mlx.core as mx
import numpy as np


def _to_unit_range(image, value_range):
    low, high = value_range if value_range is not None else (image.min().item(), image.max().item())
    return (mx.clip(image, low, high) - low) / max(high - low, 1e-5)


def make_grid(tensor, nrow=8, padding=2, normalize=False, value_range=None, scale_each=False, pad_value=0.0):
    """``torchvision.utils.make_grid``: a batch or list of images (C, H, W) beside and below each other, `nrow` in a row, as one image."""
    if not isinstance(tensor, (mx.array, list)) or (isinstance(tensor, list) and not all(isinstance(image, mx.array) for image in tensor)):
        raise TypeError(f"tensor or list of tensors expected, got {type(tensor)}")
    images = mx.stop_gradient(mx.stack(tensor) if isinstance(tensor, list) else tensor)
    if images.ndim == 2:
        images = images[None]
    if images.ndim == 3:
        images = images[None]
    if images.ndim == 4 and images.shape[1] == 1:
        images = mx.concatenate([images] * 3, axis=1)
    if normalize:
        if value_range is not None and not isinstance(value_range, tuple):
            raise TypeError("value_range has to be a tuple (min, max) if specified. min and max are numbers")
        if scale_each:
            images = mx.stack([_to_unit_range(image, value_range) for image in images])
        else:
            images = _to_unit_range(images, value_range)
    count, channels, height, width = images.shape
    if count == 1:
        return images[0]
    columns = min(nrow, count)
    rows = -(-count // columns)
    fill = mx.array(pad_value, dtype=images.dtype)
    cells = mx.pad(images, [(0, rows * columns - count), (0, 0), (padding, 0), (padding, 0)], constant_values=fill)
    cells = cells.reshape(rows, columns, channels, height + padding, width + padding).transpose(2, 0, 3, 1, 4)
    grid = cells.reshape(channels, rows * (height + padding), columns * (width + padding))
    return mx.pad(grid, [(0, 0), (0, padding), (0, padding)], constant_values=fill)


def save_image(tensor, fp, format=None, **kwargs):
    """``torchvision.utils.save_image``: `make_grid` with `kwargs`, of values from 0 to 1, as a file. Needs Pillow."""
    from PIL import Image

    grid = make_grid(tensor, **kwargs)
    pixels = mx.clip(grid * 255 + 0.5, 0, 255).transpose(1, 2, 0).astype(mx.uint8)
    Image.fromarray(np.array(pixels)).save(fp, format=format)
