import mlx.core as mx

from .to_float import to_accumulate


def reduce_loss(loss, reduction):
    """The `reduction` argument of PyTorch's losses: "mean", "sum" or "none". Half precision is averaged in float32."""
    if reduction == "mean":
        return mx.mean(to_accumulate(loss)).astype(loss.dtype)
    if reduction == "sum":
        return mx.sum(loss)
    if reduction == "none":
        return loss
    raise ValueError(f"{reduction} is not a valid value for reduction")
