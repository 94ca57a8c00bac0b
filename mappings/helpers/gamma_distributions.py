import math

import mlx.core as mx

from .as_array import as_array
from .distribution import Distribution
from .gamma_gradient import dirichlet_gradient, gamma_gradient
from .lgamma import digamma, lgamma
from .random_samples import standard_gamma
from .to_float import to_float
from .xlogy import xlog1py, xlogy


def _implicit_gamma(concentration):
    """A sample of the standard gamma law that moves with its concentration as in PyTorch."""
    sample = mx.stop_gradient(standard_gamma(concentration))
    return sample + _with_gradient(gamma_gradient(concentration, sample), concentration)


def _with_gradient(gradient, parameter):
    """Zeros that move with a parameter: what is added to a sample so that it has this gradient."""
    moved = parameter - mx.stop_gradient(parameter)
    # Infinity times zero would be no sample.
    most = mx.finfo(gradient.dtype).max
    return mx.stop_gradient(mx.clip(gradient, -most, most)) * moved


class Gamma(Distribution):
    """``torch.distributions.Gamma``. Samples are drawn on the host; `rsample` has the gradients of implicit reparametrisation."""

    def __init__(self, concentration, rate, validate_args=None):
        self._set(concentration=concentration, rate=rate)

    @property
    def mean(self):
        return self.concentration / self.rate

    @property
    def mode(self):
        return mx.maximum(self.concentration - 1, 0) / self.rate

    @property
    def variance(self):
        return self.concentration / mx.square(self.rate)

    def sample(self, sample_shape=()):
        return mx.stop_gradient(standard_gamma(mx.broadcast_to(self.concentration, self._shape(sample_shape))) / self.rate)

    def rsample(self, sample_shape=()):
        return _implicit_gamma(mx.broadcast_to(self.concentration, self._shape(sample_shape))) / self.rate

    def log_prob(self, value):
        a, b = self.concentration, self.rate
        return xlogy(a, b) + xlogy(a - 1, value) - b * value - lgamma(a)

    def entropy(self):
        a = self.concentration
        return a - mx.log(self.rate) + lgamma(a) + (1 - a) * digamma(a)


class Chi2(Gamma):
    """``torch.distributions.Chi2``."""

    def __init__(self, df, validate_args=None):
        super().__init__(0.5 * df, 0.5)

    @property
    def df(self):
        return self.concentration * 2


class Beta(Distribution):
    """``torch.distributions.Beta``. Samples are drawn on the host; `rsample` has the gradients of implicit reparametrisation."""

    def __init__(self, concentration1, concentration0, validate_args=None):
        self._set(concentration1=concentration1, concentration0=concentration0)

    @property
    def mean(self):
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def mode(self):
        return Dirichlet(mx.stack([self.concentration1, self.concentration0], axis=-1)).mode[..., 0]

    @property
    def variance(self):
        total = self.concentration1 + self.concentration0
        return self.concentration1 * self.concentration0 / (mx.square(total) * (total + 1))

    def sample(self, sample_shape=()):
        x, y = (standard_gamma(mx.broadcast_to(c, self._shape(sample_shape))) for c in (self.concentration1, self.concentration0))
        return mx.stop_gradient(x / (x + y))

    def rsample(self, sample_shape=()):
        both = mx.stack([self.concentration1, self.concentration0], axis=-1)
        return Dirichlet(both).rsample(sample_shape)[..., 0]

    def log_prob(self, value):
        a, b = self.concentration1, self.concentration0
        return xlogy(a - 1, value) + xlog1py(b - 1, -value) + lgamma(a + b) - lgamma(a) - lgamma(b)

    def entropy(self):
        a, b = self.concentration1, self.concentration0
        mixed = (a - 1) * digamma(a) + (b - 1) * digamma(b) - (a + b - 2) * digamma(a + b)
        return lgamma(a) + lgamma(b) - lgamma(a + b) - mixed


