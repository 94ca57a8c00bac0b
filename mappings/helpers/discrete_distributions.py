import math

import mlx.core as mx

from .as_array import as_array
from .binary_cross_entropy import binary_cross_entropy_with_logits
from .distribution import Distribution
from .lgamma import lgamma
from .random_samples import poisson
from .to_float import to_float
from .xlogy import xlogy


def _each(values, batch_shape, expand):
    """Every value in front of a batch: of size one, or as often as the batch has it."""
    values = values.reshape(values.shape[:1] + (1,) * len(batch_shape) + values.shape[1:])
    return mx.broadcast_to(values, values.shape[:1] + tuple(batch_shape) + values.shape[1 + len(batch_shape) :]) if expand else values


def _inside(probs):
    """PyTorch keeps probabilities a rounding away from 0 and 1 before it takes logarithms."""
    eps = mx.finfo(probs.dtype).eps
    return mx.clip(probs, eps, 1 - eps)


class Bernoulli(Distribution):
    """``torch.distributions.Bernoulli``, by probabilities or logits."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        if probs is not None:
            self._set(probs=probs)
            self.logits = mx.log(_inside(self.probs)) - mx.log1p(-_inside(self.probs))
        else:
            self._set(logits=logits)
            self.probs = mx.sigmoid(self.logits)

    @property
    def mean(self):
        return self.probs

    @property
    def mode(self):
        return mx.where(self.probs == 0.5, math.nan, self.probs >= 0.5).astype(self.probs.dtype)

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        return mx.random.bernoulli(mx.stop_gradient(self.probs), self._shape(sample_shape)).astype(self.probs.dtype)

    def enumerate_support(self, expand=True):
        return _each(mx.arange(2, dtype=self.probs.dtype), self.batch_shape, expand)

    def log_prob(self, value):
        return -binary_cross_entropy_with_logits(self.logits, value, reduction="none")

    def entropy(self):
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")


class Geometric(Distribution):
    """``torch.distributions.Geometric``: failures before the first success."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        self._set(probs=mx.sigmoid(to_float(as_array(logits))) if probs is None else probs)

    @property
    def logits(self):
        return mx.log(_inside(self.probs)) - mx.log1p(-_inside(self.probs))

    @property
    def mean(self):
        return 1 / self.probs - 1

    @property
    def mode(self):
        return mx.zeros_like(self.probs)

    @property
    def variance(self):
        return (1 / self.probs - 1) / self.probs

    def sample(self, sample_shape=()):
        noise = mx.random.uniform(shape=self._shape(sample_shape))
        return mx.stop_gradient(mx.floor(mx.log1p(-noise) / mx.log1p(-self.probs)))

    def log_prob(self, value):
        return xlogy(value, 1 - self.probs) + mx.log(self.probs)

    def entropy(self):
        return -(xlogy(1 - self.probs, 1 - self.probs) + xlogy(self.probs, self.probs)) / self.probs


class Poisson(Distribution):
    """``torch.distributions.Poisson``. Samples are drawn on the host."""

    def __init__(self, rate, validate_args=None):
        self._set(rate=rate)

    @property
    def mean(self):
        return self.rate

    @property
    def mode(self):
        return mx.floor(self.rate)

    @property
    def variance(self):
        return self.rate

    def sample(self, sample_shape=()):
        return poisson(mx.broadcast_to(mx.stop_gradient(self.rate), self._shape(sample_shape)))

    def log_prob(self, value):
        return xlogy(value, self.rate) - self.rate - lgamma(value + 1)


class Categorical(Distribution):
    """``torch.distributions.Categorical``: int64 classes by probabilities (normalised) or logits over the last dimension."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        if probs is not None:
            self.probs = probs / mx.sum(probs, axis=-1, keepdims=True)
            self.logits = mx.log(_inside(self.probs))
        else:
            self.logits = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
            self.probs = mx.softmax(logits, axis=-1, precise=True)
        self.batch_shape = self.logits.shape[:-1]

    @property
    def mean(self):
        return mx.full(self.batch_shape, math.nan, self.probs.dtype)

    @property
    def variance(self):
        return mx.full(self.batch_shape, math.nan, self.probs.dtype)

    @property
    def mode(self):
        return mx.argmax(self.probs, axis=-1).astype(mx.int64)

    def enumerate_support(self, expand=True):
        return _each(mx.arange(self.logits.shape[-1], dtype=mx.int64), self.batch_shape, expand)

    def sample(self, sample_shape=()):
        shape = tuple(sample_shape) + self.batch_shape
        return mx.random.categorical(mx.stop_gradient(self.logits), axis=-1, shape=shape).astype(mx.int64)

    def log_prob(self, value):
        shape = mx.broadcast_shapes(value.shape, self.batch_shape)
        logits = mx.broadcast_to(self.logits, shape + self.logits.shape[-1:])
        classes = mx.broadcast_to(mx.stop_gradient(value), shape).astype(mx.int64)
        return mx.take_along_axis(logits, classes[..., None], axis=-1).squeeze(-1)

    def entropy(self):
        logits = mx.maximum(self.logits, mx.finfo(self.logits.dtype).min)  # 0 * -inf would be NaN
        return -mx.sum(logits * self.probs, axis=-1)


class OneHotCategorical(Categorical):
    """``torch.distributions.OneHotCategorical``: `Categorical` with one-hot events."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        super().__init__(probs, logits)
        self.event_shape = self.logits.shape[-1:]

    @property
    def mean(self):
        return self.probs

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    def _one_hot(self, classes):
        return (classes[..., None] == mx.arange(self.logits.shape[-1])).astype(self.probs.dtype)

    @property
    def mode(self):
        return self._one_hot(super().mode)

    def enumerate_support(self, expand=True):
        return _each(mx.eye(self.logits.shape[-1], dtype=self.probs.dtype), self.batch_shape, expand)

    def sample(self, sample_shape=()):
        return self._one_hot(super().sample(sample_shape))

    def log_prob(self, value):
        return super().log_prob(mx.argmax(value, axis=-1))
