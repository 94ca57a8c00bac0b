# Views that a loop carries from one turn to the next: bound late, changed behind the binding, read above it.
from collections import deque

import numpy as np
import torch
import torch.nn as nn


# run late_row() | todo
def late_row():
    field = torch.arange(6.0)
    last = 0.0
    out = []
    for _ in range(3):
        out.append(last * 2)
        last = field[2]
        field[1:] += 1
    return out


# run watched() | todo
def watched():
    field = torch.arange(6.0)
    last = None
    out = []
    for _ in range(4):
        if last is not None:
            out.append((field[2] - last).item())
        last = field[2]
        field[1:] += 1
    return out


# run two_rows() | todo
def two_rows():
    field = torch.zeros(3, 2)
    a = b = torch.ones(2)
    for _ in range(3):
        field[0] = a + b
        a, b = field[1], field[2]
        field[1:] += 1
    return field


# run delayed() | todo
def delayed():
    field = torch.arange(6.0)
    last = before = 0.0
    for _ in range(3):
        field[0] = before
        before = last
        last = field[2]
        field[1:] += 1
    return field


# run of_dict() | todo
def of_dict():
    field = torch.arange(6.0)
    kept = {"edge": 0}
    for _ in range(3):
        field[0] = kept["edge"]
        kept["edge"] = field[2]
        field[1:] += 1
    return field


# run of_deque() | todo
def of_deque():
    field = torch.arange(6.0)
    kept = deque([0.0, 0.0], maxlen=2)
    for _ in range(4):
        field[0] = kept[0]
        kept.append(field[2])
        field[1:] += 1
    return field


# run popped() | todo
def popped():
    field = torch.arange(8.0)
    other = torch.zeros(8)
    edge = [0, 0]
    for _ in range(4):
        field[1:] += 0.5 * (other[:-1] - other[1:])
        field[0] = edge.pop(0)
        edge.append(field[1])
        other[:-1] += 0.5 * (field[:-1] - field[1:])
    return field, other


# run shifted() | todo
def shifted():
    field = torch.arange(8.0)
    other = torch.zeros(8)
    low = [0, 0]
    for _ in range(4):
        field[1:] += 0.5 * (other[:-1] - other[1:])
        field[0] = low[1]
        low[1] = low[0]
        low[0] = field[1]
        other[:-1] += 0.5 * (field[:-1] - field[1:])
    return field, other


# run converges() | todo
def converges():
    x = torch.zeros(3, 2)
    last = torch.ones(2)
    turns = 0
    while True:
        change = (x[1] - last).abs().sum()
        if turns > 0 and change < 1e-6 or turns > 4:
            break
        last = x[1]
        x[1] += 0.5**turns
        turns += 1
    return turns, x


# run tested_by_while() | todo
def tested_by_while():
    x = torch.zeros(3, 2)
    last = torch.ones(2)
    turns = 0
    while turns < 4 and (x[1] - last).abs().sum() > 1e-6:
        last = x[1]
        x += 0.5**turns
        turns += 1
    return turns, x


# run written_by_inner_loop() | todo
def written_by_inner_loop():
    x = torch.zeros(3, 2)
    last = torch.ones(2)
    out = []
    for _ in range(2):
        for _ in range(3):
            out.append(x[1] - last)
        last = x[1]
        for t in range(2):
            x[t] += 1
    return out


# run written_by_function() | todo
def written_by_function():
    x = torch.zeros(3, 2)

    def bump(z):
        z += 1

    last = torch.ones(2)
    out = []
    for _ in range(3):
        out.append(x[1] - last)
        last = x[1]
        bump(x)
    return out


# run copied_into() | todo
def copied_into():
    x = torch.zeros(3, 2)
    last = torch.ones(2)
    out = []
    for _ in range(3):
        out.append(x[1] - last)
        last = x[1]
        x.copy_(x + 1)
    return out


# run continued() | todo
def continued():
    x = torch.zeros(3, 2)
    last = torch.ones(2)
    for e in range(3):
        if e == 0:
            x += 1
            continue
        y = x[1] - last
        last = x[1]
        x += e
    return y


# run detached(x) | x=f32[4,3] | todo
def detached(x):
    y = torch.zeros(3)
    last = torch.zeros(3)
    out = []
    for row in x:
        out.append((y - last).norm())
        last = y.detach()
        y += row
    return out


# run reshaped(x) | x=f32[4,3] | todo
def reshaped(x):
    y = torch.zeros(3)
    last = torch.zeros(3)
    out = []
    for row in x:
        out.append((y - last).norm())
        last = y.view(3, 1).squeeze()
        y += row
    return out


# run as_numpy(x) | x=f32[4,3] | todo
def as_numpy(x):
    y = torch.zeros(3)
    last = np.zeros(3, np.float32)
    out = []
    for row in x:
        out.append(np.abs(y.numpy() - last).sum())
        last = y.numpy()
        y += row
    return out


