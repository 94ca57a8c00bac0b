import math

import mlx.core as mx

from .differentiable_linalg import linalg_cholesky, linalg_inv
from .distribution import Distribution
from .solve_triangular import solve_triangular


class Normal(Distribution):
    """``torch.distributions.Normal``."""

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
        return mx.square(self.scale)

    def rsample(self, sample_shape=()):
        return self.loc + self.scale * mx.random.normal(self._shape(sample_shape), self.loc.dtype)

    def log_prob(self, value):
        return -mx.square((value - self.loc) / self.scale) / 2 - mx.log(self.scale) - 0.5 * math.log(2 * math.pi)

    def entropy(self):
        return 0.5 + 0.5 * math.log(2 * math.pi) + mx.log(self.scale)

    def cdf(self, value):
        return 0.5 * (1 + mx.erf((value - self.loc) / (self.scale * math.sqrt(2))))

    def icdf(self, value):
        return self.loc + self.scale * mx.erfinv(2 * value - 1) * math.sqrt(2)


class LogNormal(Distribution):
    """``torch.distributions.LogNormal``: the exponential of a normal variable."""

    def __init__(self, loc, scale, validate_args=None):
        self._set(loc=loc, scale=scale)
        self.base_dist = Normal(loc, scale)

    @property
    def mean(self):
        return mx.exp(self.loc + mx.square(self.scale) / 2)

    @property
    def mode(self):
        return mx.exp(self.loc - mx.square(self.scale))

    @property
    def variance(self):
        return mx.expm1(mx.square(self.scale)) * mx.exp(2 * self.loc + mx.square(self.scale))

    def rsample(self, sample_shape=()):
        return mx.exp(self.base_dist.rsample(sample_shape))

    def log_prob(self, value):
        return self.base_dist.log_prob(mx.log(value)) - mx.log(value)

    def entropy(self):
        return self.base_dist.entropy() + self.loc

    def cdf(self, value):
        return self.base_dist.cdf(mx.log(value))

    def icdf(self, value):
        return mx.exp(self.base_dist.icdf(value))


class HalfNormal(Distribution):
    """``torch.distributions.HalfNormal``: the magnitude of a normal variable around 0."""

    def __init__(self, scale, validate_args=None):
        self._set(scale=scale)

    @property
    def mean(self):
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def mode(self):
        return mx.zeros_like(self.scale)

    @property
    def variance(self):
        return mx.square(self.scale) * (1 - 2 / math.pi)

    def rsample(self, sample_shape=()):
        return mx.abs(self.scale * mx.random.normal(self._shape(sample_shape), self.scale.dtype))

    def log_prob(self, value):
        return mx.where(value >= 0, Normal(0.0, self.scale).log_prob(value) + math.log(2), -math.inf)

    def entropy(self):
        return Normal(0.0, self.scale).entropy() - math.log(2)

    def cdf(self, value):
        return 2 * Normal(0.0, self.scale).cdf(value) - 1

    def icdf(self, value):
        return Normal(0.0, self.scale).icdf((value + 1) / 2)


class MultivariateNormal(Distribution):
    """``torch.distributions.MultivariateNormal``, by covariance, precision or the lower Cholesky factor."""

    def __init__(self, loc, covariance_matrix=None, precision_matrix=None, scale_tril=None, validate_args=None):
        if scale_tril is None:
            if covariance_matrix is None:
                covariance_matrix = linalg_inv(precision_matrix)
            scale_tril = linalg_cholesky(covariance_matrix)
        self.event_shape = loc.shape[-1:]
        self.batch_shape = mx.broadcast_shapes(loc.shape[:-1], scale_tril.shape[:-2])
        self.loc = mx.broadcast_to(loc, self.batch_shape + self.event_shape)
        self.scale_tril = mx.broadcast_to(scale_tril, self.batch_shape + scale_tril.shape[-2:])

    @property
    def mean(self):
        return self.loc

    @property
    def mode(self):
        return self.loc

    @property
    def covariance_matrix(self):
        return self.scale_tril @ self.scale_tril.swapaxes(-1, -2)

    @property
    def precision_matrix(self):
        inverse = solve_triangular(self.scale_tril, mx.broadcast_to(mx.eye(self.event_shape[0]), self.scale_tril.shape), upper=False)
        return inverse.swapaxes(-1, -2) @ inverse

    @property
    def variance(self):
        return mx.sum(mx.square(self.scale_tril), axis=-1)

    def rsample(self, sample_shape=()):
        noise = mx.random.normal(self._shape(sample_shape), self.loc.dtype)
        return self.loc + (self.scale_tril @ noise[..., None]).squeeze(-1)

    def half_log_det(self):
        """Half the logarithm of the determinant of the covariance."""
        return mx.sum(mx.log(mx.diagonal(self.scale_tril, 0, -2, -1)), axis=-1)

    def log_prob(self, value):
        difference = value - self.loc
        factor = mx.broadcast_to(self.scale_tril, difference.shape[:-1] + self.scale_tril.shape[-2:])
        z = solve_triangular(factor, difference[..., None], upper=False).squeeze(-1)
        return -0.5 * (self.event_shape[0] * math.log(2 * math.pi) + mx.sum(z * z, axis=-1)) - self.half_log_det()

    def entropy(self):
        return 0.5 * self.event_shape[0] * (1 + math.log(2 * math.pi)) + self.half_log_det()
