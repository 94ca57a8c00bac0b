def without_module_prefix(state_dict):
    """The state of a model that a wrapper for several devices held: the names as the model has them."""
    return {key.removeprefix("module."): value for key, value in state_dict.items()}
