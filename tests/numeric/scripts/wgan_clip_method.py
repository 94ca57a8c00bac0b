# script xs=f32[6,8,5] | zs=f32[6,8,3] | tol=1e-4
import torch
import torch.nn as nn


def filled(module):
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(torch.linspace(-0.5, 0.7, p.numel()).view_as(p) * (1 + i % 3))
    return module


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(5, 4), nn.LeakyReLU(0.2), nn.Linear(4, 1))

    def forward(self, x):
        return self.net(x)

    def clip_weights(self, vmax=0.01):
        """Keeps the critic Lipschitz."""
        for p in self.parameters():
            p.data.clamp_(-vmax, vmax)


def play(critic, generator, xs, zs):
    critic_opt = torch.optim.RMSprop(critic.parameters(), lr=5e-3)
    gen_opt = torch.optim.RMSprop(generator.parameters(), lr=5e-3)
    history = []
    for i, (x, z) in enumerate(zip(xs, zs)):
        critic.clip_weights(0.3)
        critic_opt.zero_grad()
        fake = generator(z).detach()
        loss = critic(fake).mean() - critic(x).mean()
        loss.backward()
        critic_opt.step()
        history.append(loss.item())
        if i % 2 == 0:
            gen_opt.zero_grad()
            gen_loss = -critic(generator(z)).mean()
            gen_loss.backward()
            gen_opt.step()
            history.append(gen_loss.item())
    return history


# What `filled` gives is of no known class.
critic, generator = filled(Critic()), filled(nn.Linear(3, 5))
play(critic, generator, xs, zs), critic, generator
