from abc import ABC, abstractmethod
from typing import Any, Dict, List, Tuple

import torch
from torch import nn
from torch import Tensor
from torch.nn import functional as F


def kl_to_unit_gaussian(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, exp(logvar)) || N(0, 1)): summed over the latent axis, mean over the batch."""
    return torch.mean(-0.5 * torch.sum(1 + logvar - mu ** 2 - logvar.exp(), dim=1), dim=0)


class Autoencoder(nn.Module, ABC):

    @abstractmethod
    def encode(self, x: Tensor) -> Any:
        """The code of a batch of images [B x C x H x W]."""

    @abstractmethod
    def decode(self, z: Tensor) -> Tensor:
        raise NotImplementedError

    def loss(self, *outputs: Any, **kwargs: Any) -> Dict[str, Tensor]:
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
            stages.append(nn.Sequential(
                nn.Conv2d(c_in, out_channels=c_out, kernel_size=3, stride=2, padding=1),
                nn.BatchNorm2d(c_out),
                nn.LeakyReLU()))
        self.encoder = nn.Sequential(*stages)
        self.to_mu = nn.Linear(flat, latent)
        self.to_logvar = nn.Linear(flat, latent)

        self.from_latent = nn.Linear(latent, flat)
        stages = []
        reverse = widths[::-1]
        for c_in, c_out in zip(reverse, reverse[1:] + [reverse[-1]]):
            stages.append(nn.Sequential(
                nn.ConvTranspose2d(c_in, c_out, kernel_size=3, stride=2, padding=1, output_padding=1),
                nn.BatchNorm2d(c_out),
                nn.LeakyReLU(0.2)))
        self.decoder = nn.Sequential(*stages)
        self.to_image = nn.Sequential(
            nn.Conv2d(reverse[-1], out_channels=in_channels, kernel_size=3, padding=1),
            nn.Tanh())

    def encode(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        h = self.encoder(x)
        h = torch.flatten(h, start_dim=1)
        return self.to_mu(h), self.to_logvar(h)

    def decode(self, z: Tensor) -> Tensor:
        h = self.from_latent(z)
        h = h.view(-1, *self.code_shape)
        return self.to_image(self.decoder(h))

    def reparameterize(self, mu: Tensor, logvar: Tensor) -> Tensor:
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return eps * std + mu

    def forward(self, x: Tensor, **kwargs: Any) -> List[Tensor]:
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar) if self.training else mu
        return [self.decode(z), x, mu, logvar]

    def loss(self, *outputs: Any, **kwargs: Any) -> Dict[str, Tensor]:
        recon, x, mu, logvar = outputs
        weight = kwargs["kl_weight"]
        recon_loss = F.mse_loss(recon, x)
        kl = kl_to_unit_gaussian(mu, logvar)
        # the parts are for the log only
        return {"loss": recon_loss + weight * kl, "recon": recon_loss.detach(), "kl": kl.detach()}

    def sample(self, n: int, device: str, **kwargs: Any) -> Tensor:
        z = torch.randn(n, self.latent)
        z = z.to(device)
        return self.decode(z)

    def reconstruct(self, x: Tensor) -> Tensor:
        return self.forward(x)[0]


class CapacityVAE(ConvVAE):
    """Asks for a KL of a given size that grows while training."""

    calls = 0

    def __init__(self, *args: Any, gamma: float = 10., max_capacity: float = 25., warmup: float = 1e3,
                 **kwargs: Any) -> None:
        super(CapacityVAE, self).__init__(*args, **kwargs)
        self.gamma = gamma
        self.warmup = warmup
        self.max_capacity = torch.Tensor([max_capacity])  # a plain tensor: not trained, not saved

    def loss(self, *outputs: Any, **kwargs: Any) -> Dict[str, Tensor]:
        self.calls += 1
        recon, x, mu, logvar = outputs
        self.max_capacity = self.max_capacity.to(x.device)
        capacity = torch.clamp(self.max_capacity * self.calls / self.warmup, 0, self.max_capacity.data[0])
        recon_loss = F.mse_loss(recon, x)
        kl = kl_to_unit_gaussian(mu, logvar)
        return {"loss": recon_loss + self.gamma * (kl - capacity).abs(), "recon": recon_loss, "kl": kl}
