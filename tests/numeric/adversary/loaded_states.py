import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        return self.fc(x)

    def load_my_state_dict(self, state_dict):
        own_state = self.state_dict()
        for name, param in state_dict.items():
            if name not in own_state:
                continue
            if isinstance(param, nn.Parameter):
                # backwards compatibility for serialized parameters
                param = param.data
            own_state[name].copy_(param)


# run reloaded(x) | x=f32[2,4]
def reloaded(x):
    a, b = Net(), Net()
    nn.init.constant_(a.fc.weight, 0.5)
    nn.init.constant_(a.fc.bias, 0.25)
    b.load_my_state_dict({**a.state_dict(), "other": a.fc.weight})
    return b(x), b.fc.weight


# run blended(x) | x=f32[2,4] | todo
class Blend(nn.Module):
    """Where it is differentiated, a plain tensor would lose its gradient."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        y = self.fc(x)
        if isinstance(y, nn.Parameter):
            y = y.data
        return y


def blended(x):
    return Blend()(x).shape
