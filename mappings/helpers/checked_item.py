import mlx.core as mx


def checked_index(input, index):
    """`index`, for a write ``input[index] = value``: raises IndexError where whole numbers are out of range, as PyTorch does.

    What is no array has its own rules.
    """
    if isinstance(input, mx.array):
        for dim, entry in enumerate(index if isinstance(index, tuple) else (index,)):
            if not isinstance(entry, int) or isinstance(entry, bool):
                break
            if dim >= input.ndim:
                raise IndexError(f"too many indices for an array of dimension {input.ndim}")
            if not -input.shape[dim] <= entry < input.shape[dim]:
                raise IndexError(f"index {entry} is out of bounds for dimension {dim} with size {input.shape[dim]}")
    return index


def checked_item(input, index):
    """``input[index]`` that raises IndexError where whole numbers are out of range, as PyTorch does: MLX reads other memory.

    What is no array is indexed by its own rules.
    """
    return input[checked_index(input, index)]
