import collections

ValuesIndices = collections.namedtuple("ValuesIndices", ["values", "indices"])
ValuesIndices.__doc__ = "The pair that PyTorch's reductions and sorts return: ``.values``, ``.indices``, or unpacked."
