"""Adversarial training as people write it: one generator pass for both steps, with and without detach, dropout, penalties, several critic steps."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def filled(module):
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(torch.linspace(-0.5, 0.7, p.numel()).view_as(p) * (1 + i % 3))
    return module


def state(*modules):
    return [v.clone() for m in modules for v in m.state_dict().values()]


class Generator(nn.Module):
    def __init__(self, latent=3, out=5):
        super().__init__()
        self.model = nn.Sequential(nn.Linear(latent, 6, bias=False), nn.BatchNorm1d(6, 0.8), nn.LeakyReLU(0.2, inplace=True), nn.Linear(6, out), nn.Tanh())

    def forward(self, z):
        return self.model(z)


class Discriminator(nn.Module):
    def __init__(self, features=5):
        super().__init__()
        self.main = nn.Sequential(nn.Linear(features, 4), nn.LeakyReLU(0.2), nn.Linear(4, 1))

    def forward(self, x):
        return self.main(x)


# run one_pass(xs, zs) | xs=f32[6,8,5] | zs=f32[6,8,3] | tol=1e-4
def one_pass(xs, zs, lr=5e-3):
    gen, disc = filled(Generator()), filled(Discriminator())
    opt_gen = torch.optim.Adam(gen.parameters(), lr=lr, betas=(0.5, 0.999))
    opt_disc = torch.optim.Adam(disc.parameters(), lr=lr, betas=(0.5, 0.999))
    criterion = nn.BCEWithLogitsLoss()
    history = []
    for batch_idx, (real, noise) in enumerate(zip(xs, zs)):
        real = real.view(-1, 5)
        ### Train Discriminator
        fake = gen(noise)
        disc_real = disc(real).view(-1)
        lossD_real = criterion(disc_real, torch.ones_like(disc_real))
        disc_fake = disc(fake).view(-1)
        lossD_fake = criterion(disc_fake, torch.zeros_like(disc_fake))
        lossD = (lossD_real + lossD_fake) / 2
        disc.zero_grad()
        lossD.backward(retain_graph=True)
        opt_disc.step()
        ### Train Generator
        output = disc(fake).view(-1)
        lossG = criterion(output, torch.ones_like(output))
        gen.zero_grad()
        lossG.backward()
        opt_gen.step()
        if batch_idx == 0:
            history.append(fake.detach().mean().item())
        history += [lossD.item(), lossG.item()]
    return history, state(gen, disc)


# run generator_first(xs, zs) | xs=f32[6,8,5] | zs=f32[6,8,3] | tol=1e-4
def generator_first(xs, zs):
    generator, discriminator = filled(Generator()), filled(Discriminator())
    adversarial_loss = nn.BCEWithLogitsLoss()
    optimizer_G = torch.optim.Adam(generator.parameters(), lr=0.002, betas=(0.5, 0.999))
    optimizer_D = torch.optim.Adam(discriminator.parameters(), lr=0.002, betas=(0.5, 0.999))
    history = []
    for real_imgs, z in zip(xs, zs):
        valid = torch.ones(real_imgs.size(0), 1)
        fake = torch.zeros(real_imgs.size(0), 1)
        optimizer_G.zero_grad()
        gen_imgs = generator(z)
        g_loss = adversarial_loss(discriminator(gen_imgs), valid)
        g_loss.backward()
        optimizer_G.step()
        optimizer_D.zero_grad()
        real_loss = adversarial_loss(discriminator(real_imgs), valid)
        fake_loss = adversarial_loss(discriminator(gen_imgs.detach()), fake)
        d_loss = (real_loss + fake_loss) / 2
        d_loss.backward()
        optimizer_D.step()
        history.append((d_loss.item(), g_loss.item()))
    return history, state(generator, discriminator)


class Trainer:
    def __init__(self, latent):
        self.latent = latent
        self.G = filled(nn.Sequential(nn.Linear(latent, 6), nn.Dropout(0.5), nn.Linear(6, 5)))
        self.D = filled(Discriminator())
        self.opt_g = torch.optim.SGD(self.G.parameters(), lr=0.1)
        self.opt_d = torch.optim.SGD(self.D.parameters(), lr=0.0)

    def train_step(self, real):
        """The critic stays as it is, so both steps score the same fakes."""
        self.opt_d.zero_grad()
        fake = self.G(torch.randn(real.size(0), self.latent))
        first = self.D(fake.detach()).mean()
        loss_d = first - self.D(real).mean()
        loss_d.backward()
        self.opt_d.step()
        self.opt_g.zero_grad()
        loss_g = self.D(fake).mean()
        loss_g.backward()
        self.opt_g.step()
        return abs(loss_g.item() - first.item()) < 1e-5


# run same_noise(xs) | xs=f32[6,8,5]
def same_noise(xs):
    trainer = Trainer(3)
    return [trainer.train_step(x) for x in xs]


# run two_losses(xs, zs) | xs=f32[6,8,5] | zs=f32[6,8,3] | tol=1e-4
def two_losses(xs, zs):
    netG, netD = filled(Generator()), filled(Discriminator())
    optG, optD = torch.optim.RMSprop(netG.parameters(), lr=1e-3), torch.optim.RMSprop(netD.parameters(), lr=1e-3)
    out = []
    for step, (real, z) in enumerate(zip(xs, zs)):
        optD.zero_grad()
        fake = netG(z)
        features = fake * 2
        loss_real = F.relu(1.0 - netD(real)).mean()
        loss_fake = F.relu(1.0 + netD(features.detach())).mean()
        (loss_real + loss_fake).backward()
        optD.step()
        for p in netD.parameters():
            p.data.clamp_(-0.9, 0.9)
        if step % 2 == 1:
            out.append(loss_fake.item())
            continue
        optG.zero_grad()
        loss_adv = -netD(features).mean()
        loss_rec = F.l1_loss(fake, real)
        loss_G = loss_adv + 10 * loss_rec
        loss_G.backward()
        optG.step()
        out.append((loss_G.item(), loss_adv.item(), loss_rec.item()))
    return out, state(netG, netD)


class PatchGAN:
    """Labels and optimizers as attributes, the fake picture made in front."""

    def __init__(self):
        self.gen = filled(Generator(5, 5))
        self.disc = filled(Discriminator(10))
        self.g_optim = torch.optim.Adam(self.gen.parameters(), lr=2e-3)
        self.d_optim = torch.optim.Adam(self.disc.parameters(), lr=2e-3)
        self.bce, self.l1 = nn.BCEWithLogitsLoss(), nn.L1Loss()
        self.l1_lambda = 100

    def fit(self, xs, ys):
        log = []
        for x, y in zip(xs, ys):
            y_fake = self.gen(x)
            d_real = self.disc(torch.cat([x, y], 1))
            d_fake = self.disc(torch.cat([x, y_fake.detach()], 1))
            d_loss = (self.bce(d_real, torch.ones_like(d_real)) + self.bce(d_fake, torch.zeros_like(d_fake))) / 2
            self.d_optim.zero_grad()
            d_loss.backward()
            self.d_optim.step()

            d_fake = self.disc(torch.cat([x, y_fake], 1))
            g_loss = self.bce(d_fake, torch.ones_like(d_fake)) + self.l1(y_fake, y) * self.l1_lambda
            self.g_optim.zero_grad()
            g_loss.backward()
            self.g_optim.step()
            log.append({"d": d_loss.item(), "g": g_loss.item()})
        return log


# run patch(xs, ys) | xs=f32[6,8,5] | ys=f32[6,8,5] | tol=1e-4
def patch(xs, ys):
    gan = PatchGAN()
    return gan.fit(xs, ys), state(gan.gen, gan.disc)
