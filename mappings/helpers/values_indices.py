from typing import NamedTuple

import mlx.core as mx


class ValuesIndices(NamedTuple):
    """The pair that PyTorch's reductions and sorts return: ``.values``, ``.indices``, or unpacked."""

    values: mx.array
    indices: mx.array
