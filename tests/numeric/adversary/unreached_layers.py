"""Layers that a pass does not reach have no gradient: weight decay and momentum leave them alone."""
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim


class Frozen(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 6)
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        with torch.no_grad():
            f = self.body(x)
        return self.head(f)


# run under_no_grad(x, y) | x=f32[8,4] | y=i64[8] < 3 | tol=1e-4
def under_no_grad(x, y):
    net = Frozen()
    opt = optim.AdamW(net.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(3):
        opt.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
    return loss.item(), net


class Decorated(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 6)
        self.head = nn.Linear(6, 3)

    @torch.no_grad()
    def features(self, x):
        return self.body(x)

    def forward(self, x):
        return self.head(self.features(x))


# run in_method(x, y) | x=f32[8,4] | y=i64[8] < 3 | tol=1e-4
def in_method(x, y):
    net = Decorated()
    opt = optim.SGD(net.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(3):
        opt.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
    return loss.item(), net


class Switched(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 6)
        self.head = nn.Linear(6, 3)
        self.tune = False

    def forward(self, x):
        with torch.set_grad_enabled(self.tune):
            f = self.body(x)
        return self.head(torch.relu(f))


# run tuned_once(x, y) | x=f32[8,4] | y=i64[8] < 3 | tol=1e-4
def tuned_once(x, y):
    net = Switched()
    opt = optim.SGD(net.parameters(), lr=0.05, weight_decay=0.1, momentum=0.9)
    log = []
    for epoch in range(4):
        net.tune = epoch == 1
        loss = F.cross_entropy(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        log.append(loss.item())
    return log, net


class Chosen(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 6)
        self.head = nn.Linear(6, 3)
        self.freeze = True

    def forward(self, x):
        if self.freeze:
            with torch.no_grad():
                f = self.body(x)
        else:
            f = self.body(x)
        return self.head(torch.relu(f))


# run freed_later(x, y) | x=f32[8,4] | y=i64[8] < 3 | tol=1e-4
def freed_later(x, y):
    net = Chosen()
    opt = optim.AdamW(net.parameters(), lr=0.05)
    log = []
    for epoch in range(4):
        if epoch == 2:
            net.freeze = False
        loss = F.cross_entropy(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        log.append(loss.item())
    return log, net


class Detached(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 6)
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        h = torch.tanh(self.body(x))
        h = h.detach()
        return self.head(h)


# run detached_body(x, y) | x=f32[8,4] | y=i64[8] < 3 | tol=1e-4
def detached_body(x, y):
    net = Detached()
    opt = optim.AdamW(net.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(3):
        opt.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
    return loss.item(), net


# run in_loop(x, y) | x=f32[8,4] | y=i64[8] < 3 | tol=1e-4
def in_loop(x, y):
    net = Detached()
    opt = optim.AdamW(net.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(3):
        with torch.no_grad():
            f = net.body(x)
        loss = F.cross_entropy(net.head(f), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item(), net


class Aux(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 6)
        self.cls = nn.Linear(6, 3)
        self.reg = nn.Linear(6, 1)

    def forward(self, x):
        h = torch.tanh(self.body(x))
        return {"cls": self.cls(h), "reg": self.reg(h)}


class Pair(Aux):
    def forward(self, x):
        h = torch.tanh(self.body(x))
        return self.cls(h), self.reg(h)


# run switched_off(x, y) | x=f32[8,4] | y=i64[8] < 3 | tol=1e-4
def switched_off(x, y):
    net = Aux()
    opt = optim.Adam(net.parameters(), lr=0.05)
    for epoch in range(4):
        h = torch.tanh(net.body(x))
        ce = F.cross_entropy(net.cls(h), y)
        aux = F.mse_loss(net.reg(h).squeeze(-1), x[:, 0])
        if epoch < 2:
            total = ce + aux
        else:
            total = ce
        opt.zero_grad()
        total.backward()
        opt.step()
    return total.item(), net


# run added_at_first(x, y) | x=f32[8,4] | y=i64[8] < 3 | tol=1e-4
def added_at_first(x, y):
    net = Aux()
    opt = optim.AdamW(net.parameters(), lr=0.05)
    for epoch in range(4):
        h = torch.tanh(net.body(x))
        loss = F.cross_entropy(net.cls(h), y)
        aux = F.mse_loss(net.reg(h).squeeze(-1), x[:, 0])
        if epoch < 2:
            loss = loss + aux
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item(), aux.item(), net


# run told_alone(x, y) | x=f32[8,4] | y=i64[8] < 3 | tol=1e-4
def told_alone(x, y):
    net = Aux()
    opt = optim.AdamW(net.parameters(), lr=0.05, weight_decay=0.1)
    log = []
    for _ in range(3):
        h = torch.tanh(net.body(x))
        loss = F.cross_entropy(net.cls(h), y)
        aux = F.mse_loss(net.reg(h).squeeze(-1), x[:, 0])
        opt.zero_grad()
        loss.backward()
        opt.step()
        log.append(aux.item())
    return loss.item(), log, net


# run chosen_sum(x, y) | x=f32[8,4] | y=i64[8] < 3 | tol=1e-4
def chosen_sum(x, y):
    net = Aux()
    opt = optim.Adam(net.parameters(), lr=0.05)
    for epoch in range(4):
        h = torch.tanh(net.body(x))
        ce = F.cross_entropy(net.cls(h), y)
        aux = F.mse_loss(net.reg(h).squeeze(-1), x[:, 0])
        loss = ce + aux if epoch < 2 else ce
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item(), net


# run one_key(x, y) | x=f32[8,4] | y=i64[8] < 3 | tol=1e-4
def one_key(x, y):
    net = Aux()
    opt = optim.AdamW(net.parameters(), lr=0.05, weight_decay=0.1)
    for _ in range(3):
        out = net(x)
        loss = F.cross_entropy(out["cls"], y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item(), net


# run task_by_task(x, y) | x=f32[8,4] | y=i64[8] < 3 | tol=1e-4
def task_by_task(x, y):
    net = Aux()
    opt = optim.Adam(net.parameters(), lr=0.05)
    for i in range(4):
        task = "cls" if i < 3 else "reg"
        out = net(x)[task]
        loss = F.cross_entropy(out, y) if i < 3 else F.mse_loss(out.squeeze(-1), x[:, 0])
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item(), net


# run first_of_pair(x, y) | x=f32[8,4] | y=i64[8] < 3 | tol=1e-4
def first_of_pair(x, y):
    net = Pair()
    opt = optim.AdamW(net.parameters(), lr=0.05, weight_decay=0.1)
    for _ in range(3):
        loss = F.cross_entropy(net(x)[0], y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item(), net


# run all_keys(x, y) | x=f32[8,4] | y=i64[8] < 3 | tol=1e-4
def all_keys(x, y):
    net = Aux()
    opt = optim.AdamW(net.parameters(), lr=0.05)
    for _ in range(3):
        out = net(x)
        loss = F.cross_entropy(out["cls"], y)
        loss += F.mse_loss(out["reg"].squeeze(-1), x[:, 0])
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item(), net


class Blocks(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
        self.out = nn.Linear(4, 3)
        self.down = nn.Linear(4, 4)

    def forward(self, x):
        feats = []
        for layer in self.layers:
            x = torch.relu(layer(x))
            feats.append(x)
        short = feats[0]
        if self.down is not None:
            short = self.down(short)
        return self.out(feats[-1] + short)


# run plain_blocks(x, y) | x=f32[8,4] | y=i64[8] < 3 | tol=1e-4
def plain_blocks(x, y):
    net = Blocks()
    opt = optim.AdamW(net.parameters(), lr=0.05)
    for _ in range(3):
        opt.zero_grad()
        losses = {}
        losses["ce"] = F.cross_entropy(net(x), y)
        losses["l2"] = net(x).pow(2).mean()
        loss = sum(losses.values())
        loss.backward()
        opt.step()
    return loss.item(), net
