"""What a program holds of a model: a load, a reset, an initialiser and a pass write into the tensors that are there, an optimizer of MLX does not."""
import copy
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.bn = nn.BatchNorm1d(4)

    def forward(self, x):
        return self.bn(self.fc(x))


def halved(m):
    return {k: v.clone() * 0.5 for k, v in m.state_dict().items() if v.dim()}


# run m = Net(); filled(m, x) | model=m | x=f32[6,4]
def filled(m: Net, x):
    live = m.state_dict()
    m.fc.weight.data.fill_(2.0)
    return live["fc.weight"]


# run m = Net(); zeroed(m, x) | model=m | x=f32[6,4]
def zeroed(m: Net, x):
    live = m.state_dict()
    live["fc.weight"].zero_()
    return m(x)


# run m = Net(); passed(m, x) | model=m | x=f32[6,4]
def passed(m: Net, x):
    live = m.state_dict()
    m.train()
    m(x)
    return live["bn.running_mean"]


# run m = Net(); loaded_untyped(m, x) | model=m | x=f32[6,4]
def loaded_untyped(m, x):
    w = m.fc.weight
    m.load_state_dict(halved(m), strict=False)
    return w


# run m = Net(); loaded(m, x) | model=m | x=f32[6,4]
def loaded(m: Net, x):
    w = m.fc.weight
    m.load_state_dict(halved(m), strict=False)
    return w


# run m = Net(); loaded_all(m, x) | model=m | x=f32[6,4]
def loaded_all(m: nn.Module, x):
    old = [p for p in m.parameters()]
    m.load_state_dict(halved(m), strict=False)
    return [bool((a == b).all()) for a, b in zip(old, m.parameters())]


# run m = Net(); stepped_all(m, x) | model=m | x=f32[6,4] | todo
def stepped_all(m: nn.Module, x):
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    old = [p for p in m.parameters()]
    m(x).pow(2).sum().backward()
    opt.step()
    return [bool((a == b).all()) for a, b in zip(old, m.parameters())]


# run m = Net(); listed(m, x) | model=m | x=f32[6,4]
def listed(m: Net, x):
    outs = [m.fc.weight]
    m.load_state_dict(halved(m), strict=False)
    outs.append(m.fc.weight)
    return outs


# run m = Net(); items_listed(m, x) | model=m | x=f32[6,4]
def items_listed(m: nn.Module, x):
    sd = m.state_dict()
    outs = [sd["fc.weight"]]
    m.load_state_dict({k: v * 3 for k, v in sd.items()})
    return outs


# run m = Net(); initialised_by_name(m, x) | model=m | x=f32[6,4]
def initialised_by_name(m, x):
    named = dict(m.named_parameters())
    nn.init.constant_(m.fc.weight, 0.3)
    return named["fc.weight"]


# run m = Net(); initialised(m, x) | model=m | x=f32[6,4]
def initialised(m, x):
    ps = list(m.parameters())
    nn.init.ones_(m.fc.weight)
    nn.init.zeros_(m.fc.bias)
    return [p.sum() for p in ps]


# run m = Net(); scaled(m, x) | model=m | x=f32[6,4]
def scaled(m, x):
    ps = list(m.parameters())
    with torch.no_grad():
        for p in m.parameters():
            p.mul_(2)
    return [p.sum() for p in ps]


# run m = Net(); compared(m, x) | model=m | x=f32[6,4]
def compared(m, x):
    before = m.state_dict()
    m.load_state_dict(halved(m), strict=False)
    after = m.state_dict()
    return [bool((before[k] == after[k]).all()) for k in before]


# run m = Net(); mean_held(m, x) | model=m | x=f32[6,4]
def mean_held(m: Net, x):
    mean = m.bn.running_mean
    m.train()
    m(x)
    return mean


# run m = Net(); scaled_items(m, x) | model=m | x=f32[6,4]
def scaled_items(m: Net, x):
    sd = m.state_dict()
    for k, v in sd.items():
        if k.endswith("weight"):
            v.mul_(0.5)
    return m(x)


# run m = Net(); copied_items(m, x) | model=m | x=f32[6,4]
def copied_items(m: Net, x):
    for k, v in m.state_dict().items():
        if k.endswith("weight"):
            v.copy_(v * 0.5 + 1)
    return m(x)


