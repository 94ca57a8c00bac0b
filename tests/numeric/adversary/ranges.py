"""Ranges of fractional steps, whose elements are compared."""

import torch


# run recalls() | check=kind
def recalls():
    recall = torch.cumsum(torch.ones(5), 0) / 5
    out = []
    for t in torch.arange(0.0, 1.1, 0.1):
        out.append((recall >= t).sum())
    return torch.stack(out)


# run listed() | check=kind
def listed():
    recall = torch.cumsum(torch.ones(5), 0) / 5
    return torch.tensor([(recall >= t).sum().item() for t in torch.arange(start=0, end=1.1, step=.1).tolist()])


# run stepped(0.1), stepped(1) | check=kind
def stepped(step):
    t = torch.arange(0, 1.1, step)
    return t, t <= 1, (torch.arange(-1, 1, step=step, dtype=torch.float32) >= -0.8).sum()


# run lengths()
def lengths():
    return [len(torch.arange(0, n / 10, 0.1)) for n in range(1, 30)]


# run halves(x) | x=f32[2]
def halves(x):
    rows = torch.arange(300, dtype=torch.bfloat16)
    columns = torch.arange(2100, dtype=torch.float16)
    like = torch.arange(300, dtype=x.bfloat16().dtype)
    return rows.float(), columns.float(), like.float(), torch.arange(4, dtype=x.dtype)


# run passed() | check=kind
def passed(f=torch.arange):
    return f(0, 1.1, 0.1) <= 1, f(0.0, 5), f(5), f(1.5, 4, 1, dtype=torch.int64), f(300, dtype=torch.bfloat16).float()
