def legacy_reduction(size_average=None, reduce=None):
    """What the older arguments of losses, `size_average` and `reduce`, mean as a `reduction`; both are true where they are None."""
    if reduce is not None and not reduce:
        return "none"
    return "mean" if size_average is None or size_average else "sum"
