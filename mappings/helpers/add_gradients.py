import mlx.core as mx


def add_gradients(total, gradients):
    """The sum of two trees of gradients, as `backward` adds to what is there; `total` is None at first. A parameter may have none in one of them."""
    if total is None or total == {}:
        return gradients
    if isinstance(gradients, mx.array):
        return total + gradients
    if gradients == {}:
        return total
    if isinstance(gradients, dict):
        return {name: add_gradients(total[name], gradient) for name, gradient in gradients.items()}
    return [add_gradients(own, gradient) for own, gradient in zip(total, gradients)]
