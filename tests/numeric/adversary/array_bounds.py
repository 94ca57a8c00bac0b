"""Numbers that PyTorch code holds in tensors without axes, and slices and counts by: under a name, chosen by Python, walked over."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


# run counted(x) | x=f32[4,3]
def counted(x):
    cut = (x[:, 0] > 0).sum()
    rest = cut + 1
    return x[:cut], x[rest:], x[cut:].shape[0]


# run longest(x, n) | x=f32[2,5] | n=np.array([2, 4]) | check=kind
def longest(x, n):
    longest = n.max()
    half = longest // 2
    return x[:, :longest], x[:, half:], torch.arange(longest), torch.arange(0, longest, 2), torch.arange(half, longest + 1)


# run sequence_mask(n), sequence_mask(n, 3), sequence_mask(n, max_length=6) | n=np.array([2, 4])
def sequence_mask(length, max_length=None):
    if max_length is None:
        max_length = length.max()
    x = torch.arange(max_length, dtype=length.dtype, device=length.device)
    return x.unsqueeze(0) < length.unsqueeze(1)


# run best_block(x), masked_peak(x) | x=f32[2,6]
def best_block(x):
    row = x.argmax() // 6
    return x[row:], x[: row + 1]


def masked_peak(x: Tensor):
    x = x.clone()
    values, places = x[0].max(0)
    x[0, max(0, places - 1) : min(places + 2, 6)] = -1e9
    return values, x


# run cut_rows(x, n) | x=f32[2,5] | n=np.array([2, 4])
def cut_rows(x, lengths):
    rows = [row[:n] for row, n in zip(x, lengths)]
    kept = [(i, row[: n - 1]) for i, (row, n) in enumerate(zip(x, lengths))]
    return rows, kept, x[:, : max(lengths)]


# run padded(x, n) | x=f32[2,5,3] | n=np.array([2, 4])
def padded(x, lengths):
    most = lengths.max()
    parts = [F.pad(x[i, :n], (0, 0, 0, most - n)) for i, n in enumerate(lengths)]
    return torch.stack(parts)


# run plain_numbers(5), plain_numbers(2.5) | check=kind
def plain_numbers(end):
    rows = list(range(9))
    most = max([1, 2, 3])
    return torch.arange(end), rows[:most], rows[: max(0, most - 2)]


# run widest(x, n) | x=f32[2,5] | n=np.array([2, 4])
def widest(x, lengths):
    most = 0
    for n in lengths:
        most = max(most, n)
    return x[:, :most]


# run counted_rows(x) | x=f32[2,5]
def counted_rows(x: Tensor):
    counts = (x > 0).long().sum(dim=1)
    most = counts.max()
    return torch.arange(most) < counts.unsqueeze(-1)


def sliced_segments(x, starts, size=2):
    found = torch.zeros_like(x[:, :, :size])
    for i in range(x.size(0)):
        start = starts[i]
        end = start + size
        found[i] = x[i, :, start:end]
    return found


# run random_segments(x, n) | x=f32[2,3,7] | n=i64[2] < 5
def random_segments(x, n):
    starts = (torch.rand([x.size(0)]) * 0 + n).to(dtype=torch.long)
    return sliced_segments(x, starts), sliced_segments(x, n.tolist()), sliced_segments(x, n, 1)


# run windows_of(x, n) | x=f32[2,7] | n=i64[3] < 3
def windows_of(x, n):
    def window(x, at, i):
        return x[:, at[i]:at[i] + 3].sum(1)
    return [window(x, n, i) for i in range(3)] + [window(x, [0, 2, 4], 1)]


# run from_first_place(x) | x=f32[6]
def from_first_place(x):
    first = (x > -9).nonzero()[0]
    places = (x < 9).nonzero()
    last = places[-1][0]
    return x[first:], x[first : last + 1], x[: places[2]]


# run own_range(x) | x=f32[6] | check=kind
def own_range(x):
    i = torch.tensor([1, 4])
    k = np.array([0, 2, 1]).max() + 1
    return torch.arange(i[0], i[1]), torch.arange(k, k + 3), torch.arange(k, 9), torch.arange(i[0], k)


# The bound is walked in a comprehension further out.
# run in_the_outer_one(scores, n) | scores=f32[2,4,3] | n=i64[2] < 4
def in_the_outer_one(scores, n):
    return [[k for k in row[:end].tolist() if k != 1] for row, end in zip(scores.argmax(-1).cpu(), n)]


# run of_lengths(scores, lengths) | scores=f32[2,4,3] | lengths=i64[2] < 4
def of_lengths(scores, lengths):
    return [len([k for k in row[:end]]) for row, end in zip(scores, lengths)]


# run in_one(scores, n) | scores=f32[2,4,3] | n=i64[2] < 4
def in_one(scores, n):
    return [row[:end].tolist() for row, end in zip(scores.argmax(-1), n)]


# run of_plain_lists()
def of_plain_lists():
    def cut(rows, ends):
        return [[k for k in row[:end]] for row, end in zip(rows, ends)]

    return cut([[1, 2, 3], [4, 5, 6]], [1, None]), cut(["abc", "def"], [2, 3])


def rolled(x, start=0):
    return torch.cat([x[..., start:], x[..., :start]], -1)


# run from_the_peak(x) | x=f32[6]
def from_the_peak(x: torch.Tensor):
    return rolled(x, start=x.abs().argmax()), rolled(x, 2), rolled(x)


def until(x, end=None):
    return x[:end]


# run with_and_without(x) | x=f32[6]
def with_and_without(x):
    return until(x), until(x, 3)


def cropped(x, start, stop=None):
    return x[start:stop]


# run from_somewhere(x) | x=f32[6]
def from_somewhere(x: torch.Tensor):
    return cropped(x, torch.argmax(x)), cropped(x, None), cropped(x, 1, torch.argmin(x).clamp(2, 5)), rolled(x, 0)
