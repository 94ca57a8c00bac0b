import mlx.core as mx

from .binary_cross_entropy import binary_cross_entropy, binary_cross_entropy_with_logits
from .cosine_similarity import cosine_similarity, pairwise_distance, triplet_margin_loss, triplet_margin_with_distance_loss
from .cross_entropy import cross_entropy, nll_loss
from .ctc_loss import ctc_loss
from .kl_div import kl_div
from .legacy_reduction import legacy_reduction
from .margin_losses import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    soft_margin_loss,
)
from .poisson_nll_loss import gaussian_nll_loss, poisson_nll_loss
from .reduce_loss import reduce_loss
from .register_buffer import register_buffer
from .smooth_l1_loss import huber_loss, smooth_l1_loss
from .torch_module import _TorchModule


class Loss(_TorchModule):
    """PyTorch's loss layers: `reduction` is "mean" by default; `size_average` and `reduce` are its older spelling."""

    def __init__(self, size_average=None, reduce=None, reduction="mean"):
        super().__init__()
        self.reduction = legacy_reduction(size_average, reduce, reduction)


class WeightedLoss(Loss):
    """The same with a `weight`, a buffer: saved, not trained."""

    def __init__(self, weight=None, size_average=None, reduce=None, reduction="mean"):
        super().__init__(size_average, reduce, reduction)
        register_buffer(self, "weight", weight)


class L1Loss(Loss):
    """PyTorch's `nn.L1Loss`."""

    def __call__(self, input, target):
        return reduce_loss(mx.abs(input - target), self.reduction)


class MSELoss(Loss):
    """PyTorch's `nn.MSELoss`."""

    def __call__(self, input, target):
        return reduce_loss(mx.square(input - target), self.reduction)


class SmoothL1Loss(Loss):
    """PyTorch's `nn.SmoothL1Loss`."""

    def __init__(self, size_average=None, reduce=None, reduction="mean", beta=1.0):
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def __call__(self, input, target):
        return smooth_l1_loss(input, target, self.reduction, self.beta)


class HuberLoss(Loss):
    """PyTorch's `nn.HuberLoss`."""

    def __init__(self, reduction="mean", delta=1.0):
        super().__init__(reduction=reduction)
        self.delta = delta

    def __call__(self, input, target):
        return huber_loss(input, target, self.reduction, self.delta)


class CrossEntropyLoss(WeightedLoss):
    """PyTorch's `nn.CrossEntropyLoss`: logits with classes in axis 1; class indices or probabilities."""

    def __init__(self, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean",
                 label_smoothing=0.0):
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def __call__(self, input, target):
        return cross_entropy(input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing)


class NLLLoss(WeightedLoss):
    """PyTorch's `nn.NLLLoss`: log probabilities with classes in axis 1."""

    def __init__(self, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"):
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def __call__(self, input, target):
        return nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


class BCELoss(WeightedLoss):
    """PyTorch's `nn.BCELoss`: of probabilities."""

    def __call__(self, input, target):
        return binary_cross_entropy(input, target, self.weight, self.reduction)


class BCEWithLogitsLoss(WeightedLoss):
    """PyTorch's `nn.BCEWithLogitsLoss`."""

    def __init__(self, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None):
        super().__init__(weight, size_average, reduce, reduction)
        register_buffer(self, "pos_weight", pos_weight)

    def __call__(self, input, target):
        return binary_cross_entropy_with_logits(input, target, self.weight, self.reduction, self.pos_weight)


class KLDivLoss(Loss):
    """PyTorch's `nn.KLDivLoss`; `reduction` may be "batchmean"."""

    def __init__(self, size_average=None, reduce=None, reduction="mean", log_target=False):
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def __call__(self, input, target):
        return kl_div(input, target, self.reduction, self.log_target)


class PoissonNLLLoss(Loss):
    """PyTorch's `nn.PoissonNLLLoss`."""

    def __init__(self, log_input=True, full=False, size_average=None, eps=1e-8, reduce=None, reduction="mean"):
        super().__init__(size_average, reduce, reduction)
        self.log_input, self.full, self.eps = log_input, full, eps

    def __call__(self, log_input, target):
        return poisson_nll_loss(log_input, target, self.log_input, self.full, self.eps, self.reduction)


class GaussianNLLLoss(Loss):
    """PyTorch's `nn.GaussianNLLLoss`."""

    def __init__(self, *, full=False, eps=1e-6, reduction="mean"):
        super().__init__(reduction=reduction)
        self.full, self.eps = full, eps

    def __call__(self, input, target, var):
        return gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)


