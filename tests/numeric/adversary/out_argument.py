"""Results that are written into tensors which are there already: `out=`."""
import torch


# run one(x, y) | x=f32[2,3] | y=f32[2,3]
def one(x, y):
    res = torch.empty(2, 3)
    torch.add(x, y, out=res)
    kept = res
    torch.clamp(y, 0, 0.5, out=res)
    torch.sub(res, x, alpha=2, out=res)
    return res, kept


# run products(x, y) | x=f32[2,3] | y=f32[3,2]
def products(x, y):
    buf = torch.zeros(2, 2)
    torch.matmul(x, y, out=buf)
    twice = torch.mm(buf, buf, out=torch.empty(2, 2))
    return buf, twice


# run halves(x) | x=f32[2,3]
def halves(x):
    wide = torch.zeros(2, 6)
    torch.exp(x, out=wide[:, :3])
    torch.cat([x[:, :1], x[:, 1:]], dim=1, out=wide[:, 3:])
    return wide


# run casts(x) | x=f32[4]
def casts(x):
    steps = torch.empty(5)
    torch.arange(0, 5, out=steps)
    positive = torch.zeros(4, dtype=torch.bool)
    torch.gt(x, 0, out=positive)
    return steps, positive


# run pairs(x) | x=f32[2,3] | check=kind
def pairs(x):
    values, places = torch.empty(2), torch.empty(2, dtype=torch.long)
    torch.max(x, 1, out=(values, places))
    ordered = torch.sort(x, dim=1, out=(torch.empty(2, 3), torch.empty(2, 3, dtype=torch.long)))[0]
    top, at = torch.zeros(2, 1), torch.zeros(2, 1, dtype=torch.long)
    torch.topk(x, 1, out=(top, at))
    return values, places, ordered, top, at


# run result(x, y) | x=f32[3] | y=f32[3]
def result(x, y):
    res = torch.zeros(3)
    same = torch.add(x, y, out=res)
    same += 1
    return res, torch.stack([torch.abs(x, out=res), y]), torch.neg(x, out=None)


# run resized(x) | x=f32[3]
def resized(x):
    res = torch.empty(0)
    torch.add(x, 1, out=res)
    return res


class Mean:
    def __init__(self, n):
        self.total = torch.zeros(n)

    def add(self, x):
        torch.add(self.total, x, out=self.total)
        return self


# run held(x) | x=f32[3]
def held(x):
    mean = Mean(3)
    return mean.add(x).add(x * 2).total


def twice(x, dst):
    torch.mul(x, 2, out=dst)


# run by_callee(x) | x=f32[3]
def by_callee(x):
    res = torch.zeros(3)
    twice(x, res)
    return res


# run row_by_callee(x) | x=f32[3] | todo
def row_by_callee(x):
    res = torch.zeros(2, 3)
    twice(x, res[0])
    return res


# run maybe(x), maybe(x, torch.zeros(3)) | x=f32[3] | todo
def maybe(x, out=None):
    return torch.add(x, 1, out=out)


# run view_kept(x) | x=f32[3] | todo
def view_kept(x):
    res = torch.zeros(3)
    first = res[:2]
    torch.add(x, 1, out=res)
    return first


# run of_view(x) | x=f32[3] | todo
def of_view(x):
    res = torch.zeros(2, 3)
    row = res[0]
    torch.add(x, 1, out=row)
    return res


# run chained(x) | x=f32[3] | todo
def chained(x):
    res = torch.zeros(3)
    torch.add(x, 1, out=res).mul_(3)
    return res
