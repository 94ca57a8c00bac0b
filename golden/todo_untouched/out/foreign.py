"""What imports torch stands above the imports of torch itself."""

from typing import Union

# TODO(torch2mlx): T2M106 `timm` imports torch, so this file still needs it
import timm
import numpy as np
import mlx.core as mx


def rescaled(image: Union[mx.array, np.ndarray], factor: float) -> Union[mx.array, np.ndarray]:
    if isinstance(image, mx.array):
        return image.transpose(1, 2, 0) * factor
    return image * factor


def backbone(name):
    return timm.create_model(name)
