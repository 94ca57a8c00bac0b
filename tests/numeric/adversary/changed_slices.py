# Slices and split parts of a parameter of which nothing is known: the write proves that they are arrays.
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim


# run by_turns(x) | x=f32[12,3] | todo
def by_turns(x):
    for i in range(0, 12, 4):
        part = x[i : i + 4]
        part += 0.5
    return x


# run in_a_pair(x, y) | x=f32[12,3] | y=f32[12] | todo
def in_a_pair(x, y):
    part, other = x[:4], y[:4]
    part += 0.5
    other -= 1
    return x, y


# run split(x) | x=f32[12,3] | todo
def split(x):
    for part in x.split(4):
        part *= 0.5
    return x


# run split_beside(x, factors) | x=f32[12,3] | factors=f32[3] | todo
def split_beside(x, factors):
    for part, factor in zip(x.split(4), factors):
        part *= factor
    return x


# run unpacked(x) | x=f32[12,3] | todo
def unpacked(x):
    first, _ = x.split(6)
    first += 1
    return x


# run set_whole(x) | x=f32[12,3] | todo
def set_whole(x):
    part = x[2:6]
    part[:] = 0
    return x.sum()


# run batches(x, y) | x=f32[12,3] | y=i64[12] < 2 | tol=1e-3 | weights=own | todo
def batches(x, y):
    net = nn.Linear(3, 2)
    with torch.no_grad():
        for p in net.parameters():
            p.fill_(0.1)
    opt = optim.SGD(net.parameters(), 0.1)
    for _ in range(2):
        for i in range(0, 12, 4):
            a, b = x[i : i + 4], y[i : i + 4]
            a += 0.5
            loss = F.cross_entropy(net(a), b)
            opt.zero_grad()
            loss.backward()
            opt.step()
    return net, x


# run of_a_list()
def of_a_list():
    def grown(rows, n):
        part = rows[:n]
        part += [1, 2]
        part *= 2
        part[0] = 3
        return rows, part

    return grown([5, 6, 7], 2)


# run of_words()
def of_words():
    def longer(text):
        found = []
        for word in text.split(","):
            word += "x"
            found.append(word)
        return text, found

    return longer("a,b")


# run anew(x) | x=f32[12,3]
def anew(x):
    part = x[:4]
    part = part * 2
    part += 0.5
    return part, x


# run of_numpy()
def of_numpy():
    def moved(a):
        part = np.asarray(a)[:4]
        part += 0.5
        return part

    return moved(np.ones(6)).tolist()
