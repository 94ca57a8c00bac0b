def legacy_reduction(size_average=None, reduce=None, reduction="mean"):
    """What the older arguments of losses, `size_average` and `reduce`, mean as a `reduction`; where both are None, `reduction` counts."""
    if size_average is None and reduce is None:
        return reduction
    if reduce is not None and not reduce:
        return "none"
    return "mean" if size_average is None or size_average else "sum"
