"""`torch.is_grad_enabled()` in code that a block without gradients may run: the answer has to be PyTorch's, or to be asked for."""
import torch
import torch.nn as nn
from torch.utils.checkpoint import checkpoint


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 3)

    def forward(self, x):
        return self.body(x)


def evaluate(model, x):
    with torch.no_grad():
        return model(x)


# run m = Checkpointed(); evaluate(m, x) | model=m | x=f32[2,3]
class Checkpointed(Plain):
    def __init__(self):
        super().__init__()
        self.gradient_checkpointing = True

    def forward(self, x):
        if torch.is_grad_enabled() and self.gradient_checkpointing:
            return checkpoint(self.body, x, use_reentrant=False)
        return self.body(x)


# run m = Complains(); evaluate(m, x) | model=m | x=f32[2,3]
class Complains(Plain):
    def forward(self, x):
        h = self.body(x)
        if torch.is_grad_enabled():
            assert h.shape[-1] == 3
        return h * 2


# run m = Restores(); evaluate(m, x) | model=m | x=f32[2,3]
class Restores(Plain):
    def forward(self, x):
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.training):
            return self.body(x)


def double_if_on(x):
    """Nobody calls this without gradients."""
    return x * 2 if torch.is_grad_enabled() else x


# run told_by_function(x) | x=f32[2,3] | grad=x
def told_by_function(x):
    return double_if_on(x).sum()


# run m = Scaled(); evaluate(m, x) | model=m | x=f32[2,3] | todo
class Scaled(Plain):
    def forward(self, x):
        h = self.body(x)
        if torch.is_grad_enabled():
            h = h * 2
        return h


# run m = Kept(); evaluate(m, x) | model=m | x=f32[2,3] | todo
class Kept(Plain):
    def forward(self, x):
        learns = torch.is_grad_enabled()
        h = self.body(x)
        return h.relu() if learns else h


# run m = Passed(); evaluate(m, x) | model=m | x=f32[2,3] | todo
class Passed(Plain):
    def scale(self, x, learns):
        return x * 3 if learns else x

    def forward(self, x):
        return self.scale(self.body(x), learns=torch.is_grad_enabled())


# run decorated(x) | x=f32[2,3] | todo
def asks(x):
    return x + 1 if not torch.is_grad_enabled() else x


@torch.inference_mode()
def decorated(x):
    return asks(x)
