"""What MLX's modules, which are dicts, would take for something else: names, truth, equality, lists, None, ties."""
import copy
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def held(m: nn.Module):
    return sorted(m.state_dict()), sorted(n for n, p in m.named_parameters() if p.requires_grad), sorted(n for n, _ in m.named_buffers())


# run m = TakenNames(4); m(x) | model=m | grad=x,parameters | x=f32[2,4]
# run held(TakenNames(4))
class TakenNames(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.keys = nn.Linear(dim, dim)
        self.values = nn.Linear(dim, dim)
        self.items = nn.Parameter(torch.ones(dim))
        self.update = nn.Linear(dim, dim)
        self.state = nn.Linear(dim, dim, bias=False)
        self.copy = 3
        self.pop = [1, 2]
        self.get = {"a": 2.0}
        self.filter_and_map = nn.Conv1d(1, 1, 1)
        self.register_buffer("clear", torch.zeros(dim))

    def forward(self, x):
        y = self.keys(x) * self.values(x) + self.items
        y = self.state(self.update(y)) * self.copy + sum(self.pop) + self.get["a"] + self.clear
        return self.filter_and_map(y[:, None]).squeeze(1)


# run m = Underscored(4); m(x) | model=m | grad=x,parameters | x=f32[2,4]
# run held(Underscored(4))
class Underscored(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self._fc = nn.Linear(dim, dim)
        self._scale = nn.Parameter(torch.ones(dim))
        self._layers = nn.ModuleList([nn.Linear(dim, dim) for _ in range(2)])
        self.register_buffer("_mean", torch.zeros(dim))
        self.register_buffer("_hidden", torch.ones(dim), persistent=False)
        self._cache = None
        self.__private = nn.Linear(dim, dim)

    def forward(self, x):
        x = self._fc(x) * self._scale + self._mean * self._hidden
        for layer in self._layers:
            x = layer(x)
        self._cache = x
        return self.__private(self._cache)


# run m = Truth(4); m(x) | model=m | grad=x,parameters | x=f32[2,4]
# run m = Truth(4, False); m(x) | model=m | grad=x,parameters | x=f32[2,4]
class Truth(nn.Module):
    def __init__(self, dim, act=True):
        super().__init__()
        self.act = nn.ReLU() if act else None
        self.norm = nn.Identity()
        self.down = nn.Linear(dim, dim) if act else None
        self.empty = nn.ModuleList()
        self.seq = nn.Sequential()
        self.other = self.act or nn.Tanh()

    def forward(self, x):
        if self.act:
            x = self.act(x) + 1
        if not self.norm:
            x = x * 100
        x = (self.down(x) if self.down else x) + (0 if self.empty else 1) + (0 if self.seq else 2)
        return self.other(x) if self.norm and self.act is not None else x


# run m = Equal(4); m(x) | model=m | x=f32[2,4]
class Equal(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, dim), nn.ReLU()])
        self.last = self.layers[-1]

    def forward(self, x):
        seen = []
        for layer in self.layers:
            x = layer(x) * (2 if layer == self.last else 1)
            if layer not in seen:
                seen.append(layer)
        return x, len(seen), self.layers[1] == self.layers[3], self.layers[0] != self.layers[2]


