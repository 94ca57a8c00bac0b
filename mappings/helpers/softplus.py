import mlx.core as mx


def softplus(input, beta=1.0, threshold=20.0):
    """``F.softplus``: log(1 + exp(beta * x)) / beta, and x itself where beta * x is above the threshold."""
    scaled = input * beta
    soft = mx.logaddexp(mx.where(scaled > threshold, 0, scaled), 0) / beta
    return mx.where(scaled > threshold, input, soft).astype(input.dtype)
