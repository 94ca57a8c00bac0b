import math

import mlx.core as mx
import numpy as np

from .random_samples import numpy_generator


def _host_generator(generator=None):
    """A NumPy generator from a `Generator`, or from the MLX stream."""
    if generator is None:
        return numpy_generator()
    return np.random.default_rng(int(mx.random.randint(0, 2**31 - 1, key=generator.next_key()).item()))


class Sampler:
    """PyTorch's `Sampler`: an iterable of indices."""

    def __init__(self, data_source=None):
        pass

    def __iter__(self):
        raise NotImplementedError

    @classmethod
    def __class_getitem__(cls, item):
        return cls  # Sampler[int] in annotations and as a base class


class SequentialSampler(Sampler):
    """PyTorch's `SequentialSampler`."""

    def __init__(self, data_source):
        self.data_source = data_source

    def __iter__(self):
        return iter(range(len(self.data_source)))

    def __len__(self):
        return len(self.data_source)


class RandomSampler(Sampler):
    """PyTorch's `RandomSampler`: a new order for each iteration; not the random numbers of PyTorch."""

    def __init__(self, data_source, replacement=False, num_samples=None, generator=None):
        self.data_source, self.replacement, self.generator = data_source, replacement, generator
        self._num_samples = num_samples

    @property
    def num_samples(self):
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self):
        random, size = _host_generator(self.generator), len(self.data_source)
        if self.replacement:
            yield from random.integers(0, size, self.num_samples).tolist()
            return
        left = self.num_samples
        while left > 0:
            order = random.permutation(size).tolist()[:left]
            yield from order
            left -= len(order)

    def __len__(self):
        return self.num_samples


class SubsetRandomSampler(Sampler):
    """PyTorch's `SubsetRandomSampler`: the given indices in random order."""

    def __init__(self, indices, generator=None):
        self.indices, self.generator = indices, generator

    def __iter__(self):
        return iter([self.indices[i] for i in _host_generator(self.generator).permutation(len(self.indices))])

    def __len__(self):
        return len(self.indices)


class WeightedRandomSampler(Sampler):
    """PyTorch's `WeightedRandomSampler`: indices with probabilities in proportion to `weights`."""

    def __init__(self, weights, num_samples, replacement=True, generator=None):
        self.weights = np.array(weights.tolist() if isinstance(weights, mx.array) else weights, dtype=np.float64)
        self.num_samples, self.replacement, self.generator = num_samples, replacement, generator

    def __iter__(self):
        chance = self.weights / self.weights.sum()
        drawn = _host_generator(self.generator).choice(len(chance), self.num_samples, self.replacement, chance)
        return iter(drawn.tolist())

    def __len__(self):
        return self.num_samples


class BatchSampler(Sampler):
    """PyTorch's `BatchSampler`: lists of `batch_size` indices of a sampler."""

    def __init__(self, sampler, batch_size, drop_last):
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self):
        batch = []
        for index in self.sampler:
            batch.append(index)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

    def __len__(self):
        count = len(self.sampler)
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)


class DistributedSampler(Sampler):
    """PyTorch's `DistributedSampler`: every rank takes each `num_replicas`-th index of one order for all."""

    def __init__(self, dataset, num_replicas=None, rank=None, shuffle=True, seed=0, drop_last=False):
        group = mx.distributed.init() if num_replicas is None or rank is None else None
        self.dataset, self.shuffle, self.seed, self.drop_last, self.epoch = dataset, shuffle, seed, drop_last, 0
        self.num_replicas = group.size() if num_replicas is None else num_replicas
        self.rank = group.rank() if rank is None else rank
        if not 0 <= self.rank < self.num_replicas:
            raise ValueError(f"Invalid rank {self.rank}, rank should be in [0, {self.num_replicas - 1}]")

    @property
    def num_samples(self):
        size = len(self.dataset)
        return size // self.num_replicas if self.drop_last else -(-size // self.num_replicas)

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        size, total = len(self.dataset), self.num_samples * self.num_replicas
        order = list(range(size))
        if self.shuffle:
            order = np.random.default_rng(self.seed + self.epoch).permutation(size).tolist()
        order = (order * math.ceil(total / max(size, 1)))[:total]
        return iter(order[self.rank :: self.num_replicas])

    def __len__(self):
        return self.num_samples
