"""Expressions of a tensor: texts that a program may hold, views of it and new values."""

import re

import torch

VIEWS = """x.detach() x.view(-1) x.flatten() x.reshape(-1) x.unsqueeze(0) x.squeeze() x.contiguous() x.float() x.to(x.dtype) x.data x x.clone()
torch.atleast_2d(x) torch.as_tensor(x) x.view_as(x) x.unsqueeze(-1) x.expand_as(x) x.long() x.type_as(x) torch.ravel(x) x.int()""".split()
ROWS = """x.narrow(0,0,1) x.chunk(2)[0] x.chunk(2)[-1] x.split(1)[0] x.unbind()[0] x.select(0,0) list(x)[0] x.tensor_split(2)[1]
torch.select(x,0,-1) torch.narrow(x,0,1,1)""".split()
COLUMNS = """x.t() x.T x.transpose(0,1) x.diagonal() x.permute(1,0) x.mT x.swapaxes(0,1) x.movedim(0,1) torch.diagonal(x,1) x.unfold(0,2,1)
x.flatten(0,1) x.view(x.shape[1],x.size(0)) x.unbind(1)[0] torch.transpose(x,0,1)""".split()

# `k` is a number, `y` a tensor of the same shape, `z` any tensor.
VALUES = [
    "x + k", "x * k", "k - x", "x * y", "x + z", "x - y", "x / 2", "x ** 2", "-x", "abs(x)", "x > k", "x == y", "x >= 0", "x.clamp(0, 2)", "x.clamp(min=k)",
    "torch.where(x > 0, x, k)", "x.sum()", "torch.zeros_like(x)", "torch.ones_like(x, dtype=torch.float32)", "x.new_zeros(2)", "x.new_full((2,), 3)",
    "x.new_tensor([1, 2])", "torch.full_like(x, 2)", "x.relu()", "torch.maximum(x, y)", "torch.stack([x, y])", "torch.cat([x.flatten(), y.flatten()])",
    "x // 2", "x % 2", "x.max()", "x.mean()", "x.float().mean()", "x.float().sqrt()", "x.sign()", "x.round()", "x.sum() / x.numel()", "x * y.sum()",
    "x.abs().max()", "torch.sum(x, 0)", "x.any()", "x.all()", "torch.arange(x.numel())", "x.numel() * z", "torch.tensor(x.tolist())", "x.pow(2)",
    "torch.where(x > 0, 1, 0)", "torch.where(x > 0, 1.0, 0.0)", "(x > 0).sum()", "(x > 0).float()", "(x > 0) * k", "x.prod()", "x.amax()",
    "x.masked_fill(x > 0, k)", "x.cumsum(0)", "x.half()", "x.bool()", "~(x > 0)", "x.sort()[0]", "x.argmax()", "x.flip(0)", "x.roll(1, 0)", "x.repeat(2)",
    "torch.outer(x.flatten(), y.flatten())", "x.eq(0)", "x.logical_not()", "x.std()", "x.matmul(x.T)", "x.dot(x)", "torch.minimum(x, y) + k",
    "x.index_select(0, torch.tensor([0]))", "x.nonzero()", "x[x > 0]", "torch.einsum('i,i->', x, y)", "x.exp()", "x.sigmoid()", "torch.true_divide(x, 2)",
    "x.div(2, rounding_mode='floor')", "torch.add(x, y, alpha=2)", "x.lerp(y, 0.5)", "torch.softmax(x, -1)", "x.view(-1)[0] + z", "x.type(torch.float32)",
    "x.to(torch.int64)", "x.addcmul(y, y)", "x.norm()", "torch.dist(x, y)", "sum([x, y])", "x.sum(dim=-1)",
]


def index(chance, tensor):
    """What may stand in brackets behind a tensor."""
    if tensor.dim() == 0:
        return chance.choice(["...", "()"])
    size = tensor.shape[0]
    choices = [":", "1:", ":-1", ":2", "::2", "...", "None"]
    if size:
        choices += [str(chance.randrange(-size, size)), "0", "-1"] * 2
        choices += [f"[{chance.randrange(size)}, {chance.randrange(size)}]", f"torch.tensor([{chance.randrange(size)}, {chance.randrange(size)}])"]
    if tensor.dim() > 1 and tensor.shape[1]:
        choices += [":, 0", ":, -1", "..., 0", "0, 1:", ":, None", ":, :2", "0, 0", "1:, ::2", "..., None, 0"]
    return chance.choice(choices)


def number(chance, tensor):
    """A number that an in-place operation on the tensor takes."""
    return str(chance.choice([0.5, 2, 1.5, -1.0, 3, 0.25, 1, -2] if tensor.dtype.is_floating_point else [1, 2, 3, -1, 0]))


def view(chance, name, tensor):
    choices = [f"x[{index(chance, tensor)}]"] * 6 + VIEWS + ROWS * (tensor.dim() > 0) + COLUMNS * (tensor.dim() > 1)
    return filled(chance.choice(choices), name)


def value(chance, name, tensor, other, any_one):
    return filled(chance.choice(VALUES), name, other, any_one, number(chance, tensor))


def filled(text, x, y="", z="", k="", **others):
    """A text with names in the places of its words, but for those behind a dot."""
    names = {"x": x, "y": y, "z": z, "k": k, **others}
    return re.sub(r"(?<![.\w])\w+", lambda word: names.get(word[0], word[0]), text)


def is_small(tensor):
    """Whether a value is fit to go on with: few elements, no complex or double numbers, nothing near infinity."""
    if tensor.numel() > 64 or tensor.dim() > 4 or tensor.is_complex() or tensor.dtype == torch.float64:
        return False
    return not tensor.numel() or bool(torch.isfinite(tensor).all()) and float(tensor.float().abs().max()) < 500
