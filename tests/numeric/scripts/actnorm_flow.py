# script tol=1e-4
# Layers of a flow that take their first values from the first batch, inside of the loss: the gradient of that step is there too.
import torch
from torch import nn


class Affine(nn.Module):
    def __init__(self, scale=True):
        super().__init__()
        if scale:
            self.s = nn.Parameter(torch.zeros(1, 4))
        else:
            self.register_buffer("s", torch.zeros(1, 4))
        self.t = nn.Parameter(torch.zeros(1, 4))
        self.n_dim = 2

    def inverse(self, z):
        ld = -torch.sum(self.s)
        return (z - self.t) * torch.exp(-self.s), ld


class ActNorm(Affine):
    def __init__(self, *args):
        super().__init__(*args)
        self.register_buffer("done", torch.tensor(0.0))

    def inverse(self, z):
        if not self.done:
            s_init = torch.log(z.std(dim=0, keepdim=True) + 1e-6)
            self.s.data = s_init.data
            self.t.data = z.mean(dim=0, keepdim=True).data
            self.done = torch.tensor(1.0)
        return super().inverse(z)


class Flow(nn.Module):
    def __init__(self, flows):
        super().__init__()
        self.flows = nn.ModuleList(flows)

    def forward_kld(self, x):
        z, log_q = x, torch.zeros(len(x))
        for i in range(len(self.flows) - 1, -1, -1):
            z, ld = self.flows[i].inverse(z)
            log_q += ld
        log_q += -0.5 * (z ** 2).sum(1)
        return -torch.mean(log_q)


m = Flow([ActNorm(), ActNorm()])
x = torch.sin(torch.arange(20.0)).view(5, 4)
opt = torch.optim.SGD(m.parameters(), lr=0.1)
out = []
for i in range(3):
    opt.zero_grad()
    loss = m.forward_kld(x)
    loss.backward()
    opt.step()
    out.append([loss.item(), [round(v, 4) for v in m.flows[0].s.flatten().tolist()], [round(v, 4) for v in m.flows[1].s.flatten().tolist()]])
out
