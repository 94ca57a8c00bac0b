"""Sizes, shapes, axes and views of shapes."""
import math
import torch
import torch.nn.functional as F
from torch import Tensor


# run transposes(x) | x=f32[2,3,4] | todo
def transposes(x):
    return x.transpose(1, 2), x.transpose(-1, 0), torch.transpose(x, 0, 1)


# run matrix_t(x) | x=f32[3,3]
def matrix_t(x):
    return x.t() @ x.T, x.mT


# run two_d(x) | x=f32[3,3] | todo
def two_d(x):
    return x.transpose(0, 1)


# run repeated(x) | x=f32[2,3]
def repeated(x):
    return x.repeat(2, 1), x.repeat(3, 1, 2), x.repeat_interleave(2, dim=0)


# run expanded(x) | x=f32[2,1,3]
def expanded(x):
    return x.expand(-1, 4, -1), x.expand(5, -1, 4, 3)


# run squeezed(x) | x=f32[2,1,3] | todo
def squeezed(x):
    return x.squeeze(1), x.squeeze(0), x.squeeze(-1), x.squeeze()


# run sizes(x) | x=f32[2,3,4]
def sizes(x):
    b, *rest = x.size()
    return b, rest, x.shape[-1] + x.size(1), list(x.shape[1:]), x.numel()


# run shape_plus(x) | x=f32[2,3]
def shape_plus(x):
    return torch.ones(x.shape + (1,)) * x[..., None], x.new_zeros(x.shape[:-1] + (4,))


# run shape_star(x) | x=f32[2,3,4]
def shape_star(x):
    return x.view(*x.shape[:-1], 2, 2), x.reshape(x.shape[0], -1), x.view(-1, *x.shape[2:])


# run numel_of_shape(x) | x=f32[2,3,4] | todo
def numel_of_shape(x):
    return x.shape.numel(), math.prod(x.shape), x.size()[1:].numel()


# run size_compare(x, y) | x=f32[2,3] | y=f32[2,3]
def size_compare(x, y):
    assert x.shape == y.shape
    return x.shape == torch.Size([2, 3]), x.size() == (2, 3), tuple(x.shape) == (2, 3)


# run splits(x) | x=f32[2,10]
def splits(x):
    a, b, c = x.split(4, dim=1)
    d, e = torch.split(x, [3, 7], dim=-1)
    return a, b, c, d, e


# run chunks(x) | x=f32[7,2]
def chunks(x):
    return list(x.chunk(3)), torch.chunk(x, 2, dim=1)[1]


# run qkv(x) | x=f32[2,3,12] | todo
def qkv(x, heads=2):
    b, n, c = x.shape
    q, k, v = map(lambda t: t.reshape(b, n, heads, -1).transpose(1, 2), x.chunk(3, dim=-1))
    return q @ k.transpose(-2, -1) * q.size(-1) ** -0.5 @ v


