"""minivision: small vision models that share their layers."""
from . import layers, models
from .models import ConvNet, HybridNet, build_model, list_models
from .utils.params import count_params

__version__ = "0.3.0"
