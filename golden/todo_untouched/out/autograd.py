import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


class ReverseGradient(compat.Function):
    """Identity forward, negative gradient backward."""

    @staticmethod
    def forward(ctx, x, alpha):
        ctx.alpha = alpha
        return x.reshape(x.shape)

    @staticmethod
    def backward(ctx, grad_output):
        return -grad_output * ctx.alpha, None


class DomainClassifier(nn.Module):
    def __init__(self, dim, alpha=1.0):
        super().__init__()
        self.alpha = alpha
        self.body = nn.Linear(dim, dim)
        self.label = nn.Linear(dim, 3)
        self.domain = nn.Linear(dim, 1)

    def features(self, x):
        return mx.tanh(self.body(x))

    def __call__(self, x):
        h = self.features(x)
        return self.label(h), self.domain(ReverseGradient.apply(h, self.alpha))

    def predict(self, x):
        return self.label(self.features(x)).argmax(axis=-1).astype(mx.int64)


def gradient_penalty(critic, real, fake):
    alpha = mx.random.uniform(shape=(real.shape[0], 1))
    mixed = alpha * real + (1 - alpha) * fake
    def out_of(mixed):
        out = critic(mixed)
        return out.sum()

    grads = mx.grad(out_of)(mixed)
    return ((compat.vector_norm(grads, 2, dim=1) - 1) ** 2).mean()


class GradCam:
    """Remembers activations and gradients of a layer by hooks."""

    def __init__(self, model, layer):
        self.model = model
        self.activations = None
        self.gradients = None
        compat.register_forward_hook(layer, self.save_activation)
        # TODO(torch2mlx): T2M104 `Module.register_full_backward_hook`: MLX modules have no hooks: call the function where the module is called
        layer.register_full_backward_hook(self.save_gradient)

    def save_activation(self, module, inputs, output):
        compat.set_tensor(self, "activations", mx.stop_gradient(output))

    def save_gradient(self, module, grad_input, grad_output):
        compat.set_tensor(self, "gradients", mx.stop_gradient(grad_output[0]))

    def __call__(self, x, index):
        self.model.zero_grad()
        score = self.model(x)[0, index]
        # TODO(torch2mlx): T2M301 this training step is not ported: no optimizer step stands beside it
        score.backward(retain_graph=True)
        weights = self.gradients.mean(axis=0, keepdims=True)
        return nn.relu((weights * self.activations).sum(axis=-1))


def watch(t):
    # TODO(torch2mlx): T2M103 `t` is not known to be a tensor; if it is, `.register_hook` means something else in MLX
    t.register_hook(lambda g: print("gradient norm", compat.norm_any(g).item()))
    return t
