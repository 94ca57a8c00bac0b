"""What modules hold: parameters, buffers, counters, tied and frozen layers. `x` is a tensor of shape (6, 4) and stays one."""

from pieces import Member

VALUE = "<<torch.ones(4) || torch.zeros(4) || torch.full((4,), 0.5) || torch.ones(1) || torch.tensor(0.7) || torch.linspace(0, 1, 4) || torch.eye(4)[0]>>"
USE = [
    "x = x * self.NAME", "x = x + self.NAME.sigmoid() * x", "x = x * (1 + F.relu(self.NAME))", "w = self.NAME\nx = x - w * x.mean()",
    "x = torch.where(x > 0, x, x * self.NAME)", "x = x * self.NAME.detach() + self.NAME", "x = x * self.NAME.clamp(min=0.1)",
]
PARAMETERS = [
    Member(
        [
            f"self.NAME = nn.Parameter({VALUE})", f"self.register_parameter('NAME', nn.Parameter({VALUE}))", f"setattr(self, 'NAME', nn.Parameter({VALUE}))",
            f"self.NAME = nn.Parameter({VALUE}, requires_grad=<<True || False>>)", f"value = {VALUE}\nself.NAME = nn.Parameter(value)",
            f"self.NAME = nn.Parameter(torch.empty_like({VALUE}))\nnn.init.constant_(self.NAME, 0.3)",
        ],
        USE,
    ),
    Member(
        ["self.NAME = nn.ParameterList([nn.Parameter(torch.ones(4) * k) for k in range(1, 3)])", "self.NAME = nn.ParameterList()\nfor k in range(2):\n    self.NAME.append(nn.Parameter(torch.full((4,), 0.5 + k)))"],
        ["for p in self.NAME:\n    x = x * p", "x = x * self.NAME[0] + self.NAME[1]", "x = x + torch.stack(list(self.NAME)).sum(0)"],
    ),
    Member(
        "self.NAME = nn.ParameterDict({'u': nn.Parameter(torch.ones(4)), 'v': nn.Parameter(torch.zeros(4))})",
        ["x = x * self.NAME['u'] + self.NAME['v']", "for key, p in self.NAME.items():\n    x = x + p * 0.1"],
    ),
    Member(
        "for k in range(2):\n    setattr(self, f'NAME_{k}', nn.Parameter(torch.ones(4) * (k + 1)))",
        ["for k in range(2):\n    x = x + getattr(self, f'NAME_{k}') * x", "x = x * self.NAME_0 - self.NAME_1"],
    ),
    Member(
        [
            "self.NAME = nn.Parameter(torch.ones(4)) if <<True || False>> else None", "gated = <<True || False>>\nif gated:\n    self.NAME = nn.Parameter(torch.ones(4))\nelse:\n    self.register_parameter('NAME', None)",
            "self.register_buffer('NAME', torch.ones(4) if <<True || False>> else None)", "gated = <<True || False>>\nif gated:\n    self.register_buffer('NAME', torch.ones(4))\nelse:\n    self.NAME = None",
        ],
        "if self.NAME is not None:\n    x = x * self.NAME",
    ),
    Member("self.NAME = nn.Parameter(torch.stack([torch.eye(4), torch.ones(4, 4)]))", "x = torch.einsum('bi,kij->bkj', x, self.NAME).max(1).values"),
    Member("self.NAME = nn.Parameter(torch.zeros(4, 4))", "w = F.softmax(self.NAME, dim=0)\nx = x @ w.T"),
]
BATCH = "x.detach().mean(0)"
BUFFERS = [
    Member(
        ["self.register_buffer('NAME', torch.<<zeros(4) || ones(4)>><< || || , persistent=False>>)", "values = torch.linspace(0.1, 1, 4)\nself.register_buffer('NAME', values)", "self.register_buffer(name='NAME', tensor=torch.ones(4))"],
        [f"{a}\n{b}" if first else f"{b}\n{a}" for first in (True, False) for a in (
            "x = x + self.NAME", "x = x - self.NAME * 0.1", "x = (x - self.NAME) / (1 + self.NAME.abs())", "shift = self.NAME.clone()\nx = x + shift",
        ) for b in (
            f"if self.training:\n    self.NAME = 0.9 * self.NAME + 0.1 * {BATCH}", f"if self.training:\n    self.NAME.mul_(0.9).add_(0.1 * {BATCH})",
            "if self.training:\n    with torch.no_grad():\n        self.NAME += 0.1 * x.mean(0)", "with torch.no_grad():\n    self.NAME.copy_(self.NAME * 0.9 + x.mean(0) * 0.1)",
            f"if self.training:\n    self.NAME.data.lerp_({BATCH}, 0.1)", "with torch.no_grad():\n    self.NAME[0] = x.mean()", "if self.training:\n    self.NAME[:2] += x.detach().mean()",
            "self.NAME.add_(1)", "self.NAME.data = self.NAME + 1", "self.NAME.fill_(float(x.detach().mean()))", "",
        )],
    ),
    Member(
        ["self.register_buffer('NAME', torch.tensor(0))", "self.register_buffer('NAME', torch.zeros(1, dtype=torch.long))", "self.register_buffer('NAME', torch.zeros((), dtype=torch.int32))", "self.NAME = 0"],
        ["self.NAME += 1\nx = x / (1 + 0.1 * self.NAME)", "if self.training:\n    self.NAME = self.NAME + 1\nx = x * 0.99 ** int(self.NAME)", "if self.NAME > 2:\n    x = x * 0.5\nself.NAME += 1"],
    ),
    # A queue of keys, as MoCo has it.
    Member(
        "self.register_buffer('NAME', F.normalize(torch.arange(1.0, 33).reshape(4, 8), dim=0))\nself.register_buffer('NAMEp', torch.zeros(1, dtype=torch.long))",
        """
        q = F.normalize(x, dim=1)
        l_neg = torch.einsum('nc,ck->nk', [q, self.NAME.clone().detach()])
        if self.training:
            with torch.no_grad():
                keys = <<q[:2] || q.detach()[:2] || F.normalize(x[:2], dim=1)>>
                ptr = int(self.NAMEp)
                self.NAME[:, ptr : ptr + keys.shape[0]] = keys.T
                self.NAMEp[0] = (ptr + keys.shape[0]) % self.NAME.shape[1]
        x = x + l_neg.logsumexp(dim=1, keepdim=True)
        """,
    ),
    # A codebook that follows its codes.
    Member(
        """
        embed = torch.linspace(-1, 1, 20).reshape(5, 4)
        self.register_buffer('NAME', embed)
        self.register_buffer('NAMEn', torch.zeros(5))
        self.register_buffer('NAMEs', embed.clone())
        """,
        """
        dist = x.pow(2).sum(1, keepdim=True) - 2 * x @ self.NAME.t() + self.NAME.pow(2).sum(1)
        ids = (-dist).max(1)[1]
        one_hot = F.one_hot(ids, 5).type(x.dtype)
        q = <<F.embedding(ids, self.NAME) || one_hot @ self.NAME || self.NAME[ids]>>
        if self.training:
            <<self.NAMEn.data.mul_(0.9).add_(one_hot.sum(0), alpha=0.1) || self.NAMEn.mul_(0.9).add_(0.1 * one_hot.sum(0)) || self.NAMEn = self.NAMEn * 0.9 + 0.1 * one_hot.sum(0)>>
            self.NAMEs.data.mul_(0.9).add_((x.t() @ one_hot).t().detach(), alpha=0.1)
            n = self.NAMEn.sum()
            size = (self.NAMEn + 1e-5) / (n + 5e-5) * n
            self.NAME.data.copy_(self.NAMEs / size.unsqueeze(1))
        self.NAME_loss = (q.detach() - x).pow(2).mean()
        x = x + (q - x).detach() + 0.1 * self.NAME_loss
        """,
    ),
    Member("self.register_buffer('NAME', torch.zeros(5, 4))\nself.NAMEp = 0", "if self.training:\n    self.NAME[self.NAMEp] = x.detach().mean(0)\n    self.NAMEp = (self.NAMEp + 1) % 5\nx = x + self.NAME.mean(0)"),
    Member("self.register_buffer('NAME', torch.zeros(3, 4))", "with torch.no_grad():\n    self.NAME[1:] = self.NAME[:-1].clone()\n    self.NAME[0] = x.mean(0)\nx = x + self.NAME.sum(0) * 0.1"),
    Member("self.register_buffer('NAME', torch.ones(4))", "if self.training:\n    self.NAME = torch.max(self.NAME, x.detach().norm(dim=0))\nx = x / self.NAME"),
    Member("self.NAME = None", ["if self.NAME is None:\n    self.NAME = torch.zeros(4)\nself.NAME = 0.5 * self.NAME + 0.5 * x.mean(0).detach()\nx = x + self.NAME", "if self.NAME is None:\n    self.NAME = x.detach().mean(0)\nx = x - self.NAME"]),
    Member("self.NAME = torch.arange(4.0)", ["x = x + self.NAME", "self.NAME += 1\nx = x * self.NAME * 0.1", "self.NAME.mul_(0.5)\nx = x + self.NAME"]),
    Member("self.NAME = [torch.ones(4), torch.zeros(4)]", ["x = x + self.NAME[0] - self.NAME[1]", "self.NAME[1] = self.NAME[1] + x.detach().mean(0)\nx = x + self.NAME[1]"]),
    Member("self.NAME = {'k': torch.ones(4) * 2}", ["x = x * self.NAME['k']", "self.NAME['k'] = x.detach().abs().mean(0)\nx = x / (1 + self.NAME['k'])"]),
    Member("self.NAME = (torch.ones(4), 2)", "scale, power = self.NAME\nx = (x * scale) ** power"),
    Member("self.NAME = {}", "key = str(x.shape[0])\nif key not in self.NAME:\n    self.NAME[key] = torch.tril(torch.ones(x.shape[0], x.shape[0]))\nx = self.NAME[key] @ x / x.shape[0]"),
    # The state of a recurrent layer goes from batch to batch.
    Member(
        "self.NAME = nn.<<GRU || RNN>>(4, 4, batch_first=True)\nself.NAMEh = None",
        """
        out, h = self.NAME(x.unsqueeze(1), self.NAMEh)
        self.NAMEh = <<h.detach() || h.data || h.clone().detach()>>
        x = out.squeeze(1)
        """,
    ),
    Member(
        "self.NAME = nn.LSTMCell(4, 4)\nself.NAMEh = None",
        """
        state = self.NAMEh if self.NAMEh is not None else (torch.zeros(6, 4), torch.zeros(6, 4))
        state = self.NAME(x, state)
        self.NAMEh = <<tuple(s.detach() for s in state) || (state[0].detach(), state[1].detach()) || [s.detach() for s in state]>>
        x = state[0]
        """,
    ),
]
SHARED = [
    Member(
        ["self.NAMEa = nn.Linear(4, 4)\nself.NAMEb = nn.Linear(4, 4)\nself.NAMEb.weight = self.NAMEa.weight", "self.NAMEa = nn.Linear(4, 4)\nself.NAMEb = self.NAMEa", "shared = nn.Linear(4, 4)\nself.NAMEa = nn.Sequential(shared, nn.Tanh())\nself.NAMEb = nn.Sequential(shared)"],
        "x = self.NAMEb(torch.tanh(self.NAMEa(x)))",
    ),
    Member(
        "self.NAMEa = nn.Embedding(4, 4)\nself.NAMEb = nn.Linear(4, 4, bias=False)\n<<self.NAMEb.weight = self.NAMEa.weight || self.NAMEa.weight = self.NAMEb.weight>>",
        "x = self.NAMEb(x) + self.NAMEa(torch.tensor([0, 1, 2, 3])).mean(0)",
    ),
    Member(
        "self.NAME = nn.Linear(4, 4)\n" + "<<self.NAME.requires_grad_(False) || self.NAME.weight.requires_grad = False || self.NAME.eval() || for p in self.NAME.parameters():\n    p.requires_grad = False || for name, p in self.NAME.named_parameters():\n    if 'bias' in name:\n        p.requires_grad_(False)>>",
        ["x = x + self.NAME(x)", "with torch.no_grad():\n    y = self.NAME(x)\nx = x + y", "x = x + self.NAME(x).detach()", "x = x + self.NAME(x.detach())"],
    ),
    # A copy that follows.
    Member(
        "self.NAME = nn.Linear(4, 4)\nself.NAMEt = copy.deepcopy(self.NAME)\n<<for p in self.NAMEt.parameters():\n    p.requires_grad = False || self.NAMEt.requires_grad_(False) || for p in self.NAMEt.parameters():\n    p.detach_() || self.NAMEt.eval()>>",
        ["x = self.NAME(x)\nwith torch.no_grad():\n    t = self.NAMEt(x)\nx = x + t", "x = self.NAME(x) + self.NAMEt(x).detach()"],
        [
            "@torch.no_grad()\ndef update_NAME(self, m=0.9):\n    for p, q in zip(self.NAME.parameters(), self.NAMEt.parameters()):\n        <<q.data.mul_(m).add_(p.data, alpha=1 - m) || q.data = q.data * m + p.data * (1 - m) || q.copy_(m * q + (1 - m) * p) || q.lerp_(p, 1 - m)>>",
            "def update_NAME(self):\n    self.NAMEt.load_state_dict(self.NAME.state_dict())",
            "def update_NAME(self, m=0.5):\n    own = self.NAME.state_dict()\n    for key, value in self.NAMEt.state_dict().items():\n        value.lerp_(own[key], m)",
        ],
        "model.update_NAME()",
    ),
]
MEMBERS = PARAMETERS * 2 + BUFFERS + SHARED * 2
