"""Functions as values, arguments that travel, names that hide others."""
import functools
import math
import operator
from functools import partial
from typing import Callable, Optional

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import einsum, nn as tnn


# run act_default(x) | x=f32[2,3]
def act_default(x, act=F.relu):
    return act(x)


# run act_passed(x) | x=f32[2,3] | todo | expect=fails | reason=gelu of MLX takes no approximate where it is passed as a value
def apply(x, act: Callable = F.gelu, **kw):
    return act(x, **kw)


def act_passed(x):
    return apply(x), apply(x, F.silu), apply(x, torch.tanh), apply(x, F.softmax, dim=-1), apply(x, F.gelu, approximate="tanh")


# run act_table(x, "leaky") | x=f32[2,3]
# run act_table(x, "softplus") | x=f32[2,3]
# run act_table(x, "mish") | x=f32[2,3]
ACTS = {"relu": F.relu, "leaky": F.leaky_relu, "softplus": F.softplus, "mish": F.mish, "tanh": torch.tanh, "id": lambda x: x, "swish": lambda x: x * torch.sigmoid(x)}


def act_table(x, name):
    return ACTS[name](x)


# run act_getattr(x, "relu") | x=f32[2,3] | todo
def act_getattr(x, name):
    return getattr(F, name)(x)


# run layer_getattr(x, "ReLU") | x=f32[2,3] | todo
def layer_getattr(x, name):
    return getattr(nn, name)()(x)


# run act_literal_getattr(x) | x=f32[2,3] | todo
def act_literal_getattr(x):
    f = getattr(F, "elu")
    return f(x) + getattr(torch, "sin")(x)


# run mapped([x, y]) | x=f32[2,3] | y=f32[2] | todo
def mapped(xs):
    return list(map(torch.tanh, xs)), [f(xs[0]) for f in (torch.sin, torch.cos)], tuple(map(torch.Tensor.sum, xs))


# run partials(x) | x=f32[2,3] | todo
def partials(x):
    lrelu = partial(F.leaky_relu, negative_slope=0.2)
    soft = functools.partial(torch.softmax, dim=0)
    clip = partial(torch.clamp, min=0)
    return lrelu(x), soft(x), clip(x)


# run partial_layer(x) | x=f32[2,4]
def partial_layer(x, norm_layer=partial(nn.LayerNorm, eps=1e-6)):
    return norm_layer(4)(x)


# run kwargs_forward(x) | x=f32[1,2,4,4] | todo
def kwargs_forward(x):
    kw = dict(scale_factor=2, mode="nearest")
    return F.interpolate(x, **kw)


# run kwargs_literal(x) | x=f32[1,2,4,4]
def kwargs_literal(x):
    kw = {"kernel_size": 2, "stride": 2}
    return F.max_pool2d(x, **kw)


# run star_args(x) | x=f32[2,12]
def star_args(x):
    shape = (3, 4)
    return x.view(-1, *shape), x.reshape(*(2, 4, 3)), torch.zeros(*shape) + 1


# run kwargs_dim(x, dim=1, keepdim=True) | x=f32[2,3] | todo
def kwargs_dim(x, **kw):
    return x.sum(**kw)


# run reduce_fn([a, b, c]) | a=f32[3] | b=f32[3] | c=f32[3] | todo
def reduce_fn(xs):
    return functools.reduce(torch.add, xs), functools.reduce(operator.mul, xs), functools.reduce(lambda a, b: torch.maximum(a, b), xs)


# run shadow_sum([a, b]) | a=f32[3] | b=f32[3]
def shadow_sum(xs):
    def softmax(t):
        return t * 0 + 1

    F = lambda t: t + 1
    return softmax(xs[0]), F(xs[1])


# run shadow_torch(x) | x=f32[3]
class _FakeTorch:
    @staticmethod
    def relu(t):
        return t - 100


def shadow_torch(x):
    torch = _FakeTorch()
    return torch.relu(x)


# run own_max([3, 1]) 
def own_max(values):
    class Stats:
        def max(self, dim):
            return dim, values

    s = Stats()
    return s.max(1)


# run own_split("a,b")
def own_split(text):
    parts = text.split(",")
    return parts, text.replace("a", "b"), " ".join(parts), {"x": 1}.copy(), [3, 1].sort()


# run untyped_split("a,b")
def untyped_split(s):
    return s.split(","), s.replace(",", "")


# run comprehension_scope([a, b]) | a=f32[2,3] | b=f32[2,3] | todo
def comprehension_scope(xs):
    x = 3
    ys = [x.mean(1) for x in xs]
    return ys, x, {i: t.sum(0) for i, t in enumerate(xs)}


