"""`torch.is_grad_enabled()` in code that a block without gradients may run: the answer has to be PyTorch's."""
import concurrent.futures
import contextlib

import torch
import torch.nn as nn
from torch.utils.checkpoint import checkpoint


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 3)

    def forward(self, x):
        return self.body(x)


def evaluate(model, x):
    with torch.no_grad():
        return model(x)


# run m = Checkpointed(); evaluate(m, x) | model=m | x=f32[2,3]
class Checkpointed(Plain):
    def __init__(self):
        super().__init__()
        self.gradient_checkpointing = True

    def forward(self, x):
        if torch.is_grad_enabled() and self.gradient_checkpointing:
            return checkpoint(self.body, x, use_reentrant=False)
        return self.body(x)


# run m = Complains(); evaluate(m, x) | model=m | x=f32[2,3]
class Complains(Plain):
    def forward(self, x):
        h = self.body(x)
        if torch.is_grad_enabled():
            assert h.shape[-1] == 3
        return h * 2


# run m = Restores(); evaluate(m, x) | model=m | x=f32[2,3]
class Restores(Plain):
    def forward(self, x):
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.training):
            return self.body(x)


def double_if_on(x):
    """Nobody calls this without gradients."""
    return x * 2 if torch.is_grad_enabled() else x


# run told_by_function(x) | x=f32[2,3] | grad=x
def told_by_function(x):
    return double_if_on(x).sum()


# run m = Scaled(); evaluate(m, x) | model=m | x=f32[2,3]
# run m = Scaled(); m(x) | model=m | x=f32[2,3] | grad=x,parameters
class Scaled(Plain):
    def forward(self, x):
        h = self.body(x)
        if torch.is_grad_enabled():
            h = h * 2
        return h


# run m = Kept(); evaluate(m, x) | model=m | x=f32[2,3]
# run m = Kept(); m(x) | model=m | x=f32[2,3] | grad=x,parameters
class Kept(Plain):
    def forward(self, x):
        learns = torch.is_grad_enabled()
        h = self.body(x)
        return h.relu() if learns else h


# run m = Passed(); evaluate(m, x) | model=m | x=f32[2,3]
# run m = Passed(); m(x) | model=m | x=f32[2,3] | grad=x,parameters
class Passed(Plain):
    def scale(self, x, learns):
        return x * 3 if learns else x

    def forward(self, x):
        return self.scale(self.body(x), learns=torch.is_grad_enabled())


# run decorated(x), asks(x) | x=f32[2,3]
def asks(x):
    return x + 1 if not torch.is_grad_enabled() else x


@torch.inference_mode()
def decorated(x):
    return asks(x)


# run asked_by_flag(x, False), asked_by_flag(x, True) | x=f32[2,3]
def asked_by_flag(x, flag):
    with torch.set_grad_enabled(flag):
        return x * 2 if torch.is_grad_enabled() else x * 3


# run told_in_inference(x) | x=f32[2,3]
def told_in_inference(x):
    kept = []
    with torch.inference_mode():
        kept.append([torch.is_grad_enabled(), torch.is_inference_mode_enabled()])
        with torch.inference_mode(False):
            kept.append([torch.is_grad_enabled(), torch.is_inference_mode_enabled()])
        with torch.enable_grad():
            kept.append([torch.is_grad_enabled(), torch.is_inference_mode_enabled()])
    kept.append([torch.is_grad_enabled(), torch.is_inference_mode_enabled()])
    return kept


def mode(x):
    """1 with gradients, 10 in inference mode."""
    factor = 1 if torch.is_grad_enabled() else 0
    if torch.is_inference_mode_enabled():
        factor = factor + 10
    return x * factor


# run nested(x) | x=f32[2,3]
def nested(x):
    out = [mode(x)]
    with torch.no_grad():
        out.append(mode(x))
        with torch.enable_grad():
            out.append(mode(x))
            with torch.inference_mode():
                out.append(mode(x))
            out.append(mode(x))
        out.append(mode(x))
        with torch.set_grad_enabled(True), torch.inference_mode(mode=False):
            out.append(mode(x))
    out.append(mode(x))
    return out


# run after_error(x) | x=f32[2,3]
def after_error(x):
    out = []
    try:
        with torch.no_grad():
            out.append(mode(x))
            raise ValueError("no")
    except ValueError:
        out.append(mode(x))
    context = torch.no_grad()
    with context:
        with context:
            out.append(mode(x))
        out.append(mode(x))
    out.append(mode(x))
    torch.set_grad_enabled(True)
    return out


@torch.no_grad()
def stream(x):
    for factor in (1, 2):
        got = yield mode(x) + factor
        yield got
    return mode(x)


# run between_items(x) | x=f32[2,3]
def between_items(x):
    out = []
    items = stream(x)
    out.append(next(items))
    out.append(mode(x))
    out.append(items.send(mode(x) * 7))
    out.append(mode(x))
    out.extend(items)
    return out


@torch.no_grad
def bare(x):
    return mode(x)


class Sampler:
    @torch.inference_mode(mode=True)
    def sample(self, x):
        return mode(x)

    @staticmethod
    @torch.set_grad_enabled(False)
    def off(x):
        return mode(x)


# run decorators(x) | x=f32[2,3]
def decorators(x):
    return bare(x), Sampler().sample(x), Sampler.off(x), mode(x), torch.no_grad()(mode)(x), bare.__name__


