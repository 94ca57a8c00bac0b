from collections import namedtuple

import mlx.core as mx
import mlx.nn as nn

from .linear import Linear
from .sequential import Sequential
from .torch_module import _TorchModule

_AdaptiveOutput = namedtuple("_AdaptiveOutput", ["output", "loss"])


class AdaptiveLogSoftmaxWithLoss(_TorchModule):
    """PyTorch's `nn.AdaptiveLogSoftmaxWithLoss`: rare classes in clusters with smaller projections.

    The log probabilities of all classes are computed, also where one class is asked for.
    """

    def __init__(self, in_features, n_classes, cutoffs, div_value=4.0, head_bias=False, device=None, dtype=None):
        super().__init__()
        self.in_features, self.n_classes, self.div_value, self.head_bias = in_features, n_classes, div_value, head_bias
        self.cutoffs = [*cutoffs, n_classes]
        self.shortlist_size, self.n_clusters = self.cutoffs[0], len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias)
        self.tail = []
        for i in range(self.n_clusters):
            hidden, size = int(in_features // div_value ** (i + 1)), self.cutoffs[i + 1] - self.cutoffs[i]
            self.tail.append(Sequential(Linear(in_features, hidden, bias=False), Linear(hidden, size, bias=False)))
        if dtype is not None:
            self.set_dtype(dtype)

    def reset_parameters(self):
        self.head.reset_parameters()
        for projection, out in self.tail:
            projection.reset_parameters()
            out.reset_parameters()

    def log_prob(self, input):
        head = nn.log_softmax(self.head(input), axis=1)
        parts = [head[:, : self.shortlist_size]]
        for i, cluster in enumerate(self.tail):
            of_cluster = head[:, self.shortlist_size + i : self.shortlist_size + i + 1]
            parts.append(nn.log_softmax(cluster(input), axis=1) + of_cluster)
        return mx.concatenate(parts, axis=1)

    def predict(self, input):
        return mx.argmax(self.log_prob(input), axis=1).astype(mx.int64)

    def __call__(self, input, target):
        batched = input.ndim == 2
        log_prob = self.log_prob(input if batched else input[None])
        target = target if batched else target.reshape(1)
        output = mx.take_along_axis(log_prob, mx.stop_gradient(target)[:, None], axis=1)[:, 0]
        return _AdaptiveOutput(output if batched else output[0], -mx.mean(output))
