import mlx.core as mx


def cat(tensors, dim=0):
    """`torch.cat` with tensors that hold nothing: those of one axis are skipped, as PyTorch does for old programs' sake."""
    tensors = list(tensors)
    kept = [t for t in tensors if t.shape != (0,)]
    dtype = mx.concatenate([mx.zeros((0,), t.dtype) for t in tensors]).dtype
    return mx.concatenate(kept, axis=dim).astype(dtype) if kept else tensors[0].astype(dtype)
