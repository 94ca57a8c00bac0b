from abc import ABC, abstractmethod
from typing import Any, Dict, List, Tuple

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


def kl_to_unit_gaussian(mu: mx.array, logvar: mx.array) -> mx.array:
    """KL(N(mu, exp(logvar)) || N(0, 1)): summed over the latent axis, mean over the batch."""
    return mx.mean(-0.5 * mx.sum(1 + logvar - mu ** 2 - logvar.exp(), axis=1), axis=0)


class Autoencoder(compat.AbstractModule, ABC):

    @abstractmethod
    def encode(self, x: mx.array) -> Any:
        """The code of a batch of images [B x C x H x W]."""

    @abstractmethod
    def decode(self, z: mx.array) -> mx.array:
        raise NotImplementedError

    def loss(self, *outputs: Any, **kwargs: Any) -> Dict[str, mx.array]:
        raise NotImplementedError


class ConvVAE(Autoencoder):

    def __init__(self, in_channels: int, latent: int, widths: List[int] = None, size: int = 16, **kwargs: Any) -> None:
        super(ConvVAE, self).__init__()
        widths = [8, 16] if widths is None else widths
        self.latent = latent
        self.code_shape = (widths[-1], size // 2 ** len(widths), size // 2 ** len(widths))
        flat = self.code_shape[0] * self.code_shape[1] * self.code_shape[2]

        stages: List[nn.Module] = []
        for c_in, c_out in zip([in_channels] + widths[:-1], widths):
            stages.append(compat.Sequential(
                compat.Conv2d(c_in, out_channels=c_out, kernel_size=3, stride=2, padding=1),
                compat.BatchNorm2d(c_out),
                compat.LeakyReLU()))
        self.encoder = compat.Sequential(*stages)
        self.to_mu = nn.Linear(flat, latent)
        self.to_logvar = nn.Linear(flat, latent)

        self.from_latent = nn.Linear(latent, flat)
        stages = []
        reverse = widths[::-1]
        for c_in, c_out in zip(reverse, reverse[1:] + [reverse[-1]]):
            stages.append(compat.Sequential(
                compat.ConvTranspose2d(c_in, c_out, kernel_size=3, stride=2, padding=1, output_padding=1),
                compat.BatchNorm2d(c_out),
                compat.LeakyReLU(0.2)))
        self.decoder = compat.Sequential(*stages)
        self.to_image = compat.Sequential(
            compat.Conv2d(reverse[-1], out_channels=in_channels, kernel_size=3, padding=1),
            nn.Tanh())

    def encode(self, x: mx.array) -> Tuple[mx.array, mx.array]:
        h = self.encoder(x)
        h = mx.flatten(h, 1)
        return self.to_mu(h), self.to_logvar(h)

    def decode(self, z: mx.array) -> mx.array:
        h = self.from_latent(z)
        h = h.reshape(-1, *self.code_shape)
        return self.to_image(self.decoder(h))

    def reparameterize(self, mu: mx.array, logvar: mx.array) -> mx.array:
        std = mx.exp(0.5 * logvar)
        eps = mx.random.normal(std.shape, dtype=std.dtype)
        return eps * std + mu

    def __call__(self, x: mx.array, **kwargs: Any) -> List[mx.array]:
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar) if self.training else mu
        return [self.decode(z), x, mu, logvar]

    def loss(self, *outputs: Any, **kwargs: Any) -> Dict[str, mx.array]:
        recon, x, mu, logvar = outputs
        weight = kwargs["kl_weight"]
        recon_loss = nn.losses.mse_loss(recon, x)
        kl = kl_to_unit_gaussian(mu, logvar)
        # the parts are for the log only
        return {"loss": recon_loss + weight * kl, "recon": mx.stop_gradient(recon_loss), "kl": mx.stop_gradient(kl)}

    def sample(self, n: int, device: str, **kwargs: Any) -> mx.array:
        z = mx.random.normal((n, self.latent))
        return self.decode(z)

    def reconstruct(self, x: mx.array) -> mx.array:
        return self(x)[0]


class CapacityVAE(ConvVAE):
    """Asks for a KL of a given size that grows while training."""

    calls = 0

    def __init__(self, *args: Any, gamma: float = 10., max_capacity: float = 25., warmup: float = 1e3,
                 **kwargs: Any) -> None:
        super(CapacityVAE, self).__init__(*args, **kwargs)
        self.gamma = gamma
        self.warmup = warmup
        compat.plain_attribute(self, "max_capacity", compat.legacy_tensor([max_capacity]))  # a plain tensor: not trained, not saved

    def loss(self, *outputs: Any, **kwargs: Any) -> Dict[str, mx.array]:
        self.calls += 1
        recon, x, mu, logvar = outputs
        capacity = mx.clip(self.max_capacity * self.calls / self.warmup, 0, mx.stop_gradient(self.max_capacity)[0])
        recon_loss = nn.losses.mse_loss(recon, x)
        kl = kl_to_unit_gaussian(mu, logvar)
        return {"loss": recon_loss + self.gamma * (kl - capacity).abs(), "recon": recon_loss, "kl": kl}
