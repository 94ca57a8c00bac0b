def next_key(generator):
    """The key that MLX takes where PyTorch takes a generator; None, which is MLX's own stream, for None."""
    return None if generator is None else generator.next_key()