# run generator_sum([a, b]) | a=f32[2,3] | b=f32[2,3]
def generator_sum(xs):
    return sum(x.square().sum() for x in xs), sum((x.abs().mean() for x in xs), torch.zeros(1))


# run yields(x) | x=f32[4,3]
def windows(x, n):
    for i in range(0, x.size(0), n):
        yield x[i : i + n]


def yields(x):
    return [w.mean(dim=0, keepdim=True) for w in windows(x, 2)]


# run closure(x) | x=f32[4,3] | todo
def closure(x):
    scale = x.abs().max()

    def norm(t):
        return t / scale

    return norm(x), (lambda t, d=0: t.sum(d))(x)


# run default_tensor(x) | x=f32[3]
def default_tensor(x, w=torch.ones(3) * 2):
    return x * w


# run optional_mask(x) | x=f32[2,3]
# run optional_mask(x, m) | x=f32[2,3] | m=bool[2,3]
def optional_mask(x, mask: Optional[torch.Tensor] = None):
    if mask is not None:
        x = x.masked_fill(~mask, 0.0)
    return x.sum(dim=-1)


# run truthy_tensor(x) | x=f32[1]
def truthy_tensor(x):
    if x > 0:
        return x
    return -x


# run walrus(x) | x=f32[2,4]
def walrus(x):
    if (n := x.size(-1)) > 2:
        return x.mean(-1) * n
    return x


# run match_arg(x, "max") | x=f32[2,4]
# run match_arg(x, "mean") | x=f32[2,4]
def match_arg(x, pool):
    match pool:
        case "max":
            return x.max(dim=1)[0]
        case "mean":
            return x.mean(dim=1)


# run ternary_fn(x) | x=f32[2,4] | todo
def ternary_fn(x, causal=True):
    fn = torch.triu if causal else torch.tril
    return fn(x, 1)


# run dispatch_method(x, "relu") | x=f32[2,4] | todo | expect=fails | reason=a method named by a string, of a value of unknown kind
def dispatch_method(x, name):
    return getattr(x, name)()


# run unbound(x) | x=f32[2,4] | todo
def unbound(x):
    return torch.Tensor.mean(x, 1), torch.Tensor.transpose(x, 0, 1), torch.Tensor.view(x, -1)


# run exists_default(x) | x=f32[2,4] | todo
def exists(v):
    return v is not None


def default(v, d):
    return v if exists(v) else d() if callable(d) else d


def exists_default(x, ctx=None):
    ctx = default(ctx, x)
    return einsum("b i, c i -> b c", x, ctx), default(None, lambda: x.sum(1))


# run decorated(x) | x=f32[2,4] | todo
def double(fn):
    @functools.wraps(fn)
    def inner(*args, **kwargs):
        return fn(*args, **kwargs) * 2

    return inner


@double
def decorated(x, dim=1):
    return x.softmax(dim).cumsum(dim=dim)


# run module_alias(x) | x=f32[2,4]
def module_alias(x):
    return tnn.functional.relu(x), torch.nn.functional.softplus(x), torch.special.expit(x), torch.sigmoid(x)


# run import_inside(x) | x=f32[2,4]
def import_inside(x):
    import torch.nn.functional as fn
    from torch.nn.functional import log_softmax as ls

    return fn.softmax(x, 1), ls(x, dim=0)


# run sorted_key([a, b]) | a=f32[2,3] | b=f32[4,3]
def sorted_key(xs):
    return sorted(xs, key=lambda t: t.size(0), reverse=True), max(xs, key=len)


# run tensor_keys(x) | x=f32[3]
def tensor_keys(x):
    d = {}
    for i, v in enumerate(x.tolist()):
        d.setdefault(i, []).append(v)
    return d, {k: torch.tensor(v) for k, v in d.items()}


# run try_except(x) | x=f32[3] | todo
def try_except(x):
    try:
        return x.view(2, 2)
    except RuntimeError:
        return x * 2


# run isinstance_tensor(x) | x=f32[3]
# run isinstance_tensor([1.0]) 
def isinstance_tensor(x):
    if torch.is_tensor(x):
        return x + 1
    if isinstance(x, (list, tuple)):
        return torch.tensor(x)
    return None


# run isinstance_parameter(x) | x=f32[3] | todo
def isinstance_parameter(x):
    return isinstance(x, torch.Tensor), isinstance(x, nn.Parameter), isinstance(3, torch.Tensor)
