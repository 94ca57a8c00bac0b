"""Arrays that a module gets from elsewhere, and uses in ways that say little: PyTorch trains none of them."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def trained(m: nn.Module):
    return [n for n, _ in m.named_parameters()], sorted(m.state_dict())


# run m = Aliased(w); m(x), trained(m) | x=f32[2,4] | w=f32[4]
class Aliased(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.w = w

    def forward(self, x):
        w = self.w
        return self.fc(x) * w


# run m = Items([a, b]); m(x), trained(m) | x=f32[2,4] | a=f32[4] | b=f32[4]
class Items(nn.Module):
    def __init__(self, arrays):
        super().__init__()
        self.arrays = arrays

    def forward(self, x):
        return x * self.arrays[0] + self.arrays[1]


# run m = Looped([a, b]); m(x), trained(m) | x=f32[2,4] | a=f32[4] | b=f32[4]
class Looped(nn.Module):
    def __init__(self, arrays):
        super().__init__()
        self.arrays = arrays

    def forward(self, x):
        for a in self.arrays:
            x = x + a
        return x


# run m = Named(); m(x), trained(m) | x=f32[2,4]
class Named(nn.Module):
    def __init__(self):
        super().__init__()
        for i in range(2):
            setattr(self, f"mask{i}", torch.ones(4) * i)
        setattr(self, "scale", torch.full((4,), 2.0))

    def forward(self, x):
        return x * self.mask0 + getattr(self, "mask1") * self.scale


# run m = Called(s); m(x), trained(m) | x=f32[2,4] | s=f32[4]
class Called(nn.Module):
    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def forward(self, x):
        return torch.mul(x, self.scale)


# run m = Method(s); m(x), trained(m) | x=f32[2,4] | s=f32[4]
class Method(nn.Module):
    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def forward(self, x):
        return x.mul(self.scale).add(1)


# run m = Receiver(s); m(x), trained(m) | x=f32[2,4] | s=f32[4]
class Receiver(nn.Module):
    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def forward(self, x):
        return x * self.scale.exp().unsqueeze(0)


# run m = Passed(s); m(x), trained(m) | x=f32[2,4] | s=f32[4]
class Passed(nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = weight

    def forward(self, x):
        return F.binary_cross_entropy_with_logits(x, torch.sigmoid(x), pos_weight=self.weight)


# run m = Computed(s); m(x), trained(m) | x=f32[2,4] | s=f32[4]
class Computed(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.w = w * 2
        self.b = w + 1

    def forward(self, x):
        return x * self.w + self.b


# run m = Kernel(5, 1.0); m(x), trained(m) | x=f32[2,1,8]
class Kernel(nn.Module):
    def __init__(self, size, sigma):
        super().__init__()
        k = make_kernel(size, sigma)
        self.kernel = k.view(1, 1, -1)
        self.pad = size // 2

    def forward(self, x):
        return F.conv1d(x, self.kernel, padding=self.pad)


def make_kernel(size, sigma):
    at = torch.arange(size, dtype=torch.float32) - size // 2
    k = torch.exp(-at ** 2 / (2 * sigma ** 2))
    return k / k.sum()


# run m = nn.Linear(4, 4); extend(m, s); m(x) * m.extra, trained(m) | x=f32[2,4] | s=f32[4]
def extend(model, s):
    model.extra = torch.ones(4) * s


# run m = nn.Linear(4, 4); extend_typed(m, s); m(x) * m.extra, trained(m) | x=f32[2,4] | s=f32[4]
def extend_typed(model: nn.Module, s: torch.Tensor):
    model.extra = s
    model.scale = s * 2


# run m = Later(); m.set(s); m(x), trained(m) | x=f32[2,4] | s=f32[4]
class Later(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.mask = None

    def set(self, mask):
        self.mask = mask

    def forward(self, x):
        y = self.fc(x)
        if self.mask is not None:
            y = torch.where(self.mask > 0, y, torch.zeros_like(y))
        return y


# run m = Kept(); m(x); m(x); m.loss(x), trained(m) | x=f32[2,4]
class Kept(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        self.last = x
        self.out = self.fc(x)
        return self.out

    def loss(self, y):
        return F.mse_loss(self.out, y) + self.last.sum()


# run m = Returned(4); m(x), trained(m) | x=f32[2,4]
class Returned(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.table = self.build(n)
        self.pair = self.build_pair(n)

    def build(self, n):
        return torch.arange(n).float()

    def build_pair(self, n):
        return torch.zeros(n), torch.ones(n)

    def forward(self, x):
        a, b = self.pair
        return x * self.table + a - b


# run m = FromConfig({"w": s, "eps": 0.5}); m(x), trained(m) | x=f32[2,4] | s=f32[4]
class FromConfig(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.w = cfg["w"]
        self.eps = cfg["eps"]

    def forward(self, x):
        return x * self.w + self.eps


# run m = Keyword(weight=s); m(x), trained(m) | x=f32[2,4] | s=f32[4]
class Keyword(nn.Module):
    def __init__(self, **kwargs):
        super().__init__()
        self.weight = kwargs.get("weight", None)

    def forward(self, x):
        w = self.weight if self.weight is not None else torch.ones(4)
        return x * w


# run m = Updated(kwargs_of(s)); m(x), trained(m) | x=f32[2,4] | s=f32[4]
class Updated(nn.Module):
    def __init__(self, values):
        super().__init__()
        for k, v in values.items():
            setattr(self, k, v)

    def forward(self, x):
        return x * self.a + self.b


def kwargs_of(s):
    return {"a": s, "b": 2}


# run m = Unit(s, 2.0); m(x), trained(m) | x=f32[2,4] | s=f32[4]
class Unit(nn.Module):
    def __init__(self, scale, power):
        super().__init__()
        self.scale, self.power = scale, power

    def forward(self, x):
        scale, power = self.scale, self.power
        return (x * scale) ** power


# run m = Helper(s); m(x), trained(m) | x=f32[2,4] | s=f32[4] | expect=fails | reason=what a function does with an argument of unknown kind
class Helper(nn.Module):
    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def forward(self, x):
        return apply_scale(x, self.scale)


def apply_scale(x, scale):
    return x * scale


# run m = Cat(s); m(x), trained(m) | x=f32[2,4] | s=f32[2,4]
class Cat(nn.Module):
    def __init__(self, token):
        super().__init__()
        self.token = token

    def forward(self, x):
        return torch.cat([x, self.token], dim=0), torch.stack((x, self.token))


# run m = Init(s); m(x), trained(m) | x=f32[2,4] | s=f32[4]
class Init(nn.Module):
    def __init__(self, prior):
        super().__init__()
        self.prior = prior
        self.log_prior = torch.log(torch.abs(prior) + 1)

    def forward(self, x):
        x = x - self.log_prior
        x += self.prior
        return x


# run m = Switched(s); m(x), trained(m) | x=f32[2,4] | s=f32[4]
class Switched(nn.Module):
    def __init__(self, mask):
        super().__init__()
        if mask is None:
            self.mask = torch.ones(4)
        else:
            self.mask = mask.to(mask.device)

    def forward(self, x):
        return blend(x, self.mask)


def blend(x, mask):
    return x * mask


# run m = Popped(4, shift=s, head=nn.Linear(4, 4)); m(x).shape, trained(m) | x=f32[2,4] | s=f32[4]
class Popped(nn.Module):
    def __init__(self, dim, **options):
        super().__init__()
        self.shift = options.pop("shift")
        self.fc = nn.Linear(dim, dim)
        for name, value in options.items():
            setattr(self, name, value)

    def forward(self, x):
        return self.head(self.fc(x) + self.shift)


# run m = Dictionary(dict(scale=s, n=2)); m(x), trained(m) | x=f32[2,4] | s=f32[4]
class Dictionary(nn.Module):
    def __init__(self, values):
        super().__init__()
        self.__dict__.update(values)

    def forward(self, x):
        return x * self.scale + self.n
