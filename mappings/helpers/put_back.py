import mlx.core as mx


def put_back(holder, index, item):
    """Stores `item`, which was taken from `holder[index]` and changed since: in PyTorch it is a view. What a list or NumPy's array gives is its own."""
    if isinstance(holder, mx.array):
        holder[index] = item
