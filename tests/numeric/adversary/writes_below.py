"""Writes below views: through `.data` of a row, by callees, by initialisers, to items of containers, and to copies that an index selects."""
from functools import lru_cache

import torch
from torch import Tensor, nn


# run selected_copies(x) | x=f32[3,2]
def selected_copies(x: Tensor):
    rows = torch.tensor([0, 1])
    x[rows].add_(1)
    x[[0, 1]].mul_(2)
    x[:, [0]].fill_(3)
    x[torch.tensor([[0], [2]])].zero_()
    x[[0, 2]] += 1
    x[rows] = x[rows] * 2
    return x


# run whole_writes(x) | x=f32[3,2]
def whole_writes(x: Tensor):
    mask = torch.zeros(3, dtype=torch.bool)
    mask[...] = 1
    other = x > 0
    other[None] = 1
    counts = torch.zeros(3, dtype=torch.long)
    counts[...] = 1.5
    half = torch.zeros(3, dtype=torch.float16)
    half[...] = 2
    return mask, other, counts, half


# run own_rows(x) | x=f32[3,2]
def own_rows(x: Tensor):
    row = x[0] * 2
    row.data += 1
    row.data[0] = 5
    nn.init.ones_(row[1:])
    pair = {"row": x[1] + 1}
    pair["row"][0] = 7
    row[0], row[1] = row[1].clone(), row[0].clone()
    return x, row, pair["row"]


def given_back(x):
    return x


def last_row(x: Tensor):
    row = torch.select(x, 0, -1)
    return row


def shifted(x):
    x.detach().add_(3)


# run same_object(x) | x=f32[3,2]
def same_object(x: Tensor):
    same = given_back(x)
    same += 1
    shifted(x)
    own = last_row(x) * 2
    own += 1
    return x, same, own


# run data_of_row(x) | x=f32[3,2] | todo
def data_of_row(x: Tensor):
    row = x.view(-1)
    row.data += 1
    return x


# run item_of_data_of_row(x) | x=f32[3,2] | todo
def item_of_data_of_row(x: Tensor):
    row = x[0]
    row.data[0] = 1
    return x


# run initialised_row(x) | x=f32[3,2] | todo
def initialised_row(x: Tensor):
    row = torch.narrow(x, 0, 1, 1)
    nn.init.constant_(row, 1.5)
    return x


# run stale_row(x) | x=f32[3,2] | todo
def stale_row(x: Tensor):
    row = x[0]
    nn.init.constant_(x, 1.5)
    return row


# run view_given_back(x) | x=f32[3,2] | todo
def view_given_back(x: Tensor):
    row = given_back(x[0])
    row += 1
    return x


# run bound_and_given_back(x) | x=f32[3,2] | todo
def bound_and_given_back(x: Tensor):
    row = last_row(x)
    row += 1
    return x


# run stale_last_row(x) | x=f32[3,2] | todo
def stale_last_row(x: Tensor):
    row = last_row(x)
    x += 1
    return row


# run written_by_callee(x) | x=f32[3,2] | todo
def written_by_callee(x: Tensor):
    shifted(x.unsqueeze(-1))
    return x


# run item_in_dictionary(x) | x=f32[3,2] | todo
def item_in_dictionary(x: Tensor):
    row = torch.atleast_2d(x)[0]
    parts = {"row": row, "copy": x.clone()}
    parts["row"][0] = 0
    return x


# run row_of_list(x) | x=f32[3,2] | todo
def row_of_list(x: Tensor):
    row = list(x)[0]
    row += 1
    return x


# run swapped_in_transpose(x) | x=f32[3,2] | todo
def swapped_in_transpose(x: Tensor):
    columns = x.t()
    columns[0], columns[1] = columns[1].clone(), columns[0].clone()
    return x


# run stale_behind_mask(x) | x=f32[3,2] | todo
def stale_behind_mask(x: Tensor):
    first = x.chunk(2)[0]
    x[x > 0] = -2
    return first


