"""What imports torch stands above the imports of torch itself."""

from typing import Union

import timm
import numpy as np
import torch
from torch import Tensor


def rescaled(image: Union[Tensor, np.ndarray], factor: float) -> Union[Tensor, np.ndarray]:
    if isinstance(image, torch.Tensor):
        return image.permute(1, 2, 0) * factor
    return image * factor


def backbone(name):
    return timm.create_model(name)
