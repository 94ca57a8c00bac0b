def axis_slice(input, dim, start, stop, step=1):
    """`input[start:stop:step]` along the dimension `dim`; a bound may be an array of one element (evaluated)."""
    index = [slice(None)] * input.ndim
    index[dim] = slice(*(bound if bound is None else int(bound) for bound in (start, stop)), step)
    return input[tuple(index)]
