import mlx.core as mx
import numpy as np


class PackedSequence:
    """PyTorch's `PackedSequence`: `data` holds the elements of all sequences time by time, without padding, longer sequences first.

    What recurrent layers take stands beside it: the `padded` batch (time, batch, ...) and the `lengths`, both in the order of the batch.
    """

    def __init__(self, data, batch_sizes=None, sorted_indices=None, unsorted_indices=None):
        sizes = np.array(batch_sizes)
        order = np.arange(sizes[0]) if sorted_indices is None else np.array(sorted_indices)
        lengths = np.empty(sizes[0], np.int64)
        lengths[order] = (sizes[:, None] > np.arange(sizes[0])).sum(axis=0)
        self._set(mx.zeros((len(sizes) * len(lengths), *data.shape[1:]), data.dtype), mx.array(lengths), sorted_indices)
        self.padded[self._places()] = data
        self.padded = self.padded.reshape(len(sizes), len(lengths), *data.shape[1:])

    def _set(self, padded, lengths, sorted_indices):
        self.padded, self.lengths, self.sorted_indices = padded, lengths, sorted_indices

    def with_padded(self, padded):
        """The same sequences with other elements."""
        packed = PackedSequence.__new__(PackedSequence)
        packed._set(padded, self.lengths, self.sorted_indices)
        return packed

    def _places(self):
        """Where the elements of `data` stand in the padded batch, whose first two axes are taken as one."""
        lengths = np.array(self.lengths)
        order = np.arange(len(lengths)) if self.sorted_indices is None else np.array(self.sorted_indices)
        places = [t * len(lengths) + b for t in range(lengths.max()) for b in order if lengths[b] > t]
        return mx.array(np.array(places, np.int64))

    @property
    def data(self):
        return self.padded.flatten(0, 1)[self._places()]

    @property
    def batch_sizes(self):
        lengths = np.array(self.lengths)
        return mx.array((lengths[None] > np.arange(lengths.max())[:, None]).sum(axis=1))

    @property
    def unsorted_indices(self):
        return None if self.sorted_indices is None else mx.argsort(self.sorted_indices).astype(mx.int64)

    def _fields(self):
        return self.data, self.batch_sizes, self.sorted_indices, self.unsorted_indices

    def __iter__(self):
        return iter(self._fields())

    def __getitem__(self, index):
        return self._fields()[index]

    def __len__(self):
        return 4

    def _replace(self, **fields):
        names = ("data", "batch_sizes", "sorted_indices", "unsorted_indices")
        return PackedSequence(**{**dict(zip(names, self._fields())), **fields})


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    """PyTorch's `pack_padded_sequence`."""
    numbers = np.array(lengths) if isinstance(lengths, mx.array) else np.array([int(length) for length in lengths])
    lengths = mx.array(numbers)
    if enforce_sorted and (np.diff(numbers) > 0).any():
        raise RuntimeError("lengths must fall with enforce_sorted=True")
    padded = input.swapaxes(0, 1) if batch_first else input
    packed = PackedSequence.__new__(PackedSequence)
    order = None if enforce_sorted else mx.array(np.argsort(-numbers, kind="stable"))
    packed._set(padded[: int(numbers.max())], lengths, order)
    return packed


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    """PyTorch's `pad_packed_sequence`: (padded sequences, lengths)."""
    data, time = sequence.padded, sequence.padded.shape[0]
    alive = mx.arange(time)[:, None] < sequence.lengths[None]
    data = mx.where(alive.reshape(*alive.shape, *[1] * (data.ndim - 2)), data, mx.array(padding_value, data.dtype))
    if total_length is not None:
        widths = [(0, total_length - time)] + [(0, 0)] * (data.ndim - 1)
        data = mx.pad(data, widths, constant_values=mx.array(padding_value, data.dtype))
    return (data.swapaxes(0, 1) if batch_first else data), sequence.lengths.astype(mx.int64)


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    """PyTorch's `pad_sequence`: arrays of different lengths as one, (time, batch, ...) by default."""
    time = max(sequence.shape[0] for sequence in sequences)
    padded = []
    for sequence in sequences:
        missing = time - sequence.shape[0]
        widths = [(0, missing) if padding_side == "right" else (missing, 0)] + [(0, 0)] * (sequence.ndim - 1)
        padded.append(mx.pad(sequence, widths, constant_values=mx.array(padding_value, sequence.dtype)))
    return mx.stack(padded, axis=0 if batch_first else 1)


def pack_sequence(sequences, enforce_sorted=True):
    """PyTorch's `pack_sequence`."""
    return pack_padded_sequence(pad_sequence(sequences), [sequence.shape[0] for sequence in sequences], enforce_sorted=enforce_sorted)


def unpad_sequence(padded_sequences, lengths, batch_first=False):
    """PyTorch's `unpad_sequence`: the sequences of a padded batch as a list."""
    rows = padded_sequences if batch_first else padded_sequences.swapaxes(0, 1)
    return [row[:length] for row, length in zip(rows, lengths.tolist())]


def unpack_sequence(packed_sequences):
    """PyTorch's `unpack_sequence`: the sequences as a list."""
    return unpad_sequence(packed_sequences.padded, packed_sequences.lengths)
