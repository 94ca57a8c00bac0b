import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, n, k=1):
        super().__init__()
        self.conv = nn.Conv2d(n, n, k, padding=k // 2)

    def forward(self, x):
        return F.relu(self.conv(x))


def parse_model(d, ch=4):
    """As detectors read their layers from a file."""
    layers = []
    for i, (n, m, args) in enumerate(d):
        m = eval(m) if isinstance(m, str) else m
        for j, a in enumerate(args):
            try:
                args[j] = eval(a) if isinstance(a, str) else a
            except NameError:
                pass
        m_ = nn.Sequential(*(m(*args) for _ in range(n))) if n > 1 else m(*args)
        layers.append(m_)
    return nn.Sequential(*layers)


ROWS = [[1, "Block", [4, 3]], [1, "nn.MaxPool2d", ["2"]], [2, "Block", ["ch"]], [1, "nn.Upsample", ["None", 2, "nearest"]], [1, "nn.Dropout2d", [0.0]]]

# run m = parse_model(ROWS); m(x) | model=m | x=f32[2,4,4,4] | tol=1e-4


class Acts(nn.Module):
    def __init__(self, act="nn.LeakyReLU(0.1)", pool="MaxPool2d", norm="nn.InstanceNorm2d"):
        super().__init__()
        self.act = eval(act)
        self.pool = eval(f"nn.{pool}(2)")
        self.norm = eval(norm)(4)
        self.p2 = eval("nn." + pool)(1)

    def forward(self, x):
        return self.p2(self.pool(self.act(self.norm(x))))


# run m = Acts(); m(x) | model=m | x=f32[2,4,4,4] | tol=1e-4


def conv_nd(dims, *args, **kwargs):
    return eval(f"nn.Conv{dims}d")(*args, **kwargs)


# run m = conv_nd(2, 4, 4, 3, padding=1); m(x) | model=m | x=f32[2,4,4,4]


def by_name(s):
    return eval(s)


# run by_name("nn.MaxPool2d(2)")(x), by_name("Block").__name__, by_name("3") | x=f32[2,4,4,4]


def stack(specs):
    layers = nn.ModuleList()
    for s in specs:
        layers.append(eval(s))
    return nn.Sequential(*layers, *[eval(s) for s in specs])


# run stack(["nn.AvgPool2d(2, 1)", "nn.Softmax(dim=1)"])(x) | x=f32[2,4,4,4] | tol=1e-4


def settings(text, betas="(0.9, 0.99)"):
    """Numbers of a command line."""
    b = eval(betas)
    return [eval(t) for t in text.split(",")], b[0], eval("b[1]")


# run settings("1,2") | x=f32[2]
