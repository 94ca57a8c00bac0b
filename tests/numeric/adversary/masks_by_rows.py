"""Masks of parameters that nothing is known about, which are not used under their own name."""
import torch


# run detections(p) | p=f32[2,20,8]
def detections(prediction, threshold=0.25):
    likely = prediction[..., 4] > threshold
    output = [torch.zeros((0, 8), device=prediction.device)] * prediction.shape[0]
    for at, x in enumerate(prediction):
        x = x[likely[at]]
        if not x.shape[0]:
            continue
        output[at] = x
    return output


# run sums(x, y) | x=f32[2,5,3] | y=i64[2,5] < 3
def sums(features, labels):
    out = features.new_zeros(2, 3)
    known = labels.gt(0)
    for i in range(len(features)):
        out[i] = features[i, known[i]].sum(0)
        features[i][known[i]] = 0
    return out, features


# run rows(a, b) | a=f32[3,4] | b=f32[3,4]
def rows(a, b):
    m = a > 0
    head = m[:2]
    k = m[0]
    k = k & (a[1] > 0)
    return b[:, m[0]], b[m[:, 0]], b[m[..., 1]], b[0][m[0] & m[1]], b[:2][head], b[-1][m[-1]], b[0, k]


# run written(a, b) | a=f32[3,4] | b=f32[3,4]
def written(a, b):
    m = a > 0
    b[m[:, 0], 1] = -1
    for i in range(3):
        b[i][m[i]] = 0
        b[i, ~m[i]] += 1
    return b


# run listed(a, b) | a=f32[3,4] | b=f32[3,4]
def listed(a, b):
    ms = [a > 0, a > 1]
    by_row = [[a[i] > t for i in range(3)] for t in (0, 1)]
    grown = []
    for i in range(3):
        grown.append(a[i] > 0)
    return b[ms[0]], b[ms[1]], b[0][by_row[0][0]], [b[i][grown[i]] for i in range(3)], b[torch.stack(grown)]


# run asked(a, b) | a=f32[3,4] | b=f32[3,4]
def asked(a, b, low=True):
    above = lambda t: t > 0.2
    part = a > 0 if low else a < 0
    first = part[0] if part.dim() > 1 else part
    both = torch.stack([a[0] > 0, a[1] > 0])
    other = (a > 0).detach()
    copy = other.clone()
    return b[above(a)], b[part], b[0, part[0]], b[1][first], b[0][both[0]], b[1][copy[1]], b[part.T[0]] if False else 0


class Picked:
    pass


# run kept(a, b) | a=f32[3,4] | b=f32[3,4]
def kept(a, b):
    picked = Picked()
    picked.items = a > 0
    return b[picked.items], b[0][picked.items[0]]


# Positions stay what they are.
# run positions(a, b) | a=f32[3,4] | b=f32[3,4]
def positions(a, b):
    order = a.argsort(1)
    best = [a[i].argmax() for i in range(3)]
    first = order[0] if len(a) > 1 else order[1]
    return [b[i, order[i]] for i in range(3)], [b[i, best[i]] for i in range(3)], b[0][first], b[0][order[0] * 1]
