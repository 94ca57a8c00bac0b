from .init import init_weights
