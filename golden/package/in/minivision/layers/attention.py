import torch
from torch import nn

from ..utils.params import channels_of
from .norm import RMSNorm


class TokenMixer(nn.Module):
    """Attention over the positions of a feature map, with pre-norm and residual."""

    def __init__(self, dim, heads=2):
        super().__init__()
        self.heads = heads
        self.norm = RMSNorm(dim)
        self.to_qkv = nn.Linear(dim, dim * 3, bias=False)
        self.to_out = nn.Linear(dim, dim)

    def forward(self, fmap):
        b, c, h, w = fmap.shape
        x = fmap.flatten(2).transpose(1, 2)
        assert channels_of(x) == c
        q, k, v = self.to_qkv(self.norm(x)).chunk(3, dim=-1)
        q, k, v = map(lambda t: t.reshape(b, h * w, self.heads, c // self.heads).permute(0, 2, 1, 3), (q, k, v))
        dots = torch.matmul(q, k.transpose(-1, -2)) * (c // self.heads) ** -0.5
        out = torch.matmul(dots.softmax(dim=-1), v)
        out = out.permute(0, 2, 1, 3).reshape(b, h * w, c)
        return fmap + self.to_out(out).transpose(1, 2).reshape(b, c, h, w)
