import mlx.core as mx

from .split import split


def tensor_split(input, indices_or_sections, dim=0):
    """``torch.tensor_split``: a number of parts, of which the first may be one longer, or the places to cut. Returns a tuple."""
    if isinstance(indices_or_sections, int):
        size, longer = divmod(input.shape[dim], indices_or_sections)
        return split(input, [size + 1] * longer + [size] * (indices_or_sections - longer), dim)
    cuts = indices_or_sections.tolist() if isinstance(indices_or_sections, mx.array) else list(indices_or_sections)
    return tuple(mx.split(input, cuts, axis=dim)) if cuts else (input,)
