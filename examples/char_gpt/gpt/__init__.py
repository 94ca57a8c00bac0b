from .model import GPT

__all__ = ["GPT"]
