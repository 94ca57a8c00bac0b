import mlx.core as mx


def one_hot(tensor, num_classes=-1):
    """``F.one_hot``: int64, with the classes on a new last dimension. Their number may be an array; -1 takes the largest value. Both evaluate."""
    if num_classes == -1:
        num_classes = int(mx.max(tensor).item()) + 1
    return (tensor[..., None] == mx.arange(int(num_classes)).astype(tensor.dtype)).astype(mx.int64)
