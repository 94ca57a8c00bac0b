"""Names that a class body binds after it has read them mean what the file says until then."""

import torch
import torch.nn.functional as F
from torch import nn


class Shadowing(nn.Module):
    act = F.relu

    def scale(self, x: torch.Tensor, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        return x.to(dtype) * 2

    def torch(self, x: int = torch.ones(2).numel()) -> int:
        return x + torch.ones(3).numel()

    def F(self) -> str:
        return "F"

    def forward(self, x):
        return F.gelu(self.scale(x)) + self.torch() + len(self.F()), type(self).act(x)


class Outer:
    torch = "kept"

    class Inner:
        size = torch.ones(3).numel()


# run shadowing(x) | x=f32[3]
def shadowing(x):
    return Shadowing()(x)


# run inner(x) | x=f32[2,3]
def inner(x):
    return x * Outer.Inner.size, Outer.torch
