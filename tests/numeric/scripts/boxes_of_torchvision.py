# script model=model | tol=1e-3 | limit=120 | packages=torchvision==0.29.2,pillow==13.0.0
"""A small detector on a folder of images: a pyramid of features, boxes that are pooled, the losses of boxes, and nms at the end."""
import os
import tempfile
from collections import OrderedDict

import numpy as np
import torch
import torchvision
import torchvision.transforms as T
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, WeightedRandomSampler, random_split
from torchvision.datasets import ImageFolder
from torchvision.ops import MultiScaleRoIAlign, box_iou, generalized_box_iou_loss, nms, sigmoid_focal_loss
from torchvision.ops.feature_pyramid_network import FeaturePyramidNetwork, LastLevelMaxPool
from torchvision.ops.misc import FrozenBatchNorm2d

torch.manual_seed(0)
root = tempfile.mkdtemp()
rng = np.random.RandomState(1)
for label in ("cat", "dog"):
    os.makedirs(os.path.join(root, "train", label))
    for i in range(3):
        Image.fromarray(rng.randint(0, 256, (40, 36, 3)).astype(np.uint8)).save(os.path.join(root, "train", label, f"{i}.png"))


class BoxFolder(ImageFolder):
    """Each image comes with two boxes around its middle."""

    def __getitem__(self, index):
        path, label = self.samples[index]
        image = self.loader(path)
        if self.transform is not None:
            image = self.transform(image)
        boxes = torch.tensor([[4.0, 5.0, 20.0, 22.0], [8.0, 3.0, 30.0, 28.0]]) + index
        return image, {"boxes": boxes, "label": torch.tensor(label)}


def collate_fn(batch):
    return tuple(zip(*batch))


class Detector(nn.Module):
    def __init__(self, norm_layer=FrozenBatchNorm2d):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 3, stride=2, padding=1), norm_layer(6), nn.ReLU(inplace=True))
        self.deeper = torchvision.ops.Conv2dNormActivation(6, 8, stride=2, norm_layer=norm_layer)
        self.squeeze = torchvision.ops.SqueezeExcitation(8, 4)
        self.fpn = FeaturePyramidNetwork([6, 8], 5, extra_blocks=LastLevelMaxPool())
        self.pool = MultiScaleRoIAlign(featmap_names=["0", "1"], output_size=3, sampling_ratio=2, canonical_scale=16, canonical_level=2)
        self.head = torchvision.ops.MLP(5 * 9, [16, 5], dropout=0.0)

    def forward(self, images, boxes):
        x = torch.stack(images)
        fine = self.stem(x)
        coarse = self.squeeze(self.deeper(fine))
        features = self.fpn(OrderedDict([("0", fine), ("1", coarse)]))
        pooled = self.pool(features, boxes, [tuple(image.shape[-2:]) for image in images])
        out = self.head(pooled.flatten(start_dim=1))
        rois = torch.cat(boxes)
        moved = rois + torch.cat([-out[:, :2].exp(), out[:, 2:4].exp()], dim=1)
        return out[:, 4], torchvision.ops.clip_boxes_to_image(moved, images[0].shape[-2:])


dataset = BoxFolder(os.path.join(root, "train"), transform=T.Compose([T.Resize((32, 32)), T.ToTensor()]))
loader = DataLoader(dataset, batch_size=2, shuffle=False, collate_fn=collate_fn)
counts = np.bincount(dataset.targets)
sampler = WeightedRandomSampler([1.0 / counts[t] for t in dataset.targets], num_samples=len(dataset))
train_part, valid_part = random_split(dataset, [4, 2])

model = Detector()
params = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.Adam(params, lr=1e-3)
history = []
for images, targets in loader:
    boxes = [t["boxes"] for t in targets]
    scores, predicted = model(images, boxes)
    truth = torch.cat(boxes)
    labels = torch.stack([t["label"] for t in targets]).repeat_interleave(2).float()
    loss = generalized_box_iou_loss(predicted, truth, reduction="mean") + sigmoid_focal_loss(scores, labels, reduction="mean")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    history.append(loss.item())

model.eval()
with torch.no_grad():
    scores, predicted = model(images, boxes)
    keep = nms(predicted, scores.sigmoid(), iou_threshold=0.5)
    overlap = box_iou(predicted[keep], truth)
    best, which = overlap.max(dim=1)

history, keep, best, which, len(sampler), len(train_part) + len(valid_part), dataset.classes, model
