"""Asking modules for attributes by names that only the run knows: MLX's layers keep settings otherwise, and all are dicts."""
import torch
import torch.nn as nn


NAMES = [
    "weight", "bias", "in_features", "out_features", "p", "inplace", "eps", "normalized_shape", "num_features", "dim", "kernel_size", "training", "forward",
    "num_embeddings", "embedding_dim", "negative_slope", "padding_idx", "momentum", "keys", "items", "values", "freeze", "approximate", "affine", "state",
    "update", "get", "pop", "copy", "clear", "load_weights", "leaf_modules", "parameters", "input_dims", "register_buffer", "state_dict", "cuda", "_modules",
    "elementwise_affine", "nothing", "__class__", "__len__",
]


def layers():
    return nn.Sequential(
        nn.Linear(2, 3, bias=False), nn.LayerNorm(3), nn.LayerNorm(3, elementwise_affine=False), nn.ReLU(inplace=True), nn.Dropout(0.3), nn.BatchNorm1d(3),
        nn.Conv1d(3, 3, 1), nn.Embedding(4, 3), nn.Flatten(), nn.GELU(), nn.LeakyReLU(0.2), nn.Softmax(dim=1), nn.MaxPool2d(2), nn.RMSNorm(3),
    )


# run had()
def had():
    return [[name for name in NAMES if hasattr(m, name)] for m in layers()]


def setting(m: nn.Module, name, default="none"):
    return getattr(m, name, default)


# run settings()
def settings():
    names = ["in_features", "p", "eps", "num_features", "normalized_shape", "negative_slope", "padding_idx", "items", "state"]
    return [[setting(m, name) for name in names] for m in layers()]


# run refused()
def refused():
    answers = []
    for m in layers():
        for name in ("input_dims", "update", "items", "nothing"):
            try:
                answers.append(getattr(m, name))
            except AttributeError as error:
                answers.append(str(error))
    return answers


# run named(Taken())
class Taken(nn.Module):
    def __init__(self):
        super().__init__()
        self.items = 3
        self.state = nn.Linear(2, 1)
        self.keys = nn.Linear(2, 3)
        self._fc = nn.Linear(2, 2)
        self.update = "text"

    def popitem(self):
        return 7


def named(m: Taken):
    found = {}
    for name in ("items", "state", "keys", "_fc", "update", "get", "popitem"):
        if hasattr(m, name):
            value = getattr(m, name)
            found[name] = value if isinstance(value, (int, str)) else type(value).__name__ if isinstance(value, nn.Module) else value()
    return found
