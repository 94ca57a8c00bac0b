"""Arguments that are spread: what they are is only known when the call runs."""

import torch
import torch.nn.functional as F
from torch import nn


# run knots(x, (-2.0, 3.0)) | x=f32[2,3]
def knots(x, domain):
    return torch.linspace(*domain, 7, device=x.device), torch.linspace(*domain, *[4])


# run spread_functions(x, [0, 2, 1], i) | x=f32[2,3,4] | i=i64[2,3,4] < 3
def spread_functions(x, order, i):
    pair = (0, 2)
    index = (1, i)
    return torch.transpose(x, *pair), torch.gather(x, *index), x.permute(*order), F.leaky_relu(x, *[0.2])


# run Windows()(x) | x=f32[2,3]
class Windows(nn.Module):
    def __init__(self, domain=(-1.0, 1.0)):
        super().__init__()
        self.register_buffer("grid", torch.linspace(*domain, 5))
        self.domain = domain

    def forward(self, x):
        return x[:, None] * torch.linspace(*self.domain, x.shape[-1], device=x.device) + self.grid.sum()


# run lists(x, y) | x=f32[3] | y=f32[2,2]
def lists(x, y):
    params = [x.clone(), y.clone()]
    grads = [torch.ones_like(p) for p in params]
    averages = [torch.zeros_like(p) for p in params]
    torch._foreach_lerp_(averages, grads, 0.1)
    squares = torch._foreach_mul(grads, grads)
    torch._foreach_add_(squares, 1e-8)
    denominators = torch._foreach_sqrt(squares)
    torch._foreach_addcdiv_(params, averages, denominators, value=-0.1)
    norms = torch._foreach_norm(params)
    torch._foreach_mul_(params, [1.0 - n.item() for n in norms])
    return params[0], params[1], torch.stack(list(norms))


# run written_views(x) | x=f32[2,3] | todo
def written_views(x):
    rows = [x[0], x[1].view(-1)]
    torch._foreach_mul_(rows, 2.0)
    return x


# run appended_views(x) | x=f32[2,3] | todo
def appended_views(x):
    rows = []
    for row in (0, 1):
        rows.append(x[row])
    torch._foreach_add_(rows, 1)
    return x


# run spread_methods(x) | x=f32[2,3,4]
def spread_methods(x: torch.Tensor):
    d, pair = (2, 1), (-0.5, 0.5)
    made = [x.norm(*d), x.transpose(*d), x.clamp(*pair), x.softmax(*(1,)), x.movedim(*(0, 2)), x.masked_fill(*(x > 0, 1.0))]
    made += [x.lerp(*(x + 1, 0.5)), x.index_select(*(1, torch.tensor([0, 2]))), x.sort(*(1, True))[0], *x.unbind(*(1,)), x.repeat_interleave(*(2, 1))]
    return made, x[0].triu(*(1,)), x.nansum(*(1,))


class Transpose(torch.nn.Module):
    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.transpose(*self.dims)


# run Transpose(1, 2)(x) | x=f32[2,3,4]
