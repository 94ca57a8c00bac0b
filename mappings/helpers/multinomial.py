import mlx.core as mx


def multinomial(input, num_samples, replacement=False, key=None):
    """``torch.multinomial``: int64 indices drawn by unnormalised probabilities. The random numbers are not those of PyTorch.

    Without replacement it ranks log p + Gumbel noise, so that categories of probability 0 come last.
    """
    logits = mx.log(input)
    if replacement:
        return mx.random.categorical(logits, axis=-1, num_samples=num_samples, key=key).astype(mx.int64)
    scores = mx.stop_gradient(logits) + mx.random.gumbel(logits.shape, key=key)
    return mx.argsort(-scores, axis=-1)[..., :int(num_samples)].astype(mx.int64)
