"""What a block without gradients leaves in places that are there after the function around it: the new value has lost its gradient, whoever reads it there."""
import torch
import torch.nn as nn


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 4)


# run m = Queue(); m(x), m.queue | model=m | x=f32[6,4] | grad=parameters
class Queue(Base):
    def __init__(self):
        super().__init__()
        self.register_buffer("queue", torch.zeros(4, 5))

    def push(self, v):
        with torch.no_grad():
            self.queue[:, 1:] = self.queue[:, :-1].clone()
            self.queue[:, 0] = v

    def forward(self, x):
        h = self.lin(x)
        self.push(h.mean(0))
        return h + self.queue.mean(1)


# run m = PlainQueue(); m(x), m.queue, m.place | model=m | x=f32[6,4] | grad=parameters
class PlainQueue(Base):
    def __init__(self):
        super().__init__()
        self.queue = torch.zeros(4, 5)
        self.place = 0

    @torch.no_grad()
    def push(self, v):
        q = self.queue
        q[:, self.place] = v
        self.place = (self.place + 1) % q.size(1)

    def forward(self, x):
        h = self.lin(x)
        self.push(h.mean(0))
        return h + self.queue.mean(1)


# run m = Rows(); m(x), m.rows | model=m | x=f32[6,4] | grad=parameters
class Rows(Base):
    def __init__(self):
        super().__init__()
        self.register_buffer("rows", torch.ones(6, 4))

    def push(self, h):
        with torch.no_grad():
            self.rows[1] += h[1]
            self.rows[2] *= h[2]
            self.rows[3] /= 2
            selected = h > 0
            self.rows[selected] += h[selected] * 0.1
            rows = self.rows
            rows[4] -= h[0]
            rows.mul_(0.5).add_(h * 0.1)
            rows += h.sum(0)

    def forward(self, x):
        h = self.lin(x)
        self.push(h)
        return h + self.rows


# run m = Counts(); m(x), m.hits, m.place | model=m | x=f32[6,4] | grad=parameters
class Counts(Base):
    def __init__(self):
        super().__init__()
        self.register_buffer("hits", torch.zeros(4))
        self.register_buffer("place", torch.zeros(1, dtype=torch.long))

    def push(self):
        with torch.no_grad():
            self.place[0] = (self.place[0] + 1) % 5
            self.hits[1] += 1
            self.hits[0] = 3.0

    def forward(self, x):
        self.push()
        return self.lin(x) + self.hits + self.place


class Bank:
    def __init__(self):
        self.rows = torch.zeros(6, 4)
        self.mean = torch.zeros(4)

    def put(self, h):
        with torch.no_grad():
            self.rows[: h.shape[0]] = h
            self.mean += h.mean(0)


# run m = OfObject(); m(x), m.bank.rows | model=m | x=f32[6,4] | grad=parameters
class OfObject(Base):
    def __init__(self):
        super().__init__()
        self.bank = Bank()

    def forward(self, x):
        h = self.lin(x)
        self.bank.put(h)
        return h + self.bank.rows.mean(0) + self.bank.mean


class Meter(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(4))
        self.register_buffer("total", torch.zeros(()))
        self.register_buffer("rows", torch.zeros(2, 4))


# run m = OfSubmodule(); m(x), m.meter.mean, m.meter.rows | model=m | x=f32[6,4] | grad=parameters
class OfSubmodule(Base):
    def __init__(self):
        super().__init__()
        self.meter = Meter()

    def note(self, h):
        with torch.no_grad():
            self.meter.mean.mul_(0.9).add_(h.mean(0))
            self.meter.total += h.mean()
            self.meter.rows[0] = h.mean(0)
            self.meter.rows[1] += h.mean(0)

    def forward(self, x):
        h = self.lin(x)
        self.note(h)
        return h + self.meter.mean + self.meter.total + self.meter.rows.sum(0)


def put(rows, i, v):
    with torch.no_grad():
        rows[i] = v


@torch.no_grad()
def track(mean, x, momentum: float = 0.9):
    mean.mul_(momentum).add_(x, alpha=1 - momentum)


def halve(mean, x):
    with torch.no_grad():
        mean *= 0.5
        mean += 0.5 * x


# run m = ByHelpers(); m(x), m.rows, m.mean, m.other | model=m | x=f32[6,4] | grad=parameters
class ByHelpers(Base):
    def __init__(self):
        super().__init__()
        self.register_buffer("rows", torch.zeros(2, 4))
        self.register_buffer("mean", torch.zeros(4))
        self.register_buffer("other", torch.zeros(4))

    def forward(self, x):
        h = self.lin(x)
        put(self.rows, 1, h.mean(0))
        track(self.mean, h.mean(0))
        halve(self.other, h.mean(0))
        return h + self.rows.sum(0) + self.mean + self.other


# run m = InContainers(); m(x) | model=m | x=f32[6,4] | grad=parameters
class InContainers(Base):
    def __init__(self):
        super().__init__()
        self.cache = {}
        self.best = [torch.zeros(4), torch.zeros(4)]

    def keep(self, h):
        with torch.no_grad():
            self.cache["half"] = h * 0.5
            self.best[0] = h.amax(0)
            self.best[1] += h.mean(0)
            for row in self.best:
                row += h.sum(0)

    def forward(self, x):
        h = self.lin(x)
        self.keep(h)
        return h + self.cache["half"] + self.best[0] + self.best[1]


# What goes in as it came keeps its gradient.
# run m = AsItCame(); m(x) | model=m | x=f32[6,4] | grad=parameters
class AsItCame(Base):
    def __init__(self):
        super().__init__()
        self.cache = {}

    def keep(self, h):
        with torch.no_grad():
            self.cache["h"] = h

    def forward(self, x):
        self.keep(self.lin(x))
        return x + self.cache["h"]


# run m = ByName(); m(x), m.mean, m.more | model=m | x=f32[6,4] | grad=parameters
class ByName(Base):
    def __init__(self):
        super().__init__()
        for name in ["mean", "more"]:
            self.register_buffer(name, torch.zeros(4))

    def forward(self, x):
        h = self.lin(x)
        with torch.no_grad():
            for name in ["mean", "more"]:
                setattr(self, name, 0.9 * getattr(self, name) + 0.1 * h.mean(0))
        return h + self.mean + self.more


ROWS = torch.zeros(3, 4)
STATE = {"mean": torch.zeros(4)}
level = torch.zeros(4)


def note(h):
    global level
    with torch.no_grad():
        ROWS[0] = h.mean(0)
        STATE["mean"] = STATE["mean"] * 0.9 + h.mean(0)
        level = h.mean(0) * 2


# run m = OfFile(); m(x) | model=m | x=f32[6,4] | grad=parameters
class OfFile(Base):
    def forward(self, x):
        h = self.lin(x)
        note(h)
        return h + ROWS.sum(0) + STATE["mean"] + level


# A parameter's own gradient would be lost where its items are written.
# run m = OfParameter(); m(x) | todo | model=m | x=f32[6,4] | grad=parameters
class OfParameter(Base):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(6, 4))

    def set(self, h):
        with torch.no_grad():
            self.w[0] = h[0]

    def forward(self, x):
        h = self.lin(x)
        self.set(h)
        return h * self.w
