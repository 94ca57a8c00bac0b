"""Writing in place: through views, arguments, slices, parts and other names."""
import torch
from torch import Tensor


# run add_to_argument(x); x | x=f32[3]
def add_to_argument(x: Tensor):
    x.add_(1)


# run aug_argument(x); x | x=f32[3]
def aug_argument(x: Tensor):
    x += 1


# run aug_alias(x) | x=f32[3]
def aug_alias(x: Tensor):
    y = x
    y *= 2
    return x, y


# run view_row(x) | x=f32[3,2] | todo
def view_row(x: Tensor):
    row = x[0]
    row += 10
    return x


# run view_row_method(x) | x=f32[3,2] | todo
def view_row_method(x):
    row = x[1]
    row.mul_(0)
    return x


# run flat_set(x) | x=f32[2,2] | todo
def flat_set(x):
    flat = x.view(-1)
    flat[0] = 100.0
    return x


# run chunk_write(x) | x=f32[4,2] | todo
def chunk_write(x):
    a, b = x.chunk(2)
    a.zero_()
    return x


# run chunk_list_write(x) | x=f32[4,2] | todo
def chunk_list_write(x):
    parts = x.split(2)
    parts[0].fill_(7)
    return x


# run loop_view(x) | x=f32[3,2] | todo
def loop_view(x: Tensor):
    for row in x:
        row.div_(2)
    return x


# run unbind_write(x) | x=f32[3,2] | todo
def unbind_write(x):
    for row in x.unbind(0):
        row += 1
    return x


# run transpose_write(x) | x=f32[3,3] | todo
def transpose_write(x):
    x.t()[0] = 0
    return x


# run transpose_fill(x) | x=f32[3,3] | todo
def transpose_fill(x):
    x.transpose(0, 1)[0].fill_(5.)
    return x


# run slice_of_slice(x) | x=f32[4,4] | todo
def slice_of_slice(x):
    x[1:][0] = 1
    return x


# run slice_chain_method(x) | x=f32[4,4]
def slice_chain_method(x):
    x[1:, :2].add_(5)
    return x


# run passes_slice(x) | x=f32[4,2] | todo
def clear(t: Tensor):
    t.zero_()


def passes_slice(x: Tensor):
    clear(x[0])
    return x


# run passes_whole(x) | x=f32[4,2]
def scale_rows(t, k):
    t *= k
    return t


def passes_whole(x):
    scale_rows(x, 3.0)
    return x


# run masked_set(x) | x=f32[3,4]
def masked_set(x: Tensor):
    x[x < 0] = 0
    return x


# run masked_aug(x) | x=f32[3,4]
def masked_aug(x: Tensor):
    x[x > 0] *= 2
    return x


# run masked_values(x, m) | x=f32[3,4] | m=bool[3,4] | todo
def masked_values(x, m):
    y = x.clone()
    y[m] = x[m] * 2 + 1
    return y


# run masked_fill_chain(x, m) | x=f32[2,4] | m=bool[2,4]
def masked_fill_chain(x, m):
    return x.masked_fill(m, float("-inf")).softmax(-1), x.masked_fill_(~m, 0)


# run index_put(x, i) | x=f32[6] | i=np.array([1, 1, 3])
def index_put(x, i):
    y = x.clone()
    y[i] += 1
    z = x.clone().index_add_(0, i, torch.ones(3))
    return y, z


# run scatter(x, i) | x=f32[2,4] | i=np.array([[0, 0, 1, 2], [3, 3, 3, 0]])
def scatter(x, i):
    out = torch.zeros(2, 5)
    out.scatter_add_(1, i, x)
    one = torch.zeros(2, 4).scatter_(1, i[:, :1], 1)
    return out, one, torch.zeros(2, 4).scatter(1, i[:, :1], x)


# run gather_small(x, i) | x=f32[3,4] | i=np.array([[1, 2]]) | todo
def gather_small(x, i):
    return x.gather(1, i), torch.gather(x, 0, i)


# run copied(x, y) | x=f32[3] | y=f32[3]
def copied(x, y):
    z = x
    z.copy_(y)
    return x


