import mlx.core as mx
import mlx.nn as nn
from .. import mlx_compat as compat


class ClassifierMixin:
    """What all classifiers can do, on top of `forward`. Not a module by itself."""

    num_classes: int

    def reset_classifier(self, num_classes):
        self.num_classes = num_classes
        self.head = nn.Linear(self.head.weight.shape[1], num_classes)

    def classify(self, x, topk=1):
        self.eval()
        probs = mx.softmax(self(x), axis=-1, precise=True)
        values, indices = compat.topk(probs, topk, dim=-1)
        return indices, values


class VisionModel(nn.Module):
    """Features, pooling, head: subclasses bring `forward_features` and `num_features`."""

    def __init__(self, num_classes=10, in_chans=3):
        super().__init__()
        self.num_classes = num_classes
        self.in_chans = in_chans

    def make_head(self, num_features):
        self.num_features = num_features
        self.head = nn.Linear(num_features, self.num_classes)

    def forward_features(self, x):
        raise NotImplementedError

    def __call__(self, x):
        x = self.forward_features(x)
        x = x.mean(axis=(2, 3))
        return self.head(x)
