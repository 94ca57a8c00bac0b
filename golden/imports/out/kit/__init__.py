from .blocks import *
from .blocks import __all__ as _blocks
from . import functional as KF
from .tensors import Tensor, nn  # re-exported: others write `from kit import nn`

__all__ = _blocks + ["KF", "Tensor", "nn"]