# run m = Net(); filled_values(m, x) | model=m | x=f32[6,4]
def filled_values(m: Net, x):
    for v in m.state_dict().values():
        if v.dtype.is_floating_point:
            v.fill_(0.5)
    return m(x)


# run m = Net(); part_of_item(m, x) | model=m | x=f32[6,4]
def part_of_item(m: Net, x):
    sd = m.state_dict()
    sd["fc.bias"][1:3] = 7.0
    return m.fc.bias


# run m = Net(); added_to_item(m, x) | model=m | x=f32[6,4]
def added_to_item(m: Net, x):
    sd = m.state_dict()
    sd["fc.bias"] += 1.0
    return m.fc.bias


# run m = Net(); multiplied_item(m, x) | model=m | x=f32[6,4]
def multiplied_item(m: Net, x):
    w = m.state_dict()["fc.weight"]
    w *= 2.0
    return m.fc.weight


# run m = Net(); n = Net(); blended(m, n, x) | model=m | x=f32[6,4]
def blended(m: Net, n: Net, x):
    n.load_state_dict(m.state_dict())
    sm, sn = m.state_dict(), n.state_dict()
    for k in sm:
        if sm[k].dtype.is_floating_point:
            sn[k].mul_(0.9).add_(sm[k] * 0.3)
    return n(x)


# run m = Net(); added(m, x) | model=m | x=f32[6,4]
def added(m: Net, x):
    w0 = m.fc.weight
    b0 = m.fc.bias
    with torch.no_grad():
        m.fc.weight += 1
        m.fc.bias.add_(2)
    return w0, b0


# run m = Net(); replaced(m, x) | model=m | x=f32[6,4]
def replaced(m: Net, x):
    w0 = m.fc.weight
    m.fc.weight = nn.Parameter(torch.ones(4, 4))
    return w0, m.fc.weight


# run m = Net(); restored(m, x) | model=m | x=f32[6,4]
def restored(m: Net, x):
    before = m.state_dict()
    best = {k: v.clone() for k, v in m.state_dict().items()}
    m.fc.weight.data.mul_(3)
    m.load_state_dict(best)
    return m(x), before["fc.weight"]


# run m = Net(); held_by_object(m, x) | model=m | x=f32[6,4] | todo
class Holder:
    def __init__(self, m):
        self.m = m
        self.sd = m.state_dict()

    def scale(self):
        self.sd["fc.weight"].mul_(2)

    def peek(self):
        return self.sd["fc.bias"]


def held_by_object(m: Net, x):
    h = Holder(m)
    h.scale()
    m.fc.bias.data.fill_(3.0)
    return m(x), h.peek()


# run m = Net(); shadowed(m, x) | model=m | x=f32[6,4] | todo
class HoldParams:
    def __init__(self, m):
        self.params = list(m.parameters())
        self.shadow = [p.detach().clone() for p in self.params]

    def update(self):
        for s, p in zip(self.shadow, self.params):
            s.mul_(0.5).add_(p.detach(), alpha=0.5)

    def store(self):
        for s, p in zip(self.shadow, self.params):
            p.data.copy_(s)


def shadowed(m: Net, x):
    e = HoldParams(m)
    m.load_state_dict(halved(m), strict=False)
    e.update()
    e.store()
    return m(x), e.shadow


# run m = Net(); cloned(m, x) | model=m | x=f32[6,4]
def cloned(m: Net, x):
    before = m.fc.weight.clone()
    m.load_state_dict(halved(m), strict=False)
    return before, m.fc.weight


# run m = Net(); changed_elsewhere(m, x) | model=m | x=f32[6,4]
def change(m):
    m.fc.weight.data.fill_(4.0)


def changed_elsewhere(m: Net, x):
    sd = m.state_dict()
    change(m)
    return sd["fc.weight"]


# run m = Net(); applied(m, x) | model=m | x=f32[6,4]
def applied(m: Net, x):
    sd = m.state_dict()
    m.apply(lambda l: nn.init.constant_(l.weight, 0.3) if isinstance(l, nn.Linear) else None)
    return sd["fc.weight"]


# run m = Net(); shared_with_other(m, x) | model=m | x=f32[6,4]
def shared_with_other(m: Net, x):
    sd = m.state_dict()
    other = Net()
    other.load_state_dict(sd)
    other.fc.weight.data.fill_(1.0)
    return m(x), sd["fc.weight"], other(x)


