import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader


class Graph:
    """A batch of graphs that knows how to move itself, and has methods of tensors."""

    def __init__(self, x):
        self.x = x
        self.log = []

    def to(self, device, non_blocking=False):
        self.x = torch.as_tensor(self.x, dtype=torch.float32, device=device)
        self.log.append(("to", str(device), non_blocking))
        return self

    def cuda(self):
        self.log.append("cuda")
        return self

    def cpu(self):
        self.log.append("cpu")
        return self

    def pin_memory(self):
        self.log.append("pin")
        return self

    def detach(self):
        self.log.append("detach")
        return self

    def clone(self):
        other = Graph(self.x)
        other.log = self.log + ["clone"]
        return other

    def numpy(self):
        return {"x": np.asarray(self.x)}

    def size(self, d=None):
        return 7 if d is None else d

    def dim(self):
        return "two"

    def numel(self):
        return 9

    def mean(self):
        return 8

    def repeat(self, n):
        return ["again"] * n


def collate(items):
    return Graph(np.stack([np.asarray(i) for i in items]))


def graphs():
    return DataLoader([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], batch_size=2, collate_fn=collate)


# run moved()
def moved():
    out = []
    for g in graphs():
        g = g.to("cpu")
        out.append((isinstance(g.x, np.ndarray), g.log))
    return out


# run moved_alone()
def moved_alone():
    out = []
    for g in graphs():
        g.to("cpu", non_blocking=True)
        out.append((g.x.sum() + torch.ones(1), g.log))
    return out


# run by_keyword()
def by_keyword():
    return [g.to(device=torch.device("cpu")).log for g in graphs()]


# run either_place()
def either_place():
    out = []
    for g in graphs():
        g = g.cuda() if torch.cuda.is_available() else g.cpu()
        out.append(g.log)
    return out


# run chained()
def chained():
    return [g.pin_memory().log for g in graphs()], [g.detach().cpu().log for g in graphs()], [g.clone().log for g in graphs()]


# run as_numpy()
def as_numpy():
    return [sorted(g.numpy()) for g in graphs()]


# run asked()
def asked():
    return [(g.size(), g.size(0), g.dim(), g.numel(), g.mean(), g.repeat(2)) for g in graphs()]


def sizes(v):
    return v.size(0), v.dim(), v.numel(), v.mean(), v.detach()


# run of_both(x) | x=f32[3,4]
def of_both(x):
    return sizes(x), sizes(Graph(x))[:4]


def host(v):
    return v.numpy()


# run hosts(x) | x=f32[3,4]
def hosts(x):
    return host(x).sum(), sorted(host(Graph(x)))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 1)

    def forward(self, g):
        return self.fc(g.x)


# run m = Net(); trained(m) | model=m | tol=1e-4
def trained(m):
    opt = torch.optim.SGD(m.parameters(), lr=0.01)
    dev = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    m = m.to(dev)
    losses = []
    for g in graphs():
        g = g.to(dev)
        opt.zero_grad()
        loss = m(g).pow(2).mean()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses, m


# What is known to be a tensor or a module stays as plain as ever.


# run plain(x) | x=f32[3,4]
def plain(x):
    y = torch.relu(x).to("cpu").contiguous()
    z = (x + 1).detach().cpu().clone()
    z += 1
    return y.size(0), y.dim(), y.numel(), z, x.view(-1).cpu().numpy()


# run arrays() | tol=1e-6
def arrays():
    out = []
    for x in DataLoader([1.0, 2.0, 3.0], batch_size=2):
        x = x.to("cpu").float()
        out.append(x.sum())
    return out
