"""Means of what a name holds after a cast to float16, whose sum is beyond float16."""
import torch


# run rebound(x) | x=np.full((300, 300), 3.0)
def rebound(x):
    x = x.half()
    return x.mean()


# run named(x) | x=np.full((300, 300), 3.0)
def named(x):
    h = x.to(torch.float16)
    return h.mean(), h.mean(dim=1)


# run chosen(x, True), chosen(x, False) | x=np.full((300, 300), 3.0)
def chosen(x, small):
    if small:
        x = x.half()
    return x.mean()
