import torch
from torch import nn
from torch.autograd import Function, grad


class ReverseGradient(Function):
    """Identity forward, negative gradient backward."""

    @staticmethod
    def forward(ctx, x, alpha):
        ctx.alpha = alpha
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output.neg() * ctx.alpha, None


class DomainClassifier(nn.Module):
    def __init__(self, dim, alpha=1.0):
        super().__init__()
        self.alpha = alpha
        self.body = nn.Linear(dim, dim)
        self.label = nn.Linear(dim, 3)
        self.domain = nn.Linear(dim, 1)

    def features(self, x):
        return torch.tanh(self.body(x))

    def forward(self, x):
        h = self.features(x)
        return self.label(h), self.domain(ReverseGradient.apply(h, self.alpha))

    def predict(self, x):
        return self.label(self.features(x)).argmax(-1)


def gradient_penalty(critic, real, fake):
    alpha = torch.rand(real.size(0), 1)
    mixed = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
    out = critic(mixed)
    grads = grad(outputs=out, inputs=mixed, grad_outputs=torch.ones_like(out), create_graph=True)[0]
    return ((grads.norm(2, dim=1) - 1) ** 2).mean()


class GradCam:
    """Remembers activations and gradients of a layer by hooks."""

    def __init__(self, model, layer):
        self.model = model
        self.activations = None
        self.gradients = None
        layer.register_forward_hook(self.save_activation)
        layer.register_full_backward_hook(self.save_gradient)

    def save_activation(self, module, inputs, output):
        self.activations = output.detach()

    def save_gradient(self, module, grad_input, grad_output):
        self.gradients = grad_output[0].detach()

    def __call__(self, x, index):
        self.model.zero_grad()
        score = self.model(x)[0, index]
        score.backward(retain_graph=True)
        weights = self.gradients.mean(dim=0, keepdim=True)
        return (weights * self.activations).sum(-1).relu()


def watch(t):
    t.register_hook(lambda g: print("gradient norm", g.norm().item()))
    return t
