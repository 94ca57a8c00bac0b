import mlx.core as mx

from .vector_norm import vector_norm


def get_total_norm(tensors, norm_type=2.0, error_if_nonfinite=False):
    """``nn.utils.get_total_norm``: the norm of all arrays as if they were one vector."""
    norms = [vector_norm(tensor, norm_type) for tensor in ([tensors] if isinstance(tensors, mx.array) else tensors)]
    if not norms:
        return mx.array(0.0)
    total = vector_norm(mx.stack(norms), norm_type)
    if error_if_nonfinite and not mx.isfinite(total).item():
        raise RuntimeError(f"the total norm of order {norm_type} is not finite")
    return total
