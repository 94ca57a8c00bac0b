import mlx.core as mx


def parameters_to_vector(parameters):
    """PyTorch's `nn.utils.parameters_to_vector`."""
    return mx.concatenate([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec, parameters):
    """PyTorch's `nn.utils.vector_to_parameters`: writes into the arrays of `parameters`."""
    start = 0
    for parameter in parameters:
        parameter[...] = vec[start : start + parameter.size].reshape(parameter.shape).astype(parameter.dtype)
        start += parameter.size
