import mlx.core as mx

from .to_float import to_float


def poly_recurrence(kind, x, n):
    """``torch.special.legendre_polynomial_p`` and its like: the n-th polynomial of `kind` by its three-term recurrence."""
    x = to_float(x)
    steps = {  # the first polynomial, and the next from k, the last, and the one before
        "chebyshev_polynomial_t": (x, lambda k, p, before: 2 * x * p - before),
        "chebyshev_polynomial_u": (2 * x, lambda k, p, before: 2 * x * p - before),
        "legendre_polynomial_p": (x, lambda k, p, before: ((2 * k + 1) * x * p - k * before) / (k + 1)),
        "hermite_polynomial_h": (2 * x, lambda k, p, before: 2 * x * p - 2 * k * before),
        "hermite_polynomial_he": (x, lambda k, p, before: x * p - k * before),
        "laguerre_polynomial_l": (1 - x, lambda k, p, before: ((2 * k + 1 - x) * p - k * before) / (k + 1)),
    }
    first, following = steps[kind]
    before, polynomial = mx.ones_like(x), first
    if n <= 0:
        return before if n == 0 else mx.zeros_like(x)
    for k in range(1, n):
        before, polynomial = polynomial, following(k, polynomial, before)
    return polynomial
