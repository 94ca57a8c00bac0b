from .split import split


def chunk(input, chunks, dim=0):
    """``torch.chunk``: at most `chunks` parts of size ceil(n / chunks); 5 rows in 4 chunks are 3 parts."""
    size = input.shape[dim]
    if size == 0:
        return (input,) * chunks
    return split(input, -(-size // chunks), dim)