# run m = FromNone(4); later(m)
class FromNone(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.weight = None
        self.head = None
        self.register_buffer("table", None)
        self.register_parameter("bias", None)
        self.norm = nn.LayerNorm(dim)

    def setup(self):
        self.weight = nn.Parameter(torch.ones(self.dim))
        self.head = nn.Linear(self.dim, 2)
        self.table = torch.arange(self.dim).float()
        self.bias = nn.Parameter(torch.zeros(self.dim))

    def forward(self, x):
        if self.weight is not None:
            x = x * self.weight
        if self.table is not None:
            x = x + self.table
        if self.bias is not None:
            x = x + self.bias
        return self.head(self.norm(x)) if self.head is not None else self.norm(x)


def later(m: FromNone):
    before = held(m)
    m.setup()
    return before, held(m)


# run m = Plain(4); m(x) | model=m | grad=x,parameters | x=f32[2,4]
# run held(Plain(4))
class Plain(nn.Module):
    """Arrays and modules that PyTorch does not see."""

    def __init__(self, dim):
        super().__init__()
        self.scales = [torch.ones(dim), torch.ones(dim) * 2]
        self.pair = (torch.zeros(dim), torch.ones(dim))
        self.table = {"a": torch.ones(dim), "b": 3}
        self.constant = torch.full((dim,), 0.5)
        self.hidden = [nn.Linear(dim, dim)]
        with torch.no_grad():
            self.hidden[0].weight.fill_(0.1)
            self.hidden[0].bias.fill_(0.2)
        self.seen = nn.Linear(dim, dim)
        self.shape = torch.Size([dim])

    def forward(self, x):
        for s in self.scales:
            x = x * s
        x = x + self.pair[1] * self.table["a"] * self.table["b"] + self.constant
        self.last_input = x
        return self.seen(self.hidden[0](x)) + self.last_input.detach()


class Tied(nn.Module):
    def __init__(self, vocab=7, dim=4, tie=True):
        super().__init__()
        self.wte = nn.Embedding(vocab, dim)
        self.fc = nn.Linear(dim, dim)
        self.lm_head = nn.Linear(dim, vocab, bias=False)
        if tie:
            self.lm_head.weight = self.wte.weight

    def forward(self, idx):
        return self.lm_head(F.gelu(self.fc(self.wte(idx))))


# run m = Tied(); m(i) | model=m | grad=parameters | i=i64[2,3] < 7
# run m = Tied(); train_tied(m, i, steps), m | model=m | train=3 | i=i64[2,3] < 7
def train_tied(model: Tied, i, steps):
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(steps):
        opt.zero_grad()
        loss = F.cross_entropy(model(i).flatten(0, 1), i.flatten())
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses


# run m = Tied(); tied_after(m, i) | model=m | i=i64[2,3] < 7
def tied_after(model: Tied, i):
    other = copy.deepcopy(model)
    other.load_state_dict(model.state_dict())
    with torch.no_grad():
        other.wte.weight.mul_(2)
    same = other.lm_head.weight is other.wte.weight, model.lm_head.weight is model.wte.weight
    return other(i), model(i), same, len(list(other.parameters())), len(other.state_dict())


# run script_tie(i) | i=i64[2,3] < 7 | todo
def script_tie(i):
    model = Tied(tie=False)
    with torch.no_grad():
        for n, p in sorted(model.named_parameters()):
            p.copy_(torch.linspace(-1, 1, p.numel()).reshape(p.shape))
    model.lm_head.weight = model.wte.weight
    y = model(i)
    with torch.no_grad():
        model.wte.weight.add_(1)
    return y, model(i), len(list(model.parameters()))


# run m = Positional(8, 4); m(x) | model=m | grad=x | x=f32[3,5,4] > 0 | check=kind
# run held(Positional(8, 4))
class Positional(nn.Module):
    def __init__(self, max_len, dim):
        super().__init__()
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, dim, 2) * (-math.log(10000.0) / dim))
        pe = torch.zeros(max_len, 1, dim)
        pe[:, 0, 0::2] = torch.sin(position * div_term)
        pe[:, 0, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)
        self.mask: torch.Tensor
        self.register_buffer("mask", torch.tril(torch.ones(max_len, max_len)).bool(), persistent=False)
        self.register_buffer("ids", torch.arange(max_len).expand((1, -1)))

    def forward(self, x):
        n = x.size(0)
        return x + self.pe[:n], self.mask[:n, :n], self.ids[:, :n]


class Fitted(nn.Module):
    """Names that MLX's modules keep their own state in."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)
        self._training = False
        self._no_grad = ["linear"]

    def forward(self, x):
        return self.linear(x) if self.training else x * 10


# run fitted(x) | x=f32[2,3]
def fitted(x):
    net = Fitted()
    first = net.training, net._training, net._no_grad
    net._training = True
    for name, p in net.named_parameters():
        p.requires_grad = name.split(".")[0] not in net._no_grad
    net.eval()
    return first, net.training, net._training, net(x), [p.requires_grad for p in net.parameters()]
