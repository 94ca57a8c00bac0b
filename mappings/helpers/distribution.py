import copy

import mlx.core as mx

from .as_array import as_array
from .to_float import to_float


class Distribution:
    """The base of the distributions: parameters that broadcast to `batch_shape`, and events of `event_shape`.

    As in torch.distributions `sample` has no gradient and `rsample` has one, where the law can be written as a function of noise.
    Arguments are not validated.
    """

    event_shape = ()

    def __init__(self, batch_shape=(), event_shape=(), validate_args=None):
        for name, shape in (("batch_shape", batch_shape), ("event_shape", event_shape)):
            setattr(self, f"_{name}", tuple(shape))
            if not isinstance(getattr(type(self), name, None), property):
                setattr(self, name, tuple(shape))

    def _set(self, **parameters):
        """Parameters as arrays of one shape; numbers become float32."""
        arrays = mx.broadcast_arrays(*(to_float(as_array(value)) for value in parameters.values()))
        for name, array in zip(parameters, arrays):
            setattr(self, name, array)
        self.batch_shape = arrays[0].shape

    def _shape(self, sample_shape):
        return tuple(sample_shape) + tuple(self.batch_shape) + tuple(self.event_shape)

    def _extended_shape(self, sample_shape=()):
        return self._shape(sample_shape)

    @property
    def has_rsample(self):
        return type(self).rsample is not Distribution.rsample

    def expand(self, batch_shape):
        """The same distribution over a larger batch: what it holds by batch is broadcast."""
        old, new = len(self.batch_shape), tuple(batch_shape)
        larger = copy.copy(self)
        for name, value in vars(self).items():
            if isinstance(value, Distribution):
                setattr(larger, name, value.expand(new + tuple(value.batch_shape)[old:]))
            elif isinstance(value, mx.array) and value.shape[:old] == tuple(self.batch_shape):
                setattr(larger, name, mx.broadcast_to(value, new + value.shape[old:]))
        larger.batch_shape = new
        return larger

    def rsample(self, sample_shape=()):
        raise NotImplementedError(f"{type(self).__name__} has no rsample here: its samples have no gradient, see sample")

    def sample(self, sample_shape=()):
        return mx.stop_gradient(self.rsample(sample_shape))

    @property
    def stddev(self):
        return mx.sqrt(self.variance)

    def perplexity(self):
        return mx.exp(self.entropy())


class Independent(Distribution):
    """``torch.distributions.Independent``: the last batch dimensions count as one event."""

    def __init__(self, base_distribution, reinterpreted_batch_ndims, validate_args=None):
        self.base_dist, self.reinterpreted_batch_ndims = base_distribution, reinterpreted_batch_ndims
        cut = len(base_distribution.batch_shape) - reinterpreted_batch_ndims
        self.batch_shape = base_distribution.batch_shape[:cut]
        self.event_shape = base_distribution.batch_shape[cut:] + tuple(base_distribution.event_shape)

    def __getattr__(self, name):
        if name.startswith("__") or name == "base_dist":
            raise AttributeError(name)
        return getattr(self.base_dist, name)

    @property
    def has_rsample(self):
        return self.base_dist.has_rsample

    def sample(self, sample_shape=()):
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape=()):
        return self.base_dist.rsample(sample_shape)

    def sum_events(self, values):
        """Sums what the base distribution says about each element of an event."""
        n = self.reinterpreted_batch_ndims
        return mx.sum(values, axis=tuple(range(-n, 0))) if n else values

    def log_prob(self, value):
        return self.sum_events(self.base_dist.log_prob(value))

    def entropy(self):
        return self.sum_events(self.base_dist.entropy())
