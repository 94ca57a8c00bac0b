# script model=cnn | content=f32[1,3,8,8]>0 | style=f32[1,3,8,8]>0 | tol=1e-3
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim


class Features(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 6, 3, padding=1)

    def forward(self, x):
        a = torch.tanh(self.conv1(x))
        b = torch.tanh(self.conv2(a))
        return a, b


def gram_matrix(t):
    b, c, h, w = t.size()
    features = t.view(b * c, h * w)
    return torch.mm(features, features.t()) / (b * c * h * w)


cnn = Features().eval()
for param in cnn.parameters():
    param.requires_grad_(False)


def run_style_transfer(content_img, style_img, num_steps=6, style_weight=1000.0):
    target = cnn(content_img)[1].detach()
    style_grams = [gram_matrix(f).detach() for f in cnn(style_img)]
    input_img = content_img.clone()
    optimizer = optim.Adam([input_img.requires_grad_()], lr=0.05)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    losses = []
    for step in range(num_steps):
        with torch.no_grad():
            input_img.clamp_(0, 1)
        optimizer.zero_grad()
        features = cnn(input_img)
        content_loss = F.mse_loss(features[1], target)
        style_loss = 0
        for f, gram in zip(features, style_grams):
            style_loss += F.mse_loss(gram_matrix(f), gram)
        loss = content_loss + style_weight * style_loss
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append((loss.item(), style_loss.item()))
    with torch.no_grad():
        input_img.clamp_(0, 1)
    return input_img.detach(), losses


run_style_transfer(content, style), cnn
