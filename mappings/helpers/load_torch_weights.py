import mlx.core as mx

from .state_dict import load_state_dict


def load_torch_weights(model, weights, strict=True):
    """Loads weights with PyTorch's names and layouts: a dict of names to arrays, or the path of a safetensors or npz file. Returns the model.

    It looks for every name in `model` as it was built. `torch2mlx convert --for` writes a file for `model.load_weights`, which needs no such search.
    """
    load_state_dict(model, mx.load(weights) if isinstance(weights, str) else weights, strict)
    return model
