import itertools

import mlx.core as mx


def split(tensor, split_size_or_sections, dim=0):
    """``torch.split``: a number is the size of each part (the last may be smaller), a list holds the sizes. Returns a tuple."""
    size = tensor.shape[dim]
    if isinstance(split_size_or_sections, (list, tuple)):
        sections = [int(s) for s in split_size_or_sections]
        if sum(sections) != size:
            raise ValueError(f"split sizes {sections} must add up to {size}, the size of dimension {dim}")
        cuts = list(itertools.accumulate(sections))[:-1]
    else:
        cuts = list(range(split_size_or_sections, size, split_size_or_sections)) if size else []
    return tuple(mx.split(tensor, cuts, axis=dim)) if cuts else (tensor,)
