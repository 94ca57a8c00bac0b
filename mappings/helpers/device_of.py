def device_of(value):
    """`value.device`: an object's own, if it has one; arrays live in the one memory, which PyTorch calls "cpu"."""
    return getattr(value, "device", "cpu")
