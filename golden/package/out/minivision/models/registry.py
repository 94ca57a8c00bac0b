from typing import Callable, Dict, Type

from .base import VisionModel

_MODELS: Dict[str, Type[VisionModel]] = {}


def register(name: str) -> Callable[[type], type]:
    def add(cls):
        _MODELS[name] = cls
        return cls
    return add


def build_model(name: str, **kwargs) -> VisionModel:
    return _MODELS[name](**kwargs)


def list_models():
    return sorted(_MODELS)
