def axis_slice(input, dim, start, stop, step=1):
    """`input[start:stop:step]` along the dimension `dim`."""
    index = [slice(None)] * input.ndim
    index[dim] = slice(start, stop, step)
    return input[tuple(index)]
