"""Training that is more than one backward and one step beside each other."""
import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import mlx_compat as compat


class Generator(nn.Module):
    def __init__(self, latent=4, dim=8):
        super().__init__()
        self.net = compat.Sequential(nn.Linear(latent, 16), compat.LeakyReLU(0.2), nn.Linear(16, dim), nn.Tanh())

    def __call__(self, z):
        return self.net(z)


class Discriminator(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.net = compat.Sequential(nn.Linear(dim, 16), compat.LeakyReLU(0.2), nn.Linear(16, 1))

    def __call__(self, x):
        return self.net(x)


def train_gan(G, D, real_batches, zs):
    opt_g = optim.Adam(learning_rate=2e-4, betas=(0.5, 0.999), bias_correction=True)
    opt_d = optim.Adam(learning_rate=2e-4, betas=(0.5, 0.999), bias_correction=True)
    adversarial = compat.BCEWithLogitsLoss()
    for real, z in zip(real_batches, zs):
        valid = mx.ones((real.shape[0], 1))
        fake = mx.zeros((real.shape[0], 1))

        # generator
        def loss_fn():
            gen = G(z)
            g_loss = adversarial(D(gen), valid)
            return g_loss, gen

        (g_loss, gen), grads = nn.value_and_grad(G, loss_fn)()
        opt_g.update(G, grads)
        mx.eval(g_loss, G.parameters(), opt_g.state)

        # discriminator
        def loss_fn():
            d_loss = (adversarial(D(real), valid) + adversarial(D(mx.stop_gradient(gen)), fake)) / 2
            return d_loss

        d_loss, grads = nn.value_and_grad(D, loss_fn)()
        opt_d.update(D, grads)
        mx.eval(d_loss, D.parameters(), opt_d.state)
    return g_loss.item(), d_loss.item()


def train_accumulated(model, xs, ys, accumulate=4):
    optimizer = optim.SGD(learning_rate=0.1)
    total_grads = None
    for i, (x, y) in enumerate(zip(xs, ys)):
        def loss_fn():
            loss = nn.losses.mse_loss(model(x), y) / accumulate
            return loss

        loss, grads = nn.value_and_grad(model, loss_fn)()
        total_grads = compat.add_gradients(total_grads, grads)
        mx.eval(loss, total_grads)
        if (i + 1) % accumulate == 0:
            optimizer.update(model, total_grads)
            mx.eval(model.parameters(), optimizer.state)
            total_grads = None


def train_scaled(model, xs, ys):
    optimizer = optim.AdamW(learning_rate=1e-3, bias_correction=True)
    scheduler = compat.OneCycleLR(optimizer, max_lr=0.1, total_steps=len(xs))
    for x, y in zip(xs, ys):
        def loss_fn():
            loss = nn.losses.mse_loss(model(x), y)
            return loss

        loss, grads = nn.value_and_grad(model, loss_fn)()
        grads = compat.clip_grad_value_(grads, 0.5)
        optimizer.update(model, grads)
        mx.eval(loss, model.parameters(), optimizer.state)
        scheduler.step()
    return loss


def fit_lbfgs(model, x, y):
    optimizer = compat.LBFGS(lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = nn.losses.mse_loss(model(x), y)
        # TODO(torch2mlx): T2M301 this training step is not ported: it is a closure; one is ported that clears the gradients, ends with `return loss` and is used in `optimizer.step(...)` alone
        loss.backward()
        return loss

    for _ in range(3):
        optimizer.step(closure)
    return closure().item()


def add_noise_to_gradients(model, x, y, std):
    """A step by hand: gradients are read and written."""
    loss = nn.losses.mse_loss(model(x), y)
    # TODO(torch2mlx): T2M301 this training step is not ported: no optimizer step stands beside it
    loss.backward()
    for p in compat.parameters(model):
        # TODO(torch2mlx): T2M104 `Tensor.grad`: MLX arrays hold no gradient: `nn.value_and_grad` gives gradients in the shape of the parameters
        p.grad += std * mx.random.normal(p.grad.shape, dtype=p.grad.dtype)
        # TODO(torch2mlx): T2M104 `Tensor.grad`: MLX arrays hold no gradient: `nn.value_and_grad` gives gradients in the shape of the parameters
        p -= 0.01 * p.grad
        # TODO(torch2mlx): T2M104 `Tensor.grad`: MLX arrays hold no gradient: `nn.value_and_grad` gives gradients in the shape of the parameters
        p.grad = None


def discriminator_loss(D, real, fake):
    """This one is only a function of tensors."""
    return nn.softplus(-D(real)).mean() + nn.softplus(D(fake)).mean()