# run by_statements(x) | x=f32[2,3]
def by_statements(x):
    before = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    out = [mode(x)]
    torch.set_grad_enabled(mode=before)
    out.append(mode(x))
    return out


@contextlib.contextmanager
def frozen(flag):
    before = torch.is_grad_enabled()
    torch.set_grad_enabled(not flag)
    try:
        yield
    finally:
        torch.set_grad_enabled(before)


class Frozen:
    def __enter__(self):
        self.before = torch.is_grad_enabled()
        torch.set_grad_enabled(False)
        return self

    def __exit__(self, *args):
        torch.set_grad_enabled(self.before)


class Held:
    def __init__(self):
        self.guard = contextlib.ExitStack()

    def __enter__(self):
        self.guard.enter_context(torch.no_grad())

    def __exit__(self, *args):
        self.guard.close()


# run own_managers(x) | x=f32[2,3]
def own_managers(x):
    out = []
    with frozen(True):
        out.append(mode(x))
        with frozen(False):
            out.append(mode(x))
        out.append(mode(x))
    with Frozen() as held:
        out.append(mode(x))
    out.append(mode(x) + held.before)
    with Held():
        out.append(mode(x))
    out.append(mode(x))
    return out


# run chosen(x, True), chosen(x, False) | x=f32[2,3]
def chosen(x, freeze):
    context = torch.no_grad() if freeze else contextlib.nullcontext()
    with context:
        first = mode(x)
    make = torch.no_grad if freeze else torch.enable_grad
    with make():
        second = mode(x)
    with torch.no_grad() if freeze else contextlib.nullcontext():
        third = mode(x)
    return first, second, third, mode(x)


def factor():
    return 1 if torch.is_grad_enabled() else 3


# run in_threads(x) | x=f32[2,3]
def in_threads(x):
    with torch.no_grad():
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            other = pool.submit(factor).result()
        asked_later = lambda: 1 if torch.is_grad_enabled() else 5
        return x * other, x * factor(), mode(x), x * later(asked_later), x * asked_later()


@torch.enable_grad()
def later(ask):
    return ask()


# run m = Dropped(); m(x).sum() + m.target(x).sum() | model=m | x=f32[2,3] | grad=x,parameters
class Dropped(Plain):
    """What the block gives has no gradient, whatever is asked in it."""

    def forward(self, x):
        h = self.body(x)
        return h * 2 if torch.is_grad_enabled() else h * 5

    def target(self, x):
        with torch.no_grad():
            y = self.forward(x) * x
        return y * x


# run untouched(x) | x=f32[2,3] | grad=x
def untouched(x):
    with torch.no_grad():
        scale = x.abs().mean()
    return x * scale


class Loud(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        return self.fc(x) if torch.is_grad_enabled() else -self.fc(x)


class OfLoud(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Loud()

    def forward(self, x):
        return self.inner(x)

    def twice(self, x):
        return self.inner(x) * 2


class RunsNet:
    def __init__(self, net):
        self.net = net

    def one(self, x):
        return self.net(x)

    def all(self, x):
        return self.one(x) + 1

    @property
    def bias(self):
        return self.net(torch.ones(1, 3))


# run m = OfLoud(); (m(x), behind_a_method(m, x), behind_a_class(m, x), behind_a_property(m, x), behind_a_function(m, x), under(m, x)) | model=m | x=f32[2,3]
def behind_a_method(m, x):
    with torch.no_grad():
        return m.twice(x)


def behind_a_class(m, x):
    runner = RunsNet(m)
    with torch.no_grad():
        return runner.all(x)


def behind_a_property(m, x):
    runner = RunsNet(m)
    with torch.no_grad():
        return x + runner.bias


def through(f, *args):
    return f(*args)


def behind_a_function(m, x):
    with torch.no_grad():
        return through(m, x), through(m.twice, x)


@torch.no_grad()
def under(m, x):
    runner = RunsNet(m)
    return [step(x) for step in (runner.one, runner.all)]


# What an operator, an index, a loop, a `with` or the reading of a property runs asks as well.
class Weighted:
    def __init__(self, w):
        self.w = w

    @property
    def value(self):
        return self.w * 3 if torch.is_grad_enabled() else self.w * 5

    def __mul__(self, x):
        return self.w * x * (3 if torch.is_grad_enabled() else 5)

    def __getitem__(self, k):
        return self.w[k] * (3 if torch.is_grad_enabled() else 5)

    def __len__(self):
        return 3 if torch.is_grad_enabled() else 5

    def __enter__(self):
        self.k = 3 if torch.is_grad_enabled() else 5
        return self

    def __exit__(self, *args):
        return False


# run by_property(x) | x=f32[3]
def by_property(x):
    w = Weighted(x)
    with torch.no_grad():
        a = w.value
    return a, w.value


# run by_operators(x) | x=f32[3]
def by_operators(x):
    w = Weighted(x)
    with torch.no_grad():
        a = w * x
    with torch.no_grad():
        b = w[0]
    with torch.no_grad():
        n = len(w)
    return a, b, n, w * x, w[0], len(w)


# run by_context(x) | x=f32[3]
def by_context(x):
    w = Weighted(x)
    with torch.no_grad():
        with w as v:
            a = v.k
    with w as v:
        b = v.k
    return x * a, x * b


def parts(x):
    yield x * (3 if torch.is_grad_enabled() else 5)
    yield x * (7 if torch.is_grad_enabled() else 11)


# run by_generator(x) | x=f32[3]
def by_generator(x):
    with torch.no_grad():
        a = list(parts(x))
    return a, list(parts(x))
