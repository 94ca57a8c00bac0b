"""Places that keep views: items of dicts and lists, lists that grow by operators, attributes, and what is taken out of them again."""

from collections import OrderedDict, defaultdict

import torch
import torch.nn as nn


# The tensor changes after the view is kept.
# run item(x) | x=f32[3,4] | todo
def item(x):
    y = x.clone()
    d = {}
    d["a"] = y[0]
    y.add_(1)
    return d


# run place(x) | x=f32[3,4] | todo
def place(x):
    y = x.clone()
    rows = [None] * 3
    rows[0] = y[0]
    y.add_(1)
    return rows


# run pair(x) | x=f32[3,4] | todo
def pair(x):
    y = x.clone()
    d = OrderedDict()
    d[0, "a"], c = y[0], 1
    y.add_(1)
    return d[0, "a"]


# run grown(x) | x=f32[3,4] | todo
def grown(x):
    y = x.clone()
    rows = []
    rows += [y[0]]
    y.add_(1)
    return rows


# run joined(x) | x=f32[3,4] | todo
def joined(x):
    y = x.clone()
    rows = []
    rows = rows + [y[0]]
    y.add_(1)
    return rows


# run extended(x) | x=f32[3,4] | todo
def extended(x):
    y = x.clone()
    rows = []
    rows.extend(y)
    y.add_(1)
    return rows


# run set_default(x) | x=f32[3,4] | todo
def set_default(x):
    y = x.clone()
    d = {}
    d.setdefault("a", []).append(y[0])
    y.add_(1)
    return d


# run default_list(x) | x=f32[3,4] | todo
def default_list(x):
    y = x.clone()
    d = defaultdict(list)
    d["a"].append(y[0])
    y.add_(1)
    return d


# run updated(x) | x=f32[3,4] | todo
def updated(x):
    y = x.clone()
    d = {}
    d.update(a=y[0])
    y.add_(1)
    return d


# run updated_with(x) | x=f32[3,4] | todo
def updated_with(x):
    y = x.clone()
    d = {}
    d.update({"a": y[0]})
    y.add_(1)
    return d


# run in_list(x) | x=f32[3,4] | todo
def in_list(x):
    y = x.clone()
    held = [y]
    row = held[0][1]
    y.add_(1)
    return row


# run inner_list(x) | x=f32[3,4] | todo
def inner_list(x):
    y = x.clone()
    rows = [[] for _ in range(2)]
    rows[0].append(y[0])
    y.add_(1)
    return rows


# run walrus(x) | x=f32[3,4] | todo
def walrus(x):
    y = x.clone()
    (row := y[0])
    y.add_(1)
    return row


# run doubled(x) | x=f32[3,4] | todo
def doubled(x):
    y = x.clone()
    rows = [y[0]] * 2
    y.add_(1)
    return rows


# run starred(x) | x=f32[3,4] | todo
def starred(x):
    y = x.clone()
    rows = [*y]
    y.add_(1)
    return rows


# run zipped(x) | x=f32[3,4] | todo
def zipped(x):
    y = x.clone()
    d = dict(zip("abc", y))
    y.add_(1)
    return d


# run mapped(x) | x=f32[3,4] | todo
def mapped(x):
    y = x.clone()
    rows = list(map(lambda i: y[i], range(3)))
    y.add_(1)
    return rows


# run mapped_rows(x) | x=f32[3,4] | todo
def mapped_rows(x):
    y = x.clone()
    rows = list(map(lambda row: row[:2], y))
    y.add_(1)
    return rows


# run by_sum(x) | x=f32[3,4] | todo
def by_sum(x):
    y = x.clone()
    rows = sorted(y, key=lambda r: r.sum())
    y.add_(1)
    return rows


# run snapshots(x) | x=f32[3,4] | todo
def snapshots(x):
    y = x.clone()
    snap = {}
    for i in range(3):
        y[:, 0] = i
        snap[i] = y[0]
    return snap


# run best_so_far(x) | x=f32[3,4] | todo
def best_so_far(x):
    y = x.clone()
    best = None
    for i in range(3):
        y[0] -= 1
        if best is None or i == 1:
            best = (i, y[0])
    return best


# Somebody writes to what is kept.
# run through_grown(x) | x=f32[3,4] | todo
def through_grown(x):
    y = x.clone()
    rows = []
    rows += [y[0]]
    for r in rows:
        r += 1
    return y


# run through_default(x) | x=f32[3,4] | todo
def through_default(x):
    y = x.clone()
    d = {}
    d.setdefault("a", []).append(y[0])
    d["a"][0].add_(1)
    return y


