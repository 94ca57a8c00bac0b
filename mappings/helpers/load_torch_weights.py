import mlx.core as mx

from .module_tree import _arrays, _joined
from .state_dict import load_state_dict


def load_torch_weights(model, weights, strict=True):
    """Loads weights with PyTorch's names and layouts: a dict of names to arrays, or the path of a safetensors or npz file. Returns the model.

    It looks for every name in `model` as it was built. `torch2mlx convert --for` writes a file for `model.load_weights`, which needs no such search.
    """
    weights = dict(mx.load(weights) if isinstance(weights, str) else weights)
    places = {_joined(path, name): (id(holder), key) for path, name, _, holder, key in _arrays(model, remove_duplicate=False)}
    given = {places[name]: array for name, array in weights.items() if name in places}
    # A tied weight may be there under one of its names.
    weights.update({name: given[place] for name, place in places.items() if name not in weights and place in given})
    load_state_dict(model, weights, strict)
    return model
