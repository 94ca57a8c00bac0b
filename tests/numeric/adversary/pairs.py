"""Functions that give pairs, in every form of use."""
import torch
import torch.nn.functional as F
from torch import Tensor


# run through_variable(x) | x=f32[3,4] | todo
def through_variable(x):
    out = x.max(1)
    return out[0] * 2


# run fields_of_variable(x) | x=f32[3,4] | check=kind
def fields_of_variable(x: Tensor):
    out = torch.max(x, dim=-1)
    return out.values + 1, out.indices


# run returned_pair(x) | x=f32[3,4] | check=kind
def make_pair(x: torch.Tensor):
    return x.min(dim=0)


def returned_pair(x: torch.Tensor):
    v, i = make_pair(x)
    return v - 1, i


# run unpacked_in_loop([a, b]) | a=f32[2,3] | b=f32[2,3] | check=kind
def unpacked_in_loop(xs):
    total = 0
    for v, i in [t.max(dim=1) for t in xs]:
        total = total + v * i
    return total


# run keep(x) | x=f32[2,5] | check=kind
def keep(x):
    _, idx = x.max(-1, keepdim=True)
    return idx, x.gather(-1, idx)


# run top(x) | x=f32[4,6] | check=kind
def top(x, k=3):
    res = x.topk(k, dim=1)
    return res.values, res[1]


# run smallest(x) | x=f32[4,6]
def smallest(x):
    return torch.topk(x, 2, largest=False)[0].sum(-1)


# run ordered(x) | x=f32[7] | check=kind
def ordered(x: torch.Tensor):
    s, idx = torch.sort(x, descending=True)
    return s, idx, s.cumsum(0)


# run sorted_var(x) | x=f32[3,5]
def sorted_var(x):
    srt = x.sort(dim=0)
    return srt[0][1:] - srt.values[:-1]


# run median_row(x) | x=f32[3,4]
def median_row(x):
    return x.median(dim=1).values, x.median()


# run kth(x) | x=f32[3,6]
def kth(x):
    return x.kthvalue(2, dim=1)[0]


# run running(x) | x=f32[3,6] | check=kind
def running(x):
    best, where = torch.cummax(x, dim=1)
    return best, where


# run star_pair(x) | x=f32[3,4] | check=kind | todo
def star_pair(x):
    return torch.stack([t.float() for t in x.max(1)])


# run dict_pair(x) | x=f32[3,4] | check=kind
def dict_pair(x):
    return {"best": x.max(dim=1), "worst": x.min(dim=1)}


# run lambda_pair(x) | x=f32[3,4]
def lambda_pair(x):
    pick = lambda t: t.max(dim=0)
    return pick(x)[0]


# run cond_pair(x) | x=f32[3,4] | todo
def cond_pair(x, use_max=True):
    r = x.max(1) if use_max else x.min(1)
    return r.values


# run aminmax(x) | x=f32[3,4]
def aminmax(x):
    lo, hi = torch.aminmax(x)
    return (x - lo) / (hi - lo)


# run std_pair(x) | x=f32[5,4]
def std_pair(x):
    s, m = torch.std_mean(x, dim=0, unbiased=False)
    return s, m


# run nonzero_pair(x) | x=i64[3,4] | check=kind
def nonzero_pair(x):
    rows, cols = torch.where(x > 0)
    return rows, cols, x[rows, cols]


# run nonzero_loop(x) | x=i64[6]
def nonzero_loop(x):
    out = 0
    for i in torch.nonzero(x > 0).squeeze(1).tolist():
        out += int(x[i]) * i
    return out


# run uniq(x) | x=i64[12] < 5 | check=kind
def uniq(x):
    vals, inv, counts = torch.unique(x, return_inverse=True, return_counts=True)
    return vals, inv, counts


# run argmax_arith(x) | x=f32[3,4] | check=kind
def argmax_arith(x):
    idx = x.argmax(dim=1)
    return idx - 5, idx == -1, -idx


# run argmax_diff(x) | x=f32[3,4] | check=kind | todo
def argmax_diff(x):
    a = x.argmax(1)
    b = x.argmin(1)
    return (a - b).abs(), (a - b).float().mean()


# run argsort_rank(x) | x=f32[3,4] | check=kind
def argsort_rank(x):
    return x.argsort(dim=1).argsort(dim=1) - 2


# run accuracy(x, y) | x=f32[8,4] | y=i64[8] < 4
def accuracy(output, target, topk=(1, 2)):
    maxk = max(topk)
    _, pred = output.topk(maxk, 1, True, True)
    pred = pred.t()
    correct = pred.eq(target.view(1, -1).expand_as(pred))
    res = []
    for k in topk:
        correct_k = correct[:k].reshape(-1).float().sum(0, keepdim=True)
        res.append(correct_k.mul_(100.0 / target.size(0)))
    return res


# run attr_pair(x) | x=f32[3,4]
class Holder:
    def __init__(self, x: Tensor):
        self.best = x.max(dim=1)

    def get(self):
        return self.best[0]


def attr_pair(x):
    return Holder(x).get()


# run two_args(x, y) | x=f32[3,4] | y=f32[3,4]
def two_args(x: Tensor, y: Tensor):
    return torch.max(x, y) - torch.min(x, y)


# run two_args_unknown(x, y) | x=f32[3,4] | y=f32[4]
def two_args_unknown(x, y):
    return torch.max(x, y)


# run dim_unknown(x, 1) | x=f32[3,4] | todo
def dim_unknown(x, d):
    return torch.max(x, d)[0]


# run method_ref(x) | x=f32[3,4] | todo
def method_ref(x: Tensor):
    f = x.sum
    return f(dim=1)


# run method_ref_max(x) | x=f32[3,4] | todo
def method_ref_max(x: Tensor):
    reduce = x.max if x.dim() > 1 else x.min
    return reduce(1)[0]


# run getattr_reduce(x, "mean") | x=f32[3,4]
def getattr_reduce(x, how):
    return getattr(torch, how)(x, dim=1)


# run getattr_method(x, "amax") | x=f32[3,4] | todo | expect=fails | reason=a method named by a string, of a value of unknown kind
def getattr_method(x, how):
    return getattr(x, how)(dim=1)


# run mode_row(x) | x=i64[3,7] < 3 | check=kind
def mode_row(x):
    return x.mode(dim=1).values


# run iterate_pair(x) | x=f32[2,4] | check=kind
def iterate_pair(x: Tensor):
    out = []
    for part in x.max(dim=1):
        out.append(part + 1)
    return out


# run map_unpack(x) | x=f32[3,4] | check=kind
def map_unpack(x):
    v, i = map(lambda t: t + 0, x.topk(2))
    return v, i


# run starred(x) | x=f32[3,4] | check=kind | todo
def starred(x):
    first, *rest = x.sort(1)
    return first, rest[0]


# run nested_targets(x, y) | x=f32[3,4] | y=f32[3,4] | check=kind | todo
def nested_targets(x, y):
    (a, ia), (b, ib) = x.max(1), y.max(1)
    return a + b, ia + ib


# run greedy(lambda s: s * 2, x) | x=f32[3,4] | check=kind
def greedy(policy, state):
    return policy(state).max(1).indices.view(1, -1)


# run first_of_starred(x) | x=f32[3,4]
def first_of_starred(x: torch.Tensor):
    def largest(x, *args):
        return torch.max(x, *args)[0]

    how = {"dim": 1}
    return largest(x, 1), torch.min(x, **how)[0], torch.sort(x, *[1])[0]
