import math

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


def at_step(a, t, x_shape):
    """Picks `a[t]`, one per image, with axes of size one behind, as many as `x_shape` needs."""
    b, *_ = t.shape
    out = compat.gather(a, -1, t)
    return out.reshape(b, *((1,) * (len(x_shape) - 1)))


def linear_schedule(timesteps):
    scale = 1000 / timesteps
    betas = mx.linspace(scale * 1e-4, scale * 0.02, timesteps, dtype=mx.float64)
    return mx.clip(betas, None, 0.9)  # few steps would go over one


def cosine_schedule(timesteps, s=8e-3):
    t = mx.linspace(0, timesteps, timesteps + 1, dtype=mx.float64) / timesteps
    alpha_bar = mx.cos((t + s) / (1 + s) * math.pi * 0.5) ** 2
    alpha_bar = alpha_bar / alpha_bar[0]
    betas = 1 - alpha_bar[1:] / alpha_bar[:-1]
    return mx.clip(betas, 0, 0.99)


class Diffusion(nn.Module):
    def __init__(self, model, *, timesteps=20, schedule="linear", objective="noise", min_snr_gamma=5):
        super().__init__()
        assert objective in {"noise", "image", "v"}, f"unknown objective {objective}"
        self.model = model
        self.objective = objective
        self.num_timesteps = timesteps

        betas = dict(linear=linear_schedule, cosine=cosine_schedule)[schedule](timesteps)
        alphas = 1. - betas
        alphas_cumprod = mx.cumprod(alphas, axis=0)
        alphas_cumprod_prev = compat.pad(alphas_cumprod[:-1], (1, 0), value=1.)

        # all of them are float32
        register_buffer = lambda name, val: compat.register_buffer(self, name, val.astype(mx.float32))
        register_buffer('betas', betas)
        register_buffer('alphas_cumprod', alphas_cumprod)
        register_buffer('sqrt_ac', mx.sqrt(alphas_cumprod))
        register_buffer('sqrt_one_minus_ac', mx.sqrt(1. - alphas_cumprod))
        posterior_variance = betas * (1. - alphas_cumprod_prev) / (1. - alphas_cumprod)
        register_buffer('log_variance', mx.log(mx.clip(posterior_variance, 1e-20, None)))
        register_buffer('coef_x0', betas * mx.sqrt(alphas_cumprod_prev) / (1. - alphas_cumprod))
        register_buffer('coef_xt', (1. - alphas_cumprod_prev) * mx.sqrt(alphas) / (1. - alphas_cumprod))
        snr = alphas_cumprod / (1 - alphas_cumprod)
        weight = mx.clip(mx.array(snr), None, min_snr_gamma)
        register_buffer('loss_weight', weight / snr if objective == "noise" else weight)

    @property
    def device(self):
        return compat.device_of(self.betas)

    def noisy(self, x_start, t, noise=None):
        """x_t: the image with the noise of step t."""
        if noise is None:
            noise = mx.random.normal(x_start.shape, dtype=x_start.dtype)
        return at_step(self.sqrt_ac, t, x_start.shape) * x_start + at_step(self.sqrt_one_minus_ac, t, x_start.shape) * noise

    def predict_start(self, x_t, t, out):
        a, s = at_step(self.sqrt_ac, t, x_t.shape), at_step(self.sqrt_one_minus_ac, t, x_t.shape)
        if self.objective == "noise":
            return (x_t - s * out) / a
        elif self.objective == "image":
            return out
        return a * x_t - s * out

    def losses(self, x_start, t, noise=None):
        noise = mx.random.normal(x_start.shape, dtype=x_start.dtype) if noise is None else noise
        x = self.noisy(x_start=x_start, t=t, noise=noise)
        out = self.model(x, t)
        target = {"noise": noise, "image": x_start}.get(self.objective)
        if target is None:
            target = at_step(self.sqrt_ac, t, x.shape) * noise - at_step(self.sqrt_one_minus_ac, t, x.shape) * x_start
        loss = nn.losses.mse_loss(out, target, reduction='none')
        loss = loss.flatten(1).mean(axis=1)
        return (loss * self.loss_weight[t]).mean()

    def denoise_step(self, x, t: int, noise=None):
        times = mx.full((x.shape[0],), t, dtype=mx.int64)
        # TODO(torch2mlx): T2M402 the result of an in-place method is used in an expression; write it as a statement of its own
        x_start = self.predict_start(x, times, self.model(x, times)).clamp_(-1., 1.)
        mean = at_step(self.coef_x0, times, x.shape) * x_start + at_step(self.coef_xt, times, x.shape) * x
        log_var = at_step(self.log_variance, times, x.shape)
        noise = noise if noise is not None else mx.random.normal(x.shape, dtype=x.dtype) if t > 0 else 0.
        return mean + (0.5 * log_var).exp() * noise

    def sample(self, shape, x=None, noise=None):
        img = mx.random.normal(compat.as_shape(shape)) if x is None else x
        for t in reversed(range(0, self.num_timesteps)):
            img = self.denoise_step(img, t, noise)
        return (img + 1) * 0.5

    def __call__(self, img, *args, **kwargs):
        b, c, h, w = img.shape
        t = mx.random.randint(0, self.num_timesteps, (b,), dtype=mx.int64).astype(mx.int64)
        return self.losses(img * 2 - 1, t, *args, **kwargs)
