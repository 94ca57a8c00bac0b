def checkpoint(function, *args, use_reentrant=None, preserve_rng_state=True, **kwargs):
    """``torch.utils.checkpoint.checkpoint`` where it is passed on: the same numbers, without its saving of memory.

    `mx.checkpoint` of a function that captures parameters would lose their gradients.
    """
    return function(*args, **kwargs)
