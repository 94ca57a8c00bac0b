"""Rarer functions and methods, in the forms that people use."""
import numpy as np
import torch
import torch.nn.functional as F


# run wheres(x) | x=f32[3,4] | check=kind
def wheres(x):
    rows, cols = torch.where(x > 0)
    r2, c2 = (x > 0).nonzero(as_tuple=True)
    return rows, cols, x[r2, c2], torch.nonzero(x < 0), (x > 0).nonzero()[:, 1], torch.argwhere(x > 1)


# run masks(x, m) | x=f32[3,4] | m=bool[3,4] | check=kind
def masks(x, m):
    y = x.clone()
    y[m] += 1
    y[~m] *= 0.5
    z = torch.zeros_like(x).masked_scatter(m, x[m])
    return y, z, x[m].sum(), torch.masked_select(x, m).mean(), m.any(), m.all(1), m.sum(dim=0)


# run puts(x, y) | x=f32[5] | y=i64[4] < 5
def puts(x, i):
    z = x.clone()
    z.index_put_((i,), torch.ones(len(i)), accumulate=True)
    z.index_fill_(0, i[:1], -1)
    w = x.index_copy(0, torch.tensor([0, 2]), torch.tensor([7.0, 8.0]))
    return z, w, x.index_select(0, i), x.take(i), torch.take(x, i[:2].view(1, -1))


# run expands(x) | x=f32[3,1]
def expands(x):
    return x.expand(-1, 4), x.expand(2, -1, 3), x.repeat(2, 3), x.repeat(1, 2, 2), torch.broadcast_to(x, (3, 2)), x.tile((2,)), x.repeat_interleave(2, dim=0)


# run interleaves(x, y) | x=f32[3,2] | y=i64[3] < 4
def interleaves(x, n):
    return x.repeat_interleave(n, dim=0), torch.repeat_interleave(x, 2), torch.repeat_interleave(x, torch.tensor([1, 0, 2]), 0)


# run repeats_alone(n) | n=i64[3] < 4 | todo
def repeats_alone(n):
    return torch.repeat_interleave(n)


# run unfolds(x) | x=f32[2,8]
def unfolds(x):
    return x.unfold(1, 3, 2), x.unfold(-1, 4, 1).mean(-1), F.unfold(x.view(1, 1, 2, 8), (2, 2)), x.as_strided((2, 3), (8, 2))


# run axes(x) | x=f32[2,3,4]
def axes(x):
    return x.mT, x.movedim(0, -1), x.swapdims(0, 1), x.permute((2, 0, 1)), x.permute(*[0, 2, 1]), torch.movedim(x, (0, 1), (1, 0)), x[0].T, x[0].t(), x.adjoint()


# run cuts(x) | x=f32[6,4]
def cuts(x):
    return x.narrow(0, 1, 3), x.select(1, -1), torch.select(x, 0, 2), x.tensor_split(4), x.unbind(1)[2], torch.hsplit(x, 2)[1], x.split([1, 3], dim=-1)[1], x[::2], x[-3:, ...]


# run extremes(x, y) | x=f32[3,4] | y=f32[3,4]
def extremes(x, y):
    v, i = torch.max(x, dim=1)
    w, j = x.min(0, keepdim=True)
    return v, i - 5, w, j, torch.max(x, y), torch.maximum(x, y), x.amax((0, 1)), x.max(), x.argmax() - 20, x.argmax(dim=-1, keepdim=True), torch.aminmax(x)


# run sorted_forms(x) | x=f32[3,5]
def sorted_forms(x):
    s, i = x.sort(dim=1, descending=True)
    return s, i, x.argsort(-1), torch.argsort(x, dim=0, descending=True), torch.sort(x, stable=True, dim=1)[0], x.topk(2, largest=False)[1], x.sort().indices - 1


