import mlx.core as mx

from .module_tree import _hidden_buffers, _is_buffer, _members, named_modules


class SamePass:
    """A forward pass that is computed twice, where PyTorch goes on from the graph of the first one.

    It is made in front of the first pass. What runs under it draws the same random numbers as the first pass did, and running statistics
    take the batch once.
    """

    def __init__(self, *modules):
        self.random = mx.array(mx.random.state[0])
        places = [place for module in modules for _, owner in named_modules(module) for place in _buffer_places(owner)]
        self.buffers = [(holder, key, holder[key], mx.array(holder[key])) for holder, key in places]

    def __enter__(self):
        self.after = mx.array(mx.random.state[0])
        mx.random.state[0][...] = self.random
        for holder, key, array, value in self.buffers:
            array[...] = value
            holder[key] = array

    def __exit__(self, *error):
        mx.random.state[0][...] = self.after


def _buffer_places(owner):
    kept = [(holder, key) for name, holder, key in _members(owner) if _is_buffer(owner, name)]
    kept += [(owner.__dict__, name) for name in _hidden_buffers(owner)]
    return [(holder, key) for holder, key in kept if isinstance(holder[key], mx.array)]
