# script weights=own | tol=1e-4
# Two losses over the same features, each with its own backward pass: gradients add up, and dropout and statistics are those of one forward pass.
import torch
import torch.nn as nn
import torch.nn.functional as F


def filled(net):
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.linspace(-0.5, 0.5, p.numel()).view_as(p).sin())
    return net


def batches(n=5):
    return [(torch.linspace(-1, 1, 24).reshape(6, 4).cos() * (i + 1), torch.linspace(0, 1, 6).reshape(6, 1) * i) for i in range(n)]


def two_heads():
    enc = filled(nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Tanh()))
    head_a, head_b = filled(nn.Linear(6, 1)), filled(nn.Linear(6, 1))
    opt = torch.optim.SGD(list(enc.parameters()) + list(head_a.parameters()) + list(head_b.parameters()), lr=1e-2, momentum=0.9)
    losses = []
    for x, y in batches():
        opt.zero_grad()
        feat = enc(x)
        loss1 = (head_a(feat) - y).pow(2).mean()
        loss1.backward(retain_graph=True)
        loss2 = (head_b(feat) + y).abs().mean()
        loss2.backward()
        opt.step()
        losses.append(loss1.item() + loss2.item())
    return losses, [v.detach() for v in enc.state_dict().values() if v.is_floating_point()], head_a.weight.detach(), head_b.bias.detach()


def same_name():
    enc, head = filled(nn.Linear(4, 6)), filled(nn.Linear(6, 1))
    opt = torch.optim.SGD([*enc.parameters(), *head.parameters()], lr=1e-2, momentum=0.9)
    logged = []
    for x, y in batches():
        opt.zero_grad()
        feat = torch.tanh(enc(x))
        loss = F.mse_loss(head(feat), y)
        loss.backward(retain_graph=True)
        logged.append(loss.item())
        loss = 0.1 * head(feat.flip(0)).abs().mean()
        loss.backward(retain_graph=True)
        loss = 0.5 * feat.pow(2).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(enc.parameters()) + list(head.parameters()), 1.0)
        opt.step()
        logged.append(loss.item())
    return logged, enc.weight.detach(), head.weight.detach()


# Both optimizers take the sum.
def two_optimizers():
    gen, disc = filled(nn.Linear(4, 3)), filled(nn.Linear(3, 1))
    opt_g, opt_d = torch.optim.SGD(gen.parameters(), lr=0.05), torch.optim.SGD(disc.parameters(), lr=0.05)
    for x, y in batches():
        opt_g.zero_grad()
        opt_d.zero_grad()
        fake = gen(x)
        loss_g = -disc(fake).mean()
        loss_g.backward(retain_graph=True)
        loss_d = (disc(fake) - y).pow(2).mean()
        (2 * loss_d).backward()
        opt_g.step()
        opt_d.step()
    return gen.weight.detach(), disc.weight.detach()


two_heads(), same_name(), two_optimizers()