# run qkv_permute(x) | x=f32[2,3,12]
def qkv_permute(x, h=2):
    B, N, C = x.shape
    qkv = x.reshape(B, N, 3, h, C // 3 // h).permute(2, 0, 3, 1, 4)
    q, k, v = qkv[0], qkv[1], qkv[2]
    q2, k2, v2 = qkv.unbind(0)
    return q + k2 * v - q2


# run flats(x) | x=f32[2,3,4]
def flats(x):
    return x.flatten(), x.flatten(1), torch.flatten(x, 0, 1), x.view(x.size(0), -1)


# run unflat(x) | x=f32[2,12]
def unflat(x):
    return x.unflatten(1, (3, 4)), x.unflatten(-1, (-1, 2))


# run means(x) | x=f32[2,3,4,5]
def means(x):
    return x.mean((2, 3)), x.mean([-2, -1], keepdim=True), x.sum(dim=(0, -1)), x.mean(-1, True)


# run variances(x) | x=f32[3,5]
def variances(x):
    return x.var(), x.var(1), x.var(1, False), x.std(0, keepdim=True), torch.var(x, dim=1, correction=0), x.std(unbiased=False)


# run norms(x) | x=f32[3,4]
def norms(x):
    return x.norm(), x.norm(dim=1), x.norm(p=1, dim=-1, keepdim=True), torch.norm(x, 2), torch.linalg.norm(x), torch.linalg.vector_norm(x, dim=1)


# run normalized(x) | x=f32[3,4]
def normalized(x):
    return F.normalize(x), F.normalize(x, dim=0), F.normalize(x, p=1, dim=-1), x / x.norm(dim=-1, keepdim=True).clamp(min=1e-6)


# run padded(x) | x=f32[2,3,4]
def padded(x):
    return F.pad(x, (1, 2)), F.pad(x, (0, 0, 1, 0), value=-1.0), F.pad(x, [1, 1], mode="reflect"), F.pad(x, (-1, 1))


# run pad_dyn(x) | x=f32[2,5]
def pad_dyn(x, multiple=4):
    n = x.shape[-1]
    pad = (multiple - n % multiple) % multiple
    return F.pad(x, (0, pad), "constant", 0)


# run grids() | check=kind
def grids():
    ys, xs = torch.meshgrid(torch.arange(3), torch.arange(4))
    a, b = torch.meshgrid(torch.arange(2), torch.arange(3), indexing="xy")
    return torch.stack((xs, ys), -1), a, b


# run rel_index() | check=kind
def rel_index(ws=3):
    coords = torch.stack(torch.meshgrid([torch.arange(ws), torch.arange(ws)], indexing="ij"))
    flat = torch.flatten(coords, 1)
    rel = flat[:, :, None] - flat[:, None, :]
    rel = rel.permute(1, 2, 0).contiguous()
    rel[:, :, 0] += ws - 1
    rel[:, :, 1] += ws - 1
    rel[:, :, 0] *= 2 * ws - 1
    return rel.sum(-1)


# run aranges() | check=kind
def aranges():
    return torch.arange(0, 1, 0.25), torch.arange(5), torch.arange(1., 4), torch.arange(10, 0, -2), torch.arange(0, 8, 2).float() / 8


# run linspaces()
def linspaces():
    return torch.linspace(0, 1, 5), torch.linspace(-1, 1, steps=3), torch.logspace(0, 2, 3)


# run sinusoid(6, 8)
def sinusoid(n, d):
    pos = torch.arange(n).unsqueeze(1)
    div = torch.exp(torch.arange(0, d, 2) * (-math.log(10000.0) / d))
    pe = torch.zeros(n, d)
    pe[:, 0::2] = torch.sin(pos * div)
    pe[:, 1::2] = torch.cos(pos * div)
    return pe


# run rolled(x) | x=f32[3,4]
def rolled(x):
    return torch.roll(x, 1), x.roll((1, -1), (0, 1)), x.flip(0), torch.flip(x, dims=[-1]), x.roll(2, dims=1)


# run unfolded(x) | x=f32[2,8] | todo
def unfolded(x):
    return x.unfold(1, 4, 2)


# run narrow(x) | x=f32[3,6]
def narrow(x):
    return x.narrow(1, 2, 3), x.select(0, -1), x.index_select(1, torch.tensor([0, 2]))


# run diag(x) | x=f32[3,3] | todo
def diag(x):
    return x.diag(), torch.diag(x[0]), x.diagonal(), x.trace(), torch.diag_embed(x)


# run triangles(x) | x=f32[3,4]
def triangles(x):
    return x.tril(), torch.triu(x, diagonal=1), torch.tril(torch.ones(3, 3), -1), x.triu(-1)


# run view_dtype(x) | x=f32[4]
def view_dtype(x):
    return x.view(torch.int32)


# run view_as(x, y) | x=f32[2,6] | y=f32[3,4]
def view_as(x, y):
    return x.view_as(y), x.reshape(y.size()), x.view(y.shape), y.expand_as(torch.zeros(2, 3, 4))


# run negative_unsqueeze(x) | x=f32[2,3]
def negative_unsqueeze(x):
    return x.unsqueeze(-2), x[:, None], x[None, :, None], x.unsqueeze(0).unsqueeze(-1)


# run moved(x) | x=f32[2,3,4]
def moved(x):
    return x.movedim(0, -1), torch.movedim(x, (0, 1), (1, 2)), x.swapaxes(0, 2), x.permute(2, 0, 1), torch.permute(x, (1, 0, 2)), x.permute((2, 1, 0)), x.permute(*reversed(range(x.ndim)))


# run stacks([a, b]) | a=f32[2,3] | b=f32[2,3]
def stacks(xs):
    return torch.stack(xs), torch.stack(xs, dim=-1), torch.cat(xs, 1), torch.cat([x[:1] for x in xs]), torch.hstack(xs), torch.vstack(tuple(xs))


# run cat_gen([a, b]) | a=f32[2,3] | b=f32[2,3]
def cat_gen(xs):
    return torch.cat(tuple(x * 2 for x in xs), dim=-1)


# run einsums(a, b) | a=f32[2,3,4] | b=f32[2,4,5]
def einsums(a, b):
    return torch.einsum("bij,bjk->bik", a, b), torch.einsum("b i j, b j k -> b k i", a, b), torch.einsum("bij->ji", [a]), torch.bmm(a, b), torch.einsum("...ij->...ji", a)


# run matmuls(a, v) | a=f32[2,3,4] | v=f32[4]
def matmuls(a, v):
    return a @ v, torch.matmul(a, v), a.matmul(v), torch.dot(v, v), torch.outer(v, v), a[0].mv(v), torch.mm(a[0], a[1].t())


# run addmm(b, x, w) | b=f32[5] | x=f32[2,4] | w=f32[4,5]
def addmm(b, x, w):
    return torch.addmm(b, x, w), torch.addmm(b, x, w, beta=0.5, alpha=2), torch.baddbmm(torch.zeros(1, 2, 5), x[None], w[None])


# run cdist(a, b) | a=f32[3,4] | b=f32[5,4]
def cdist(a, b):
    return torch.cdist(a, b), F.cosine_similarity(a, b[:3]), F.pairwise_distance(a, b[:3])


# run onehots(y) | y=i64[5] < 4 | check=kind
def onehots(y):
    return F.one_hot(y, 6), F.one_hot(y, num_classes=4).float(), F.one_hot(y).sum()


# run sized_by_name(x) | x=f32[2,3,4,5]
def sized_by_name(x):
    h, w = x.shape[-2:]
    return x.view(x.shape[0], -1, h * w).softmax(dim=-1).view_as(x), x.size()[-2:], x.shape[2:4]


# run len_of(x) | x=f32[4,3] | todo
def len_of(x):
    return len(x), len(x.shape), x.dim(), x.ndimension(), x.nelement(), x.stride(0) if False else 0


# run loop_rows(x) | x=f32[4,3]
def loop_rows(x):
    acc = 0.0
    for i, row in enumerate(x):
        acc = acc + row.sum() * i
    for a, b in zip(x, x.flip(0)):
        acc += (a * b).sum()
    return acc


# run fstring(x) | x=f32[2,3] | todo | expect=fails | reason=a shape has another text
def fstring(x):
    return f"{x.shape} {x.size(0)} {tuple(x.size())} {x.dim()}"


# run fstring_tuple(x) | x=f32[2,3]
def fstring_tuple(x):
    return f"{x.size(0)}x{x.size(-1)} {x.numel():>5} {x.sum().item():.1f}"


# run default_axis(x) | x=f32[2,3] | todo
def default_axis(x, dim=-1, fn=torch.softmax):
    return fn(x, dim=dim)
