"""A small image classifier on synthetic pictures."""
from .data import CLASSES, make_split
from .model import ShapeNet

__version__ = "0.1"
__all__ = ["CLASSES", "ShapeNet", "make_split"]
