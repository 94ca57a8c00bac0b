"""Views that names, containers, iterators and callees hold, and writes on either side."""
import torch
from torch import Tensor, nn


# run own_items(x) | x=f32[3,2]
def own_items(x: Tensor):
    rows = list(x)
    doubled = [row * 2 for row in rows]
    doubled[0] += 1
    whole = x if x.dim() == 2 else x[None]
    copied = whole * 2
    copied[0] = 1
    return doubled, copied, x


# run own_values(x) | x=f32[3,2]
def own_values(x: Tensor):
    parts = {"view": x[0], "own": x[1] * 2}
    parts["own"] += 3
    parts["own"].mul_(2)
    pair = [x[0], x[1] + 1]
    pair[1] += 1
    return x, parts["own"], pair[1]


# run rebound(x) | x=f32[3,2]
def rebound(x: Tensor):
    x = x[0] if x.dim() == 2 else x
    x += 1
    return x


# run own_rows(x) | x=f32[3,2]
def own_rows(x: Tensor):
    out = []
    for row in x:
        row = row * 2
        row += 1
        out.append(row)
    return torch.stack(out), x


# run cast_by_choice(x) | x=f16[3]
def cast_by_choice(x: Tensor):
    wide = x.float() if x.dtype == torch.float16 else x
    wide.mul_(2)
    x.copy_(wide)
    return x


# run alias_by_choice(x) | x=f32[3]
def alias_by_choice(x: Tensor):
    wide = x.float() if x.dtype == torch.float16 else x
    wide.mul_(2)
    return x


# run replaced_items([x, y]) | x=f32[2,2] | y=f32[3]
def replaced_items(tensors):
    tensors = [t * 1 for t in tensors]
    for i in range(len(tensors)):
        tensors[i] = tensors[i].reshape(-1)
        tensors[i] += 1
    return tensors


# run gathered_data()
def gathered_data():
    layer = nn.Linear(3, 2)
    nn.init.ones_(layer.weight)
    named = {name: p.data for name, p in layer.named_parameters()}
    own = [p.data for p in layer.parameters()]
    named["weight"].mul_(3)
    for data in own:
        data += 1
    return layer.weight, named["weight"]


# run chosen(x, True) | x=f32[3,2] | todo
def chosen(x, first):
    (x[0] if first else x[1]).zero_()
    return x


# run by_default(x) | x=f32[3,2] | todo
def by_default(x: Tensor, row=None):
    row = x[0] if row is None else row
    row.mul_(2)
    return x


# run first_row(x) | x=f32[3,2] | todo
def first_row(x):
    rows = iter(x)
    first = next(rows)
    first.add_(10)
    return x


# run reversed_rows(x) | x=f32[3,2] | todo
def reversed_rows(x: Tensor):
    for row in reversed(list(x)):
        row[0] = 1
    return x


# run in_comprehension(x) | x=f32[3,2] | todo
def in_comprehension(x: Tensor):
    [row.zero_() for row in x]
    return x


# run appended(x) | x=f32[3,2] | todo
def appended(x: Tensor):
    rows = []
    for i in range(3):
        rows.append(x[i])
    for row in rows:
        row += 1
    return x


# run put_by_key(x) | x=f32[3,2] | todo
def put_by_key(x: Tensor):
    parts = {}
    parts["a"] = x[0]
    parts["a"].zero_()
    return x


# run alias_of_view(x) | x=f32[3,2] | todo
def alias_of_view(x: Tensor):
    row = x[0]
    same = row
    same += 1
    return x


# run stale_item(x) | x=f32[3,2] | todo
def stale_item(x: Tensor):
    first = x[0]
    x[0].zero_()
    return first


# run stale_weight() | todo
def stale_weight():
    layer = nn.Linear(3, 2)
    nn.init.ones_(layer.weight)
    before = layer.weight.data
    layer.weight.data.zero_()
    return before


# run written_by_callees(x) | x=f32[3,2] | todo
def add_one(t):
    t.add_(1)


def add_more(t):
    add_one(t)


def written_by_callees(x: Tensor):
    add_more(x[0])
    row = x[1]
    add_more(row)
    return x


# run row_of_turned(x) | x=f32[3,2] | todo
def row_of_turned(x):
    turned = x.transpose(0, 1)
    row = turned[0]
    row.fill_(5.0)
    return x


# run one_of_parts(x) | x=f32[4,2] | todo
def one_of_parts(x):
    parts = x.split(2)
    first = parts[0]
    first.fill_(7)
    return x


