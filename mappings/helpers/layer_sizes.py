def in_features(layer):
    """PyTorch's `layer.in_features`. MLX's own layers know their sizes by their weights alone."""
    return layer.in_features if hasattr(layer, "in_features") else layer.weight.shape[-1]


def out_features(layer):
    """PyTorch's `layer.out_features`."""
    return layer.out_features if hasattr(layer, "out_features") else layer.weight.shape[0]


def num_embeddings(layer):
    """PyTorch's `layer.num_embeddings`."""
    return layer.num_embeddings if hasattr(layer, "num_embeddings") else layer.weight.shape[0]


def embedding_dim(layer):
    """PyTorch's `layer.embedding_dim`."""
    return layer.embedding_dim if hasattr(layer, "embedding_dim") else layer.weight.shape[-1]