def step(m, x):
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    opt.zero_grad()
    m(x).pow(3).mean().backward()
    opt.step()


# run m = Net(); Trainer(m).fit(x) | model=m | x=f32[6,4] | todo
class Trainer:
    def __init__(self, m):
        self.m = m
        self.opt = torch.optim.SGD(m.parameters(), lr=0.1)

    def fit(self, x):
        best = None
        out = []
        for i in range(2):
            self.opt.zero_grad()
            self.m(x).pow(3).mean().backward()
            self.opt.step()
            best = self.m.state_dict()
            out.append(best["fc.weight"])
        return out


# run m = Net(); list_of_function(m, x) | model=m | x=f32[6,4] | todo
def weights_of(m):
    return [p for p in m.parameters()]


def list_of_function(m, x):
    w = weights_of(m)
    step(m, x)
    return w


# run m = Net(); loaded_list(m, x) | model=m | x=f32[6,4]
def loaded_list(m, x):
    w = weights_of(m)
    m.load_state_dict(halved(m), strict=False)
    return w


# run m = Net(); restored_elsewhere(m, x) | model=m | x=f32[6,4]
def restore(m, sd):
    m.load_state_dict(sd, strict=False)


def restored_elsewhere(m: Net, x):
    w = m.fc.weight
    restore(m, halved(m))
    return w


# run m = Net(); doubled(m, x) | model=m | x=f32[6,4] | todo
def double(m):
    with torch.no_grad():
        for p in m.parameters():
            p.mul_(2)


def doubled(m: Net, x):
    w = m.fc.weight
    ps = list(m.parameters())
    sd = m.state_dict()
    double(m)
    return w, ps[0], sd["fc.weight"]


# run m = Net(); reset_elsewhere(m, x) | model=m | x=f32[6,4]
def reset(m):
    for k in m.modules():
        if hasattr(k, "reset_parameters"):
            k.reset_parameters()
    m.fc.weight.data.fill_(2.0)


def reset_elsewhere(m: Net, x):
    w = m.fc.weight
    reset(m)
    return w


# run m = Net(); reset_layers(m, x) | model=m | x=f32[6,4]
def reset_layers(m: Net, x):
    w, b = m.fc.weight, m.fc.bias
    d = {"w": m.fc.weight}
    m.fc.reset_parameters()
    nn.init.constant_(m.fc.weight, 2.0)
    nn.init.constant_(m.fc.bias, 2.0)
    return w, b, d["w"]


# run m = Net(); kept_by_module(m, x) | model=m | x=f32[6,4] | todo
class Keeper(nn.Module):
    def __init__(self, m):
        super().__init__()
        self.m = m
        self.ref = dict(m.named_parameters())

    def forward(self, x):
        return sum((p - self.ref[n]).pow(2).sum() for n, p in self.m.named_parameters())


def kept_by_module(m, x):
    k = Keeper(m)
    m.fc.weight.data.fill_(3.0)
    return k(x)


# run m = Net(); statistics(m, x) | model=m | x=f32[6,4]
def statistics(m, x):
    rm, rv = m.bn.running_mean, m.bn.running_var
    m.train()
    m(x)
    return rm, rv


# run m = Net(); buffers_by_name(m, x) | model=m | x=f32[6,4]
def buffers_by_name(m: Net, x):
    bufs = dict(m.named_buffers())
    m.train()
    m(x)
    return bufs["bn.running_mean"]


# run m = Net(); buffers_reset(m, x) | model=m | x=f32[6,4]
def buffers_reset(m: Net, x):
    bufs = list(m.buffers())
    m.bn.reset_running_stats()
    m.bn.running_mean.fill_(2.0)
    return bufs[0]


# run m = Net(); counted(m, x) | model=m | x=f32[6,4]
class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("n", torch.zeros(2))
        self.w = nn.Parameter(torch.ones(2))

    def forward(self, x):
        self.n += 1
        self.n[0] += 1
        return x


def counted(m: Net, x):
    c = Counter()
    n = c.n
    sd = c.state_dict()
    c(x)
    return n, sd["n"]


