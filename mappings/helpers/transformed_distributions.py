"""Mixtures, transformed and relaxed distributions of `torch.distributions`."""

import math

import mlx.core as mx

from .as_array import as_array
from .discrete_distributions import Bernoulli, Categorical, OneHotCategorical
from .distribution import Distribution
from .lgamma import lgamma
from .random_samples import poisson, standard_gamma
from .softplus import softplus
from .to_float import to_float


class MixtureSameFamily(Distribution):
    """``torch.distributions.MixtureSameFamily``: the last batch dimension of the components is mixed."""

    def __init__(self, mixture_distribution, component_distribution, validate_args=None):
        self.mixture_distribution, self.component_distribution = mixture_distribution, component_distribution
        self.batch_shape = tuple(component_distribution.batch_shape)[:-1]
        self.event_shape = tuple(component_distribution.event_shape)

    def _mixed(self, values):
        probs = self.mixture_distribution.probs
        probs = probs.reshape(probs.shape + (1,) * len(self.event_shape))
        return mx.sum(probs * values, axis=-1 - len(self.event_shape))

    @property
    def mean(self):
        return self._mixed(self.component_distribution.mean)

    @property
    def variance(self):
        mean = mx.expand_dims(self.mean, -1 - len(self.event_shape))
        parts = self.component_distribution
        return self._mixed(parts.variance) + self._mixed((parts.mean - mean) ** 2)

    def cdf(self, value):
        return mx.sum(self.component_distribution.cdf(mx.expand_dims(value, -1)) * self.mixture_distribution.probs, axis=-1)

    def log_prob(self, value):
        parts = self.component_distribution.log_prob(mx.expand_dims(value, -1 - len(self.event_shape)))
        logits = self.mixture_distribution.logits
        return mx.logsumexp(parts + logits - mx.logsumexp(logits, axis=-1, keepdims=True), axis=-1)

    def sample(self, sample_shape=()):
        parts = self.component_distribution.sample(sample_shape)
        which = self.mixture_distribution.sample(sample_shape)
        which = which.reshape(which.shape + (1,) * (1 + len(self.event_shape)))
        axis = -1 - len(self.event_shape)
        shape = parts.shape[:axis] + (1,) + parts.shape[parts.ndim + axis + 1 :]
        return mx.take_along_axis(parts, mx.broadcast_to(which, shape), axis=axis).squeeze(axis)


class Transform:
    """``torch.distributions.Transform``: `_call`, `_inverse` and `log_abs_det_jacobian` say what it does; nothing is cached."""

    event_dim = 0
    sign = 1

    def __init__(self, cache_size=0):
        pass

    def __call__(self, x):
        return self._call(x)

    @property
    def inv(self):
        return _Inverted(self)


class _Inverted(Transform):
    def __init__(self, transform):
        self.transform = transform

    def _call(self, y):
        return self.transform._inverse(y)

    def _inverse(self, x):
        return self.transform._call(x)

    def log_abs_det_jacobian(self, x, y):
        return -self.transform.log_abs_det_jacobian(y, x)


class TanhTransform(Transform):
    """``torch.distributions.TanhTransform``"""

    def _call(self, x):
        return mx.tanh(x)

    def _inverse(self, y):
        return mx.arctanh(y)

    def log_abs_det_jacobian(self, x, y):
        return 2.0 * (math.log(2.0) - x - softplus(-2.0 * x))


class SigmoidTransform(Transform):
    """``torch.distributions.SigmoidTransform``"""

    def _call(self, x):
        return mx.sigmoid(x)

    def _inverse(self, y):
        return mx.log(y) - mx.log1p(-y)

    def log_abs_det_jacobian(self, x, y):
        return -softplus(-x) - softplus(x)


class ExpTransform(Transform):
    """``torch.distributions.ExpTransform``"""

    def _call(self, x):
        return mx.exp(x)

    def _inverse(self, y):
        return mx.log(y)

    def log_abs_det_jacobian(self, x, y):
        return x


