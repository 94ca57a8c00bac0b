import mlx.core as mx


class Generator:
    """``torch.Generator``: a random stream of its own. Pass ``key=generator.next_key()`` where PyTorch takes the generator."""

    def __init__(self, device=None):
        self.device = device
        self.manual_seed(0)

    def manual_seed(self, seed):
        self._seed = seed
        self._key = mx.random.key(seed)
        return self

    def initial_seed(self):
        return self._seed

    def seed(self):
        """A seed that is not deterministic, which it returns."""
        return self.manual_seed(int(mx.random.randint(0, 2**31 - 1).item()))._seed

    def get_state(self):
        return mx.array(self._key)

    def set_state(self, new_state):
        self._key = mx.array(new_state)

    def next_key(self):
        """A fresh MLX key; every use of the stream moves it on."""
        self._key, key = mx.random.split(self._key)
        return key