# run clamped(x) | x=f32[2,6] | todo
def clamped(x):
    steps = torch.zeros(2, 6)
    token = torch.ones(2) * 3
    for t in range(6):
        steps[:, t] = token * 0.5 + x[:, t]
        token = steps[:, t]
        steps.clamp_(-1, 1)
    return steps


# run only_later(x) | x=f32[6] | todo
def only_later(x):
    p = torch.zeros(3)
    for n in range(6):
        if n:
            last = kept
            p[0] = last + 1
        kept = p[1]
        p[1:] += x[n]
    return p


# run written_first() | todo
def written_first():
    field = torch.arange(6.0)
    last = torch.zeros(())
    out = []
    for _ in range(3):
        field[1:] += 1
        out.append(last * 2)
        last = field[2]
    return out


# run by_turns(x) | x=f32[6] | todo
def by_turns(x):
    field = torch.zeros(3)
    for n in range(6):
        if n % 2 == 0:
            last = field[1]
        else:
            field += x[n]
        field[0] = last * 2
    return field


class Simulation:
    def __init__(self):
        self.x = torch.zeros(4)

    def run(self, count):
        log = []
        last = torch.tensor(0.0)
        for _ in range(count):
            log.append((self.x[0] - last).item())
            last = self.x[0]
            self.x += 1.5
        return log


# run of_attribute() | todo
def of_attribute():
    return Simulation().run(3)


