import mlx.core as mx


class PackedSequence:
    """Stands in for PyTorch's `PackedSequence`: padded `data` (time, batch, ...) and the `lengths`.

    PyTorch stores the elements without padding; only the functions here and recurrent layers may look inside.
    """

    def __init__(self, data, lengths):
        self.data, self.lengths = data, lengths


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    """PyTorch's `pack_padded_sequence`; sequences may come in any order."""
    lengths = lengths if isinstance(lengths, mx.array) else mx.array(lengths)
    data = input.swapaxes(0, 1) if batch_first else input
    return PackedSequence(data[: int(mx.max(lengths).item())], lengths)


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    """PyTorch's `pad_packed_sequence`: (padded sequences, lengths)."""
    data, time = sequence.data, sequence.data.shape[0]
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
    return pack_padded_sequence(pad_sequence(sequences), [sequence.shape[0] for sequence in sequences])


def unpad_sequence(padded_sequences, lengths, batch_first=False):
    """PyTorch's `unpad_sequence`: the sequences of a padded batch as a list."""
    rows = padded_sequences if batch_first else padded_sequences.swapaxes(0, 1)
    return [row[:length] for row, length in zip(rows, lengths.tolist())]