class AffineTransform(Transform):
    """``torch.distributions.AffineTransform``, of single numbers: ``loc + scale * x``."""

    def __init__(self, loc, scale, event_dim=0, cache_size=0):
        if event_dim:
            raise NotImplementedError("AffineTransform of events: use Independent")
        self.loc, self.scale = loc, scale

    @property
    def sign(self):
        return mx.sign(to_float(as_array(self.scale)))

    def _call(self, x):
        return self.loc + self.scale * x

    def _inverse(self, y):
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x, y):
        return mx.broadcast_to(mx.log(mx.abs(to_float(as_array(self.scale)))), x.shape)


class TransformedDistribution(Distribution):
    """``torch.distributions.TransformedDistribution``, of transforms that take each number for itself."""

    def __init__(self, base_distribution, transforms, validate_args=None):
        self.base_dist = base_distribution
        self.transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        self.batch_shape, self.event_shape = tuple(base_distribution.batch_shape), tuple(base_distribution.event_shape)

    def _through(self, x):
        for transform in self.transforms:
            x = transform(x)
        return x

    @property
    def has_rsample(self):
        return self.base_dist.has_rsample

    def sample(self, sample_shape=()):
        return self._through(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape=()):
        return self._through(self.base_dist.rsample(sample_shape))

    def _turned(self, probability):
        """What falls makes a lower tail of an upper one."""
        sign = 1
        for transform in self.transforms:
            sign = sign * transform.sign
        return sign * (probability - 0.5) + 0.5

    def cdf(self, value):
        for transform in reversed(self.transforms):
            value = transform.inv(value)
        return self._turned(self.base_dist.cdf(value))

    def icdf(self, value):
        return self._through(self.base_dist.icdf(self._turned(value)))

    def log_prob(self, value):
        total, y = 0.0, value
        for transform in reversed(self.transforms):
            x = transform.inv(y)
            change = transform.log_abs_det_jacobian(x, y)
            total = total - (mx.sum(change, axis=tuple(range(-len(self.event_shape), 0))) if self.event_shape else change)
            y = x
        return total + self.base_dist.log_prob(y)


class RelaxedBernoulli(Bernoulli):
    """``torch.distributions.RelaxedBernoulli``: samples between 0 and 1, with a gradient."""

    def __init__(self, temperature, probs=None, logits=None, validate_args=None):
        super().__init__(probs, logits)
        self.temperature = temperature

    def rsample(self, sample_shape=()):
        noise = mx.random.uniform(shape=self._shape(sample_shape))
        noise = mx.clip(noise, mx.finfo(noise.dtype).eps, 1 - mx.finfo(noise.dtype).eps)
        return mx.sigmoid((mx.log(noise) - mx.log1p(-noise) + self.logits) / self.temperature)

    def sample(self, sample_shape=()):
        return mx.stop_gradient(self.rsample(sample_shape))

    def log_prob(self, value):
        raw = mx.log(value) - mx.log1p(-value)
        difference = self.logits - raw * self.temperature
        density = mx.log(as_array(self.temperature, raw)) + difference - 2 * softplus(difference)
        return density + softplus(raw) + softplus(-raw)


class RelaxedOneHotCategorical(OneHotCategorical):
    """``torch.distributions.RelaxedOneHotCategorical``: samples that add up to 1, with a gradient."""

    def __init__(self, temperature, probs=None, logits=None, validate_args=None):
        super().__init__(probs, logits)
        self.temperature = temperature

    def rsample(self, sample_shape=()):
        scores = (self.logits + mx.random.gumbel(self._shape(sample_shape))) / self.temperature
        return mx.softmax(scores, axis=-1, precise=True)

    def sample(self, sample_shape=()):
        return mx.stop_gradient(self.rsample(sample_shape))

    def log_prob(self, value):
        size, temperature = value.shape[-1], to_float(as_array(self.temperature))
        score = self.logits - temperature * mx.log(value)
        score = mx.sum(score - mx.logsumexp(score, axis=-1, keepdims=True), axis=-1)
        scale = lgamma(mx.array(float(size))) + (size - 1) * mx.log(temperature)
        return score + scale - mx.sum(mx.log(value), axis=-1)


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """``torch.distributions.OneHotCategoricalStraightThrough``: one-hot samples with the gradient of their probabilities."""

    def rsample(self, sample_shape=()):
        return self.sample(sample_shape) + (self.probs - mx.stop_gradient(self.probs))