# run m = Net(); loaded_parameter(m, x) | model=m | x=f32[6,4]
def loaded_parameter(m: Net, x):
    c = Counter()
    w = c.w
    c.load_state_dict({"n": torch.ones(2), "w": torch.full((2,), 5.0)})
    return w


# run m = Net(); seen_in_turns(m, x) | model=m | x=f32[6,4]
def seen_in_turns(m: Net, x):
    seen = []
    for i in range(2):
        seen.append(m.fc.weight)
        m.fc.weight.data.mul_(2)
    return seen


# run m = Net(); states_in_turns(m, x) | model=m | x=f32[6,4]
def states_in_turns(m: Net, x):
    hist = {}
    for i in range(2):
        hist[i] = m.state_dict()
        with torch.no_grad():
            m.fc.weight += 1
    return hist[0]["fc.weight"], hist[1]["fc.weight"]


# run m = Net(); filled_list(m, x) | model=m | x=f32[6,4]
def filled_list(m: Net, x):
    ps = [m.fc.weight, m.fc.bias]
    for p in ps:
        p.data.fill_(2.0)
    return m.fc.weight, m(x)


# run m = Net(); filled_by_name(m, x) | model=m | x=f32[6,4]
def filled_by_name(m: Net, x):
    ps = dict(m.named_parameters())
    ps["fc.weight"].data.fill_(2.0)
    with torch.no_grad():
        ps["bn.weight"].copy_(torch.ones(4) * 3)
    return m(x)


# run m = Net(); replaced_data(m, x) | model=m | x=f32[6,4]
def replaced_data(m: Net, x):
    m.fc.weight.data = torch.ones(4, 4)
    b = m.fc.bias.data
    b[:] = 3.0
    r = m.bn.running_mean
    r.zero_()
    r += 1
    return m.fc.weight, m.fc.bias, m.bn.running_mean


# run m = Net(); written_by_function(m, x) | model=m | x=f32[6,4]
def write_to(w):
    w.data.fill_(2.0)


def written_by_function(m: Net, x):
    write_to(m.fc.weight)
    write_to(list(m.parameters())[1])
    for p in m.bn.parameters():
        write_to(p)
    write_to(m.state_dict()["bn.running_mean"])
    return m(x), m.bn.running_mean


# run m = Net(); copies(m, x) | model=m | x=f32[6,4]
def copies(m: Net, x):
    a = m.state_dict()
    b = copy.copy(a)
    c = copy.deepcopy(a)
    d = {k: v for k, v in a.items()}
    e = {k: v.cpu() for k, v in a.items()}
    m.fc.weight.data.fill_(9.0)
    return b["fc.weight"], c["fc.weight"], d["fc.weight"], e["fc.weight"]


# run m = Net(); data_of_other(m, x) | model=m | x=f32[6,4]
def data_of_other(m: Net, x):
    other = Net()
    other.fc.weight.data = m.fc.weight.data
    m.fc.weight.data.fill_(4.0)
    return other.fc.weight


# run m = Net(); by_text(m, x) | model=m | x=f32[6,4]
def by_text(m: Net, x):
    w = getattr(m.fc, "weight")
    g = m.get_parameter("fc.bias")
    b = m.get_buffer("bn.running_mean")
    m.fc.weight.data.fill_(4.0)
    m.fc.bias.data.fill_(4.0)
    m.bn.running_mean.fill_(2.0)
    return w, g, b


# run m = Net(); read_in_closure(m, x) | model=m | x=f32[6,4]
def read_in_closure(m: Net, x):
    def check():
        return w.sum()
    w = m.fc.weight
    m.load_state_dict(halved(m), strict=False)
    return check()


# run m = Net(); first_of_all(m, x) | model=m | x=f32[6,4]
def first_of_all(m: Net, x):
    first = next(m.parameters())
    m.load_state_dict(halved(m), strict=False)
    return first


# run m = Net(); stepped(m, x) | model=m | x=f32[6,4] | todo
def stepped(m: Net, x):
    w = m.fc.weight
    step(m, x)
    return w.sum().item(), (w - m.fc.weight).abs().max().item()


# run m = Net(); views_stepped(m, x) | model=m | x=f32[6,4] | todo
def views_stepped(m: Net, x):
    w = m.fc.weight.t()
    v = m.fc.weight[0]
    f = m.fc.weight.view(-1)
    step(m, x)
    return w, v, f
