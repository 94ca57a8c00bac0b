"""Parameters that are moved or cast before they are assigned: on the CPU that gives the parameter itself."""
import torch
import torch.nn as nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def names(m):
    return sorted(m.state_dict()), [n for n, _ in m.named_parameters()]


# run m = Moved(); m(x), names(m) | model=m | x=f32[2,3] | grad=parameters
class Moved(nn.Module):
    def __init__(self, device="cpu"):
        super().__init__()
        self.w = nn.Parameter(torch.randn(3)).to(device)
        self.f = nn.Parameter(torch.randn(3)).float()
        self.c = nn.Parameter(torch.randn(3)).contiguous()
        self.host = nn.Parameter(torch.randn(3)).cpu().float()
        self.t = nn.Parameter(torch.randn(3)).to(device="cpu")
        self.last_ = nn.Parameter(torch.randn(3)).to(device)
        self.d = nn.Parameter(torch.ones(3)).double().float()
        self.data = nn.Parameter(torch.ones(3)).data

    def forward(self, x):
        return x * self.w + self.f * self.c + self.host * self.t * x * self.last_ + self.d * self.data


# run m = Global(); m(x), names(m) | model=m | x=f32[2,3] | grad=parameters
class Global(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(3)).to(device)

    def forward(self, x):
        return x * self.w
