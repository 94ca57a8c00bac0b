"""Statements that change a tensor in place. `i` stands for an index; the other letters are those of expressions."""

import expressions

WRITES = [
    "x += k", "x *= k", "x -= y", "x.add_(k)", "x.mul_(y)", "x[i] = k", "x[i] += k", "x[i] *= k", "x[i].add_(k)", "x[i].zero_()", "x.zero_()", "x.fill_(k)",
    "x.copy_(y)", "x.copy_(z)", "x.clamp_(0, 1)", "x.masked_fill_(x > 0, k)", "x[x > 0] = k", "x[x > 0] += k", "x.neg_()", "x.abs_()", "x.data[i] = k",
    "x.data += k", "torch.add(x, y, out=x)", "x[i] = z", "x[...] = y", "x[:] = k", "x.sub_(y)", "x.detach_()", "x.detach().add_(k)", "x.view(-1)[0] = k",
    "x.view(-1).add_(k)", "x.flatten()[0] = k", "x.data = y.clone()", "x.data.mul_(k)", "torch.nn.functional.relu(x, inplace=True)", "x.relu_()",
    "x.addcmul_(y, y)", "x.lerp_(y, 0.5)", "x /= 2", "x //= 2", "x **= 2", "x.pow_(2)", "torch.nn.init.constant_(x, k)", "x.logical_not_()",
    "x.index_fill_(0, torch.tensor([0]), k)", "x.index_add_(0, torch.tensor([0]), x[:1].clone())", "torch.clamp(x, 0, 2, out=x)", "x.copy_(x.flip(0))",
    "torch.nn.init.constant_(x[i], k)", "x |= y",
]
OF_MATRICES = [
    "x[:, 0] = x[:, 1]", "x[0] = x[1]", "x[0], x[1] = x[1].clone(), x[0].clone()", "x[[0, 1]] = x[[1, 0]]", "x.diagonal().fill_(k)", "x.fill_diagonal_(k)",
    "x.t()[0] += k", "x.T[0] = k", "x[0][0] = k", "x[0][0] += k", "x.select(1, 0).mul_(k)", "x.transpose(0, 1)[0].add_(k)", "x.tril_()", "x[0, :].copy_(x[1])",
    "x.narrow(1, 0, 1).zero_()", "x.chunk(2, 1)[0].zero_()", "x.unbind(0)[0].add_(k)",
]
ROWS = ["for i in range(len(x)):", "for i, row in enumerate(x):", "for row in x:"]
OF_ROWS = ["x[i] = x[i] * k", "x[i] += i", "x[i].add_(k)", "x[i] = i", "x[i, i] = k", "x[i] = x[i - 1] + k"]


def write(chance, name, tensor, other, any_one):
    """One line."""
    text = chance.choice(WRITES + OF_MATRICES * (tensor.dim() > 1))
    text = text.replace("[i]", f"[{expressions.index(chance, tensor)}]")
    return expressions.filled(text, name, other, any_one, expressions.number(chance, tensor))


def loop_over_rows(chance, name, tensor, other, any_one):
    """A loop that writes to rows."""
    head = chance.choice(ROWS)
    if head == ROWS[0] or "i," in head and chance.random() < 0.5:
        body = chance.choice(OF_ROWS)
    else:
        row = tensor[0] if tensor.dim() and len(tensor) else tensor
        body = chance.choice(["row = row + 1", "x = x + row", write(chance, "row", row, "row", any_one)])
    fill = lambda text: expressions.filled(text, name, other, any_one, expressions.number(chance, tensor))
    return [fill(head), "    " + fill(body)]
