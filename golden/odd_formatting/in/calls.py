#!/usr/bin/env python
# A file of calls that are laid out oddly.


from __future__ import annotations
import torch; import torch.nn as nn; from torch.nn import functional as F
import math as math
from functools import partial, wraps


@ torch . no_grad ( )
def spaced(x): return x . view ( - 1 ) . sum ( dim = 0 )


def comments(x, y):
    return torch.cat(  # join
        # first the one
        [
            x.view(2, -1),  # x, as rows
            # then the other
            y.view(2, -1)
            .add(1)  # shifted
            .transpose(
                # swapped, and back
                0, 1,
            )
            .transpose(1, 0),
        ],
        # along the
        dim=1  # columns
        ,
    )  # done


def continued(x):
    y = x \
        .view(x.size(0), \
              -1) \
        .mean(dim = 1)
    z = torch.max(x) - \
        torch.min(x) if y.dim() == 1 else \
        torch.sum(x)
    return y, z, x.size \
        (0)


def parenthesised(x):
    a = (x).view((-1))
    b = ((torch.stack)(([x, x]), dim=(0)))
    c = (
        x
        .unsqueeze(0)
        # a comment inside of the chain
        .squeeze(0)
    )
    d = -torch.square(x + 1) * 2
    e = torch.square(x).sum() ** 2 if not (x.size(0)) == 3 else (yield_free(x))
    f = not torch.is_tensor(x) or x.dim() == 2 and x.size(-1) > 1
    return a, b, c, d, e, f


def yield_free(x): return -x.pow(2).sum()


def strings(x, n=3):
    a = f"{x.size(0)}x{x.size(1)!r:>4} {x.view(-1).size(0):{n + 2}d} {{x.size(0)}}"
    b = f"{x.size(0)=} {x.dim() = }"
    c = f'{", ".join(str(s) for s in x.size())} {torch.sum(x * 0).item():.{x.dim()}f}'
    d = f"""{
        x.size(0)
    } rows, {'many' if x.numel() > 5 else "few"}""" f" and {x.dim()}"
    e = "torch.cat is a name" 'x.size(0)' + r"\d{torch.pi}" + rf"\{x.size(1)}"
    g = "%d of %s" % (x.size(0), list(x.size())), "{} {k}".format(x.dim(), k=x.size(1))
    return a, b, c, d, e, g


def one_liners(x):
    if x.dim() > 1: x = x.mean(dim=0); y = x.view(1, -1)
    else: y = x
    while y.dim() < 4: y = y.unsqueeze(0)
    try: z = y.view(7, 7)
    except (RuntimeError, ValueError): z = y.view(-1)
    finally: pass
    for i in range(z.size(0)): z = z.clone(); z[i] += i
    return z


def removed(x):
    """Statements that have nothing to say any more, with comments around."""
    x = x.cuda() if torch.cuda.is_available() else x  # to the GPU
    x.requires_grad_(False)  # no gradient, please
    if torch.cuda.is_available():
        torch.cuda.synchronize()  # wait for it
    # between two that go
    torch.cuda.empty_cache() if torch.cuda.is_available() else None
    torch.backends.cudnn.deterministic = True; torch.manual_seed(0)  # reproducible
    with torch.no_grad():

        # first in the block

        y = x * 2
        # last in the block
    # behind the block
    return y


def defaults(x, act=F.relu, *args, axis: int = -1, f=lambda t, d=0: torch.softmax(t, dim=d), eps=torch.finfo(torch.float32).eps,
             **kwargs) -> "torch.Tensor":
    return act(x.sum(axis, *args, **kwargs)) + f(x)[0].sum() + eps


def starred(x, *shape, **kw):
    dims = (1, 0)
    y = x.permute(*dims).reshape(*shape)
    z = torch.cat([*y.split(1, dim=0), *[y]], **kw)
    lo, *mid, hi = x.unbind(0)
    return y, z, lo, hi, len(mid)


def walrus(x):
    if (n := x.size(0)) > 1 and (m := x.max()) > -100:
        return [t.view(-1) for t in x.split(1) if (s := t.size(0)) == 1], n, m, s
    return None


def traced(fn):
    @wraps(fn)
    def inner(*a, **k):
        inner.calls += 1
        return fn(*a, **k)
    inner.calls = 0
    return inner


@traced
@torch.no_grad()
@partial  # as a decorator
def decorated(x: torch.Tensor = None, /, k: 'int' = 1, *, d: "torch.dtype | None" = None) -> torch.Tensor: return x.roll(k, 0)


def nested(x):
    return torch.sqrt(torch.abs(torch.sum(torch.cat([torch.stack([(lambda t: t.view(-1))(r.unsqueeze(0)) for r in x.unbind(0)], dim=0).view(
        x.size(0), -1), x.view(x.size(0), -1)], dim=1), dim=1, keepdim=True)))


def comprehensions(x):
    table = {i: row.size(0) for i, row in enumerate(x)}
    total = sum(v.sum() for v in (r.view(-1) for r in x.chunk(2, dim=0)))
    return table, total, sorted({str(t.dim()) for t in [x, x[0]]}), [[c.item() for c in r.view(-1)] for r in x.split(2)]


class Empty(nn.Module): ...


class  Odd ( nn . Module ) :

    scale : float = 2 ; shift = 1

    def __init__ ( self , dim , ) :
        super ( ) . __init__ ( )
        ( self . fc ) = nn . Linear ( dim , dim , bias = False )

    def forward ( self , x , ) :

        return self . fc ( x ) . mul ( self . scale ) . add ( self . shift )
    # a comment after the last statement


if __name__ == '__main__' : print(nested(torch.randn(2, 3)))  # no newline at the end