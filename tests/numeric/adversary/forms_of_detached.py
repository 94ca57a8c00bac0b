# What is asked of a detached tensor: its form tells nothing of gradients, a comparison sends zeros back.
import torch


# run form(x) | x=f32[2,3] > 0 | grad=x
def form(x):
    y = torch.sqrt(x)
    mask = (x > 0.5).type_as(y.data)
    wide = torch.ones(1, 3).expand_as(y.detach()).to(y.data.dtype)
    flat = torch.arange(6.0).view_as(y.detach())
    assert y.data.type() == "torch.FloatTensor" and y.detach().is_floating_point()
    return y * mask + wide * y.detach().shape[0] + flat * y.data.dim()


# What is compared may be steep: without a guard the zeros become NaN.
# run compared(x) | x=f32[2,3] > 0 | grad=x
def compared(x):
    x = x - x.amin()
    y = torch.sqrt(x)
    return torch.where(y.data > 0.5, x, 2 * x).sum() + (x * (y.detach() == 0)).sum()


# run cast(x) | x=f32[2,3] | grad=x
def cast(x):
    y = x * x
    return y.detach().type(torch.float64).float() * x + y.data.type_as(x) * x + y.data.view_as(x) * x + y.detach().expand_as(x) * x


class Typed:
    def __init__(self, scale):
        self.scale = scale

    def type_as(self, other):
        return other * self.scale


# run own_method(x) | x=f32[2,3] | grad=x
def own_method(x):
    y = torch.exp(x)
    return Typed(3.0).type_as(y.data) * x + Typed(2.0).type_as(y.detach()) * x


# run expanded(x) | x=f32[2,3] | grad=x
def expanded(x):
    y = x * 2
    return torch.ones_like(y.data) * y + y.data.new_zeros(2, 3) + y.data.reshape(2, 3) * x + y.data.size(0) * x