# run through_list_item(x) | x=f32[3,4] | todo
def through_list_item(x):
    y = x.clone()
    held = [y]
    row = held[0][1]
    row.add_(1)
    return y


# run through_dict_item(x) | x=f32[3,4] | todo
def through_dict_item(x):
    y = x.clone()
    d = {"s": y}
    row = d["s"][1]
    row += 1
    return y


# run through_unpacked(x) | x=f32[3,4] | todo
def through_unpacked(x):
    y = x.clone()
    both = [y, x * 2]
    a, b = both
    row = a[1]
    row += 1
    return y


# run through_popped(x) | x=f32[3,4] | todo
def through_popped(x):
    y = x.clone()
    stack = [y]
    row = stack.pop()[0]
    row += 1
    return y


# run through_popped_row(x) | x=f32[3,4] | todo
def through_popped_row(x):
    y = x.clone()
    stack = [y[0]]
    row = stack.pop()
    row += 1
    return y


# run through_got(x) | x=f32[3,4] | todo
def through_got(x):
    y = x.clone()
    d = {"a": y[0], "b": x[1] * 1}
    row = d.get("a")
    row += 1
    return y


# Layers give views too, or what they got.
# run flattened(x) | x=f32[3,4] | todo
def flattened(x):
    y = x.clone()
    flat = nn.Flatten(0)(y)
    flat += 1
    return y


# run unchanged(x) | x=f32[3,4] | todo
def unchanged(x):
    y = x.clone()
    row = nn.Identity()(y)[0]
    row += 1
    return y


# run stale_layer(x) | x=f32[3,4] | todo
def stale_layer(x):
    y = x.clone()
    flat = nn.Flatten(0)(y)
    y.add_(1)
    return flat


# run of_layers(x) | x=f32[3,4]
def of_layers(x):
    y = x.clone()
    same = nn.Identity()(y)
    same += 1
    flat = nn.Flatten(0)(y * 2)
    flat += 1
    row = nn.Identity()(y.clone())[0]
    row += 1
    return y, same, flat, row


# Nothing of this is shared with what changes.
# run unshared(x) | x=f32[3,4]
def unshared(x):
    y = x.clone()
    d = {}
    d["a"] = y[0].clone()
    d["b"] = y[1] * 1
    rows = []
    rows += [y[0] + 1]
    rows = rows + [y[2].clone()]
    d.setdefault("c", []).append(y.sum(0))
    d.update(e=y.mean(0))
    y.add_(1)
    return y, d, rows


# run other_items(x) | x=f32[3,4]
def other_items(x):
    y = x.clone()
    d = {}
    d["a"] = y[0]
    total = d["a"].sum()
    y.add_(1)
    d["b"] = y[1]
    return y, d["b"], total


# run into_tensor(x) | x=f32[3,4]
def into_tensor(x):
    y = x.clone()
    out = torch.zeros(3, 4)
    out[0] = y[0]
    out += y[1]
    y.add_(1)
    return out, y


# run other_entries(x) | x=f32[3,4]
def other_entries(x):
    y = x.clone()
    d = {"s": y, "t": x * 2}
    row = d["t"][1]
    row += 1
    a, b = [y, x + 1]
    last = b[1]
    last += 1
    stack = [x * 3]
    top = stack.pop()
    top += 1
    return y, row, last, top


# run last_of_turns(x) | x=f32[3,4]
def last_of_turns(x):
    y = x.clone()
    rows, best = [], None
    for i in range(3):
        y = y - 1
        if best is None or i == 1:
            best = (i, y[0])
        rows += [y[1]]
        d = {}
        d["a"] = y[0]
    return rows, best, d


class Apart(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.out = None
        self.feats = []

    def forward(self, x):
        h = self.fc(x)
        self.out = h[:, :2].clone()
        self.feats.append(h[0] + 1)
        h = h * 1
        h[:, 0] = 0
        self.last = h[:, 1:]
        return h


# run m = Apart(); m(x), m.out, m.feats, m.last | model=m | x=f32[2,4]


# run Rows(x).keep() | x=f32[3,4] | todo
class Rows:
    def __init__(self, x):
        self.rows = []
        self.x = x

    def keep(self):
        h = self.x * 2
        self.rows += [h[0]]
        h[:, 0] = 1
        return self.rows


# run m = Kept(); m(x), m.out | model=m | x=f32[2,4] | todo
class Kept(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.out = None

    def forward(self, x):
        h = self.fc(x)
        self.out = h[:, :2]
        h[:, 0] = 0
        return h
