import mlx.core as mx


def bilinear(input1, input2, weight, bias=None):
    """``F.bilinear``: x1^T W x2 + b for each output feature."""
    output = mx.einsum("...i,oij,...j->...o", input1, weight, input2).astype(weight.dtype)
    return output if bias is None else output + bias
