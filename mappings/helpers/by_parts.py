import mlx.core as mx


def by_parts(optimizer):
    """An optimizer that takes a complex parameter for its real and its imaginary part, as PyTorch's do: each has moments of its own."""
    for part in getattr(optimizer, "optimizers", [optimizer]):
        kind = type(part)
        part.__class__ = type(kind.__name__, (_ByParts, kind), {})
    return optimizer


class _ByParts:
    def init_single(self, parameter, state):
        super().init_single(_parts(parameter), state)

    def apply_single(self, gradient, parameter, state):
        changed = super().apply_single(_parts(gradient), _parts(parameter), state)
        return changed[..., 0] + 1j * changed[..., 1] if parameter.dtype == mx.complex64 else changed


def _parts(array):
    return mx.stack([mx.real(array), mx.imag(array)], axis=-1) if array.dtype == mx.complex64 else array
