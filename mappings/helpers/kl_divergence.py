import math

import mlx.core as mx

from .continuous_distributions import Exponential, Laplace, Uniform
from .discrete_distributions import Bernoulli, Categorical, Geometric, Poisson
from .distribution import Independent
from .gamma_distributions import Beta, Dirichlet, Gamma
from .lgamma import digamma, lgamma
from .normal_distributions import MultivariateNormal, Normal
from .solve_triangular import solve_triangular
from .transformed_distributions import Binomial


def _kl_normal(p, q):
    ratio = mx.square(p.scale / q.scale)
    return 0.5 * (ratio + mx.square((p.loc - q.loc) / q.scale) - 1 - mx.log(ratio))


def _kl_multivariate_normal(p, q):
    factor = solve_triangular(q.scale_tril, p.scale_tril, upper=False)
    shift = solve_triangular(q.scale_tril, (q.loc - p.loc)[..., None], upper=False)
    trace = mx.sum(factor * factor, axis=(-1, -2)) + mx.sum(shift * shift, axis=(-1, -2))
    return q.half_log_det() - p.half_log_det() + 0.5 * (trace - p.loc.shape[-1])


def _kl_bernoulli(p, q):
    def log_sigmoid(x):
        return -mx.logaddexp(-x, 0)

    yes = p.probs * (log_sigmoid(p.logits) - log_sigmoid(q.logits))
    no = (1 - p.probs) * (log_sigmoid(-p.logits) - log_sigmoid(-q.logits))
    return _of_events(yes, p.probs, q.probs) + _of_events(no, 1 - p.probs, 1 - q.probs)


def _of_events(terms, p, q):
    """What never happens under `p` counts nothing; what only happens under `p` is endlessly far from `q`."""
    return mx.where(p == 0, 0, mx.where(q == 0, math.inf, terms))


def _kl_categorical(p, q):
    return mx.sum(_of_events(p.probs * (p.logits - q.logits), p.probs, q.probs), axis=-1)


def _kl_geometric(p, q):
    return -p.entropy() - mx.log1p(-q.probs) / p.probs - q.logits


def _kl_poisson(p, q):
    return p.rate * (mx.log(p.rate) - mx.log(q.rate)) - (p.rate - q.rate)


def _kl_binomial(p, q):
    if mx.any(p.total_count < q.total_count).item():
        raise NotImplementedError("kl_divergence of a Binomial and one of more trials")
    trial = p.probs * (p.logits - q.logits) + mx.log1p(-p.probs) - mx.log1p(-q.probs)
    return mx.where(p.total_count > q.total_count, math.inf, p.total_count * trial)


def _kl_exponential(p, q):
    ratio = q.rate / p.rate
    return ratio - 1 - mx.log(ratio)


def _kl_uniform(p, q):
    inside = (q.low <= p.low) & (q.high >= p.high)
    return mx.where(inside, mx.log((q.high - q.low) / (p.high - p.low)), math.inf)


def _kl_laplace(p, q):
    ratio, distance = p.scale / q.scale, mx.abs(p.loc - q.loc)
    return -mx.log(ratio) + distance / q.scale + ratio * mx.exp(-distance / p.scale) - 1


def _kl_gamma(p, q):
    a, b, c, d = p.concentration, p.rate, q.concentration, q.rate
    return c * mx.log(b / d) + lgamma(c) - lgamma(a) + (a - c) * digamma(a) + (d - b) * a / b


def _kl_beta(p, q):
    a, b, c, d = p.concentration1, p.concentration0, q.concentration1, q.concentration0
    constant = lgamma(c) + lgamma(d) + lgamma(a + b) - lgamma(a) - lgamma(b) - lgamma(c + d)
    return constant + (a - c) * digamma(a) + (b - d) * digamma(b) + (c + d - a - b) * digamma(a + b)


def _kl_dirichlet(p, q):
    a, b = p.concentration, q.concentration
    total = mx.sum(a, axis=-1)
    constant = lgamma(total) - lgamma(mx.sum(b, axis=-1)) - mx.sum(lgamma(a) - lgamma(b), axis=-1)
    return constant + mx.sum((a - b) * (digamma(a) - digamma(total)[..., None]), axis=-1)


def kl_divergence(p, q):
    """``torch.distributions.kl_divergence`` of two distributions of one family."""
    if isinstance(p, Independent) and isinstance(q, Independent):
        return p.sum_events(kl_divergence(p.base_dist, q.base_dist))
    formulas = {
        Normal: _kl_normal,
        MultivariateNormal: _kl_multivariate_normal,
        Bernoulli: _kl_bernoulli,
        Categorical: _kl_categorical,
        Geometric: _kl_geometric,
        Poisson: _kl_poisson,
        Binomial: _kl_binomial,
        Exponential: _kl_exponential,
        Uniform: _kl_uniform,
        Laplace: _kl_laplace,
        Gamma: _kl_gamma,
        Beta: _kl_beta,
        Dirichlet: _kl_dirichlet,
    }
    for family, formula in formulas.items():
        if isinstance(p, family) and isinstance(q, family):
            return formula(p, q)
    raise NotImplementedError(f"kl_divergence of {type(p).__name__} and {type(q).__name__}")
