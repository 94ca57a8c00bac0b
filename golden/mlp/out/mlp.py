import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


class MLP(nn.Module):
    """Multi-layer perceptron with as many hidden layers as `hidden` has entries."""

    def __init__(self, in_features, hidden, num_classes, dropout=0.0):
        super().__init__()
        layers = []
        prev = in_features
        for width in hidden:
            layers += [nn.Linear(prev, width), nn.ReLU(), nn.Dropout(dropout)]
            prev = width
        layers.append(nn.Linear(prev, num_classes))
        self.net = compat.Sequential(*layers)

    def __call__(self, x):
        x = x.reshape(x.shape[0], -1)   # flatten whatever comes in
        return self.net(x)


class ResidualMLP(nn.Module):
    def __init__(self, dim, depth, activation=None):
        super().__init__()
        self.act = activation if activation is not None else nn.GELU()
        self.norms = [nn.LayerNorm(dim) for _ in range(depth)]
        self.fcs = []
        for _ in range(depth):
            self.fcs.append(nn.Linear(dim, dim))
        self.out_norm = nn.LayerNorm(dim, eps=1e-6)

    def __call__(self, x):
        for norm, fc in zip(self.norms, self.fcs):
            x = x + self.act(fc(norm(x)))
        return self.out_norm(x)


def predict(model, x):
    model.eval()
    logits = model(x)
    probs = mx.softmax(logits, axis=1, precise=True)
    conf, label = (probs.max(axis=1), probs.argmax(axis=1).astype(mx.int64))
    return label, conf


def count_parameters(model):
    return sum(p.size for p in compat.trainable_parameters(model))


if __name__ == "__main__":
    model = MLP(28 * 28, [128, 64], 10)
    images = mx.random.normal((8, 1, 28, 28))
    label, conf = predict(model, images)
    print(compat.module_text(model))
    print("parameters:", count_parameters(model))
    print("labels:", label.tolist(), "mean confidence: %.3f" % conf.mean().item())
