from collections.abc import Mapping, Sequence

import mlx.core as mx
import numpy as np

from .dataset import IterableDataset
from .sampler import BatchSampler, RandomSampler, SequentialSampler


def default_collate(batch):
    """PyTorch's `default_collate`: a batch of samples as one sample of arrays. Float64 becomes float32."""
    first = batch[0]
    if isinstance(first, mx.array):
        return mx.stack(batch)
    if isinstance(first, np.ndarray):
        return mx.array(np.stack(batch))
    if isinstance(first, np.generic):
        return mx.array(np.asarray(batch))
    if isinstance(first, bool):
        return mx.array(batch)
    if isinstance(first, int):
        return mx.array(batch, dtype=mx.int64)
    if isinstance(first, float):
        return mx.array(batch, dtype=mx.float32)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return type(first)({key: default_collate([sample[key] for sample in batch]) for key in first})
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(default_collate(samples) for samples in zip(*batch)))
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        return [default_collate(samples) for samples in zip(*batch)]
    raise TypeError(f"default_collate: batch must contain arrays, numbers, dicts or lists; found {type(first)}")


def default_convert(data):
    """PyTorch's `default_convert`: NumPy arrays inside of a sample as MLX arrays."""
    if isinstance(data, (np.ndarray, np.generic)) and np.asarray(data).dtype.kind in "biufc":
        return mx.array(data)
    if isinstance(data, Mapping):
        return type(data)({key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(value) for value in data))
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return [default_convert(value) for value in data]
    return data


class DataLoader:
    """PyTorch's `DataLoader` in one process: its batches, its order without shuffling, `default_collate`.

    Arguments about workers and memory are accepted and have no effect: a forked worker hangs at its first MLX operation.
    """

    @classmethod
    def __class_getitem__(cls, item):
        return cls  # DataLoader[T] in annotations

    def __init__(self, dataset, batch_size=1, shuffle=None, sampler=None, batch_sampler=None, num_workers=0,
                 collate_fn=None, pin_memory=False, drop_last=False, timeout=0, worker_init_fn=None,
                 multiprocessing_context=None, generator=None, *, prefetch_factor=None, persistent_workers=False,
                 pin_memory_device="", in_order=True):
        self.dataset, self.generator, self.num_workers = dataset, generator, num_workers
        self.iterable = isinstance(dataset, IterableDataset)
        if self.iterable and (shuffle or sampler is not None or batch_sampler is not None):
            raise ValueError("an IterableDataset takes no shuffle, sampler or batch_sampler")
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last")
            batch_size = None
        elif sampler is None and not self.iterable:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None and not self.iterable:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size, self.drop_last = batch_size, drop_last
        self.sampler, self.batch_sampler = sampler, batch_sampler
        batched = batch_size is not None or batch_sampler is not None
        self.collate_fn = collate_fn or (default_collate if batched else default_convert)

    def _samples(self):
        """What `collate_fn` is called with, one after the other."""
        if self.iterable:
            yield from self.dataset if self.batch_size is None else self._groups()
        elif self.batch_sampler is None:
            for index in self.sampler:
                yield self.dataset[index]
        else:
            for indices in self.batch_sampler:
                several = getattr(self.dataset, "__getitems__", None)
                yield several(indices) if several else [self.dataset[index] for index in indices]

    def _groups(self):
        group = []
        for sample in self.dataset:
            group.append(sample)
            if len(group) == self.batch_size:
                yield group
                group = []
        if group and not self.drop_last:
            yield group

    def __iter__(self):
        for samples in self._samples():
            yield self.collate_fn(samples)

    def __len__(self):
        if not self.iterable:
            return len(self.sampler if self.batch_sampler is None else self.batch_sampler)
        count = len(self.dataset)
        if self.batch_size is None:
            return count
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)


def get_worker_info():
    """PyTorch's `get_worker_info` in the main process."""
    return None