class Average(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("average", torch.zeros(2))

    def update(self, x):
        self.average.mul_(0.9).add_(0.1 * x)


# run of_buffer() | todo
def of_buffer():
    m = Average()
    last = torch.zeros(1)
    out = []
    for e in range(3):
        out.append((m.average[0] - last).abs().sum().item())
        last = m.average[0]
        m.update(torch.ones(2) * (e + 1))
    return out


# run written_through() | todo
def written_through():
    rows = torch.zeros(4, 3)
    row = torch.zeros(3)
    for t in range(3):
        row += 1
        row = rows[t]
    return rows


# run written_through_later() | todo
def written_through_later():
    rows = torch.zeros(4, 3)
    row = None
    for t in range(4):
        if row is not None:
            row.add_(t)
        row = rows[t]
    return rows


# run item_written_through() | todo
def item_written_through():
    rows = torch.zeros(4, 3)
    t = 0
    row = None
    while t < 4:
        if t > 0:
            row[0] = t
        row = rows[t]
        t += 1
    return rows


# run walked(x) | x=f32[3,5] | todo
def walked(x):
    y = torch.exp(x)
    last = None
    total = torch.zeros(5)
    for row in y:
        if last is not None:
            last *= 0.5
            total = total + last
        last = row
    return total, y


# What keeps the values, and what is taken anew in each turn, is right.
# run copied()
def copied():
    field = torch.arange(6.0)
    last = torch.zeros(())
    out = []
    for _ in range(3):
        out.append(field[2] - last)
        last = field[2].clone()
        field[1:] += 1
    return out


# run made_anew(x) | x=f32[4,3]
def made_anew(x):
    last = torch.zeros(3)
    out = []
    for t in range(3):
        out.append((x[1] - last).sum())
        last = x[1]
        x = x * 0.5 + t
    return out


# run written_in_front(x) | x=f32[2,6]
def written_in_front(x):
    steps = torch.zeros(2, 6)
    token = torch.ones(2)
    for t in range(6):
        steps[:, t] = token * 0.5 + x[:, t]
        token = steps[:, t]
    return steps


# run next_place(x) | x=f32[2,6]
def next_place(x):
    steps = torch.zeros(2, 7)
    token = torch.ones(2)
    for t in range(6):
        new = token * 0.5 + x[:, t]
        token = steps[:, t]
        steps[:, t + 1] = new
    return steps


# run other_turns_place(x) | x=f32[6,2]
def other_turns_place(x):
    rows = torch.zeros(6, 2)
    last = torch.ones(2)
    out = []
    for t in range(6):
        rows[t] = last * 0.5 + x[t]
        out.append(last.sum())
        last = rows[t]
    return rows, out


# run bound_in_each_branch(x) | x=f32[6,2]
def bound_in_each_branch(x):
    field = torch.zeros(3, 2)
    out = []
    for t in range(6):
        if t % 2:
            row = field[0]
        else:
            row = field[1]
        out.append(row.sum())
        field += x[t]
    return out


# run found_and_left(x) | x=f32[6,2]
def found_and_left(x):
    field = torch.zeros(3, 2)
    last = torch.zeros(2)
    total = 0
    for t in range(6):
        total = total + last.sum()
        last = field[1]
        if t == 4:
            field += 1
            break
    return total, field


# run taken_by_the_loop(x) | x=f32[6,2]
def taken_by_the_loop(x):
    y = torch.exp(x)
    total = 0
    for _ in range(2):
        for row in y:
            total = total + row.sum()
        y += 1
    return total, y


# run bound_again(x) | x=f32[6,2]
def bound_again(x):
    field = torch.zeros(3, 2)
    row = torch.zeros(2)
    out = []
    for t in range(6):
        out.append(row.sum())
        row = field[1]
        out.append(row.sum())
        field += x[t]
        row = field[1] * 2
    return out


# run other_place(x) | x=f32[6]
def other_place(x):
    field = torch.zeros(3)
    last = torch.zeros(())
    for t in range(6):
        out = last * 2
        last = field[1]
        field[0] = x[t] + out
    return field, last + 0


# run kept_by_key(x) | x=f32[6,2]
def kept_by_key(x):
    field = torch.zeros(3, 2)
    state = {"row": torch.zeros(2)}
    out = []
    for t in range(6):
        state["row"] = field[1]
        out.append(state["row"].sum())
        field += x[t]
    return out


# run its_own_array(x) | x=f32[4,3]
def its_own_array(x):
    y = torch.zeros(3)
    last = torch.zeros(3)
    out = []
    for row in x:
        out.append((y - last).sum())
        last = y
        y += row
    return out


# What each turn makes anew, and nobody reads behind the write.
# run decoded(x) | x=f32[3,5]
def decoded(x):
    done = torch.zeros(3, dtype=torch.bool)
    out = []
    for t in range(3):
        best, places = (x + t).topk(1)
        tokens = places.squeeze(-1).detach()
        tokens[done] = 0
        out.append(tokens)
        done = done | (tokens == 2)
    return torch.stack(out)


# What the next turn reads above, or a later line, is seen.
# run read_above(x) | x=f32[3,2] | todo
def read_above(x):
    y = torch.zeros(2, 1)
    out = []
    for r in x:
        out.append(y * 1)
        y = r.unsqueeze(-1) * 2
        v = y.squeeze(-1)
        v += 1
    return out


# run read_behind(x) | x=f32[3,2] | todo
def read_behind(x):
    for r in x:
        y = r.unsqueeze(-1) * 2
        v = y.squeeze(-1)
        v += 1
    return y


# run made_outside(x) | x=f32[3,2] | todo
def made_outside(x):
    y = torch.zeros(2, 1)
    out = []
    for r in x:
        v = y.squeeze(-1)
        v += r
        out.append(v * 1)
    return out


# run inner_turns(x) | x=f32[3,2] | todo
def inner_turns(x):
    out = []
    for r in x:
        y = r.unsqueeze(-1) * 2
        for _ in range(2):
            v = y.squeeze(-1)
            v += 1
            out.append(v * 1)
    return out


# run sometimes_made(x) | x=f32[3,2] | todo
def sometimes_made(x):
    y = torch.zeros(2, 1)
    out = []
    for i, r in enumerate(x):
        if i == 1:
            y = r.unsqueeze(-1) * 2
        v = y.squeeze(-1)
        v += r
        out.append(v * 1)
    return out


# What each turn makes, but does not let go of, is read by another name, by a function, or by a loop around it.
# run listed(x) | x=f32[3,2] | todo
def listed(x):
    seen = []
    for r in x:
        y = torch.ones(2, 2) * r
        seen.append(y)
        v = y[0]
        v.mul_(3)
    return torch.stack(seen)


# run other_name(x) | x=f32[3,2] | todo
def other_name(x):
    out = None
    for r in x:
        y = torch.ones(2, 2) * r
        z = y
        v = y[0]
        v.mul_(3)
        out = z.sum()
    return out


# run two_names(x) | x=f32[3,2] | todo
def two_names(x):
    out = None
    for r in x:
        z = y = torch.ones(2, 2) * r
        v = y[0]
        v.mul_(3)
        out = z.sum()
    return out


# run part_of_it(x) | x=f32[3,2] | todo
def part_of_it(x):
    seen = []
    for r in x:
        y = torch.ones(2, 2) * r
        w = y[:, 1]
        v = y[0]
        v.mul_(3)
        seen.append(w.sum())
    return seen


# run shown(x) | x=f32[3,2] | todo
def shown(x):
    y = torch.zeros(2, 2)
    total = torch.zeros(())

    def show():
        return y.sum()

    for r in x:
        y = torch.ones(2, 2) * r
        v = y[0]
        v.mul_(3)
        total = total + show()
    return total


# run outer_turn(x) | x=f32[3,2] | todo
def outer_turn(x):
    y = torch.zeros(2, 2)
    total = torch.zeros(())
    for r in x:
        total = total + y.sum()
        for i in range(2):
            y = torch.ones(2, 2) * r * (i + 1)
            v = y[0]
            v.mul_(3)
    return total


# run row_of_table(x) | x=f32[3,2] | todo
def row_of_table(x):
    table = x.clone()
    total = torch.zeros(())
    for i in range(3):
        rows = table
        total = total + rows.sum()
        v = rows[0]
        v.mul_(2)
    return total


# What the turn only reckons with is let go of.
# run reckoned(x) | x=f32[3,2]
def reckoned(x):
    out = []
    for r in x:
        y = torch.ones(2, 2) * r
        total = y[0].sum() + (y * 2).sum()
        y[1] = 0
        v = y[0]
        v.mul_(3)
        out.append(v.sum() + total)
    return torch.stack(out)
