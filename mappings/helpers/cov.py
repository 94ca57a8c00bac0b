import mlx.core as mx

from .to_float import to_float


def cov(input, correction=1, fweights=None, aweights=None):
    """``torch.cov``: variables in rows, observations in columns, with optional counts and weights of the observations."""
    input = to_float(input)
    rows = input.reshape(1, -1) if input.ndim < 2 else input
    weights = mx.ones((rows.shape[1],), rows.dtype)
    for given in (fweights, aweights):
        weights = weights if given is None else weights * given
    total = mx.sum(weights)
    centered = rows - mx.sum(rows * weights, axis=1, keepdims=True) / total
    lost = correction if aweights is None else correction * mx.sum(weights * aweights) / total
    output = (centered * weights) @ centered.T / mx.maximum(total - lost, 0)
    return output.reshape(()) if rows.shape[0] == 1 else output


def corrcoef(input):
    """``torch.corrcoef``: the covariance scaled to a unit diagonal, clipped to -1..1."""
    covariance = cov(input)
    if covariance.ndim == 0:
        return covariance / covariance
    deviation = mx.sqrt(mx.diagonal(covariance))
    return mx.clip(covariance / deviation[:, None] / deviation, -1, 1)
