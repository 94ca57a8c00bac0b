import mlx.core as mx


def reduce_loss(loss, reduction):
    """The `reduction` argument of PyTorch's losses: "mean", "sum" or "none"."""
    if reduction == "mean":
        return mx.mean(loss)
    if reduction == "sum":
        return mx.sum(loss)
    if reduction == "none":
        return loss
    raise ValueError(f"{reduction} is not a valid value for reduction")
