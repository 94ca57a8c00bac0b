import math

from .cross_entropy import cross_entropy
from .linear import Linear
from .loss_layers import WeightedLoss


def linear_cross_entropy(input, linear_weight, target, *, linear_bias=None, weight=None, reduction="mean", ignore_index=None, label_smoothing=0.0):
    """``F.linear_cross_entropy``: the cross entropy of `input @ linear_weight.T`, whose classes are the first axis of the weight."""
    classes, *out_features, in_features = linear_weight.shape
    logits = input @ linear_weight.reshape(-1, in_features).T
    if linear_bias is not None:
        logits = logits + linear_bias.reshape(-1)
    logits = logits.reshape(*input.shape[:-1], classes, *out_features)
    return cross_entropy(logits, target, weight, -100 if ignore_index is None else ignore_index, reduction, label_smoothing)


class LinearCrossEntropyLoss(WeightedLoss):
    """PyTorch's `nn.LinearCrossEntropyLoss`: a linear layer, `linear`, and the cross entropy of what it gives."""

    def __init__(self, in_features, num_classes, *, out_features=(), bias=False, device=None, dtype=None, reduction="mean", weight=None,
                 ignore_index=None, label_smoothing=0.0):
        super().__init__(weight, reduction=reduction)
        self.num_classes, self.ignore_index, self.label_smoothing = num_classes, ignore_index, label_smoothing
        object.__setattr__(self, "out_features", tuple(out_features))
        self.linear = Linear(in_features, math.prod(out_features, start=num_classes), bias=bias, dtype=dtype)

    def __call__(self, input, target):
        shape = (self.num_classes, *self.out_features)
        bias = None if self.linear.bias is None else self.linear.bias.reshape(shape)
        return linear_cross_entropy(
            input, self.linear.weight.reshape(*shape, -1), target, linear_bias=bias, weight=self.weight, reduction=self.reduction,
            ignore_index=self.ignore_index, label_smoothing=self.label_smoothing)
