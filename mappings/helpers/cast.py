def cast(input, dtype):
    """`x.to(dtype)`: the array itself where it has the dtype, so that what is written to the result is written to it."""
    return input if input.dtype == dtype else input.astype(dtype)
