from .activations import ACTIVATIONS, HardSwish, get_act
from .attention import TokenMixer
from .conv import ConvNormAct
from .norm import LayerNorm2d, RMSNorm as RMSNorm

__all__ = ["ACTIVATIONS", "ConvNormAct", "HardSwish", "LayerNorm2d", "RMSNorm", "TokenMixer", "get_act"]