# run clone_first(x) | x=f32[3]
def clone_first(x):
    y = x.clone()
    y += 1
    return x, y


# run detach_shares(x) | x=f32[3] | todo
def detach_shares(x):
    y = x.detach()
    y += 1
    return x


# run contiguous_shares(x) | x=f32[3] | todo
def contiguous_shares(x: Tensor):
    y = x.contiguous()
    y.add_(1)
    return x, y


# run to_shares(x) | x=f32[3] | todo
def to_shares(x):
    y = x.to(torch.float32)
    y.add_(1)
    return x


# run reshape_maybe(x) | x=f32[2,3] | todo
def reshape_maybe(x):
    y = x.reshape(-1)
    y[0] = 0
    return x


# run list_alias(x) | x=f32[3]
def list_alias(x):
    xs = [x, x]
    xs[0] += 1
    return xs[1], x


# run dict_alias(x) | x=f32[3]
def dict_alias(x):
    d = {"a": x}
    d["a"] += 1
    d["a"].mul_(2)
    return x, d


# run attr_alias(x) | x=f32[3]
class Box:
    def __init__(self, t: Tensor):
        self.t = t

    def bump(self):
        self.t += 1
        self.t.mul_(3)
        return self


def attr_alias(x):
    b = Box(x)
    b.bump()
    return x, b.t


# run swap(x) | x=f32[3] | todo
def swap(x):
    x[0], x[1] = x[1], x[0]
    return x


# run swap_rows(x) | x=f32[3,2]
def swap_rows(x):
    x[0], x[1] = x[1].clone(), x[0].clone()
    return x


# run swap_cols(x) | x=f32[3,2]
def swap_cols(x):
    y = x.clone()
    y[:, [0, 1]] = y[:, [1, 0]]
    return y


# run saved_row(x) | x=f32[3,2] | todo
def saved_row(x: Tensor):
    first = x[0]
    x[0] = x[1]
    return first, x


# run prefix_sum(x) | x=f32[5]
def prefix_sum(x: Tensor):
    for i in range(1, x.size(0)):
        x[i] += x[i - 1]
    return x


# run boxes(b) | b=f32[4,4]
def boxes(b):
    y = b.clone() if isinstance(b, torch.Tensor) else b
    y[:, 0] = b[:, 0] - b[:, 2] / 2
    y[:, 2] = b[:, 0] + b[:, 2] / 2
    return y


# run clip_boxes(b); b | b=f32[4,4]
def clip_boxes(boxes, shape=(1, 1)):
    boxes[:, 0].clamp_(0, shape[1])
    boxes[..., 1].clamp_(0, shape[0])
    boxes[:, [2, 3]] = boxes[:, [2, 3]].clamp(0, 1)


# run clip_slices(b); b | b=f32[4,4]
def clip_slices(boxes):
    boxes[:, :2] -= 1
    boxes[:, 2:4] /= 2.0


# run int_inplace(x) | x=i64[4]
def int_inplace(x: Tensor):
    x += 1
    x *= 2
    x //= 3
    return x


# run int_setitem() | check=kind
def int_setitem():
    x = torch.zeros(3, dtype=torch.long)
    x[0] = 2.9
    x[1:] = torch.tensor([1.5, 2.5])
    return x


# run half_aug(x, y) | x=f16[3] | y=f32[3] | todo | expect=fails | reason=an augmented assignment keeps the dtype in PyTorch
def half_aug(x: Tensor, y: Tensor):
    x += y
    return x


# run out_arg(x) | x=f32[3] | todo
def out_arg(x):
    y = torch.empty(3)
    torch.add(x, 1, out=y)
    return y


# run relu_inplace(x) | x=f32[3] | todo
def relu_inplace(x):
    y = torch.nn.functional.relu(x, inplace=True)
    return x, y


# run relu_method(x); x | x=f32[3]
def relu_method(x):
    x.relu_()


# run relu_fn(x); x | x=f32[3]
def relu_fn(x):
    torch.relu_(x)


