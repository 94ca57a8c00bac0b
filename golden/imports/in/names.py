from torch import (
    Tensor,
    arange,
    cat,  # joins
    einsum,
    float32 as f32,
    long,
    nn,
    no_grad,
    stack as pile,
    tensor,
    zeros,
)
from torch.nn import Dropout, LayerNorm, Linear, Module, ModuleList as Stack, Parameter, Sequential
from torch.nn.init import constant_, xavier_normal_ as xavier
from torch.optim import AdamW
from torch.utils.data import DataLoader


class Names(Module):
    def __init__(self, dim: int, depth: int = 2) -> None:
        super().__init__()
        self.layers = Stack([Sequential(Linear(dim, dim), nn.ReLU(), Dropout(0.0)) for _ in range(depth)])
        self.norm = LayerNorm(dim)
        self.bias = Parameter(zeros(dim))
        for layer in self.layers:
            xavier(layer[0].weight)
            constant_(layer[0].bias, 0.1)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = x + layer(x)
        x = self.norm(x) + self.bias
        pos = arange(x.shape[-1], dtype=f32)
        with no_grad():
            two = tensor([2.0, 1.0], dtype=f32)
        return cat([pile([x, x * two[0]], dim=1), einsum("bd,d->b", x, pos)[:, None, None].expand(-1, 1, x.size(1))], dim=1)

    def optimizer(self) -> AdamW:
        return AdamW(self.parameters(), lr=1e-3)


def index() -> Tensor:
    return tensor([1, 2], dtype=long)
