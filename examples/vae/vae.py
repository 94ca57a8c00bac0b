"""A variational autoencoder on small synthetic pictures of soft blobs.

    python vae.py --epochs 5
"""
import argparse

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional as F

SIZE = 16


class VAE(nn.Module):
    def __init__(self, in_dim=SIZE * SIZE, hidden=128, latent=8):
        super(VAE, self).__init__()
        self.enc = nn.Linear(in_dim, hidden)
        self.to_mu = nn.Linear(hidden, latent)
        self.to_logvar = nn.Linear(hidden, latent)
        self.dec = nn.Linear(latent, hidden)
        self.to_image = nn.Linear(hidden, in_dim)
        self.latent = latent

    def encode(self, x):
        h = F.relu(self.enc(x))
        return self.to_mu(h), self.to_logvar(h)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        h = F.relu(self.dec(z))
        return torch.sigmoid(self.to_image(h))

    def forward(self, x):
        mu, logvar = self.encode(x.view(x.size(0), -1))
        # sample while training, take the mean otherwise
        z = self.reparameterize(mu, logvar) if self.training else mu
        return self.decode(z), mu, logvar


def vae_loss(recon, x, mu, logvar):
    """Reconstruction plus KL divergence to the unit Gaussian, summed over pixels, per image."""
    n = x.size(0)
    reconstruction = F.binary_cross_entropy(recon, x.view(n, -1), reduction="sum")
    kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return (reconstruction + kl) / n


def blobs(n, seed):
    """`n` pictures (n, 1, SIZE, SIZE), values in [0, 1]: one soft blob each."""
    rng = np.random.default_rng(seed)
    yy, xx = np.mgrid[0:SIZE, 0:SIZE]
    cy = rng.uniform(3, SIZE - 4, size=(n, 1, 1))
    cx = rng.uniform(3, SIZE - 4, size=(n, 1, 1))
    width = rng.uniform(1.5, 3.0, size=(n, 1, 1))
    img = np.exp(-((yy - cy) ** 2 + (xx - cx) ** 2) / (2 * width ** 2))
    return torch.from_numpy(img.astype(np.float32)).unsqueeze(1)


def train(model, data, optimizer, epoch, args, device):
    model.train()
    train_loss = 0
    perm = torch.randperm(len(data))
    n_batches = len(data) // args.batch_size
    for i in range(n_batches):
        batch = data[perm[i * args.batch_size:(i + 1) * args.batch_size]].to(device)
        optimizer.zero_grad()
        recon, mu, logvar = model(batch)
        loss = vae_loss(recon, batch, mu, logvar)
        loss.backward()
        optimizer.step()
        train_loss += loss.item()
        if i % args.log_interval == 0:
            print(f"epoch {epoch} [{i}/{n_batches}]  loss {loss.item():.3f}")
    return train_loss / n_batches


def test(model, data, device):
    model.eval()
    with torch.no_grad():
        data = data.to(device)
        recon, mu, logvar = model(data)
        return vae_loss(recon, data, mu, logvar).item()


def show(img):
    """A picture as text, for terminals."""
    ramp = " .:-=+*#%@"
    for row in img.tolist():
        print("".join(ramp[min(int(v * len(ramp)), len(ramp) - 1)] for v in row))


def main():
    parser = argparse.ArgumentParser(description="VAE on blobs")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--no-cuda", action="store_true", default=False)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log-interval", type=int, default=10)
    args = parser.parse_args()
    args.cuda = not args.no_cuda and torch.cuda.is_available()

    torch.manual_seed(args.seed)
    device = torch.device("cuda" if args.cuda else "cpu")

    train_data, test_data = blobs(2048, seed=0), blobs(256, seed=1)
    model = VAE().to(device)
    optimizer = optim.Adam(model.parameters(), lr=args.lr)

    for epoch in range(1, args.epochs + 1):
        loss = train(model, train_data, optimizer, epoch, args, device)
        print(f"epoch {epoch}: train {loss:.3f}, test {test(model, test_data, device):.3f}")

    with torch.no_grad():
        sample = torch.randn(1, model.latent).to(device)
        sample = model.decode(sample).cpu()
        show(sample.view(SIZE, SIZE))


if __name__ == "__main__":
    main()
