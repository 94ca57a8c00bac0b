# Several places of a tensor that are written from others of it in one statement.
import torch


# run edges(x) | x=f32[7]
def edges(x):
    f = torch.empty(7)
    f[1:-1] = x[1:-1] * 2
    f[0], f[-1] = f[1], f[-2]
    return f


# run edges_of_grid(x) | x=f32[5,6]
def edges_of_grid(x):
    f = torch.zeros(5, 6)
    f[1:-1, 1:-1] = x[1:-1, 1:-1]
    f[0, :], f[-1, :] = f[1, :], f[-2, :]
    f[:, 0], f[:, -1] = f[:, 1], f[:, -2]
    return f


# run of_parameter(f) | f=f32[7]
def of_parameter(f):
    f = f * 1.0
    f[0], f[-1] = f[1], f[-2]
    return f


# run moved(x) | x=f32[3,2]
def moved(x):
    f = x.clone()
    f[0], f[1] = f[1], f[2]
    return f


# run swapped(x) | x=f32[3,2] | todo
def swapped(x):
    f = x.clone()
    f[0], f[1] = f[1], f[0]
    return f


# run moved_on(x) | x=f32[3,2] | todo
def moved_on(x):
    f = x.clone()
    f[1], f[2] = f[0], f[1]
    return f


# run ends_swapped(x) | x=f32[3,2] | todo
def ends_swapped(x):
    f = x.clone()
    f[0], f[-1] = f[-1], f[0]
    return f


# run named(x) | x=f32[3,2] | todo
def named(x):
    f = x.clone()
    first, f[0] = f[0], f[1]
    return first * 2, f


# run by_names(x, i=0, j=2) | x=f32[3,2] | todo
def by_names(x, i=0, j=2):
    f = x.clone()
    f[i], f[j] = f[j], f[i]
    return f
