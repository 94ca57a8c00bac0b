from .binary_cross_entropy import binary_cross_entropy, binary_cross_entropy_with_logits
from .cosine_similarity import cosine_similarity, triplet_margin_loss
from .cross_entropy import cross_entropy, nll_loss
from .function_named import function_named
from .kl_div import kl_div
from .layer_named import layer_named
from .loss_layers import (
    BCELoss,
    BCEWithLogitsLoss,
    CosineEmbeddingLoss,
    CrossEntropyLoss,
    HingeEmbeddingLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MarginRankingLoss,
    MSELoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    NLLLoss,
    PoissonNLLLoss,
    SmoothL1Loss,
    SoftMarginLoss,
    TripletMarginLoss,
)
from .margin_losses import cosine_embedding_loss, hinge_embedding_loss, margin_ranking_loss, multi_margin_loss, multilabel_soft_margin_loss, soft_margin_loss
from .poisson_nll_loss import poisson_nll_loss
from .smooth_l1_loss import huber_loss, smooth_l1_loss
from .torch_keywords import l1_loss, mse_loss


def loss_named(name):
    """`getattr(F, name)` of a loss, beside what function_named finds. Another function is refused: add it here, by the name that PyTorch gives it."""
    functions = (
        binary_cross_entropy, binary_cross_entropy_with_logits, cosine_embedding_loss, cosine_similarity, cross_entropy, hinge_embedding_loss, huber_loss,
        kl_div, l1_loss, margin_ranking_loss, mse_loss, multi_margin_loss, multilabel_soft_margin_loss, nll_loss, poisson_nll_loss, smooth_l1_loss,
        soft_margin_loss, triplet_margin_loss,
    )
    return next((function for function in functions if function.__name__ == name), None) or function_named(name)


def loss_layer_named(name):
    """`getattr(nn, name)` of a loss, beside what layer_named finds. Another layer is refused: add it here."""
    layers = (
        BCELoss, BCEWithLogitsLoss, CosineEmbeddingLoss, CrossEntropyLoss, HingeEmbeddingLoss, HuberLoss, KLDivLoss, L1Loss, MSELoss, MarginRankingLoss,
        MultiLabelSoftMarginLoss, MultiMarginLoss, NLLLoss, PoissonNLLLoss, SmoothL1Loss, SoftMarginLoss, TripletMarginLoss,
    )
    return next((layer for layer in layers if layer.__name__ == name), None) or layer_named(name)
