"""NumPy weights on the left of terms of which little is known."""
import numpy as np
import torch

WEIGHTS = np.array([0.5, 2.0])
BETAS = np.linspace(0.1, 0.9, 5)


def terms(x):
    return {"a": x.mean(), "feats": [x.sin(), x.pow(2)]}


# run weighted_loss(terms(x)) | x=f32[4,3] | grad=x
def weighted_loss(found):
    loss = 0
    for i, f in enumerate(found["feats"]):
        loss = loss + WEIGHTS[i] * f.abs().mean()
    return loss + np.exp(-2) * found["a"].pow(2).mean()


# run scaled(x, 2) | x=f32[4,3] | grad=x
def scaled(x, e):
    return BETAS[e] * x.pow(2).mean()


class Schedule:
    def __init__(self):
        self.root = np.sqrt(BETAS)

    def noised_loss(self, x, t):
        return (self.root[t] * x).sum()


# run noised(x) | x=f32[4,3] | grad=x
def noised(x):
    return Schedule().noised_loss(x, 3)
