"""Classes of the project whose own attribute is called `data`, and tensors beside them that have PyTorch's."""

import torch
import torch.nn as nn


class History:
    def __init__(self, n):
        self.data = torch.zeros(n)

    def push(self, v):
        self.data = torch.cat([self.data[1:], v.view(1)])

    def __iadd__(self, other):
        self.data += other
        return self

    def __itruediv__(self, other):
        self.data = self.data / other
        return self


# run history(x) | x=f32[3]
def history(x):
    h = History(4)
    for v in x:
        h.push(v)
    h += 1
    h /= 2
    return h.data, h.data.sum().item() > 0


class Rows:
    def __init__(self, n):
        self.data = torch.zeros(n, 4)

    def __setitem__(self, i, v):
        self.data[i] = v

    def __getitem__(self, i):
        return self.data[i]

    def __iadd__(self, v):
        self.data += v
        return self

    def __len__(self):
        return self.data.size(0)


# run rows(x) | x=f32[3,4]
def rows(x):
    w = Rows(3)
    w[0] = x[0]
    w[1, 2] = 5
    w += 1
    w[2] += 3
    w[0, 1] *= 2
    return w.data, len(w)


class SumTree:
    def __init__(self, capacity):
        self.capacity = capacity
        self.tree = torch.zeros(2 * capacity - 1)
        self.data = torch.zeros(capacity, dtype=torch.long)
        self.write = 0

    def add(self, p, d):
        self.data[self.write] = d
        self.update(self.write + self.capacity - 1, p)
        self.write = (self.write + 1) % self.capacity

    def update(self, i, p):
        change = p - self.tree[i]
        self.tree[i] = p
        while i != 0:
            i = (i - 1) // 2
            self.tree[i] += change


# run sum_tree(x) | x=f32[4]
def sum_tree(x):
    t = SumTree(4)
    for i, p in enumerate(x.abs()):
        t.add(p, i)
    t.update(3, 0.5)
    return t.tree, t.data


class Mean:
    def __init__(self, d):
        self.data = torch.zeros(d)
        self.n = 0

    def add(self, v):
        self.data += v
        self.n += 1

    def change(self, v):
        self.data[0] = v
        self.data[1:].mul_(2)
        self.data = self.data * 2

    def mean(self):
        return self.data / self.n


# run mean(x) | x=f32[3,4]
def mean(x):
    v = Mean(4)
    for r in x:
        v.add(r)
    v.change(3)
    v.data -= 1
    v.data = v.data.clamp(-3, 3)
    return v.mean(), v.data


class Node:
    def __init__(self, data, parent=None):
        self.data = data
        self.parent = parent
        self.grad = torch.zeros_like(data)

    def push(self, g):
        self.grad += g
        if self.parent is not None:
            self.parent.push(g * self.data)

    def step(self, lr):
        self.data -= lr * self.grad
        self.data = self.data.clamp(-2, 2)
        if self.parent is not None:
            self.parent.data = torch.relu(self.parent.data)


# run nodes(x) | x=f32[3,4]
def nodes(x):
    a = Node(x[0] * 1)
    b = Node(x[1] * 1, a)
    b.push(x[2])
    b.push(x[2])
    a.step(0.1)
    b.step(0.2)
    return a.data, b.data, a.grad, b.grad, b.parent.data


def halve(node):
    node.data = node.data * 0.5
    return node


# run halved(x) | x=f32[3,4]
def halved(x):
    return halve(Node(x[0] * 1)).data


class Store(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.register_buffer("data", torch.zeros(2, 4))

    def forward(self, x):
        self.data = torch.cat([self.data[1:], self.fc(x).detach()[:1]])
        self.data[0] += 1
        return self.fc(x) + self.data


# run m = Store(); m(x), m.data | model=m | x=f32[2,4]


# What is no object of such a class has PyTorch's `data`.
# run weights(x) | x=f32[3,4] | todo
def weights(x):
    w = nn.Parameter(x.clone())
    w.data[0] = 1
    w.data = w.data.clamp(-1, 1)
    w.data *= 2
    lin = nn.Linear(4, 3)
    lin.weight.data = x * 1
    lin.bias.data.zero_()
    lin.weight.data.mul_(2)
    return w, lin(x)


class Schedule:
    def __init__(self, steps, x):
        self.T = steps
        self.real = x

    def scale(self):
        self.T += 1
        self.real[0] = 4
        self.real = self.real * self.T
        return self.real


# run scaled(x) | x=f32[3,4]
def scaled(x):
    return Schedule(3, x.clone()).scale()


class Value:
    def __init__(self, data, children=()):
        self.data = data
        self.grad = torch.zeros(())
        self._backward = lambda: None
        self.previous = set(children)

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(torch.tensor(float(other)))
        out = Value(self.data + other.data, (self, other))

        def backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(torch.tensor(float(other)))
        out = Value(self.data * other.data, (self, other))

        def backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = backward
        return out

    def tanh(self):
        t = torch.tanh(self.data)
        out = Value(t, (self,))

        def backward():
            self.grad += (1 - t ** 2) * out.grad
        out._backward = backward
        return out

    def backward(self):
        topo, seen = [], set()
        def build(v):
            if v not in seen:
                seen.add(v)
                for c in v.previous:
                    build(c)
                topo.append(v)
        build(self)
        self.grad = torch.tensor(1.0)
        for v in reversed(topo):
            v._backward()


# run own_tape(x) | x=f32[3]
def own_tape(x):
    a, b, c = (Value(v.clone()) for v in x)
    d = (a * b + c).tanh() + a * a
    d.backward()
    return d.data, a.grad, b.grad, c.grad


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return self.fc(x)


def changed(model, x):
    named = dict(model.named_parameters())
    named["fc.bias"].data[2:] = -1
    named["fc.weight"].data.mul_(2)
    rows = dict(zip("abc", x * 2))
    rows["d"] = rows["a"] + 1
    sizes = dict(zip("ab", (1, 2)))
    return model(x), rows["d"], sizes["a"] + 1


# run m = Net(); changed(m, x) | model=m | x=f32[2,4]


class NamedHolder:
    def __init__(self, data):
        self.data = data


class Settings:
    pass


# run holder_by_name(x) | x=f32[3]
def holder_by_name(x):
    config = Settings()
    config.first = NamedHolder(x)
    holder = getattr(config, "first")
    holder.data = holder.data * 2
    return config.first.data
