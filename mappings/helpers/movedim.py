def movedim(input, source, destination):
    """``torch.movedim``, also for several dimensions at once."""
    source, destination = ([d % input.ndim for d in ((dims,) if isinstance(dims, int) else dims)] for dims in (source, destination))
    moved = dict(zip(destination, source))
    rest = iter([d for d in range(input.ndim) if d not in source])
    return input.transpose([moved[d] if d in moved else next(rest) for d in range(input.ndim)])