class HingeEmbeddingLoss(Loss):
    """PyTorch's `nn.HingeEmbeddingLoss`."""

    def __init__(self, margin=1.0, size_average=None, reduce=None, reduction="mean"):
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def __call__(self, input, target):
        return hinge_embedding_loss(input, target, self.margin, self.reduction)


class MarginRankingLoss(Loss):
    """PyTorch's `nn.MarginRankingLoss`."""

    def __init__(self, margin=0.0, size_average=None, reduce=None, reduction="mean"):
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def __call__(self, input1, input2, target):
        return margin_ranking_loss(input1, input2, target, self.margin, self.reduction)


class CosineEmbeddingLoss(Loss):
    """PyTorch's `nn.CosineEmbeddingLoss`."""

    def __init__(self, margin=0.0, size_average=None, reduce=None, reduction="mean"):
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def __call__(self, input1, input2, target):
        return cosine_embedding_loss(input1, input2, target, self.margin, self.reduction)


class SoftMarginLoss(Loss):
    """PyTorch's `nn.SoftMarginLoss`."""

    def __call__(self, input, target):
        return soft_margin_loss(input, target, self.reduction)


class MultiMarginLoss(WeightedLoss):
    """PyTorch's `nn.MultiMarginLoss`."""

    def __init__(self, p=1, margin=1.0, weight=None, size_average=None, reduce=None, reduction="mean"):
        super().__init__(weight, size_average, reduce, reduction)
        self.p, self.margin = p, margin

    def __call__(self, input, target):
        return multi_margin_loss(input, target, self.p, self.margin, self.weight, self.reduction)


class MultiLabelMarginLoss(Loss):
    """PyTorch's `nn.MultiLabelMarginLoss`."""

    def __call__(self, input, target):
        return multilabel_margin_loss(input, target, self.reduction)


class MultiLabelSoftMarginLoss(WeightedLoss):
    """PyTorch's `nn.MultiLabelSoftMarginLoss`."""

    def __call__(self, input, target):
        return multilabel_soft_margin_loss(input, target, self.weight, self.reduction)


class TripletMarginLoss(Loss):
    """PyTorch's `nn.TripletMarginLoss`."""

    def __init__(self, margin=1.0, p=2.0, eps=1e-6, swap=False, size_average=None, reduce=None, reduction="mean"):
        super().__init__(size_average, reduce, reduction)
        self.margin, self.p, self.eps, self.swap = margin, p, eps, swap

    def __call__(self, anchor, positive, negative):
        return triplet_margin_loss(anchor, positive, negative, self.margin, self.p, self.eps, self.swap, self.reduction)


class TripletMarginWithDistanceLoss(Loss):
    """PyTorch's `nn.TripletMarginWithDistanceLoss`; the distance is Euclidean unless given."""

    def __init__(self, *, distance_function=None, margin=1.0, swap=False, reduction="mean"):
        super().__init__(reduction=reduction)
        self.distance_function, self.margin, self.swap = distance_function or pairwise_distance, margin, swap

    def __call__(self, anchor, positive, negative):
        return triplet_margin_with_distance_loss(anchor, positive, negative, distance_function=self.distance_function,
                                                 margin=self.margin, swap=self.swap, reduction=self.reduction)


class CTCLoss(Loss):
    """PyTorch's `nn.CTCLoss`."""

    def __init__(self, blank=0, reduction="mean", zero_infinity=False):
        super().__init__(reduction=reduction)
        self.blank, self.zero_infinity = blank, zero_infinity

    def __call__(self, log_probs, targets, input_lengths, target_lengths):
        return ctc_loss(log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction,
                        self.zero_infinity)


class CosineSimilarity(_TorchModule):
    """PyTorch's `nn.CosineSimilarity`."""

    def __init__(self, dim=1, eps=1e-8):
        super().__init__()
        self.dim, self.eps = dim, eps

    def __call__(self, x1, x2):
        return cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(_TorchModule):
    """PyTorch's `nn.PairwiseDistance`."""

    def __init__(self, p=2.0, eps=1e-6, keepdim=False):
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def __call__(self, x1, x2):
        return pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