# run searches(x) | x=f32[5]
def searches(x):
    edges = torch.linspace(-2, 2, 9)
    return torch.bucketize(x, edges), torch.searchsorted(edges, x, right=True), torch.histc(x, bins=4, min=-2, max=2), torch.bucketize(x, edges, right=True)


# run powers(x, y) | x=f32[4] > 0 | y=i64[4] < 5
def powers(x, n):
    return torch.pow(2, n), 2 ** n, x ** n, n ** 2, torch.pow(x, 0.5), x.pow(-1), x.sqrt().square(), (-x) ** 3, 10 ** x


# run integers(y) | y=i64[6]
def integers(y):
    return y % 4, y // 4, -7 // (y.abs() + 1), torch.div(y, 4, rounding_mode="trunc"), torch.fmod(y, 4), y.remainder(4), torch.div(y, 4, rounding_mode="floor"), y / 4, y.float() // 2


# run bits(y, m) | y=i64[4] < 16 | m=bool[4]
def bits(y, m):
    return y & 5, y | 8, y ^ 3, ~y, y << 1, y >> 2, ~m, m & (y > 3), m | True, m ^ m, (y & 1).bool(), torch.logical_not(y), m.logical_and(y)


# run diagonals(x) | x=f32[3,3]
def diagonals(x):
    y = x.clone()
    y.fill_diagonal_(0)
    return y, torch.diag(x), x.diagonal(1), torch.diag_embed(x), torch.trace(x), torch.eye(3)[1], x.tril(-1), torch.block_diag(x, x[:1])


# run products(x, y) | x=f32[3] | y=f32[3]
def products(a, b):
    return torch.outer(a, b), torch.cross(a, b, dim=0), torch.dot(a, b), a @ b, torch.kron(a, b), torch.ger(a, b), torch.inner(a, b), torch.linalg.cross(a, b), torch.cartesian_prod(a, b), torch.combinations(a)


# run mixtures(x, y) | x=f32[3] | y=f32[3]
def mixtures(a, b):
    return torch.lerp(a, b, 0.3), a.lerp(b, torch.tensor([0.1, 0.5, 0.9])), torch.addcmul(a, b, b, value=2), a.addcdiv(b, a.abs() + 1, value=0.5), torch.hypot(a, b), torch.atan2(a, b), a.copysign(b)


# run made(x) | x=f32[2,3] | check=kind
def made(x):
    return x.new_tensor([1, 2]), torch.as_tensor([1.5, 2]), torch.tensor([[1, 2], [3, 4]]).float(), x.new_full((2,), 3.0), torch.full_like(x, 2), x.new_zeros(2, 1), torch.empty_like(x).fill_(1), torch.tensor(x.shape).sum(), torch.ones(x.shape[1:]), torch.zeros(*x.shape)


# run hosts(x) | x=f32[2,3]
def hosts(x):
    a = x.detach().cpu().numpy()
    b = torch.from_numpy(a * 2)
    return b, a.mean() + float(x[0, 0]), x.tolist(), int(x.numel()), x.sum().item() > 0, np.asarray(x).shape, len(x), torch.tensor(a.sum(axis=0))


# run sizes(x) | x=f32[2,3,4]
def sizes(x):
    b, *rest = x.shape
    return x.size()[1:], tuple(x.size()), x.shape[-1] * 2, x.dim(), x.nelement(), list(x.shape) + [1], x.shape == (2, 3, 4), torch.Size([2]) + x.shape[:1], x.size(-1), rest, x.view(b, -1).shape


# run casts(x) | x=f32[3]
def casts(x):
    return x.half().float(), x.int(), x.to(torch.bool), x.double().float(), x.type(torch.LongTensor), x.type_as(torch.zeros(1, dtype=torch.int32)), x.byte() if x.min() > 0 else x.short(), x.bfloat16() * 2


# run runs(x) | x=f32[2,5]
def runs(x):
    return x.cumsum(-1), torch.cumprod(x, 1), x.cummax(1)[0], torch.cummin(x, dim=1).indices, torch.diff(x), x.diff(dim=1, n=2), torch.logcumsumexp(x, 1), x.prod(1), torch.trapz(x), x.flip(1).cumsum(1).flip(1)


