class _Frozen:
    """A parameter on its way into a container, which keeps it untrained."""

    def __init__(self, data):
        self.data = data


def maybe_frozen(data, requires_grad=True):
    """PyTorch's `nn.Parameter(data, requires_grad)` as an item of a `ParameterList` or `ParameterDict`."""
    return data if requires_grad else _Frozen(data)
