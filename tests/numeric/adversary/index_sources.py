import numpy as np
import torch
import torch.nn as nn


# run chosen(t) | t=i64[6] < 9
def chosen(seq):
    return seq[seq.ge(4)], seq[seq.lt(4)]


# run joined(x, y) | x=i64[6] < 4 | y=f32[6]
def joined(x, y):
    m = x.eq(1)
    return y[x.ne(1) & x.ne(2)], y[m], y[m.logical_not()], y[y.ge(0).logical_and(y.le(1))]


# run spread(x, y) | x=i64[2,6] < 4 | y=f32[2,6,3]
def spread(x, y):
    return y[x.ne(0)], y[x.ne(0).unsqueeze(-1).expand_as(y)].view(-1, 3)


# run stored(x, y) | x=i64[6] < 2 | y=f32[6]
def stored(x, y):
    y[x.eq(1)] = 0
    y[x.ne(1)] += 1
    return y


class Frame:
    def __init__(self, rows):
        self.rows = rows

    def eq(self, n):
        return n


# run of_frame()
def of_frame():
    f = Frame([3, 4])
    return f.rows[f.eq(1)]


class Boxes:
    def __init__(self, tensor):
        self.tensor = torch.as_tensor(tensor, dtype=torch.float32)

    def nonempty(self, threshold=0.0):
        box = self.tensor
        return ((box[:, 2] - box[:, 0]) > threshold) & ((box[:, 3] - box[:, 1]) > threshold)

    def __getitem__(self, item):
        if isinstance(item, int):
            return Boxes(self.tensor[item].view(1, -1))
        b = self.tensor[item]
        assert b.dim() == 2, f"Indexing on Boxes with {item} failed to return a matrix!"
        return Boxes(b)

    def __len__(self):
        return self.tensor.shape[0]


class Instances:
    def __init__(self, **kwargs):
        self.fields = dict(kwargs)

    def __getitem__(self, item):
        ret = Instances()
        for k, v in self.fields.items():
            ret.fields[k] = v[item]
        return ret


# run filtered(b) | b=f32[6,4]
def filtered(t):
    b = Boxes(t)
    return b[b.nonempty()].tensor, b[0].tensor, b[1:3].tensor


# run fields(b, b[:, 0]) | b=f32[6,4]
def fields(t, s):
    i = Instances(boxes=Boxes(t), scores=s)
    keep = s > 0
    i = i[keep]
    return i.fields["boxes"].tensor, i.fields["scores"]


# run split_rows(x) | x=f32[7,4]
def split_rows(x, k=3):
    out = []
    for fold, val_idx in enumerate(np.array_split(np.arange(len(x)), k)):
        out.append(x[val_idx])
    for val_idx in np.array_split(np.arange(len(x)), k):
        out.append(x[val_idx].sum())
    return out


# run split_folds(x) | x=f32[7,4]
def split_folds(x, k=3):
    folds = np.array_split(np.arange(len(x)), k)
    out = []
    for i in range(k):
        va = folds[i]
        tr = np.concatenate([folds[j] for j in range(k) if j != i])
        out.append((x[tr], x[va]))
    return out


class KFold:
    def __init__(self, n_splits=3):
        self.n_splits = n_splits

    def split(self, X, y=None):
        idx = np.arange(len(X))
        for part in np.array_split(idx, self.n_splits):
            yield np.setdiff1d(idx, part), part


# run cross(x) | x=f32[7,4]
def cross(x):
    out = []
    for fold, (tr, va) in enumerate(KFold(3).split(x)):
        out.append((x[tr], x[va]))
    return out


# run permuted(x) | x=f32[9,4]
def permuted(x, bs=4):
    rng = np.random.RandomState(0)
    perm = rng.permutation(len(x))
    out = []
    for s in range(0, len(x), bs):
        idx = perm[s:s + bs]
        out.append(x[idx].mean(0))
    return out


# run banned(s) | s=f32[2,6]
def banned(s):
    words = [[], [1, 3]]
    for i, b in enumerate(words):
        s[i, b] = -float("inf")
    return s


# run no_repeats(i, s) | i=i64[2,6] < 4 | s=f32[2,8]
def no_repeats(input_ids, scores):
    for b in range(scores.shape[0]):
        gen = input_ids[b].tolist()
        grams = {}
        for g in zip(gen, gen[1:]):
            grams[g[0]] = grams.get(g[0], []) + [g[1]]
        ban = grams.get(gen[-1], [])
        scores[b, ban] = -float("inf")
    return scores


# run ancestors() | check=kind
def ancestors():
    choices = [[0], [1], [0, 0], [0, 1], [1, 0]]
    n = len(choices) + 1
    m = torch.eye(n, n)
    for j, c in enumerate(choices):
        anc = []
        for d in range(len(c) - 1):
            anc.append(choices.index(c[:d + 1]) + 1)
        m[j + 1, anc] = 1
    return m


# run high(x) | x=f32[5,2]
def high(x):
    rows = [i for i in range(5) if i > 9]
    some = [i for i in range(5) if i > 2]
    return x[rows], x[some], x[[0, 2]]


def two(x):
    return x * 2, x * 3


class Spline(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(3, 3)

    def forward(self, x):
        h = self.l(x)
        inside = (h >= -1) & (h <= 1)
        out, logdet = torch.zeros_like(h), torch.zeros_like(h)
        out[inside], logdet[inside] = two(h[inside])
        out[~inside], logdet[h > 9] = h[~inside], 0
        return out, logdet


# run m = Spline(); m(x) | model=m | x=f32[4,3] | grad=parameters


# run parts(x) | x=f32[4,3] | grad=x
def parts(x):
    a = torch.zeros_like(x)
    m = x > 0
    a[m], a[~m] = x[m] * 2, x[~m] * 3
    r, c = x.argmax(1), torch.arange(4)
    b = torch.zeros(4, 3)
    b[c, r], first = x[c, r] * 2, x[0]
    return a, b, first
