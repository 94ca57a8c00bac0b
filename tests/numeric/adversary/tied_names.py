import torch
import torch.nn as nn
import torch.nn.functional as F


def names(m: nn.Module):
    return list(m.state_dict()), [n for n, _ in m.named_parameters()], sum(p.numel() for p in m.parameters())


def trained(m: nn.Module, x):
    for i, p in enumerate(m.parameters()):
        p.data.fill_(0.1 * (i + 1))
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    for _ in range(3):
        loss = m(x).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item(), m(x)


class SharedBias(nn.Module):
    def __init__(self):
        super().__init__()
        self.decoder = nn.Linear(4, 6)
        self.shift = self.decoder.bias
        self.init_weights()

    def init_weights(self):
        nn.init.uniform_(self.decoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)

    def forward(self, x):
        return self.decoder(x) + self.shift


# run m = SharedBias(); m(x), names(m) | model=m | x=f32[3,4] | grad=parameters
# run trained(SharedBias(), x) | x=f32[3,4] | tol=1e-4


class OwnNames(nn.Linear):
    """A layer's own parameters under other names."""

    def __init__(self):
        super().__init__(4, 4)
        self.gain = self.weight
        self.offset = self.bias

    def forward(self, x):
        return super().forward(x) @ self.gain + self.offset


# run trained(OwnNames(), x), names(OwnNames()) | x=f32[3,4] | tol=1e-4


class Gotten(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(4, 4)
        self.out = nn.Linear(4, 4)
        self.u = self.cell.bias_hh
        self.b = getattr(self.out, "bias")
        setattr(self, "w", self.out.weight)

    def forward(self, x):
        return self.out(self.cell(x)) + self.b + x @ self.w + self.u[:4]


# run trained(Gotten(), x), names(Gotten()) | x=f32[3,4] | tol=1e-4


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 4, 2)
        self.lstm.weight_hh_l1 = self.lstm.weight_hh_l0
        self.lstm.bias_ih_l1 = self.lstm.bias_ih_l0

    def forward(self, x):
        return self.lstm(x[None])[0]


# run trained(Recurrent(), x), names(Recurrent()) | x=f32[3,4] | tol=1e-4


class MayLackBias(nn.Module):
    """`None` has no second place."""

    def __init__(self, bias=True):
        super().__init__()
        self.a = nn.Linear(4, 4, bias=bias)
        self.b = nn.Linear(4, 4)
        self.conv = nn.Conv1d(4, 4, 1, bias=bias)
        self.shift = self.a.bias
        self.also = self.conv.bias
        self.b.bias = self.a.bias

    def forward(self, x):
        y = self.b(self.a(x))
        y = y + self.conv(y[..., None])[..., 0]
        return y if self.shift is None else y + self.shift + self.also


# run trained(MayLackBias(), x), names(MayLackBias()) | x=f32[3,4] | tol=1e-4
# run trained(MayLackBias(False), x), names(MayLackBias(False)) | x=f32[3,4] | tol=1e-4


