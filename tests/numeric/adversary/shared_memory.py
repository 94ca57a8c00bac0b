"""Tensors whose memory a parameter shares: what is read after training has moved, and what is written moves the parameter."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def train(m, x, y, steps=3):
    opt = torch.optim.SGD(m.parameters(), lr=0.5)
    for _ in range(steps):
        loss = F.mse_loss(m(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item()


class Table(nn.Module):
    def __init__(self, e):
        super().__init__()
        self.e = nn.Parameter(e)

    def forward(self, x):
        return x * self.e


# run read_after(x, y) | x=f32[4,3] | y=f32[4,3] | todo
def read_after(x, y):
    e = torch.ones(3)
    m = Table(e)
    loss = train(m, x, y)
    return loss, e, m.e


# run read_before(x, y) | x=f32[4,3] | y=f32[4,3]
def read_before(x, y):
    e = torch.ones(3)
    s = e.sum()
    m = Table(e)
    loss = train(m, x, y)
    return loss, s, m.e


# run written_after(x, y) | x=f32[4,3] | y=f32[4,3]
def written_after(x, y):
    e = torch.ones(3)
    m = Table(e)
    e[0] = 5.0
    e.mul_(2)
    return m(x), m.e


# run direct(x, y) | x=f32[4,3] | y=f32[4,3] | weights=own
def direct(x, y):
    e = torch.ones(3)
    w = nn.Parameter(e)
    opt = torch.optim.SGD([w], lr=0.5)
    for _ in range(2):
        loss = F.mse_loss(x * w, y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return e, w


# run direct_copy(x, y) | x=f32[4,3] | y=f32[4,3] | weights=own
def direct_copy(x, y):
    e = torch.ones(3)
    w = nn.Parameter(e.clone())
    opt = torch.optim.SGD([w], lr=0.5)
    for _ in range(2):
        loss = F.mse_loss(x * w, y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return e, w


class Words(nn.Module):
    def __init__(self, w, freeze=False):
        super().__init__()
        self.emb = nn.Embedding.from_pretrained(w, freeze=freeze)
        self.out = nn.Linear(3, 3, bias=False)
        nn.init.constant_(self.out.weight, 0.2)

    def forward(self, x):
        return self.out(self.emb(x))


# run words_after(x, y) | x=i64[4] < 5 | y=f32[4,3] | expect=fails | reason=a tensor that a parameter is made of keeps its values when the parameter is trained
def words_after(x, y):
    w = torch.ones(5, 3)
    m = Words(w)
    loss = train(m, x, y)
    return loss, w, m.emb.weight


# run words_frozen(x, y) | x=i64[4] < 5 | y=f32[4,3]
def words_frozen(x, y):
    w = torch.ones(5, 3)
    m = Words(w, True)
    loss = train(m, x, y)
    return loss, w, m.emb.weight


# run words_compared(x, y) | x=i64[4] < 5 | y=f32[4,3]
def words_compared(x, y):
    w = torch.ones(5, 3)
    m = Words(w.clone())
    train(m, x, y)
    return (m.emb.weight - w).abs().sum().item()


# run words_written(x) | x=i64[4] < 5
def words_written(x):
    w = torch.ones(5, 3)
    emb = nn.Embedding.from_pretrained(w, freeze=False)
    w[0] = 7.0
    return emb(x), emb.weight


# run linear_data(x, y) | x=f32[4,3] | y=f32[4,3] | expect=fails | reason=a tensor that a parameter is made of keeps its values when the parameter is trained
def linear_data(x, y):
    w = torch.full((3, 3), 0.1)
    m = nn.Linear(3, 3, bias=False)
    m.weight.data = w
    train(m, x, y)
    return w, m.weight


# run linear_parameter(x, y) | x=f32[4,3] | y=f32[4,3]
def linear_parameter(x, y):
    w = torch.full((3, 3), 0.1)
    m = nn.Linear(3, 3, bias=False)
    m.weight = nn.Parameter(w)
    w += 1
    return m(x), m.weight


def net():
    m = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))
    for p in m.parameters():
        nn.init.constant_(p, 0.3)
    return m


# run by_dict(x) | x=f32[4,3]
def by_dict(x):
    m = net()
    shadow = {n: p.data for n, p in m.named_parameters()}
    for n in shadow:
        shadow[n].mul_(0.5)
    return m(x), shadow


# run by_dict_add(x) | x=f32[4,3]
def by_dict_add(x):
    m = net()
    params = {n: p.data for n, p in m.named_parameters()}
    params["0.weight"] += 1
    params["2.bias"].fill_(2.0)
    params["0.bias"][0] = 3.0
    return m(x)


# run by_dict_values(x) | x=f32[4,3]
def by_dict_values(x):
    m = net()
    params = {n: p.data for n, p in m.named_parameters()}
    for v in params.values():
        v.add_(1)
    for n, v in params.items():
        v.mul_(0.5)
    return m(x)


# run by_dict_read(x, y) | x=f32[4,3] | y=f32[4,3] | todo
def by_dict_read(x, y):
    m = net()
    before = {n: p.data for n, p in m.named_parameters()}
    train(m, x, y)
    return sum((before[n] - p.data).abs().sum() for n, p in m.named_parameters()), before


# run by_dict_copy(x, y) | x=f32[4,3] | y=f32[4,3]
def by_dict_copy(x, y):
    m = net()
    before = {n: p.data.clone() for n, p in m.named_parameters()}
    train(m, x, y)
    return sum((before[n] - p.data).abs().sum() for n, p in m.named_parameters()), before


# run by_dict_detached(x, y) | x=f32[4,3] | y=f32[4,3] | todo
def by_dict_detached(x, y):
    m = net()
    before = {n: p.detach() for n, p in m.named_parameters() if p.requires_grad}
    train(m, x, y)
    return before


# run by_list(x) | x=f32[4,3]
def by_list(x):
    m = net()
    ps = [p.data for p in m.parameters()]
    for p in ps:
        p.mul_(0.5)
    ps[1].add_(1)
    return m(x)


# run by_list_read(x, y) | x=f32[4,3] | y=f32[4,3] | todo
def by_list_read(x, y):
    m = net()
    ps = [p.data for p in m.parameters()]
    train(m, x, y)
    return ps


# run by_loop_dict(x, y) | x=f32[4,3] | y=f32[4,3] | todo
def by_loop_dict(x, y):
    m = net()
    held = {}
    for n, p in m.named_parameters():
        held[n] = p.data
    train(m, x, y)
    return held


# run by_loop_dict_written(x) | x=f32[4,3] | todo
def by_loop_dict_written(x):
    m = net()
    held = {}
    for n, p in m.named_parameters():
        held[n] = p.data
    for n in held:
        held[n].zero_()
    return m(x)


# run kept_in_class(x, y) | x=f32[4,3] | y=f32[4,3] | todo
class Ema:
    def __init__(self, model):
        self.model = model
        self.shadow = {n: p.data for n, p in model.named_parameters()}

    def halve(self):
        for n in self.shadow:
            self.shadow[n].mul_(0.5)

    def read(self):
        return self.shadow


def kept_in_class(x, y):
    m = net()
    ema = Ema(m)
    ema.halve()
    out = m(x)
    train(m, x, y)
    return out, ema.read()


# run dict_of_parameters(x) | x=f32[4,3]
def dict_of_parameters(x):
    m = net()
    ps = dict(m.named_parameters())
    with torch.no_grad():
        for n in ps:
            ps[n].mul_(0.5)
        ps["0.bias"].data.add_(1)
    return m(x)


# run state_written(x) | x=f32[4,3]
def state_written(x):
    m = net()
    sd = m.state_dict()
    for k in sd:
        sd[k].mul_(0.5)
    sd["0.bias"].add_(1.0)
    return m(x)
