# script model=model | xs=f32[10,2,3,8,8] | ys=np.random.default_rng(1).integers(0, 2, (10, 2, 1, 8, 8)).astype(np.float32) | train=10 | tol=1e-3
import torch
import torch.nn as nn
import torch.nn.functional as F


class DiceBCE(nn.Module):
    def __init__(self, weight=None, smooth=1.0, gamma=2, alpha=0.25):
        super().__init__()
        self.smooth, self.gamma, self.alpha = smooth, gamma, alpha
        self.weight = weight

    def forward(self, logits, targets):
        probs = torch.sigmoid(logits)
        p, t = probs.view(-1), targets.view(-1)
        inter = (p * t).sum()
        dice = 1 - (2.0 * inter + self.smooth) / (p.sum() + t.sum() + self.smooth)
        bce = F.binary_cross_entropy_with_logits(logits, targets, weight=self.weight, reduction="none")
        pt = torch.exp(-bce)
        focal = (self.alpha * (1 - pt) ** self.gamma * bce).mean()
        ce = F.binary_cross_entropy(p, t)
        tv = (probs[..., 1:, :] - probs[..., :-1, :]).abs().mean() + (probs[..., 1:] - probs[..., :-1]).abs().mean()
        return dice + focal + ce + 0.1 * tv


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.LeakyReLU(0.2, inplace=True))
        self.pool = nn.MaxPool2d(2)
        self.c2 = nn.Sequential(nn.Conv2d(4, 8, 3, padding=1), nn.GroupNorm(2, 8), nn.SiLU())
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.out = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = self.c1(x)
        b = self.up(self.c2(self.pool(a)))
        return self.out(torch.cat([a, b], 1))


model = Net()
criterion = DiceBCE()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[3, 6], gamma=0.5)
losses = []
for x, y in zip(xs, ys):
    model.train()
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())

losses, model
