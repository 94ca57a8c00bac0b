import math

import mlx.core as mx

from .distribution import Distribution
from .random_samples import exponential

_EULER = 0.5772156649015329


class Uniform(Distribution):
    """``torch.distributions.Uniform``."""

    def __init__(self, low, high, validate_args=None):
        self._set(low=low, high=high)

    @property
    def mean(self):
        return (self.low + self.high) / 2

    @property
    def mode(self):
        return mx.full(self.batch_shape, math.nan, self.low.dtype)

    @property
    def variance(self):
        return mx.square(self.high - self.low) / 12

    def rsample(self, sample_shape=()):
        return self.low + (self.high - self.low) * mx.random.uniform(shape=self._shape(sample_shape), dtype=self.low.dtype)

    def log_prob(self, value):
        inside = (value >= self.low) & (value < self.high)
        return mx.where(inside, 0, -math.inf) - mx.log(self.high - self.low)

    def entropy(self):
        return mx.log(self.high - self.low)

    def cdf(self, value):
        return mx.clip((value - self.low) / (self.high - self.low), 0, 1)

    def icdf(self, value):
        return value * (self.high - self.low) + self.low


class Exponential(Distribution):
    """``torch.distributions.Exponential``."""

    def __init__(self, rate, validate_args=None):
        self._set(rate=rate)

    @property
    def mean(self):
        return 1 / self.rate

    @property
    def mode(self):
        return mx.zeros_like(self.rate)

    @property
    def variance(self):
        return 1 / mx.square(self.rate)

    def rsample(self, sample_shape=()):
        return exponential(self._shape(sample_shape)) / self.rate

    def log_prob(self, value):
        return mx.log(self.rate) - self.rate * value

    def entropy(self):
        return 1 - mx.log(self.rate)

    def cdf(self, value):
        return 1 - mx.exp(-self.rate * value)

    def icdf(self, value):
        return -mx.log1p(-value) / self.rate


class Laplace(Distribution):
    """``torch.distributions.Laplace``."""

    def __init__(self, loc, scale, validate_args=None):
        self._set(loc=loc, scale=scale)

    @property
    def mean(self):
        return self.loc

    @property
    def mode(self):
        return self.loc

    @property
    def variance(self):
        return 2 * mx.square(self.scale)

    def rsample(self, sample_shape=()):
        return self.loc + self.scale * mx.random.laplace(self._shape(sample_shape), self.loc.dtype)

    def log_prob(self, value):
        return -mx.log(2 * self.scale) - mx.abs(value - self.loc) / self.scale

    def entropy(self):
        return 1 + mx.log(2 * self.scale)

    def cdf(self, value):
        distance = value - self.loc
        return 0.5 - 0.5 * mx.sign(distance) * mx.expm1(-mx.abs(distance) / self.scale)

    def icdf(self, value):
        centered = value - 0.5
        return self.loc - self.scale * mx.sign(centered) * mx.log1p(-2 * mx.abs(centered))


class Gumbel(Distribution):
    """``torch.distributions.Gumbel``."""

    def __init__(self, loc, scale, validate_args=None):
        self._set(loc=loc, scale=scale)

    @property
    def mean(self):
        return self.loc + self.scale * _EULER

    @property
    def mode(self):
        return self.loc

    @property
    def variance(self):
        return mx.square(math.pi * self.scale) / 6

    def rsample(self, sample_shape=()):
        return self.loc + self.scale * mx.random.gumbel(self._shape(sample_shape), self.loc.dtype)

    def log_prob(self, value):
        y = (self.loc - value) / self.scale
        return y - mx.exp(y) - mx.log(self.scale)

    def entropy(self):
        return mx.log(self.scale) + 1 + _EULER

    def cdf(self, value):
        return mx.exp(-mx.exp((self.loc - value) / self.scale))

    def icdf(self, value):
        return self.loc - self.scale * mx.log(-mx.log(value))


class Cauchy(Distribution):
    """``torch.distributions.Cauchy``."""

    def __init__(self, loc, scale, validate_args=None):
        self._set(loc=loc, scale=scale)

    @property
    def mean(self):
        return mx.full(self.batch_shape, math.nan, self.loc.dtype)

    @property
    def mode(self):
        return self.loc

    @property
    def variance(self):
        return mx.full(self.batch_shape, math.inf, self.loc.dtype)

    def rsample(self, sample_shape=()):
        return self.loc + self.scale * mx.tan(math.pi * (mx.random.uniform(shape=self._shape(sample_shape)) - 0.5))

    def log_prob(self, value):
        return -math.log(math.pi) - mx.log(self.scale) - mx.log1p(mx.square((value - self.loc) / self.scale))

    def entropy(self):
        return math.log(4 * math.pi) + mx.log(self.scale)

    def cdf(self, value):
        return mx.arctan((value - self.loc) / self.scale) / math.pi + 0.5

    def icdf(self, value):
        return mx.tan(math.pi * (value - 0.5)) * self.scale + self.loc


class HalfCauchy(Distribution):
    """``torch.distributions.HalfCauchy``: the magnitude of a Cauchy variable around 0."""

    def __init__(self, scale, validate_args=None):
        self._set(scale=scale)

    @property
    def mean(self):
        return mx.full(self.batch_shape, math.inf, self.scale.dtype)

    @property
    def mode(self):
        return mx.zeros_like(self.scale)

    @property
    def variance(self):
        return mx.full(self.batch_shape, math.inf, self.scale.dtype)

    def rsample(self, sample_shape=()):
        return mx.abs(Cauchy(0.0, self.scale).rsample(sample_shape))

    def log_prob(self, value):
        return mx.where(value >= 0, Cauchy(0.0, self.scale).log_prob(value) + math.log(2), -math.inf)

    def entropy(self):
        return Cauchy(0.0, self.scale).entropy() - math.log(2)

    def cdf(self, value):
        return 2 * Cauchy(0.0, self.scale).cdf(value) - 1

    def icdf(self, value):
        return Cauchy(0.0, self.scale).icdf((value + 1) / 2)