class Dirichlet(Distribution):
    """``torch.distributions.Dirichlet``. Samples are drawn on the host; `rsample` has the gradients of implicit reparametrisation."""

    def __init__(self, concentration, validate_args=None):
        self.concentration = to_float(as_array(concentration))
        self.batch_shape, self.event_shape = self.concentration.shape[:-1], self.concentration.shape[-1:]

    @property
    def mean(self):
        return self.concentration / mx.sum(self.concentration, axis=-1, keepdims=True)

    @property
    def mode(self):
        excess = mx.maximum(self.concentration - 1, 0)
        mode = excess / mx.sum(excess, axis=-1, keepdims=True)
        # Where all are below 1 the density is highest in a corner.
        corner = mx.argmax(mode, axis=-1, keepdims=True) == mx.arange(self.concentration.shape[-1])
        return mx.where(mx.all(self.concentration < 1, axis=-1, keepdims=True), corner, mode)

    @property
    def variance(self):
        total = mx.sum(self.concentration, axis=-1, keepdims=True)
        return self.concentration * (total - self.concentration) / (mx.square(total) * (total + 1))

    def sample(self, sample_shape=()):
        x = standard_gamma(mx.broadcast_to(self.concentration, self._shape(sample_shape)))
        return mx.stop_gradient(x / mx.sum(x, axis=-1, keepdims=True))

    def rsample(self, sample_shape=()):
        return implicit_dirichlet(self.sample(sample_shape), self.concentration)

    def log_prob(self, value):
        a = self.concentration
        return mx.sum(xlogy(a - 1, value), axis=-1) + lgamma(mx.sum(a, axis=-1)) - mx.sum(lgamma(a), axis=-1)

    def entropy(self):
        a, k = self.concentration, self.event_shape[0]
        total = mx.sum(a, axis=-1)
        return mx.sum(lgamma(a) - (a - 1) * digamma(a), axis=-1) - lgamma(total) - (k - total) * digamma(total)


def implicit_dirichlet(sample, concentration):
    """A sample of the Dirichlet law that moves with the concentration as in PyTorch."""
    a = mx.broadcast_to(concentration, sample.shape)
    move = _with_gradient(dirichlet_gradient(sample, a, mx.sum(a, axis=-1, keepdims=True)), a)
    return sample + move - sample * mx.sum(move, axis=-1, keepdims=True)


class StudentT(Distribution):
    """``torch.distributions.StudentT``."""

    def __init__(self, df, loc=0.0, scale=1.0, validate_args=None):
        self._set(df=df, loc=loc, scale=scale)

    @property
    def mean(self):
        return mx.where(self.df > 1, self.loc, math.nan)

    @property
    def mode(self):
        return self.loc

    @property
    def variance(self):
        finite = mx.square(self.scale) * self.df / mx.where(self.df > 2, self.df - 2, 1)
        return mx.where(self.df > 2, finite, mx.where(self.df > 1, math.inf, math.nan))

    def sample(self, sample_shape=()):
        shape = self._shape(sample_shape)
        chi2 = 2 * standard_gamma(mx.broadcast_to(self.df / 2, shape))
        return mx.stop_gradient(self.loc + self.scale * mx.random.normal(shape) * mx.rsqrt(chi2 / self.df))

    def rsample(self, sample_shape=()):
        shape = self._shape(sample_shape)
        chi2 = 2 * _implicit_gamma(mx.broadcast_to(self.df / 2, shape))
        return self.loc + self.scale * mx.random.normal(shape) * mx.rsqrt(chi2 / self.df)

    def log_prob(self, value):
        y, df = (value - self.loc) / self.scale, self.df
        constant = mx.log(self.scale) + 0.5 * mx.log(df * math.pi) + lgamma(0.5 * df) - lgamma(0.5 * (df + 1))
        return -0.5 * (df + 1) * mx.log1p(y * y / df) - constant

    def entropy(self):
        half = 0.5 * (self.df + 1)
        log_beta = lgamma(0.5 * self.df) + 0.5 * math.log(math.pi) - lgamma(half)
        return mx.log(self.scale) + half * (digamma(half) - digamma(0.5 * self.df)) + 0.5 * mx.log(self.df) + log_beta
