from .local_response_norm import local_response_norm
from .torch_module import _TorchModule


class LocalResponseNorm(_TorchModule):
    """PyTorch's `nn.LocalResponseNorm`: over neighbouring channels, channels in axis 1."""

    def __init__(self, size, alpha=1e-4, beta=0.75, k=1.0):
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def __call__(self, input):
        return local_response_norm(input, self.size, self.alpha, self.beta, self.k)
