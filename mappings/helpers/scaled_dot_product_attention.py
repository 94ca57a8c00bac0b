import math

import mlx.core as mx

from .dropout import dropout


def _fused(query, key, value, mask, scale):
    """`mx.fast.scaled_dot_product_attention` takes four dimensions and no more."""
    lead = query.shape[:-2]
    if isinstance(mask, mx.array) and query.ndim > 4:
        mask = mx.broadcast_to(mask, lead + mask.shape[-2:])
        mask = mask.reshape((-1,) + mask.shape[-3:])
    query, key, value = (t.reshape((-1,) + t.shape[-3:]) if t.ndim > 4 else t for t in (query, key, value))
    while query.ndim < 4:
        query, key, value = query[None], key[None], value[None]
        if isinstance(mask, mx.array) and mask.ndim > 2:
            mask = mask[None]
    output = mx.fast.scaled_dot_product_attention(query, key, value, scale=scale, mask=mask)
    return output.reshape(lead + output.shape[-2:])


def _led(array, lead):
    """`array` with those batches and heads; one head for all of the query's is left to MLX."""
    return array if array.shape[:-2] == lead else mx.broadcast_to(array, lead + array.shape[-2:])


def scaled_dot_product_attention(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False
):
    """``F.scaled_dot_product_attention``: a boolean mask says what takes part, a floating one is added.

    `is_causal` aligns the triangle at the top left, whatever the lengths. A query that may see nothing gives zeros.
    """
    if is_causal and attn_mask is not None:
        raise ValueError("scaled_dot_product_attention: attn_mask and is_causal exclude each other")
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    length, source = query.shape[-2], key.shape[-2]
    mask = mx.tril(mx.ones((length, source), mx.bool_)) if is_causal else attn_mask
    blind = None
    if mask is not None and not is_causal:
        seen = mask if mask.dtype == mx.bool_ else mask != -math.inf
        blind = mx.logical_not(mx.any(seen, axis=-1, keepdims=True))
        if mask.dtype != mx.bool_:
            # A row of -inf alone would give NaN. It is put to zeros below, so any finite row does here.
            mask = mx.where(blind, 0, mask).astype(query.dtype)
    shared = mx.broadcast_shapes(key.shape[:-2], value.shape[:-2], (1,) * (query.ndim - 2))
    if not enable_gqa:
        query = _led(query, mx.broadcast_shapes(query.shape[:-2], shared))
    batches = mx.broadcast_shapes(query.shape[:-3], shared[:-1])
    query = _led(query, batches + query.shape[-3:-2])
    key, value = _led(key, batches + shared[-1:]), _led(value, batches + shared[-1:])
    if dropout_p == 0:
        causal = is_causal and length == source  # MLX aligns "causal" at the bottom right
        output = _fused(query, key, value, "causal" if causal else mask, scale)
    else:
        groups = query.shape[-3] // key.shape[-3] if enable_gqa else 1
        key, value = (mx.repeat(t, groups, axis=-3) if groups > 1 else t for t in (key, value))
        scores = (query * scale) @ key.swapaxes(-1, -2)
        if mask is not None:
            scores = mx.where(mask, scores, -math.inf) if mask.dtype == mx.bool_ else scores + mask
        weights = mx.softmax(scores, axis=-1, precise=True)
        if blind is not None:
            weights = mx.where(blind, 0, weights)
        output = dropout(weights, dropout_p) @ value
    return output if blind is None else mx.where(blind, 0, output).astype(output.dtype)