# run stale_in_its_new_value(x) | x=f32[3,2] | todo
def stale_in_its_new_value(x: Tensor):
    row = x[-1]
    torch.mul(x, 1.5, out=x)
    row = torch.minimum(row, row) - 2
    return row


# run bound_anew_perhaps(x) | x=f32[3,2] | todo
def bound_anew_perhaps(x: Tensor):
    columns = x.swapaxes(0, 1)
    if x.numel() > 60:
        columns = columns.abs()
    else:
        torch.add(x, x, out=x)
    return columns.float()


# run bound_anew(x) | x=f32[3,2]
def bound_anew(x: Tensor):
    row = x[0]
    first = row + 1
    row = x[1] * 2
    x[x > 0] = -2
    if x.dim() == 2:
        last = x[-1]
        last = last * 2
    else:
        x.add_(1)
        last = x
    return x, row, first, last


# run whole_of_unknown(x) | x=f32[3,2]
def whole_of_unknown(x):
    mask = x > 0
    mask[...] = 1
    counts = (x * 0).long() + 1
    counts[...] = 1.5
    return mask, counts


# run held_beside_its_view(x) | x=f32[3,2] | todo
def held_beside_its_view(x: Tensor):
    pair = [x, x.t()]
    pair[0] += 1
    return pair


# run named_beside_its_view(x) | x=f32[3,2] | todo
def named_beside_its_view(x: Tensor):
    parts = {"all": x, "first": x[0]}
    parts["all"][0] = 1
    return parts["first"]


# run held_alone(x) | x=f32[3,2]
def held_alone(x: Tensor):
    pair = [x, x.t() * 2]
    pair[0] += 1
    pair[1][0] = 3
    return pair, x


# run bound_anew_by_array(x) | x=f32[3,2]
def bound_anew_by_array(x: Tensor):
    rows = torch.arange(2)
    x = x[rows].unsqueeze(1)
    x[0] = 0
    return x


def first_of_stack(x):
    if x.dim() > 1:
        return x[0]
    return x


# run view_or_same(x) | x=f32[3,2] | todo
def view_or_same(x: Tensor):
    row = first_of_stack(x)
    row += 1
    return x


def row_norms(x: Tensor) -> Tensor:
    if x.dim() <= 1:
        return x.abs()
    norms = x.norm(dim=1).view(-1, 1)
    return norms + 0


def same_tensor(x):
    return x


@lru_cache(maxsize=None)
def steps(count):
    return torch.arange(float(count)) * 2


# run computed_by_function(x) | x=f32[3,2] | grad=x
def computed_by_function(x: Tensor):
    scaled = x / row_norms(x).add_(1e-3)
    row_norms(x).add_(1)
    return scaled, x / row_norms(x[0]).clamp_(min=0.5)


# run cached_by_function(x) | x=f32[3] | todo
def cached_by_function(x: Tensor):
    return x + steps(3).add_(1), steps(3)


# run same_by_function(x) | x=f32[3,2] | todo
def same_by_function(x: Tensor):
    doubled = same_tensor(x).mul_(2)
    return doubled, x


def widen(t):
    t.unsqueeze_(0)
    return t


def flip(t: Tensor):
    t.t_()


# run shape_changed_by_callee(x) | x=f32[3,2] | todo
def shape_changed_by_callee(x: Tensor):
    widen(x)
    return x.sum(0)


# run flipped_by_callee(x) | x=f32[3,2] | todo
def flipped_by_callee(x: Tensor):
    flip(t=x)
    return x @ x.t()


# run shape_given_back(x) | x=f32[3,2]
def shape_given_back(x: Tensor):
    x = widen(x)
    return x.sum(0), widen(x * 2)


# run initialised_item_of_view(x) | x=f32[3,2] | todo
def initialised_item_of_view(x: Tensor):
    whole = x.t()
    nn.init.constant_(whole[0], -1)
    return x


