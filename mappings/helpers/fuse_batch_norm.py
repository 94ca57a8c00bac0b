import copy

import mlx.core as mx


def fuse_conv_bn_eval(conv, bn, transpose=False):
    """PyTorch's `nn.utils.fuse_conv_bn_eval`: a copy of the convolution that does what the two do one after the other."""
    if conv.training or bn.training:
        raise AssertionError("fusion is for eval mode only")
    return _without_batch_norm(conv, bn, lambda *arrays: fuse_conv_bn_weights(*arrays, transpose=transpose))


def fuse_conv_bn_weights(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, transpose=False):
    """PyTorch's `nn.utils.fuse_conv_bn_weights`: (weight, bias) of the convolution that needs no batch normalisation."""
    scale = mx.rsqrt(bn_rv + bn_eps) if bn_w is None else bn_w * mx.rsqrt(bn_rv + bn_eps)
    shape = (1, -1) if transpose else (-1, 1)
    weight = conv_w * scale.reshape(*shape, *(1,) * (conv_w.ndim - 2))
    return weight.astype(conv_w.dtype), _fused_bias(conv_w, conv_b, bn_rm, scale, bn_b)


def fuse_linear_bn_eval(linear, bn):
    """PyTorch's `nn.utils.fuse_linear_bn_eval`: a copy of the linear layer that does what the two do one after the other."""
    if linear.training or bn.training:
        raise AssertionError("fusion is for eval mode only")
    if bn.num_features not in (1, linear.weight.shape[0]):
        raise AssertionError("to fuse, linear.out_features == bn.num_features or bn.num_features == 1")
    return _without_batch_norm(linear, bn, fuse_linear_bn_weights)


def fuse_linear_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b):
    """PyTorch's `nn.utils.fuse_linear_bn_weights`: (weight, bias) of the linear layer that needs no batch normalisation."""
    scale = mx.rsqrt(bn_rv + bn_eps) if bn_w is None else bn_w * mx.rsqrt(bn_rv + bn_eps)
    return (linear_w * scale[:, None]).astype(linear_w.dtype), _fused_bias(linear_w, linear_b, bn_rm, scale, bn_b)


def _fused_bias(weight, bias, mean, scale, shift):
    fused = (-mean if bias is None else bias - mean) * scale
    return (fused if shift is None else fused + shift).astype(weight.dtype if bias is None else bias.dtype)


def _without_batch_norm(layer, bn, weights):
    fused = copy.deepcopy(layer)
    bias, bn_w, bn_b = (getattr(module, name, None) for module, name in ((layer, "bias"), (bn, "weight"), (bn, "bias")))
    fused.weight, fused.bias = weights(layer.weight, bias, bn.running_mean, bn.running_var, bn.eps, bn_w, bn_b)
    return fused
