import mlx.core as mx


def view_as_real(input):
    """PyTorch's `torch.view_as_real`: a last axis of two, the real and the imaginary part. A copy, not a view."""
    return mx.stack([mx.real(input), mx.imag(input)], axis=-1)


def view_as_complex(input):
    """PyTorch's `torch.view_as_complex`: the last axis of two becomes one complex number. A copy, not a view."""
    return input[..., 0] + 1j * input[..., 1]