class ByTuple(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Linear(4, 4)
        self.k = nn.Linear(4, 4)
        self.k.weight, self.k.bias = self.q.weight, self.q.bias
        self.w, self.b, self.n = self.q.weight, self.q.bias, 2  # of the first

    def forward(self, x):
        return self.n * self.q(torch.tanh(self.k(x))) @ self.w + self.b


# run trained(ByTuple(), x), names(ByTuple()) | x=f32[3,4] | tol=1e-4


class MadeForIts(nn.Module):
    """A layer that is dropped: its parameters have one name each."""

    def __init__(self):
        super().__init__()
        fc = nn.Linear(4, 4)
        self.w, self.b = fc.weight, fc.bias
        conv = nn.Conv1d(4, 4, 1)
        self.kernel = conv.weight if self.w is not None else nn.Parameter(torch.zeros(4, 4, 1))

    def forward(self, x):
        return F.conv1d(F.linear(x, self.w, self.b)[..., None], self.kernel)[..., 0]


# run trained(MadeForIts(), x), names(MadeForIts()) | x=f32[3,4] | tol=1e-4


class Chosen(nn.Module):
    def __init__(self, tie=True):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.w = self.fc.weight if tie else nn.Parameter(torch.zeros(4, 4))
        self.b = None if not tie else self.fc.bias
        self.head = nn.Linear(4, 4)
        self.head.weight = self.fc.weight if tie else self.head.weight
        other = self.fc.bias if tie else nn.Parameter(torch.ones(4))
        self.other = other

    def forward(self, x):
        y = self.head(self.fc(x) @ self.w) + self.other
        return y if self.b is None else y + self.b


# run trained(Chosen(), x), names(Chosen()) | x=f32[3,4] | tol=1e-4
# run trained(Chosen(False), x), names(Chosen(False)) | x=f32[3,4] | tol=1e-4


class Outside(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.dec = nn.Linear(4, 4)

    def forward(self, x):
        return self.dec(torch.tanh(self.enc(x)))


def tied(tie):
    m = Outside()
    m.dec.weight, m.dec.bias = m.enc.weight, m.enc.bias
    m.extra = m.enc.bias if tie else nn.Parameter(torch.zeros(4))
    return m


# run trained(tied(True), x), trained(tied(False), x), names(tied(True)), names(tied(False)) | x=f32[3,4] | tol=1e-4


class Copies(nn.Module):
    """Values of a parameter that are no parameter of the module."""

    def __init__(self, learned=True):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.scale = nn.Parameter(torch.ones(4)) if learned else torch.ones(4)
        self.w0, self.b0 = self.fc.weight.detach().clone(), self.fc.bias.detach().clone()
        self.n = self.fc.in_features if learned else 3
        self.has_bias = self.fc.bias is not None

    def forward(self, x):
        return self.fc(x) * self.scale * self.n + F.linear(x, self.w0 * 0, self.b0 * 0)


# run trained(Copies(), x), names(Copies()), names(Copies(False)) | x=f32[3,4] | tol=1e-4


class Loops(nn.Module):
    """Layers of one module, found by a loop, a place or a method."""

    def __init__(self, n=3):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(n)])
        for layer in self.layers[1:]:
            layer.weight = self.layers[0].weight
        for i in range(1, n):
            self.layers[i].bias = self.layers[0].bias
        self.enc = nn.ModuleList([nn.Linear(4, 4) for _ in range(2)])
        self.dec = nn.ModuleList([nn.Linear(4, 4, bias=False) for _ in range(2)])
        for a, b in zip(self.enc, self.dec):
            b.weight = a.weight
        self.wte = nn.Embedding(6, 4)
        self.lm_head = nn.Linear(4, 6, bias=False)
        self.tie_weights()

    def get_input_embeddings(self):
        return self.wte

    def get_output_embeddings(self):
        return self.lm_head

    def tie_weights(self):
        out = self.get_output_embeddings()
        out.weight = self.get_input_embeddings().weight

    def forward(self, x):
        for layer in [*self.layers, *self.enc, *self.dec]:
            x = torch.tanh(layer(x))
        return self.lm_head(x) @ self.wte.weight


# run trained(Loops(), x), names(Loops()) | x=f32[3,4] | tol=1e-4


# run refused(x) | x=f32[3,4] | todo
class Swapped(nn.Module):
    def __init__(self, tie=True):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(4, 4)
        self.a.weight, self.b.weight = self.b.weight, self.a.weight

    def forward(self, x):
        return self.b(self.a(x))


def refused(x):
    return trained(Swapped(), x)


def made():
    return nn.Parameter(torch.ones(3, 3) * 0.3)


class OfOneCall(nn.Module):
    """One parameter that a function makes, under two names."""

    def __init__(self):
        super().__init__()
        self.a = self.b = made()

    def forward(self, x):
        return x @ self.a @ self.b


class OfOneName(OfOneCall):
    def __init__(self):
        super(OfOneCall, self).__init__()
        w = made()
        self.a = w
        self.b = w


class OfBranches(OfOneCall):
    def __init__(self, scale=1.0):
        super(OfOneCall, self).__init__()
        if scale > 0:
            w = made()
        else:
            w = nn.Parameter(torch.zeros(3, 3))
        self.a = w
        self.b = w


class OfTwoCalls(OfOneCall):
    """Bound anew between the two, it is another one."""

    def __init__(self):
        super(OfOneCall, self).__init__()
        w = made()
        self.a = w
        w = made()
        self.b = w


class OfTwoMade(OfOneCall):
    def __init__(self):
        super(OfOneCall, self).__init__()
        self.a, self.b = made(), made()