# run initialised_below_view(x) | x=f32[3,2] | todo
def initialised_below_view(x: Tensor):
    whole = x.t()
    nn.init.constant_(x[0], -1)
    return whole


# run initialised_items(x) | x=f32[3,3]
def initialised_items(x: Tensor):
    weight = torch.empty(3, 3)
    nn.init.zeros_(weight)
    nn.init.constant_(weight[0], -1)
    nn.init.constant_(weight[1:], 2)
    return x + weight


def asked_for_gradients(t):
    return t.requires_grad_()


# run same_by_its_row(x) | x=f32[3,2] | todo
def same_by_its_row(x: Tensor):
    doubled = asked_for_gradients(x.detach()).detach().mul_(2)
    return doubled, x


# run same_by_method(x) | x=f32[3,2] | todo
def same_by_method(x: Tensor):
    doubled = x.resolve_conj().mul_(2)
    return doubled, x


# run written_by_same(x) | x=f32[3,2]
def written_by_same(x: Tensor):
    x.contiguous().resolve_neg().add_(2)
    return x, (x * 2).resolve_conj().add_(1)


# run reshaped_writes(x, y, n) | x=f32[3,2] | y=f32[6] | n=i64[3] < 6
def reshaped_writes(x: Tensor, y: Tensor, n: Tensor):
    total = torch.zeros(2, 3)
    total.view(-1).index_add_(0, n, y[:3])
    total.view(6).add_(y).mul_(2)
    total.view(-1, 1).clamp_(min=-1)
    x.unsqueeze(0).sub_(y.view(1, 3, 2))
    counts = torch.zeros(2, 3, dtype=torch.long)
    counts.view(-1).scatter_add_(0, n, torch.ones_like(n))
    counts.view_as(counts).neg_()
    return total, x, counts


# run reshaped_views(x) | x=f32[3,2] | todo
def reshaped_views(x: Tensor):
    first, row = x[0], x[1]
    x.view(-1).add_(1)
    row.view(2, 1).add_(1)
    return first, x


# run scanned(x) | x=f32[8] | todo
def scanned(x: torch.Tensor):
    rows = x
    for _ in range(2):
        rows = rows.view(-1, 2)
        rows[:, 1].add_(rows[:, 0])
        rows = rows[:, 1]
    return x


# run viewed_by_its_own_name(x) | x=f32[8] | todo
def viewed_by_its_own_name(x: torch.Tensor):
    rows = x
    rows = rows.view(-1, 2)
    rows[:, 1] += rows[:, 0]
    return x


# run computed_by_its_own_name(x) | x=f32[8]
def computed_by_its_own_name(x: torch.Tensor):
    rows = x * 2
    rows = rows.view(-1, 2)
    rows[:, 1] += rows[:, 0]
    other = x
    other = other + 1
    other[0] += 1
    return x, rows, other