# run spreads(x) | x=f32[4,5]
def spreads(x):
    return x.var(), x.var(0), x.var(1, unbiased=False), torch.std(x, dim=(0, 1)), x.std(-1, True, True), torch.std_mean(x, 1), torch.cov(x), torch.corrcoef(x), x.var(dim=1, correction=0), x.nanmean(), torch.nansum(x, 0)


# run checks(x) | x=f32[3]
def checks(x):
    return torch.isnan(x).any(), torch.isfinite(x).all(), torch.equal(x, x), torch.allclose(x, x + 1e-9), torch.is_tensor(x), x.is_floating_point(), torch.isclose(x, x), x.isinf().sum().item(), torch.count_nonzero(x), torch.isin(torch.tensor([1, 5]), torch.tensor([5]))


# run lists(x, y) | x=f32[3] | y=f32[3]
def lists(x, y):
    parts = [x, y, x + y]
    return torch.stack(parts), torch.stack(parts, dim=-1), torch.cat(parts), torch.vstack(parts), torch.hstack(parts), torch.column_stack((x, y)), sum(parts), torch.cat([p.unsqueeze(0) for p in parts], 0).mean(0), torch.dstack((x, y)), torch.stack(parts).t()


# run in_place(x) | x=f32[2,3]
def in_place(x):
    y = x.clone()
    y.add_(1).mul_(2)
    y[0].zero_()
    y[:, 1:].sub_(1)
    y[1, 0] = 5
    y.clamp_(min=-1, max=4)
    z = y.clone()
    z[:, [0, 2]] = 0
    z.t_()
    return y, z, torch.relu_(y - 1)


# run reshaped_in_place(x) | x=f32[2,3] | todo
def reshaped_in_place(x):
    y = x.clone()
    return y.unsqueeze_(0).squeeze_(0)


# run specials(x) | x=f32[4] > 0
def specials(x):
    return torch.lgamma(x), torch.digamma(x), torch.erf(x), torch.erfinv(x.clamp(max=0.9)), torch.xlogy(x, x), torch.special.expit(x), torch.log1p(x), torch.expm1(x), torch.logit(x.clamp(max=0.9)), torch.special.entr(x), torch.sinc(x), torch.i0(x)


# run transforms(x) | x=f32[8]
def transforms(x):
    f = torch.fft.rfft(x)
    return f.abs(), f.real, f.imag, torch.fft.irfft(f, n=8), torch.angle(f), torch.fft.fftshift(x), torch.view_as_real(f), torch.polar(x.abs(), x).real, torch.complex(x, x).conj().imag


# run losses(x, y) | x=f32[4,3] | y=i64[4] < 3
def losses(x, y):
    lp = F.log_softmax(x, dim=1)
    w = torch.tensor([1.0, 2.0, 0.5])
    return F.nll_loss(lp, y), F.cross_entropy(x, y, weight=w), F.cross_entropy(x, y, label_smoothing=0.1, reduction="sum"), F.kl_div(lp, lp.exp().roll(1, 0), reduction="batchmean"), F.smooth_l1_loss(x, x * 0.5), F.mse_loss(x, x + 1, reduction="none"), F.cosine_similarity(x, x + 1), F.cross_entropy(x, F.one_hot(y, 3).float()), F.l1_loss(x, x * 2)


# run grids(3, 4) | check=kind
def grids(h, w):
    ys, xs = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    g = torch.stack((xs, ys), -1).float()
    a, b = torch.meshgrid(torch.linspace(0, 1, h), torch.linspace(0, 1, w), indexing="xy")
    return g / torch.tensor([w - 1, h - 1]), a, b, torch.tril_indices(h, w)[0], torch.arange(h * w).view(h, w)[1:, ::2].flatten()
