import torch
from torch import nn


class MLP(nn.Module):
    """Multi-layer perceptron with as many hidden layers as `hidden` has entries."""

    def __init__(self, in_features, hidden, num_classes, dropout=0.0):
        super().__init__()
        layers = []
        prev = in_features
        for width in hidden:
            layers += [nn.Linear(prev, width), nn.ReLU(inplace=True), nn.Dropout(dropout)]
            prev = width
        layers.append(nn.Linear(prev, num_classes))
        self.net = nn.Sequential(*layers)

    def forward(self, x):
        x = x.view(x.size(0), -1)   # flatten whatever comes in
        return self.net(x)


class ResidualMLP(nn.Module):
    def __init__(self, dim, depth, activation=None):
        super().__init__()
        self.act = activation or nn.GELU()
        self.norms = nn.ModuleList([nn.LayerNorm(dim) for _ in range(depth)])
        self.fcs = nn.ModuleList()
        for _ in range(depth):
            self.fcs.append(nn.Linear(dim, dim))
        self.out_norm = nn.LayerNorm(dim, eps=1e-6)

    def forward(self, x):
        for norm, fc in zip(self.norms, self.fcs):
            x = x + self.act(fc(norm(x)))
        return self.out_norm(x)


def predict(model, x):
    model.eval()
    with torch.no_grad():
        logits = model(x)
        probs = torch.softmax(logits, dim=1)
        conf, label = probs.max(dim=1)
    return label, conf


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


if __name__ == "__main__":
    model = MLP(28 * 28, [128, 64], 10)
    images = torch.randn(8, 1, 28, 28)
    label, conf = predict(model, images)
    print(model)
    print("parameters:", count_parameters(model))
    print("labels:", label.tolist(), "mean confidence: %.3f" % conf.mean().item())