# run m = InPlaceOfFresh(); m(x) | model=m | x=f32[2,3,4] | grad=x,parameters
class InPlaceOfFresh(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv1d(3, 3, 1)
        self.norm = nn.LayerNorm(4)
        self.same = nn.Sequential(nn.Identity())

    def forward(self, x):
        y = nn.functional.leaky_relu_(self.conv(x), negative_slope=0.2)
        y = nn.functional.relu_(self.norm(y))
        scale = x.abs().max(dim=-1, keepdim=True).values.clamp_(min=0.5)
        low = x.abs().min(dim=-1, keepdim=True)[0].clamp_(max=0.1)
        return y / scale + low


# run in_place_of_same(x) | x=f32[2,3] | todo
def in_place_of_same(x):
    same = nn.Sequential(nn.Identity())
    y = nn.functional.leaky_relu_(same(x), 0.2)
    return x, y


def overlap(a: Tensor, b: Tensor, inner=False):
    out = torch.minimum(a, b) / (a + b)
    if inner:
        rest = out / (1 - out)
        return out - rest
    return out


held = []


def held_overlap(a: Tensor, b: Tensor):
    out = a / b
    held.append(out)
    return out


# run own_results(a, b) | a=f32[2,1] > 0 | b=f32[2,1] > 0
def own_results(a: Tensor, b: Tensor):
    sizes = [len(a), 3]
    ends = torch.as_tensor([0, *sizes], dtype=torch.long).cumsum_(0)
    return overlap(a, b).squeeze(-1).clamp_(0.3), overlap(a, b, True).view(-1).mul_(2), ends


# run held_results(a, b) | a=f32[2,1] > 0 | b=f32[2,1] > 0 | todo
def held_results(a: Tensor, b: Tensor):
    low = held_overlap(a, b).squeeze(-1).clamp_(0.3)
    return low, held[-1]


# run listed_results(a, b) | a=f32[2,1] | b=f32[2,1] | todo
def listed_results(a: Tensor, b: Tensor):
    low = [a, b][0].view(-1).clamp_(0.3)
    return low, a


# run untold_rows(x) | x=f32[2,2] | todo
def untold_rows(x):
    x[0, 0] = -2
    for row in x:
        row **= 2
    return x


# run untold_numbers(x) | x=f32[3]
def untold_numbers(x):
    total = 0
    for value in x:
        value = value * 2
        value += 1
        total += value
    grown = [[1], [2]]
    for row in grown:
        row += [3]
    return total, grown


def corners(box: Tensor):
    half = box[..., 2:] / 2
    return torch.cat([box[..., :2] - half, box[..., :2] + half], -1)


# run overwritten_items(x) | x=f32[2,6]
def overwritten_items(x: Tensor):
    whole = x[:, 1:]
    x[:, 2:] = corners(x[:, 2:].mul_(torch.tensor([4.0, 3.0, 4.0, 3.0])))
    return x, x[:, 1:], whole.shape


# run items_read_twice(x) | x=f32[2,6] | todo
def items_read_twice(x: Tensor):
    x[:, 2:] = corners(x[:, 2:].mul_(2)) + x[:, :1]
    return x


# run layer = Swapped(); layer.swap(0, 2); layer(x), layer.table | x=f32[2,3]
class Swapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.arange(3.0))
        self.table = nn.Parameter(torch.arange(6.0).view(3, 2)).requires_grad_(False)

    def swap(self, i, j):
        with torch.no_grad():
            def swap_(data, i, j):
                data[i], data[j] = data[j].clone(), data[i].clone()

            swap_(self.scale.data, i, j)
            swap_(self.table.data, i, j)

    def forward(self, x):
        return x * self.scale


# run barlow_twins(a, b) | a=f32[5,3] | b=f32[5,3] | grad=a,b
def barlow_twins(a, b):
    n = a.shape[0]
    c = a.T @ b / n
    on_diag = torch.diagonal(c).add_(-1).pow_(2).sum()
    d = c.shape[0]
    off_diag = c.flatten()[:-1].view(d - 1, d + 1)[:, 1:].flatten().pow_(2).sum()
    return on_diag + 0.005 * off_diag


def _off_diagonal(x):
    n, m = x.shape
    return x.flatten()[:-1].view(n - 1, n + 1)[:, 1:].flatten()


# run barlow_twins_by_function(a, b) | a=f32[5,3] | b=f32[5,3] | grad=a,b
def barlow_twins_by_function(a, b):
    c = a.T @ b
    c.div_(len(a))
    on_diag = torch.diagonal(c).add_(-1).pow_(2).sum()
    off_diag = _off_diagonal(c).pow_(2).sum()
    return on_diag + 0.005 * off_diag


# run diagonal_in_expression(x) | x=f32[3,3] | grad=x
def diagonal_in_expression(x):
    c = x * 2
    first = c.diagonal(offset=1).mul_(3).sum()
    return first + (c ** 2).sum()


