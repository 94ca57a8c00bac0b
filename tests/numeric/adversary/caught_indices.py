"""Items that a `try` asks for until there are no more."""

import torch


# run counted(x) | x=f32[3,3]
def counted(x):
    k = 0
    total = torch.zeros(3)
    while True:
        try:
            row = x[k]
        except IndexError:
            break
        total = total + row
        k += 1
    return total, k


# run one_past(x) | x=f32[3,4] | grad=x
def one_past(x):
    try:
        value = x[2, 4] * 2
    except IndexError:
        value = x[2, 3]
    try:
        value = value + x[-4].sum()
    except (IndexError, ValueError):
        value = value + x[-3].sum()
    return value


# run too_deep(x) | x=f32[3]
def too_deep(x):
    try:
        return x[0][0]
    except IndexError:
        return x.sum()


# run of_a_loop(x) | x=f32[2,3]
def of_a_loop(x):
    out = []
    for k in range(4):
        try:
            out.append(x[k] * 2)
        except LookupError:
            out.append(x[0])
    return out


# run lists_and_tables(x) | x=f32[2,3]
def lists_and_tables(x):
    def pick(values, key):
        try:
            return values[key]
        except (IndexError, KeyError):
            return x[0]

    return pick([x[1]], 0), pick([x[1]], 1), pick({"a": x[1]}, "a"), pick({}, "b"), pick(x, 1), pick(x, 2), pick(x, slice(1, 5))


# run views_are_kept(x) | x=f32[2,3]
def views_are_kept(x):
    y = x * 1
    k = 0
    try:
        while True:
            row = x[k]
            y[k] += row
            k += 1
    except IndexError:
        pass
    return y, k


# run masks_too(x) | x=f32[3]
def masks_too(x):
    try:
        chosen = x[x > 0]
        return chosen.sum() + x[3]
    except IndexError:
        return x[0]
