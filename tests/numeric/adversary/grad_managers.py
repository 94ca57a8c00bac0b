"""A context manager of the project that switches gradients by what is known at run time."""
from contextlib import contextmanager

import torch


@contextmanager
def grad_mode(flag):
    before = torch.is_grad_enabled()
    torch.set_grad_enabled(flag)
    try:
        yield
    finally:
        torch.set_grad_enabled(before)


# run switched_loss(x, False) | x=f32[4,3] | grad=x | todo
def switched_loss(x, flag):
    with grad_mode(flag):
        y = x * 2
    return (x * y).sum()
