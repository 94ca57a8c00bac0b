from kit import *
from kit import tensors as T
import kit.blocks as blocks_module
from kit.tensors import cat as join
import kit


class Model(nn.Module):
    def __init__(self, dim: int):
        super().__init__()
        self.block = make(dim)
        self.other = blocks_module.Block(dim)
        self.out = nn.Linear(4 * dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        x = join([self.block(x), self.other(x)], dim=-1)
        y = T.cat([x, x], dim=0)
        return self.out(KF.smooth(y)).to(T.float32) + kit.nn.Identity()(0.5)