class NegativeBinomial(Distribution):
    """``torch.distributions.NegativeBinomial``: successes before `total_count` failures. Samples are drawn on the host."""

    def __init__(self, total_count, probs=None, logits=None, validate_args=None):
        self._trial = Bernoulli(probs, logits)
        self._set(total_count=total_count, probs=self._trial.probs)
        self.logits = mx.broadcast_to(self._trial.logits, self.batch_shape)

    @property
    def mean(self):
        return self.total_count * mx.exp(self.logits)

    @property
    def mode(self):
        return mx.maximum(mx.floor((self.total_count - 1) * mx.exp(self.logits)), 0)

    @property
    def variance(self):
        return self.mean / (1 - self.probs)

    def sample(self, sample_shape=()):
        rate = standard_gamma(mx.broadcast_to(self.total_count, self._shape(sample_shape))) * mx.exp(self.logits)
        return poisson(mx.stop_gradient(rate))

    def log_prob(self, value):
        density = self.total_count * -softplus(self.logits) + value * -softplus(-self.logits)
        choices = lgamma(self.total_count + value) - lgamma(1.0 + value) - lgamma(self.total_count)
        return density + mx.where(self.total_count + value == 0, 0, choices)


class Binomial(Distribution):
    """``torch.distributions.Binomial``: successes among `total_count` trials."""

    def __init__(self, total_count=1, probs=None, logits=None, validate_args=None):
        self._trial = Bernoulli(probs, logits)
        self._set(total_count=total_count, probs=self._trial.probs)
        self.logits = mx.broadcast_to(self._trial.logits, self.batch_shape)

    @property
    def mean(self):
        return self.total_count * self.probs

    @property
    def variance(self):
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        shape, trials = self._shape(sample_shape), int(mx.max(self.total_count).item())
        hits = mx.random.bernoulli(mx.stop_gradient(self.probs)[..., None], shape + (trials,))
        counted = mx.arange(trials) < self.total_count[..., None]
        return mx.sum(hits * counted, axis=-1).astype(self.probs.dtype)

    def log_prob(self, value):
        choices = lgamma(self.total_count + 1) - lgamma(value + 1) - lgamma(self.total_count - value + 1)
        return choices + value * self.logits - self.total_count * softplus(self.logits)


class Multinomial(Distribution):
    """``torch.distributions.Multinomial``: how often each class is drawn."""

    def __init__(self, total_count=1, probs=None, logits=None, validate_args=None):
        self._draw = Categorical(probs, logits)
        self.total_count, self.probs, self.logits = total_count, self._draw.probs, self._draw.logits
        self.batch_shape, self.event_shape = self.logits.shape[:-1], self.logits.shape[-1:]

    @property
    def mean(self):
        return self.probs * self.total_count

    @property
    def variance(self):
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        drawn = self._draw.sample((self.total_count, *sample_shape))
        return mx.sum(drawn[..., None] == mx.arange(self.event_shape[0]), axis=0).astype(self.probs.dtype)

    def log_prob(self, value):
        logits = mx.where((value == 0) & (self.logits == -math.inf), 0, self.logits)
        return lgamma(mx.sum(value, axis=-1) + 1) - mx.sum(lgamma(value + 1), axis=-1) + mx.sum(value * logits, axis=-1)
