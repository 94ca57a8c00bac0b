# script model=net | tol=1e-3 | limit=120 | packages=torchvision==0.29.2,pillow==13.0.0
"""The first script that everybody writes: digits, transforms, a loader, a small network, and a grid of images at the end."""
import gzip
import hashlib
import os
import tempfile

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
import torchvision
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms
from torchvision.utils import make_grid, save_image

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def write_archives(folder):
    """Small files in MNIST's own format, where a download puts them: it has only to unpack them."""
    rng = np.random.RandomState(0)
    resources = []
    for part, count in (("train", 24), ("t10k", 9)):
        for name, values in (("images-idx3", rng.randint(0, 256, (count, 28, 28))), ("labels-idx1", rng.randint(0, 10, (count,)))):
            head = bytes([0, 0, 8, values.ndim]) + b"".join([size.to_bytes(4, "big") for size in values.shape])
            content = gzip.compress(head + values.astype(np.uint8).tobytes())
            path = os.path.join(folder, f"{part}-{name}-ubyte.gz")
            with open(path, "wb") as f:
                f.write(content)
            resources.append((os.path.basename(path), hashlib.md5(content).hexdigest()))
    return resources


root = tempfile.mkdtemp()
os.makedirs(os.path.join(root, "MNIST", "raw"))
datasets.MNIST.resources = write_archives(os.path.join(root, "MNIST", "raw"))


class IndexedMNIST(torchvision.datasets.MNIST):
    """Gives the index as well."""

    @property
    def raw_folder(self):
        return os.path.join(self.root, "MNIST", "raw")

    def __getitem__(self, index):
        image, target = super().__getitem__(index)
        return image, target, index


transform = transforms.Compose([
    transforms.Resize(20),
    transforms.CenterCrop((16, 18)),
    transforms.ToTensor(),
    transforms.Normalize((0.1307,), (0.3081,)),
])
train_set = datasets.MNIST(root, train=True, download=True, transform=transform)
test_set = IndexedMNIST(root=root, train=False, transform=transform)
train_loader = DataLoader(train_set, batch_size=8, shuffle=False, num_workers=2, pin_memory=True)
test_loader = torch.utils.data.DataLoader(test_set, batch_size=4)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torchvision.ops.Conv2dNormActivation(1, 4, kernel_size=3, stride=2)
        self.depth = torchvision.ops.StochasticDepth(0.0, "row")
        self.fc = nn.Linear(4 * 8 * 9, 10)

    def forward(self, x):
        x = self.depth(self.conv(x))
        return F.log_softmax(self.fc(torch.flatten(x, 1)), dim=1)


net = Net().to(device)
optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
losses = []
for epoch in range(2):
    net.train()
    for batch_idx, (data, target) in enumerate(train_loader):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        loss = F.nll_loss(net(data), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

net.eval()
correct, seen = 0, []
with torch.no_grad():
    for data, target, index in test_loader:
        pred = net(data.to(device)).argmax(dim=1)
        correct += pred.eq(target.to(device)).sum().item()
        seen.append(index)

first = next(iter(train_loader))[0]
grid = make_grid(first, nrow=4, normalize=True)
save_image(first, os.path.join(root, "grid.png"), nrow=4, normalize=True)
pixels = train_set.data.float().mean() / 255
part = Subset(train_set, [3, 1])

losses, correct, len(test_set), torch.cat(seen), grid, pixels, part[1], train_set.targets[:4], os.path.getsize(os.path.join(root, "grid.png")) > 0, net
