import torch
import torch.nn as nn
import torch.nn.functional as F


class ConvStem(nn.Module):
    def __init__(self, c, k=3):
        super().__init__()
        self.conv = nn.Conv2d(3, c, k, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(c)
        self.up = nn.ConvTranspose2d(c, c, 2, stride=2, groups=2)
        self.one = nn.Conv1d(c, c, 3, groups=2, padding=1)
        self.register_buffer("scale", torch.full((1, c, 1, 1), 2.0))
        self.register_buffer("_shift", torch.arange(c).float().view(1, c, 1, 1))
        self.register_buffer("mask", torch.ones(4, 4).tril(), persistent=False)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x))) * self.scale + self._shift
        x = self.up(x)
        b, c, h, w = x.shape
        return self.one(x.flatten(2)).view(b, c, h, w)


class Mixer(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.attn = nn.MultiheadAttention(d, heads, batch_first=True)
        self.rnn = nn.LSTM(d, d // 2, num_layers=2, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(d, d)
        self.gains = nn.ParameterList([nn.Parameter(torch.randn(d)) for _ in range(3)])
        self.table = nn.ParameterDict({"a": nn.Parameter(torch.randn(d)), "b": nn.Parameter(torch.randn(d))})
        self.frozen = nn.Parameter(torch.randn(d), requires_grad=False)
        self.heads = nn.ModuleDict({"x": nn.Linear(d, d), "update_": nn.Linear(d, d), "0": nn.Linear(d, d)})
        self.norm = nn.GroupNorm(4, d)
        self.ln = nn.LayerNorm(d)

    def forward(self, x):
        y, _ = self.attn(x, x, x, need_weights=False)
        x = self.ln(x + y)
        y, _ = self.rnn(x)
        x = x + y
        y, _ = self.gru(x)
        x = x + y
        for g in self.gains:
            x = x * g
        x = x + self.table["a"] + self.table["b"] + self.frozen
        for name, head in self.heads.items():
            x = x + torch.tanh(head(x))
        return self.norm(x.transpose(1, 2)).transpose(1, 2)
