import mlx.core as mx


def one_hot(tensor, num_classes=-1):
    """``F.one_hot``: int64, with the classes on a new last dimension. -1 takes the largest value, which evaluates."""
    if num_classes == -1:
        num_classes = int(mx.max(tensor).item()) + 1
    return (tensor[..., None] == mx.arange(num_classes).astype(tensor.dtype)).astype(mx.int64)
