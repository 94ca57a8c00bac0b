_FOREIGN_OPTIMIZER = (
    "this is the state of an optimizer of PyTorch, which has numbers in place of names: `torch2mlx convert FILE --for DIR:CLASS --whole -o OUT` "
    "writes the whole checkpoint for the port, `--optimizer OUT` this state alone"
)


class _ForeignState(dict):
    """The state of an optimizer in a file of `torch.save`: an optimizer of MLX that is given it says what to do."""

    def __missing__(self, key):
        raise ValueError(_FOREIGN_OPTIMIZER)


def _marked(value):
    """`value`, whose states of optimizers are `_ForeignState`."""
    if type(value) is dict and "state" in value and "param_groups" in value:
        return _ForeignState(value)
    if isinstance(value, dict):
        for key, item in value.items():
            value[key] = _marked(item)
    elif isinstance(value, list):
        value[:] = map(_marked, value)
    return value
