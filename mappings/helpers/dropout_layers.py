import mlx.nn as nn

from .alpha_dropout import alpha_dropout
from .assign_ import stored_in_place
from .dropout import dropout, dropout1d, dropout3d, feature_dropout
from .torch_module import _TorchModule


class _DropoutLayer(_TorchModule):
    def __init__(self, p=0.5, inplace=False):
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        nn.Module.__init__(self)
        self.p, self.inplace = p, inplace

    def _extra_repr(self):
        return f"p={self.p}"


class Dropout(_DropoutLayer, nn.Dropout):
    """PyTorch's `nn.Dropout`; `p=1` gives zeros, and `p` may be assigned."""

    @property
    def p(self):
        return round(1 - self._p_1, 12)

    @p.setter
    def p(self, p):
        self._p_1 = 1 - p

    def __call__(self, input):
        return stored_in_place(self, input, dropout(input, self.p, self.training))


class Dropout1d(_DropoutLayer):
    """PyTorch's `nn.Dropout1d`: whole channels of (N, C, L) or (C, L)."""

    def __call__(self, input):
        return stored_in_place(self, input, dropout1d(input, self.p, self.training))


class Dropout2d(_DropoutLayer):
    """PyTorch's `nn.Dropout2d`: whole channels of (N, C, H, W)."""

    def __call__(self, input):
        return stored_in_place(self, input, feature_dropout(input, self.p, self.training))


class Dropout3d(_DropoutLayer):
    """PyTorch's `nn.Dropout3d`: whole channels of (N, C, D, H, W) or (C, D, H, W)."""

    def __call__(self, input):
        return stored_in_place(self, input, dropout3d(input, self.p, self.training))


class AlphaDropout(_DropoutLayer):
    """PyTorch's `nn.AlphaDropout`: keeps mean and variance of what `SELU` gives."""

    def __call__(self, input):
        return stored_in_place(self, input, alpha_dropout(input, self.p, self.training))


class FeatureAlphaDropout(_DropoutLayer):
    """PyTorch's `nn.FeatureAlphaDropout`: alpha dropout of whole channels."""

    def __call__(self, input):
        return stored_in_place(self, input, alpha_dropout(input, self.p, self.training, per_channel=True))
