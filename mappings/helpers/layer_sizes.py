import mlx.nn as nn


def _lacks(layer, cls, name):
    # Also of the classes that tied layers get.
    return isinstance(layer, cls) and not hasattr(layer, name)


def in_features(layer):
    """PyTorch's `layer.in_features`. MLX's own layers know their sizes by their weights alone."""
    return layer.weight.shape[-1] if _lacks(layer, nn.Linear, "in_features") else layer.in_features


def out_features(layer):
    """PyTorch's `layer.out_features`."""
    return layer.weight.shape[0] if _lacks(layer, nn.Linear, "out_features") else layer.out_features


def num_embeddings(layer):
    """PyTorch's `layer.num_embeddings`."""
    return layer.weight.shape[0] if _lacks(layer, nn.Embedding, "num_embeddings") else layer.num_embeddings


def embedding_dim(layer):
    """PyTorch's `layer.embedding_dim`."""
    return layer.weight.shape[-1] if _lacks(layer, nn.Embedding, "embedding_dim") else layer.embedding_dim


def normalized_shape(layer):
    """PyTorch's `layer.normalized_shape`. MLX's own norms have one axis."""
    if type(layer) is nn.LayerNorm:
        return (layer.dims,)
    return layer.weight.shape if type(layer) is nn.RMSNorm else layer.normalized_shape


def elementwise_affine(layer):
    """PyTorch's `layer.elementwise_affine`: whether a norm has weights."""
    return "weight" in layer if type(layer) in (nn.LayerNorm, nn.RMSNorm) else layer.elementwise_affine
