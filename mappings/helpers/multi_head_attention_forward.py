import math

import mlx.core as mx

from .dropout import dropout


def _additive(mask, dtype):
    """Boolean masks of this function say what is *left out*, the opposite of `scaled_dot_product_attention`."""
    if mask.dtype != mx.bool_:
        return mask.astype(dtype)
    return mx.where(mask, mx.array(-math.inf, dtype), mx.array(0, dtype))


def _project(query, key, value, weights, bias):
    biases = (0, 0, 0) if bias is None else mx.split(bias, 3)
    return tuple(x @ w.T + b for x, w, b in zip((query, key, value), weights, biases))


def _heads(x, num_heads):
    length, batch, width = x.shape
    return x.reshape(length, batch, num_heads, width // num_heads).transpose(1, 2, 0, 3)


def multi_head_attention_forward(
    query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v, add_zero_attn, dropout_p,
    out_proj_weight, out_proj_bias, training=True, key_padding_mask=None, need_weights=True, attn_mask=None,
    use_separate_proj_weight=False, q_proj_weight=None, k_proj_weight=None, v_proj_weight=None, static_k=None, static_v=None,
    average_attn_weights=True, is_causal=False,
):
    """``F.multi_head_attention_forward``: query (L, N, E), key and value (S, N, E), or without N. Returns the pair (output, weights).

    Boolean masks mark what is left out. `is_causal` only says that `attn_mask` is causal, as in PyTorch.
    """
    if static_k is not None or static_v is not None:
        raise NotImplementedError("multi_head_attention_forward with static_k or static_v")
    if query.ndim == 2:
        query, key, value = query[:, None], key[:, None], value[:, None]
        key_padding_mask = None if key_padding_mask is None else key_padding_mask[None]
        unbatched = True
    else:
        unbatched = False
    separate = (q_proj_weight, k_proj_weight, v_proj_weight)
    q, k, v = _project(query, key, value, separate if use_separate_proj_weight else mx.split(in_proj_weight, 3), in_proj_bias)
    length, batch, width = q.shape
    source = k.shape[0]
    if bias_k is not None:
        k = mx.concatenate([k, mx.broadcast_to(bias_k, (1, batch, width))])
        v = mx.concatenate([v, mx.broadcast_to(bias_v, (1, batch, width))])
    if add_zero_attn:
        k, v = (mx.pad(x, [(0, 1), (0, 0), (0, 0)]) for x in (k, v))
    q, k, v = (_heads(x, num_heads) for x in (q, k, v))
    scores = (q * (width // num_heads) ** -0.5) @ k.swapaxes(-1, -2)
    extra = [(0, 0)] * 3 + [(0, k.shape[2] - source)]  # what was added to the keys is never masked
    if attn_mask is not None:
        mask = attn_mask if attn_mask.ndim == 2 else attn_mask.reshape(batch, num_heads, length, source)
        scores = scores + mx.pad(_additive(mask, q.dtype), extra[4 - mask.ndim:])
    if key_padding_mask is not None:
        scores = scores + mx.pad(_additive(key_padding_mask, q.dtype)[:, None, None, :], extra)
    weights = mx.softmax(scores, axis=-1, precise=True)
    if not need_weights:  # PyTorch takes another way then, where a query that may see nothing gives zeros
        weights = mx.where(mx.all(scores == -math.inf, axis=-1, keepdims=True), 0, weights)
    weights = dropout(weights, dropout_p, training)
    output = (weights @ v).transpose(2, 0, 1, 3).reshape(length, batch, width) @ out_proj_weight.T
    output = output if out_proj_bias is None else output + out_proj_bias
    weights = mx.mean(weights, axis=1) if average_attn_weights else weights
    if unbatched:
        output, weights = output[:, 0], weights[0]
    return output, weights if need_weights else None
