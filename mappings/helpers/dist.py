from .continuous_distributions import Cauchy, Exponential, Gumbel, Laplace, Uniform
from .discrete_distributions import Bernoulli, Categorical, Geometric, OneHotCategorical, Poisson
from .distribution import Distribution, Independent
from .gamma_distributions import Beta, Chi2, Dirichlet, Gamma, StudentT
from .kl_divergence import kl_divergence
from .normal_distributions import HalfNormal, LogNormal, MultivariateNormal, Normal


class dist:
    """The namespace ``torch.distributions``, for code that picks a distribution by name. It brings all of them along: where one is
    named, say so directly (``Normal``, not ``dist.Normal``)."""

    Bernoulli, Beta, Categorical, Cauchy, Chi2, Dirichlet = Bernoulli, Beta, Categorical, Cauchy, Chi2, Dirichlet
    Distribution, Exponential, Gamma, Geometric, Gumbel = Distribution, Exponential, Gamma, Geometric, Gumbel
    HalfNormal, Independent, Laplace, LogNormal, MultivariateNormal = HalfNormal, Independent, Laplace, LogNormal, MultivariateNormal
    Normal, OneHotCategorical, Poisson, StudentT, Uniform = Normal, OneHotCategorical, Poisson, StudentT, Uniform
    kl_divergence = staticmethod(kl_divergence)
