def squeeze(input, dim=None):
    """``torch.squeeze``: drops the given dimensions whose size is 1 and keeps the others, where MLX raises."""
    if dim is None:
        return input.squeeze()
    dims = (dim,) if isinstance(dim, int) else dim
    ones = [d for d in dims if input.ndim and input.shape[d] == 1]
    return input.squeeze(ones) if ones else input
