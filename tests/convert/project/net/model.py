from collections import OrderedDict

import torch
import torch.nn as nn

from .blocks import ConvStem, Mixer


class Net(nn.Module):
    def __init__(self, d=16, vocab=11, depth=2):
        super().__init__()
        self.stem = ConvStem(d)
        self.emb = nn.Embedding(vocab, d)
        self.pos = nn.Parameter(torch.zeros(1, 20, d))
        self.keys = nn.Linear(d, d)
        self.layers = nn.ModuleList([Mixer(d, 4) for _ in range(depth)])
        self.body = nn.Sequential(OrderedDict([
            ("fc1", nn.Linear(d, 2 * d)),
            ("act", nn.GELU()),
            ("inner", nn.Sequential(nn.Linear(2 * d, d), nn.Sequential(nn.ReLU(), nn.Linear(d, d)))),
        ]))
        self.add_module("extra", nn.Linear(d, d))
        self.again = self.extra
        self.tails = nn.ModuleList([nn.Linear(d, d)])
        self.tails.add_module("named", nn.Linear(d, d))
        self.head = nn.Linear(d, vocab, bias=False)
        self.head.weight = self.emb.weight

    def forward(self, img, ids):
        x = self.stem(img).mean((2, 3))
        t = self.emb(ids) + self.pos[:, : ids.shape[1]] + x[:, None]
        t = self.keys(t)
        for layer in self.layers:
            t = layer(t)
        t = self.again(self.extra(self.body(t)))
        for tail in self.tails:
            t = tail(t)
        return self.head(t)
