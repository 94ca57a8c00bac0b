#!/usr/bin/env python
# A file of calls that are laid out oddly.


from __future__ import annotations
import mlx.core as mx; import mlx.nn as nn; import mlx_compat as compat
import math as math
from functools import partial, wraps


def spaced(x): return mx.stop_gradient(x . reshape ( - 1 ) . sum ( axis = 0 ))


def comments(x, y):
    return mx.concatenate(  # join
        # first the one
        [
            x.reshape(2, -1),  # x, as rows
            # then the other
            (y.reshape(2, -1) + 1)  # shifted
            .swapaxes(
                # swapped, and back
                0, 1,
            )
            .swapaxes(1, 0),
        ],
        # along the
        axis=1  # columns
        ,
    )  # done


def continued(x):
    y = x \
        .reshape(x.shape[0], \
              -1) \
        .mean(axis = 1)
    z = mx.max(x) - \
        mx.min(x) if y.ndim == 1 else \
        mx.sum(x)
    return y, z, x.shape[0]


def parenthesised(x):
    a = (x).reshape((-1))
    b = ((mx.stack)(([x, x]), axis=(0)))
    # a comment inside of the chain
    c = (
        compat.squeeze(mx.expand_dims(x, 0), 0)
    )
    d = -mx.square(x + 1) * 2
    e = mx.square(x).sum() ** 2 if not (x.shape[0]) == 3 else (yield_free(x))
    f = not isinstance(x, mx.array) or x.ndim == 2 and x.shape[-1] > 1
    return a, b, c, d, e, f


def yield_free(x): return -(x ** 2).sum()


def strings(x, n=3):
    a = f"{x.shape[0]}x{x.shape[1]!r:>4} {x.reshape(-1).shape[0]:{n + 2}d} {{x.size(0)}}"
    b = f"x.size(0)={x.shape[0]!r} x.dim() = {x.ndim!r}"
    c = f'{", ".join(str(s) for s in x.shape)} {mx.sum(x * 0).item():.{x.ndim}f}'
    d = f"""{
        x.shape[0]
    } rows, {'many' if x.size > 5 else "few"}""" f" and {x.ndim}"
    e = "torch.cat is a name" 'x.size(0)' + r"\d{torch.pi}" + rf"\{x.shape[1]}"
    g = "%d of %s" % (x.shape[0], list(x.shape)), "{} {k}".format(x.ndim, k=x.shape[1])
    return a, b, c, d, e, g


def one_liners(x):
    if x.ndim > 1: x = x.mean(axis=0); y = x.reshape(1, -1)
    else: y = x
    while y.ndim < 4: y = mx.expand_dims(y, 0)
    try: z = y.reshape(7, 7)
    except (RuntimeError, ValueError): z = y.reshape(-1)
    finally: pass
    for i in range(z.shape[0]): z = mx.array(z); z[i] += i
    return z


def removed(x):
    """Statements that have nothing to say any more, with comments around."""
    # to the GPU
    compat.requires_grad_any(x, False)  # no gradient, please
    # wait for it
    # between two that go
    mx.random.seed(0)  # reproducible
    # first in the block

    y = compat.stop_gradient(x * 2)
        # last in the block
    # behind the block
    return y


def defaults(x, act=nn.relu, *args, axis: int = -1, f=lambda t, d=0: mx.softmax(t, axis=d, precise=True), eps=mx.finfo(mx.float32).eps,
             **kwargs) -> "mx.array":
    # TODO(torch2mlx): T2M103 `x` is not known to be a tensor; if it is, `.sum` means something else in MLX
    return act(x.sum(axis, *args, **kwargs)) + f(x)[0].sum() + eps


def starred(x, *shape, **kw):
    dims = (1, 0)
    y = x.transpose(*dims).reshape(*shape)
    z = compat.torch_cat([*compat.split(y, 1, dim=0), *[y]], **kw)
    lo, *mid, hi = mx.unstack(x, axis=0)
    return y, z, lo, hi, len(mid)


def walrus(x):
    if (n := x.shape[0]) > 1 and (m := x.max()) > -100:
        return [t.reshape(-1) for t in compat.split(x, 1) if (s := t.shape[0]) == 1], n, m, s
    return None


def traced(fn):
    @wraps(fn)
    def inner(*a, **k):
        inner.calls += 1
        return fn(*a, **k)
    inner.calls = 0
    return inner


@traced
@partial  # as a decorator
def decorated(x: mx.array = None, /, k: 'int' = 1, *, d: "mx.Dtype | None" = None) -> mx.array: return mx.stop_gradient(mx.roll(x, k, 0))


def nested(x):
    return mx.sqrt(mx.abs(mx.sum(mx.concatenate([mx.stack([(lambda t: t.reshape(-1))(mx.expand_dims(r, 0)) for r in mx.unstack(x, axis=0)], axis=0).reshape(
        x.shape[0], -1), x.reshape(x.shape[0], -1)], axis=1), axis=1, keepdims=True)))


def comprehensions(x):
    table = {i: row.shape[0] for i, row in enumerate(x)}
    total = sum(v.sum() for v in (r.reshape(-1) for r in compat.chunk(x, 2, dim=0)))
    return table, total, sorted({str(t.ndim) for t in [x, x[0]]}), [[c.item() for c in r.reshape(-1)] for r in compat.split(x, 2)]


class Empty(nn.Module): ...


class  Odd ( nn.Module ) :

    scale : float = 2 ; shift = 1

    def __init__ ( self , dim , ) :
        super ( ) . __init__ ( )
        ( self . fc ) = nn.Linear ( dim , dim , bias = False )

    def __call__ ( self , x , ) :

        return self . fc ( x ) * self . scale + self . shift
    # a comment after the last statement


if __name__ == '__main__' : print(nested(mx.random.normal((2, 3))))  # no newline at the end