# run row_of_held(x) | x=f32[2,3] | todo
def row_of_held(x: Tensor):
    state = {"a": x * 2}
    kept = state["a"]
    row = kept[1]
    row += 1
    return state["a"]


# run row_by_another_name(x) | x=f32[2,3] | todo
def row_by_another_name(x: Tensor):
    y = x
    row = y[0]
    row += 1
    return x


# run views_of_own(x) | x=f32[2,3]
def views_of_own(x: Tensor):
    y = x * 2
    turned = y.T
    row = turned[0]
    row += 1
    return row, x


# run swapped_by_names(x) | x=f32[2,3] | todo
def swapped_by_names(x: Tensor):
    one = x[1]
    two = x[0]
    x[0], x[1] = one, two
    return x


# run asked_by_function(x) | x=f32[2,3] | todo
def asked_by_function(x):
    for row in x:
        row /= torch.sum(row)
    return x


# run zeroed_by_function(x) | x=f32[4,2] | todo
def zeroed_by_function(x: Tensor):
    a, b = torch.split(x, 2)
    torch.zero_(x)
    return a, b


def clear_all(t):
    t.zero_()
    return t


# run cast_for_writer(x) | x=f32[3] | todo
def cast_for_writer(x: Tensor):
    cleared = clear_all(x.to(x.dtype))
    return x, cleared


# run float_for_writer(x) | x=f32[3] | todo
def float_for_writer(x):
    clear_all(x.float())
    return x


# run squeezed_for_writer(x) | x=f32[1,3] | todo
def squeezed_for_writer(x):
    cleared = clear_all(x.squeeze())
    return x, cleared


# run own_cast_for_writer(x) | x=f32[3]
def own_cast_for_writer(x: Tensor):
    cleared = clear_all((x + 1).float())
    return x, cleared


# run stale_of_unknown(x) | x=f32[2,3] | todo
def stale_of_unknown(x):
    first = x[0]
    x.zero_()
    return first


# run stale_by_columns(x) | x=f32[2,3] | todo
def stale_by_columns(x):
    first = x[0]
    x[:, 1] = 5
    return first


# run stale_by_array(x) | x=f32[3,3] | todo
def stale_by_array(x):
    last = x[-1]
    x[torch.tensor([0, 2])] = 3
    return last


# run reshaped_other_name(x) | x=f32[2,3] | todo
def reshaped_other_name(x: Tensor):
    v = x
    v.t_()
    return x


# run reshaped_other_name_behind(x) | x=f32[2,3] | todo
def reshaped_other_name_behind(x: Tensor):
    w = x * 2
    v = w
    w.unsqueeze_(0)
    return v


# run reshaped_own(x) | x=f32[2,3]
def reshaped_own(x: Tensor):
    v = x * 2
    v.unsqueeze_(0)
    return v


# run gathered_rows(x) | x=f32[2] | todo
def gathered_rows(x: torch.Tensor):
    h = torch.zeros(2)
    states = []
    for t in range(3):
        h += x
        states.append(h.view(1, 2))
    return torch.cat(states)


# run gathered_pairs(x) | x=f32[2] | todo
def gathered_pairs(x: torch.Tensor):
    h = torch.zeros(2, 2)
    history = []
    for t in range(2):
        h[t] = x
        history.append((t, h[0]))
    return [row for _, row in history]


# run gathered_copies(x) | x=f32[2]
def gathered_copies(x: torch.Tensor):
    h = torch.zeros(2)
    states, whole, new = [], [], []
    for t in range(3):
        h += x
        states.append(h.clone().view(1, 2))
        whole.append(h)
        g = h * 2
        g[0] = t
        new.append(g[:1])
        latest = []
        latest.append(h[:1])
        total = latest[0] * 2
    return torch.cat(states), whole, torch.cat(new), total


# run rows_of_dictionary(x) | x=f32[4] | todo
def rows_of_dictionary(x: torch.Tensor):
    parts = {}
    parts["low"] = x[:2]
    parts["high"] = x[2:]
    for name, part in parts.items():
        part += 1
    return x


# run values_of_dictionary(x) | x=f32[4] | todo
def values_of_dictionary(x: torch.Tensor):
    parts = {"low": x[:2], "high": x[2:]}
    for part in parts.values():
        part.add_(1)
    return x


# run own_values(x) | x=f32[4]
def own_values(x: torch.Tensor):
    parts = {"low": x[:2] * 1, "high": x[2:].clone(), "all": x}
    for name, part in parts.items():
        part += 1
    for part in parts.values():
        part.mul_(2)
    return x, parts
