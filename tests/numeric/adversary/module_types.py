"""The class of a module, asked with `type`: modules with hooks, tied or normed weights, and layers that MLX has itself, are still of the class of their layer."""
import torch
import torch.nn as nn
from torch.nn.utils import remove_weight_norm, spectral_norm, weight_norm
from torch.nn.utils.parametrizations import weight_norm as new_weight_norm


# run filled_by_type(ids) | ids=i64[2,3] < 5 | weights=own
class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(5, 4)
        self.conv = weight_norm(nn.Conv1d(4, 4, 1))
        self.head = nn.Linear(4, 5, bias=False)
        self.head.weight = self.emb.weight
        self.apply(fill)

    def forward(self, ids):
        return self.head(self.conv(self.emb(ids).transpose(1, 2)).transpose(1, 2))


def fill(m):
    if type(m) == nn.Linear:
        nn.init.constant_(m.weight, 0.5)
    if type(m) is nn.Conv1d:
        nn.init.constant_(m.weight_v, 0.25)
        nn.init.constant_(m.weight_g, 2.0)
        nn.init.constant_(m.bias, 0.25)
    if type(m) in (nn.Embedding, nn.LayerNorm):
        m.marked = type(m).__name__


def filled_by_type(ids):
    net = Tied()
    return net(ids), net.emb.weight, net.emb.marked, hasattr(net.conv, "marked")


# run compared()
def compared():
    fc, seen = nn.Linear(2, 2), []
    handle = fc.register_forward_hook(lambda m, args, out: seen.append((type(m) is nn.Linear, m.__class__ == nn.Linear)))
    fc(torch.ones(1, 2))
    held = (type(fc) is nn.Linear, type(fc) == nn.Linear, type(fc) in [nn.Linear], type(fc) is not nn.Linear, type(fc) != nn.Conv2d, type(fc) is type(nn.Linear(1, 1)))
    handle.remove()
    return seen, held, type(fc) is nn.Linear, isinstance(nn.Linear(1, 1), type(fc)), issubclass(type(fc), nn.Linear)


# run normed() | weights=own
def normed():
    old, new, spectral = weight_norm(nn.Linear(2, 2)), new_weight_norm(nn.Linear(2, 2)), spectral_norm(nn.Conv2d(1, 1, 1))
    kinds = [type(old) is nn.Linear, type(new) == nn.Linear, type(new).__name__, isinstance(new, nn.Linear), type(spectral) == nn.Conv2d]
    remove_weight_norm(old)
    return kinds, type(old) == nn.Linear


# run counted(Counted())
def count_linear(m):
    return m.in_features * m.out_features


def count_conv(m):
    return m.in_channels * m.out_channels * m.kernel_size[0]


COUNTERS = {nn.Linear: count_linear, nn.Conv1d: count_conv, nn.ReLU: lambda m: 0, nn.BatchNorm1d: lambda m: m.num_features}


class Counted(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 6, bias=False), nn.Dropout(0.1))
        self.conv = weight_norm(nn.Conv1d(2, 3, 3))
        self.norm = nn.BatchNorm1d(3)
        self.body[0].register_forward_hook(lambda m, args, out: None)


def counted(net: Counted):
    total, unknown, by_type = 0, [], {}
    for m in net.modules():
        by_type[type(m)] = by_type.get(type(m), 0) + 1
        if type(m) in COUNTERS:
            total += COUNTERS[type(m)](m)
        elif not list(m.children()):
            unknown.append(type(m).__name__)
    return total, unknown, by_type[nn.Linear], by_type.get(nn.Conv1d), by_type.get(nn.Conv2d), sorted(cls.__name__ for cls in by_type)
