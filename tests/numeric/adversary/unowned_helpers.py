# Helpers without gradients of files that train nothing themselves: what they return is a constant for whoever differentiates.
import torch


@torch.no_grad()
def spread(t):
    return t.std(0)


# run scaled(x) | x=f32[4,3] | grad=x
def scaled(x):
    c = spread(x)
    c += 1
    return (x / spread(x)).sum() + (x / c).sum()


def grown(t):
    with torch.no_grad():
        return t.exp()


# run times(x) | x=f32[4,3] | grad=x
def times(x):
    c = grown(x)
    c[0] = 1
    return (x * grown(x)).sum() + (x * c).sum() + (x * grown(x).mul_(2)).sum()


@torch.no_grad()
def floored(t):
    s = t.std(0)
    s[s < 0.1] = 1
    return s, t.max(dim=0)[0]


def shares_(t):
    with torch.no_grad():
        w = t.softmax(-1)
    return w


# run floors(x) | x=f32[4,3] | grad=x
def floors(x):
    s, m = floored(x)
    return (x / s * m * shares_(x)).sum()


class Weigher:
    @torch.no_grad()
    def weight(self, t):
        return t.exp()

    def __call__(self, t):
        a = self.weight(t)
        a /= a.sum()
        return (t * a).sum()


# run Weigher()(x) | x=f32[4,3] | grad=x
# run nested(x) | x=f32[4,3] | grad=x
def nested(x):
    @torch.no_grad()
    def scale(t):
        return t.std(0)

    return (x / scale(x)).sum()


# Texts, places and sizes pass as they are.
@torch.no_grad()
def described(t, name):
    return name.upper().split("_"), t.argmax(-1), len(t)


# run told(x) | x=f32[4,3] | grad=x
def told(x):
    words, places, n = described(x, "a_b")
    return x[torch.arange(n), places].sum() * len(words)
