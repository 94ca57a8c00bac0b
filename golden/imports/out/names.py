# joins
import mlx.nn as nn
import mlx.optimizers as optim
import mlx.core as mx
import mlx_compat as compat


class Names(nn.Module):
    def __init__(self, dim: int, depth: int = 2) -> None:
        super().__init__()
        self.layers = [compat.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Dropout(0.0)) for _ in range(depth)]
        self.norm = nn.LayerNorm(dim)
        self.bias = mx.zeros((dim,))
        for layer in self.layers:
            compat.xavier_normal_(layer[0].weight)
            compat.constant_(layer[0].bias, 0.1)

    def __call__(self, x: mx.array) -> mx.array:
        for layer in self.layers:
            x = x + layer(x)
        x = self.norm(x) + self.bias
        pos = mx.arange(x.shape[-1], dtype=mx.float32)
        two = mx.stop_gradient(mx.array([2.0, 1.0], dtype=mx.float32))
        return mx.concatenate([mx.stack([x, x * compat.weak_scalar(two[0], x)], axis=1), compat.expand(mx.einsum("bd,d->b", x, pos)[:, None, None], (-1, 1, x.shape[1]))], axis=1)

    def optimizer(self) -> optim.AdamW:
        return optim.AdamW(learning_rate=1e-3, bias_correction=True)


def index() -> mx.array:
    return mx.array([1, 2], dtype=mx.int64)