# run unread_in_loop(x) | x=f32[3,4] | grad=x
def unread_in_loop(x):
    total = 0
    for row in range(3):
        c = x * (row + 1)
        total = total + c.view(-1).mul_(2).sum()
    return total


# run read_in_the_next_turn(x) | x=f32[3,4] | todo
def read_in_the_next_turn(x):
    c = x * 2
    total = 0
    for _ in range(2):
        total = total + c.flatten()[1:].mul_(2).sum()
    return total


# run read_by_closure(x) | x=f32[3,4] | todo
def read_by_closure(x):
    c = x * 2
    later = lambda: c.sum()
    total = c.flatten()[1:].mul_(2).sum()
    return total + later()


# run read_by_generator(x) | x=f32[3,4] | todo
def read_by_generator(x):
    c = x * 2
    later = (c + i for i in range(2))
    total = c.flatten()[1:].mul_(2).sum()
    return [total, *later]


# run kept_in_list(x) | x=f32[3,4] | todo
def kept_in_list(x):
    c = x * 2
    kept = [c]
    total = c.flatten()[1:].mul_(2).sum()
    return total, kept


# run kept_as_view(x) | x=f32[3,4] | todo
def kept_as_view(x):
    c = x * 2
    row = c[0]
    total = c.flatten()[1:].mul_(2).sum()
    return total, row


# run read_twice_in_line(x) | x=f32[3,4] | todo
def read_twice_in_line(x):
    c = x * 2
    return c.flatten()[1:].mul_(2).sum() + c.sum()


# run of_argument(x); x | x=f32[3,4] | todo
def of_argument(x: Tensor):
    return x.flatten()[1:].mul_(2).sum()


# run bound_twice(x, 2) | x=f32[3,4] | grad=x
def bound_twice(x, n):
    c = x * 2
    if n > 1:
        c = c / n
    return c.flatten()[1:].pow_(2).sum()


# run bound_in_first_turn(x) | x=f32[3,4] | todo
def bound_in_first_turn(x):
    total = 0
    for turn in range(2):
        if turn == 0:
            c = x * 2
        total = total + c.flatten()[1:].mul_(2).sum()
    return total


# run bound_to_argument(x); x | x=f32[3,4] | todo
def bound_to_argument(x: Tensor):
    c = x * 2
    if len(x) > 1:
        c = x
    return c.flatten()[1:].mul_(2).sum()


# run plus_is_the_same(x); x | x=f32[3,4] | todo
def plus_is_the_same(x: Tensor):
    c = +x
    return c.flatten()[1:].mul_(2).sum()


# run in_each_turn_of_a_comprehension(x) | x=f32[3,4] | todo
def in_each_turn_of_a_comprehension(x):
    c = x * 2
    return [c.flatten()[1:].mul_(i + 1).sum() for i in range(3)]


# run in_each_test_of_a_loop(x) | x=f32[3,4] > 1 | todo
def in_each_test_of_a_loop(x):
    c = x * 2
    turns = 0
    while c.flatten()[1:].mul_(2).sum() < 1000:
        turns += 1
    return turns


# run bound_with_annotation(x); x | x=f32[3,4] | todo
def bound_with_annotation(x: Tensor):
    c = x * 2
    if len(x) > 1:
        c: Tensor = x
    return c.flatten()[1:].mul_(2).sum()


# run kept_by_parameter(x) | x=f32[3,4] | todo
def kept_by_parameter(x):
    c = x * 2
    p = nn.Parameter(c)
    total = c.flatten()[1:].mul_(2).sum()
    return total, p.detach()


# run divided_in_place(x, 3) | x=f32[3,4] | grad=x
def divided_in_place(x, n):
    c = x * 2
    c /= n
    return c.flatten()[1:].pow_(2).sum()