# run default_acc(x) | x=f32[3]
def default_acc(x, acc=None):
    acc = torch.zeros_like(x) if acc is None else acc
    for _ in range(3):
        acc += x
    return acc


# run ema([a], [b]); a | a=f32[3] | b=f32[3]
def ema(avg, new, decay=0.9):
    for a, n in zip(avg, new):
        a.mul_(decay).add_(n, alpha=1 - decay)


# run ema_aug([a], [b]); a | a=f32[3] | b=f32[3]
def ema_aug(avg, new, decay=0.9):
    for a, n in zip(avg, new):
        a *= decay
        a += (1 - decay) * n


# run lerp(a, b); a | a=f32[3] | b=f32[3]
def lerp(a, b):
    a.lerp_(b, 0.25)


# run nested_fn(x) | x=f32[3]
def nested_fn(x):
    def bump():
        x.add_(1)
    bump()
    bump()
    return x


# run while_loop(x) | x=f32[3]
def while_loop(x):
    y = x
    n = 0
    while n < 3:
        y = y * 2
        y -= 1
        n += 1
    return x, y


# run view_of_base_later(x) | x=f32[2,3] | todo
def view_of_base_later(x: Tensor):
    col = x[:, 0]
    x += 1
    return col


# run base_written_after_split(x) | x=f32[4] | todo
def base_written_after_split(x: Tensor):
    a, b = x.split(2)
    x.zero_()
    return a, b


# run out_row(x) | x=f32[2,3]
def out_row(x):
    out = torch.zeros(2, 3)
    for i in range(2):
        out[i].copy_(x[i])
        out[i, 1:] += 1
    return out


# run expand_write(x) | x=f32[3]
def expand_write(x):
    y = x.expand(2, 3).clone()
    y[0, 0] = 9
    return y, x


# run cat_views(x) | x=f32[4,2]
def cat_views(x):
    lo, hi = x[:2], x[2:]
    lo.add_(hi)
    return torch.cat([lo, hi])


# run numpy_share(x) | x=f32[3] | todo | expect=fails | reason=NumPy arrays share memory with their tensor in PyTorch
def numpy_share(x):
    n = x.numpy()
    x.add_(1)
    return n


# run cast_item(x) | x=f32[3] | todo
def cast_item(x: Tensor):
    x.float()[0] = 3
    return x


# run cast_beside(x) | x=f32[3] | todo
def cast_beside(x: Tensor):
    return x.to(torch.float32).add_(1), x


# run cast_image(x) | x=u8[3,2] < 255
def cast_image(x: Tensor):
    return x.float().div_(255).sub_(0.5)


# run untyped_column(x, 2.0) | x=f32[3,4] | todo
def untyped_column(boxes, width):
    xs = boxes[:, 0]
    xs *= width
    return boxes


# run untyped_row(x) | x=f32[3,4] | todo
def untyped_row(x):
    first = x[0]
    first /= first.sum()
    return x


# run untyped_row_item(x) | x=f32[3,4] | todo
def untyped_row_item(x):
    for row in x:
        row[0] = row.max()
    return x


# run list_row([[1, 2], [3, 4]])
def list_row(rows):
    first = rows[0]
    first += [5]
    for row in rows:
        row[0] = 7
    return rows


# run fresh_results({"v": x.abs()}, x, 0.1) | x=f32[2,3] | todo
def fresh_results(state, x, eps):
    denom = state["v"].sqrt().add_(eps)
    picked = x[x > 0].pow_(2).sum()
    x[x < 0].fill_(0)
    scale = (x.abs() if eps > 0 else x + 1).mul_(2)
    return denom, picked, x, scale, state["v"]


# run part_by_index(x) | x=f32[3,4] | todo
def part_by_index(x: Tensor):
    y = x * 2
    first = y.chunk(2, dim=1)[0]
    first += 1
    return y


# run part_of_list(x) | x=f32[4,2] | todo
def part_of_list(x: Tensor):
    y = x * 2
    parts = list(y.unbind(0))
    parts[1].zero_()
    return y


