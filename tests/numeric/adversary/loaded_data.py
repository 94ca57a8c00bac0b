"""`.data` of what a loader, a list or an object gives, where it is compared, indexed, handed on or kept under a name; and of objects that are no arrays."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

device = torch.device("cpu")


def net():
    fc = nn.Linear(4, 3)
    with torch.no_grad():
        fc.weight.copy_(torch.sin(torch.arange(12.0)).view(3, 4))
        fc.bias.zero_()
    return fc


def evaluate(model, loader):
    model.eval()
    n = 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            _, preds = torch.max(model(inputs), 1)
            n += torch.sum(preds == labels.data)
            n += (preds == labels.data).sum().item()
            n += torch.sum(preds == labels.data.view_as(preds))
    return n


# run evaluated(x, y) | x=f32[20,4] | y=i64[20] < 3
def evaluated(x, y):
    return int(evaluate(net(), DataLoader(TensorDataset(x, y), batch_size=5)))


def evaluate_untouched(model, loader):
    n = 0
    for inputs, labels in loader:
        preds = model(inputs).argmax(dim=1)
        n += torch.sum(preds == labels.data)
        n += (labels.data != preds).sum()
        n += torch.eq(preds[:2], labels.data[:2]).sum()
    return n


# run untouched(x, y) | x=f32[20,4] | y=i64[20] < 3
def untouched(x, y):
    return int(evaluate_untouched(net(), [(x, y)]))


# run label_param(out, y) | out=f32[20,3] | y=i64[20] < 3
def label_param(out, y):
    return (out.argmax(1) == y.data[:20]).sum().item(), torch.sum(out.max(1)[1][:5] == y.data[5:10]).item()


# run label_data(x, y) | x=f32[20,3] | y=i64[20] < 3
def label_data(x, y):
    pred = x.data.max(1)[1]
    return (pred == y.data).sum().item(), (pred[:5] == y.data[:5]).float().mean()


def penalty(D, real, fake):
    return (D(real) - D(fake)).mean()


def handed_on(D, loader, xs):
    total = 0
    for i, (imgs, _) in enumerate(loader):
        real = imgs.to(device)
        out = D(imgs)
        total = total + penalty(D, real.data, out.data.repeat(1, 2)[:, :4]) + penalty(D, imgs.data, real)
    for i in range(len(xs)):
        real = xs[i]
        fake = torch.tanh(real)
        total = total + D(real).mean() + penalty(D, real.data, fake.data)
    return total


# run handed(x, y) | x=f32[20,4] | y=i64[20] < 3 | grad=x
def handed(x, y):
    return handed_on(net(), [(x, y)], [x[:3], x[3:6]])


def attack(model, images, labels, eps=0.1):
    images = images.to(device)
    labels = labels.to(device)
    ori_images = images.data
    adv = images + eps * torch.sign(images)
    eta = torch.clamp(adv - ori_images, min=-0.05, max=0.05)
    return F.cross_entropy(model(ori_images + eta), labels)


# run attacked(x, y) | x=f32[20,4] | y=i64[20] < 3
def attacked(x, y):
    return attack(net(), x, y)


class Response:
    def __init__(self, data):
        self.data = data


def shown(values):
    return [value for value in values]


def of_objects(objects, wanted):
    found = []
    for name, item in objects:
        if item.data == wanted:
            found.append(name)
        found.extend(shown(item.data))
        found.append(item.data[0])
        kept = item.data
        found.append(len(kept))
    return "".join(str(part) for part in found)


# run objects()
def objects():
    return of_objects([("a", Response([3, 4])), ("b", Response([2]))], [3, 4])


# run of_arrays(x) | x=f32[3,2]
def of_arrays(x):
    import numpy as np

    a = np.ones((2, 2), dtype=np.float32)
    b = torch.from_numpy(a)
    return len(a.data), a.data[0, 0], b.data[0] == x.data[0]