# run trained(OfOneCall(), x), names(OfOneCall()) | x=f32[4,3] | tol=1e-4
# run trained(OfOneName(), x), names(OfOneName()) | x=f32[4,3] | tol=1e-4
# run trained(OfBranches(), x), names(OfBranches()) | x=f32[4,3] | tol=1e-4
# run trained(OfTwoCalls(), x), names(OfTwoCalls()) | x=f32[4,3] | tol=1e-4
# run trained(OfTwoMade(), x), names(OfTwoMade()) | x=f32[4,3] | tol=1e-4


def set_up(layer):
    """Gives layers of more than one class, so that nothing tells what it gives."""
    for p in layer.parameters():
        nn.init.constant_(p, 0.1)
    return layer


class OfOpenLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = set_up(nn.Embedding(5, 3))
        self.enc = set_up(nn.Linear(3, 2))
        self.all = nn.Sequential(self.enc, nn.Tanh())
        self.kernel = self.enc.weight
        self.shift = self.all[0].bias

    def forward(self, x):
        return F.linear(self.all(x), self.kernel.t()) + self.shift.sum() + self.emb.weight.sum()


# run trained(OfOpenLayer(), x), names(OfOpenLayer()) | x=f32[4,3] | tol=1e-4


class OfEachLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(3, 3, bias=False) for _ in range(3)])
        w = nn.Parameter(torch.ones(3, 3) * 0.3)
        for layer in self.layers:
            layer.weight = w

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


# run trained(OfEachLayer(), x), names(OfEachLayer()) | x=f32[4,3] | tol=1e-4


# run trained(InTurns(), x), names(InTurns()) | x=f32[4,3] | tol=1e-4 | todo
class InTurns(nn.Module):
    def __init__(self):
        super().__init__()
        w = nn.Parameter(torch.ones(3, 3) * 0.3)
        self.blocks = nn.ModuleList()
        for _ in range(2):
            layer = nn.Linear(3, 3, bias=False)
            layer.weight = w
            self.blocks.append(layer)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x


# run trained(ForEach(), x), names(ForEach()) | x=f32[4,3] | tol=1e-4
class ForEach(InTurns):
    def __init__(self):
        super(InTurns, self).__init__()
        self.blocks = nn.ModuleList()
        for _ in range(2):
            w = nn.Parameter(torch.ones(3, 3) * 0.3)
            layer = nn.Linear(3, 3, bias=False)
            layer.weight = w
            self.blocks.append(layer)


# run trained(Twice(), x), names(Twice()) | x=f32[4,3] | tol=1e-4 | todo
class ChosenHead(nn.Module):
    def __init__(self, w=None):
        super().__init__()
        self.w = w if w is not None else nn.Parameter(torch.ones(3, 3))

    def forward(self, x):
        return x @ self.w


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        p = nn.Parameter(torch.ones(3, 3) * 0.3)
        self.one, self.two = ChosenHead(p), ChosenHead(p)

    def forward(self, x):
        return self.two(self.one(x))


# run trained(OfFirst(), x), names(OfFirst()) | x=f32[4,3] | tol=1e-4 | todo
class FirstHead(nn.Module):
    def __init__(self, w=None):
        super().__init__()
        self.w = w if w is not None else nn.Parameter(torch.ones(3, 3))

    def forward(self, x):
        return x @ self.w


class OfFirst(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = FirstHead()
        self.two = FirstHead(self.one.w)

    def forward(self, x):
        return self.two(self.one(x))


# run trained(OfAll(), x), names(OfAll()) | x=f32[4,3] | tol=1e-4 | todo
class EachHead(nn.Module):
    def __init__(self, w=None):
        super().__init__()
        self.w = w if w is not None else nn.Parameter(torch.ones(3, 3))

    def forward(self, x):
        return x @ self.w


class OfAll(nn.Module):
    def __init__(self):
        super().__init__()
        p = nn.Parameter(torch.ones(3, 3) * 0.3)
        self.heads = nn.ModuleList([EachHead(p) for _ in range(2)])

    def forward(self, x):
        for head in self.heads:
            x = head(x)
        return x


# run trained(Once(), x), names(Once()) | x=f32[4,3] | tol=1e-4
class OnceHead(nn.Module):
    def __init__(self, w=None):
        super().__init__()
        self.w = w if w is not None else nn.Parameter(torch.ones(3, 3))

    def forward(self, x):
        return x @ self.w


class Once(nn.Module):
    def __init__(self):
        super().__init__()
        p = nn.Parameter(torch.ones(3, 3) * 0.3)
        self.one, self.two = OnceHead(p), OnceHead()

    def forward(self, x):
        return self.two(self.one(x))
