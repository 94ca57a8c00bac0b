"""What modules compute: layers and their containers, attention, routing, own gradients. `x` is a tensor of shape (6, 4) and stays one."""

from pieces import Member

# Classes and functions that pieces use.
CLASSES = '''
class Block(nn.Module):
    def __init__(self, dim, scale=1.0):
        super().__init__()
        self.fc = nn.Linear(dim, dim)
        self.gain = nn.Parameter(torch.ones(dim))
        self.register_buffer("scale", torch.tensor(scale))

    def forward(self, x):
        return torch.tanh(self.fc(x)) * self.gain * self.scale


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, s):
        ctx.s = s
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        return g * ctx.s, None


class Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sign()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (x.abs() <= 1).float()
'''
CONTAINERS = [
    Member("self.NAME = nn.Linear(4, 4)", "x = <<torch.tanh || F.relu || F.gelu || torch.sigmoid>>(self.NAME(x))"),
    Member(
        ["self.NAME = nn.ModuleList([nn.Linear(4, 4) for _ in range(2)])", "self.NAME = nn.ModuleList()\nfor _ in range(2):\n    self.NAME.append(nn.Linear(4, 4))", "layers = []\nfor k in range(2):\n    layers.append(nn.Linear(4, 4, bias=k == 0))\nself.NAME = nn.ModuleList(layers)"],
        ["for layer in self.NAME:\n    x = torch.tanh(layer(x))", "for k, layer in enumerate(self.NAME):\n    x = x + layer(x) * (k + 1) * 0.1", "x = self.NAME[0](x) - self.NAME[-1](x)", "x = sum(f(x) for f in self.NAME) / len(self.NAME)"],
    ),
    Member(
        ["self.NAME = nn.ModuleDict({'a': nn.Linear(4, 4), 'b': nn.Linear(4, 4, bias=False)})", "self.NAME = nn.ModuleDict()\nself.NAME['a'] = nn.Linear(4, 4)\nself.NAME['b'] = nn.LayerNorm(4)"],
        ["x = x + self.NAME['a'](x)\nx = self.NAME['b'](x)", "for key, layer in self.NAME.items():\n    x = x + layer(x) * (0.5 if key == 'a' else 0.25)", "x = torch.stack([f(x) for f in self.NAME.values()]).mean(0)"],
    ),
    Member(
        [
            "self.NAME = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 4))", "self.NAME = nn.Sequential(OrderedDict([('fc', nn.Linear(4, 4)), ('act', nn.Tanh())]))",
            "self.NAME = nn.Sequential()\nfor k in range(2):\n    self.NAME.add_module(f'fc{k}', nn.Linear(4, 4))\n    self.NAME.add_module(f'act{k}', nn.Tanh())",
            "blocks = [nn.Linear(4, 4), nn.LeakyReLU(0.2), nn.LayerNorm(4)]\nself.NAME = nn.Sequential(*blocks)",
        ],
        ["x = self.NAME(x)", "x = x + self.NAME(x)", "for f in self.NAME:\n    x = f(x)", "x = self.NAME[0](x).mean(-1, keepdim=True) + self.NAME(x)"],
    ),
    Member("self.NAME = nn.Sequential(*[nn.Sequential(nn.Linear(4, 4), nn.Tanh()) for _ in range(2)])", "feats = []\nfor blk in self.NAME:\n    x = blk(x)\n    feats.append(x)\nx = sum(feats)"),
    Member("self.NAME = Block(<<4 || dim=4 || 4, scale=0.5>>)", "x = <<self.NAME(x) || self.NAME.forward(x) || x + self.NAME(x)[:, :4]>>"),
    Member("self.NAME = <<nn.utils.weight_norm || nn.utils.parametrizations.weight_norm>>(nn.Linear(4, 4))", "x = self.NAME(x)"),
    Member("self.NAME = nn.<<Dropout(0.0) || Identity() || Dropout(p=0.)>>", "x = self.NAME(x)"),
    Member("self.NAME = nn.Dropout(0.5)\nself.NAMEp = 0.0", "x = F.dropout(x, p=self.NAMEp, training=self.training)\nx = F.dropout(x, 0.5, training=False)"),
    Member("self.NAME = nn.<<PReLU() || PReLU(4) || Softplus() || Hardtanh() || ELU()>>", "x = self.NAME(x)"),
    Member("self.NAME = partial(F.leaky_relu, negative_slope=0.1)", "x = self.NAME(x)"),
]
LAYERS = [
    Member("self.NAME = nn.<<BatchNorm1d(4) || LayerNorm(4) || GroupNorm(2, 4) || BatchNorm1d(4, momentum=0.3) || RMSNorm(4) || BatchNorm1d(4, affine=False) || BatchNorm1d(4, track_running_stats=False)>>", "x = self.NAME(x)"),
    Member("self.NAME = nn.Conv1d(4, 4, 3, padding=1)", "x = self.NAME(x.t().unsqueeze(0)).squeeze(0).t()"),
    Member("self.NAME = nn.Conv2d(1, 3, 3, padding=1)\nself.NAMEf = nn.Linear(12, 4)", "h = self.NAME(x.view(6, 1, 2, 2))\nh = F.relu(h, inplace=True)\nx = self.NAMEf(h.flatten(1))"),
    Member("self.NAME = nn.ConvTranspose2d(1, 2, 2, stride=2)\nself.NAMEb = nn.BatchNorm2d(2)", "h = self.NAMEb(self.NAME(x.reshape(-1, 1, 2, 2)))\nx = F.avg_pool2d(h, 2).mean(dim=1).reshape(6, 4)"),
    Member("self.NAME = nn.Embedding(10, 4<< || , padding_idx=0>>)", ["ids = (x.detach().abs() * 3).long().clamp(max=9)\nx = x + self.NAME(ids).sum(1)", "ids = x.argmax(dim=-1)\nx = x * self.NAME(ids)"]),
    Member("self.NAME = nn.MultiheadAttention(4, 2, batch_first=True)", "out, w = self.NAME(x[None], x[None], x[None])\nx = x + out[0] + w.mean()"),
    Member("self.NAME = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True)", "x = self.NAME(x.unsqueeze(0)).squeeze(0)"),
    Member("self.NAME = nn.<<GRU || LSTM || RNN>>(4, 4, batch_first=True)", "out, _ = self.NAME(x.unsqueeze(1))\nx = out.squeeze(1)"),
    Member("self.NAME = nn.LSTM(4, 4, num_layers=2, batch_first=True, bidirectional=True)\nself.NAMEo = nn.Linear(8, 4)", "h, (hn, cn) = self.NAME(x.view(2, 3, 4))\nx = self.NAMEo(h).reshape(6, 4) + hn[-1].mean() + cn[0].mean()"),
    Member("self.NAME = nn.GRUCell(4, 4)", "h = torch.zeros(6, 4)\nfor _ in range(3):\n    h = self.NAME(x, h)\nx = h"),
    Member("self.NAME = nn.Bilinear(4, 4, 4)", "x = self.NAME(x, x.flip(1))"),
    Member("self.NAME = nn.Linear(4, 4)", ["x = F.linear(x, self.NAME.weight * 0.5, self.NAME.bias)", "w = self.NAME.weight / self.NAME.weight.norm(dim=1, keepdim=True)\nx = x @ w.t() + self.NAME.bias", "w = F.normalize(self.NAME.weight, dim=1)\nx = F.linear(F.normalize(x), w) * 3", "x = torch.utils.checkpoint.checkpoint(self.NAME, x, use_reentrant=False)"]),
]
MIXING = [
    Member("self.NAMEq = nn.Linear(4, 4)\nself.NAMEkv = nn.Linear(4, 8)", "q = self.NAMEq(x)\nk, v = self.NAMEkv(x).chunk(2, dim=-1)\natt = (q @ k.transpose(-2, -1)) / math.sqrt(q.size(-1))\nmask = torch.tril(torch.ones(att.size(0), att.size(1)))\natt = att.masked_fill(mask == 0, float('-inf'))\nx = F.softmax(att, dim=-1) @ v"),
    Member("self.NAME = nn.Linear(4, 12, bias=False)", "q, k, v = self.NAME(x).split(4, dim=-1)\nq, k, v = (t.view(6, 2, 2).transpose(0, 1) for t in (q, k, v))\nx = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(0, 1).reshape(6, 4)"),
    Member("self.NAME = nn.Linear(4, 12)", "qkv = self.NAME(x).reshape(6, 3, 2, 2).permute(1, 2, 0, 3)\nq, k, v = qkv.unbind(0)\nw = torch.einsum('hid,hjd->hij', q, k) * 2 ** -0.5\nx = torch.einsum('hij,hjd->ihd', w.softmax(-1), v).flatten(1)"),
    Member("self.NAME = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])\nself.NAMEg = nn.Linear(4, 3)", [
        "gates = F.softmax(self.NAMEg(x), dim=-1)\nouts = torch.stack([e(x) for e in self.NAME], dim=1)\nx = (gates.unsqueeze(-1) * outs).sum(1)",
        "w, sel = torch.topk(F.softmax(self.NAMEg(x), dim=-1), 1)\nout = torch.zeros_like(x)\nfor i, e in enumerate(self.NAME):\n    rows = torch.where(sel[:, 0] == i)[0]\n    out[rows] += w[rows] * e(x[rows])\nx = out",
        "sel = self.NAMEg(x).argmax(-1)\nout = torch.empty_like(x)\nfor i, e in enumerate(self.NAME):\n    m = sel == i\n    if m.any():\n        out[m] = e(x[m])\nx = out",
    ]),
    Member("", ["src = torch.tensor([0, 1, 2, 3, 4, 5, 0])\ndst = torch.tensor([1, 2, 3, 4, 5, 0, 2])\nagg = torch.zeros_like(x).index_add_(0, dst, x[src])\nx = x + agg", "src = torch.tensor([0, 1, 2, 3])\nagg = torch.zeros(6, 4)\nagg.scatter_add_(0, src.view(-1, 1).expand(-1, 4), x[:4])\nx = x + agg"]),
    Member("", ["h = x.clone()\nh[:, 0] = h[:, 0] * 2\nh[:, 1:] += x[:, :1]\nx = h", "out = torch.zeros_like(x)\nfor i in range(x.shape[1]):\n    out[:, i] = x[:, : i + 1].sum(1)\nx = out", "mask = x > 0\ny = x.clone()\ny[mask] = y[mask] * 0.5\nx = y"]),
    Member("", ["h = [None] * 4\nfor i in range(4):\n    h[i] = x[:, i] + (h[i - 1] if i > 0 else 0)\nx = torch.stack(h, dim=-1)", "outs = []\nfor row in x:\n    outs.append(row * row.sum())\nx = torch.stack(outs)"]),
    Member("", ["hard = (x > 0.1).float()\nsoft = torch.sigmoid(x)\nx = hard + soft - soft.detach()", "y = torch.round(x * 4) / 4\nx = x + (y - x).detach()", "x = Scale.apply(x, <<2.0 || 0.5>>)", "x = Sign.apply(x) * x"]),
    Member("self.NAME = nn.Embedding(5, 4)", "d = torch.cdist(x, self.NAME.weight)\nids = d.argmin(1)\nq = self.NAME(ids)\nx = x + (q - x).detach() + 0.1 * (q - x.detach())"),
    Member("pe = torch.zeros(6, 4)\npos = torch.arange(0, 6).unsqueeze(1).float()\ndiv = torch.exp(torch.arange(0, 4, 2).float() * -(math.log(10.0) / 4))\npe[:, 0::2] = torch.sin(pos * div)\npe[:, 1::2] = torch.cos(pos * div)\nself.register_buffer('NAME', pe)", "x = x + self.NAME[: x.size(0)]"),
    Member("inv = 1.0 / (10 ** (torch.arange(0, 2).float() / 2))\nself.register_buffer('NAME', inv, persistent=False)", "t = torch.arange(x.shape[0]).type_as(self.NAME)\nf = torch.outer(t, self.NAME)\nemb = torch.cat((f, f), dim=-1)\nx1, x2 = x.chunk(2, dim=-1)\nx = x * emb.cos() + torch.cat((-x2, x1), dim=-1) * emb.sin()"),
]
MEMBERS = CONTAINERS * 2 + LAYERS + MIXING
