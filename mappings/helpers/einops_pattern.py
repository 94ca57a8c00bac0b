import math

import mlx.core as mx

from .torch_module import _TorchModule


def _einops_side(text):
    """One side of an einops pattern as a list of groups: `"b (h d) 1"` is `[["b"], ["h", "d"], []]`. A bare ellipsis stays a string."""
    groups, open_group = [], None
    for word in text.replace("(", " ( ").replace(")", " ) ").replace("...", " ... ").replace("…", " ... ").split():
        if word == "(":
            open_group = []
        elif word == ")":
            groups.append(open_group)
            open_group = None
        elif open_group is not None:
            open_group += [] if word == "1" else [word]
        elif word == "...":
            groups.append(word)
        else:
            groups.append([] if word == "1" else [word])
    return groups


def _einops_spread(groups, inner):
    """The ellipsis as axes of their own: apart, or all in the group that holds it."""
    spread = []
    for group in groups:
        if group == "...":
            spread += [[name] for name in inner]
        else:
            spread.append([name for part in group for name in (inner if part == "..." else [part])])
    return spread


def _einops_lengths(groups, shape, given):
    """The length of each named axis; one unknown name in each group is computed."""
    lengths = dict(given)
    for group, size in zip(groups, shape):
        unknown = [name for name in group if name not in lengths]
        known = math.prod(lengths[name] for name in group if name in lengths)
        if len(unknown) > 1 or size % max(known, 1) or (not unknown and known != size):
            raise ValueError(f"an axis of length {size} can't be divided into {group} with {given}")
        if unknown:
            lengths[unknown[0]] = size // known
    return lengths


def _einops(input, pattern, lengths, reduction=None):
    """`einops.rearrange`, `repeat` and `reduce`: split the axes, reduce what disappears, transpose, add what is new, merge."""
    if isinstance(input, (list, tuple)):
        input = mx.stack(list(input))
    left, right = (_einops_side(side) for side in pattern.split("->"))
    missing = input.ndim - len([group for group in left if group != "..."])
    inner = [f"...{i}" for i in range(missing)] if "..." in str(left) else []
    left, right = _einops_spread(left, inner), _einops_spread(right, inner)
    if len(left) != input.ndim:
        raise ValueError(f"`{pattern}` names {len(left)} axes, the array has {input.ndim}")
    # A number on the left is the length of an axis without a name; on the right of a new one.
    numbers = {name: int(name) for group in left + right for name in group if name.isdigit()}
    lengths = _einops_lengths(left, input.shape, {**lengths, **numbers})
    before = [name for group in left for name in group]
    after = [name for group in right for name in group]
    output = input.reshape([lengths[name] for name in before])
    gone = [i for i, name in enumerate(before) if name not in after]
    if gone:
        if reduction is None:
            raise ValueError(f"`{pattern}` drops {[before[i] for i in gone]} without a reduction")
        output = getattr(mx, reduction)(output, axis=gone) if isinstance(reduction, str) else reduction(output, tuple(gone))
        before = [name for name in before if name in after]
    kept = [name for name in after if name in before]
    output = output.transpose([before.index(name) for name in kept]) if kept else output
    output = output.reshape([lengths[name] if name in before else 1 for name in after])
    output = mx.broadcast_to(output, [lengths[name] for name in after])
    return output.reshape([math.prod(lengths[name] for name in group) for group in right])


def einops_repeat(tensor, pattern, **axes_lengths):
    """`einops.repeat`, whose MLX backend can't add axes (einops 0.8)."""
    return _einops(tensor, pattern, axes_lengths)


class Rearrange(_TorchModule):
    """`einops.layers.torch.Rearrange`: `einops.rearrange` as a layer."""

    def __init__(self, pattern, **axes_lengths):
        super().__init__()
        # A tuple: MLX looks for parameters in dicts.
        self.pattern, self.axes_lengths = pattern, tuple(axes_lengths.items())

    def __call__(self, input):
        return _einops(input, self.pattern, dict(self.axes_lengths))


class Reduce(_TorchModule):
    """`einops.layers.torch.Reduce`: `einops.reduce` as a layer."""

    def __init__(self, pattern, reduction, **axes_lengths):
        super().__init__()
        self.pattern, self.reduction, self.axes_lengths = pattern, reduction, tuple(axes_lengths.items())

    def __call__(self, input):
        return _einops(input, self.pattern, dict(self.axes_lengths), self.reduction)
