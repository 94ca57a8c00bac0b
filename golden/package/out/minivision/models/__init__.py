from .base import ClassifierMixin, VisionModel
from .convnet import *
from .hybrid import HybridNet
from .registry import build_model, list_models
