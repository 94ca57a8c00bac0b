import math

import mlx.core as mx
import numpy as np

from .host_array import host_array

_NEVER = -1e30  # a finite minus infinity: logaddexp of two infinite ones has a NaN gradient


def _lengths(lengths):
    return np.asarray(host_array(lengths) if isinstance(lengths, mx.array) else lengths).reshape(-1).astype(np.int64)


def _labels_with_blanks(targets, lengths, blank):
    """Each target as blank, label, blank, label, ..., blank; and where a path may skip the blank before a label."""
    if targets.ndim == 1:
        rows = np.split(targets, np.cumsum(lengths)[:-1])
    else:
        rows = [row[:n] for row, n in zip(targets, lengths)]
    labels = np.full((len(lengths), 2 * int(lengths.max(initial=0)) + 1), blank, np.int64)
    for place, row, n in zip(labels, rows, lengths):
        place[1:2 * n:2] = row
    skips = np.zeros(labels.shape, bool)
    skips[:, 2:] = (labels[:, 2:] != blank) & (labels[:, 2:] != labels[:, :-2])
    return mx.array(labels), mx.array(skips)


def _shifted(alpha, places):
    return mx.pad(alpha, [(0, 0), (places, 0)], constant_values=_NEVER)[:, :alpha.shape[1]]


def ctc_loss(log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean", zero_infinity=False):
    """``F.ctc_loss`` of log-probabilities (T, N, C) or (T, C); targets are (N, S) or concatenated. Lengths are evaluated.

    "mean" divides each loss by the length of its target first. A target that does not fit is inf, or 0 with `zero_infinity`.
    The gradient is PyTorch's, which takes the scores for log-probabilities even where they don't add up to one.
    """
    single = log_probs.ndim == 2
    if single:
        log_probs, targets = log_probs[:, None], targets.reshape(1, -1)
    input_lengths, target_lengths = _lengths(input_lengths), _lengths(target_lengths)
    labels, skips = _labels_with_blanks(host_array(targets), target_lengths, blank)
    alpha = mx.where(mx.arange(labels.shape[1]) < 2, mx.take_along_axis(log_probs[0], labels, axis=1), _NEVER)
    for t in range(1, log_probs.shape[0]):
        reached = mx.logaddexp(mx.logaddexp(alpha, _shifted(alpha, 1)), mx.where(skips, _shifted(alpha, 2), _NEVER))
        running = mx.array(t < input_lengths)[:, None]
        alpha = mx.where(running, reached + mx.take_along_axis(log_probs[t], labels, axis=1), alpha)
    ends = mx.array(2 * target_lengths)[:, None]
    on_blank = mx.take_along_axis(alpha, ends, axis=1).squeeze(1)
    on_label = mx.take_along_axis(alpha, mx.maximum(ends - 1, 0), axis=1).squeeze(1)
    loss = -mx.where(mx.array(target_lengths > 0), mx.logaddexp(on_blank, on_label), on_blank)
    counts = mx.arange(log_probs.shape[0])[:, None] < mx.array(input_lengths)
    total = mx.sum(mx.where(counts[..., None], mx.exp(log_probs), 0), axis=(0, 2))
    loss = loss + total - mx.stop_gradient(total)
    loss = mx.where(mx.stop_gradient(loss) > -_NEVER / 10, 0.0 if zero_infinity else math.inf, loss).astype(log_probs.dtype)
    if reduction == "mean":
        return mx.mean(loss / mx.array(np.maximum(target_lengths, 1), loss.dtype))
    if reduction == "sum":
        return mx.sum(loss)
    return loss[0] if single else loss