# run view_of_the_callers(x) | x=f32[2,3] | todo
def view_of_the_callers(x: Tensor):
    def fill(values: Tensor):
        flat = values.view(-1)
        flat[0] = 9.0

    y = x * 2
    fill(y)
    return y


def _shifted(values: Tensor):
    values = values * 1.5
    first, second = values.unbind(0)
    first.add_(1)
    return torch.stack((first, second))


# run view_of_its_own(x) | x=f32[2,3]
def view_of_its_own(x: Tensor):
    return _shifted(x), x


# run statement_in_parens(x) | x=f32[2,3]
def statement_in_parens(x: Tensor):
    y = x.clone()
    (
        y.add_(2)
        # no more than this
        .clamp_(0, 1.5)
    )
    return y


# run item_result(x) | x=f32[3,2] | todo
def item_result(x: torch.Tensor):
    t = x[0].mul_(2)
    return t, x


# run item_copied(x, y) | x=f32[3,2] | y=f32[2] | todo
def item_copied(x, y):
    t = x[1].copy_(y)
    return t, x


# run method_axis(x) | x=f32[3,2]
def method_axis(x):
    return x.argmax(axis=1), x.min(axis=0)[0], x.std(axis=1), x.split(split_size=2)[1]


# run item_of_item(x, 1) | x=f32[2,3,4]
def item_of_item(x: Tensor, i: int):
    y = x * 2
    y[0][1] = 5
    y[i][0][2] = 3.0
    y[0][2][1:3] += 1
    y[-1][-1].fill_(9)
    y[0][0, 1].add_(4)
    parts = [torch.zeros(2), torch.zeros(2)]
    parts[0][1] = 7
    return y, parts


# run turned_item(x) | x=f32[3,3] | todo
def turned_item(x: Tensor):
    y = x * 2
    y.T[0] = 1
    return y


# run unpacked_write(x) | x=f32[2,3] | todo
def unpacked_write(x: Tensor):
    y = x * 2
    first, second = y
    first += 1
    return y


# run listed_rows(x) | x=f32[2,3] | todo
def listed_rows(x: Tensor):
    y = x * 2
    rows = [y[i] for i in range(2)]
    rows[0].fill_(1)
    rows[1] += 2
    return y


# run kept_in_dict(x) | x=f32[2,3] | todo
def kept_in_dict(x: Tensor):
    state = {"a": x * 2}
    row = state["a"][1]
    row += 1
    return state["a"]


def _first(x):
    return x[0]


# run given_back(x) | x=f32[2,3] | todo
def given_back(x: Tensor):
    y = x * 2
    row = _first(y)
    row.fill_(3)
    return y


class Ring:
    def __init__(self, size, dim):
        self.data = torch.zeros(size, dim)
        self.at = 0

    def push(self, row):
        self.data[self.at % 3] = row
        self.data[0] += 1
        self.at += 1
        return self


# run pushed(x) | x=f32[5,2]
def pushed(x):
    ring = Ring(3, 2)
    for row in x:
        ring.push(row)
    return ring.data


# run jittered(x, y) | x=f32[3,3] | y=f32[3]
def jittered(x: Tensor, y):
    kernel = x @ x.T
    kernel.diagonal().add_(1e-2)
    kernel.diagonal(offset=1).mul_(2)
    torch.diagonal(kernel, -1).fill_(0.5)
    kernel.diagonal().add_(y)
    return kernel


# run batch_of_diagonals(x); x | x=f32[2,3,4]
def batch_of_diagonals(x):
    x.diagonal(dim1=-2, dim2=-1).sub_(1)
    x.diagonal(0, 1, 2).clamp_(min=0).add_(2)


# run forward_with_jitter(x) | x=f32[3,3] | grad=x
def forward_with_jitter(x):
    kernel = x @ x.mT
    kernel.diagonal(dim1=-2, dim2=-1).add_(x.sum())
    return (kernel ** 2).sum()


# run diagonal_of_view(x) | x=f32[2,3,3] | todo
def diagonal_of_view(x: Tensor):
    y = x * 1
    first = y[0]
    first.diagonal().add_(1)
    return y
