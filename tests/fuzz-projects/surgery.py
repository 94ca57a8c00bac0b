"""What is done to a model before it is trained, and what is asked of it."""

CLASSES = '''
class LoRA(nn.Module):
    def __init__(self, base, rank=2, alpha=1.0):
        super().__init__()
        self.base = base
        for p in self.base.parameters():
            p.requires_grad = False
        self.a = nn.Parameter(torch.zeros(rank, base.in_features))
        self.b = nn.Parameter(torch.ones(base.out_features, rank))
        self.alpha = alpha

    def forward(self, x):
        return self.base(x) + (x @ self.a.t() @ self.b.t()) * self.alpha
'''
CHANGES = [
    "model.head = LoRA(model.head)",
    "model.head = nn.Sequential(model.head, nn.Tanh(), nn.Linear(4, 4))\nfill(model)",
    "for name, child in <<model.named_children() || list(model.named_children())>>:\n    if isinstance(child, nn.Linear):\n        setattr(model, name, LoRA(child, rank=1))",
    "for name, child in list(model.named_modules()):\n    if isinstance(child, nn.Linear) and '.' not in name:\n        setattr(model, name, LoRA(child))",
    "model.head = LoRA(model.head)\nfor name, p in model.named_parameters():\n    p.requires_grad = <<name.endswith(('.a', '.b')) || '.a' in name or '.b' in name || 'base' not in name>>",
    "model.extra = nn.Parameter(torch.ones(4))", "model.add_module('tail', nn.Linear(4, 4))\nfill(model)",
    "for name, p in model.named_parameters():\n    if not name.startswith('head'):\n        p.requires_grad = False",
    "for p in model.parameters():\n    p.requires_grad_(False)\nfor p in model.head.parameters():\n    p.requires_grad_(True)",
    "model.requires_grad_(False)\nmodel.head.requires_grad_(True)",
    "other = copy.deepcopy(model)\nwith torch.no_grad():\n    for p in other.parameters():\n        p.mul_(0.5)\nmodel.load_state_dict(other.state_dict())",
    "state = model.state_dict()\nstate['head.bias'] = torch.ones(4)\nmodel.load_state_dict(state)",
    "state = {k.replace('module.', ''): v for k, v in model.state_dict().items() if 'head' in k}\nmodel.load_state_dict(state, strict=False)",
    "own = model.state_dict()\nfor k, v in own.items():\n    if v.is_floating_point() and v.dim() == 2:\n        own[k].copy_(v * 0.5)",
    "model.head.weight.data = model.head.weight.data * 0.5", "model.head.weight = nn.Parameter(torch.full((4, 4), 0.1))", "model.head.bias = None",
    "with torch.no_grad():\n    model.head.weight[0] = 0.0\n    model.head.bias += 0.1", "nn.init.ones_(model.head.bias)", "model.head.weight.data[:2].zero_()",
    "model.head.register_buffer('mask', torch.ones(4))", "tmp = model.head.weight\ntmp.data.clamp_(-0.2, 0.2)", "w = model.head.weight.detach()\nw *= 0.5",
    "w = model.head.weight.data\nw.add_(torch.eye(4), alpha=0.1)",
    "for m in model.modules():\n    if isinstance(m, (nn.Linear, nn.LayerNorm)) and m.bias is not None:\n        m.bias.data.add_(0.05)",
    "def init_weights(m):\n    if <<isinstance(m, nn.Linear) || type(m) == nn.Linear>>:\n        nn.init.constant_(m.weight, 0.2)\n        if m.bias is not None:\n            m.bias.data.zero_()\n\nmodel.apply(init_weights)",
    "del model.head\nmodel.head = nn.Linear(4, 4)\nfill(model)", "weights = [p for p in model.parameters() if p.dim() == 2]\nfor w in weights:\n    w.data.mul_(0.9)",
    "params = dict(model.named_parameters())\nparams['head.bias'].data.fill_(0.3)", "model.head.weight.data.copy_(torch.eye(4))",
    "for name, buf in model.named_buffers():\n    if buf.is_floating_point():\n        buf.add_(0.1)",
    "vec = nn.utils.parameters_to_vector(model.parameters())\nnn.utils.vector_to_parameters(vec * 0.9, model.parameters())",
    "for m in model.modules():\n    if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d)):\n        m.eval()\n        m.requires_grad_(False)",
    "torch.save(model.state_dict(), buffer := io.BytesIO())\nbuffer.seek(0)\nmodel.load_state_dict(torch.load(buffer))",
]
QUESTIONS = [
    "sum(p.numel() for p in model.parameters() if p.requires_grad)", "sum([p.nelement() for p in model.parameters()])", "[tuple(p.shape) for p in model.parameters()]",
    "[type(m).__name__ for m in model.children()]", "[n for n, _ in model.named_children()]", "{n: p.requires_grad for n, p in model.named_parameters()}",
    "max(p.abs().max().item() for p in model.parameters())", "torch.cat([p.detach().flatten() for p in model.parameters()]).norm()",
    "(len(list(model.parameters())), len(list(model.buffers())), len(model.state_dict()))", "[k for k in model.state_dict()]",
    "math.sqrt(sum((p.detach() ** 2).sum().item() for p in model.parameters()))", "isinstance(model.head, nn.Linear)", "[m.training for m in model.modules() if isinstance(m, nn.Linear)]",
    "'head.weight' in dict(model.named_parameters())", "tuple(model.head.weight.shape) if hasattr(model.head, 'weight') else None",
    "{n: p.mean().item() for n, p in model.named_parameters()}", "[p.tolist() for p in model.head.parameters()]",
]
