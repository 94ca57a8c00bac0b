"""Items by whole numbers of what is not known to be a tensor: views, if it is one."""

import torch


# run ends(x) | x=f32[4,3] | todo
def ends(x):
    first, last = x[0], x[-1]
    x *= 2
    return first + last


# run moved(x) | x=f32[4,3] | todo
def moved(x):
    first = x[0]
    x += 1
    return first


# run centred(x) | x=f32[4,3] | todo
def centred(x):
    first = x[0]
    x -= x.mean(0)
    return first * 2


# run grown() 
def grown():
    def total(rows, more):
        first = rows[0]
        rows += more
        return first, rows

    return total([torch.ones(2)], [torch.zeros(2)]), total("ab", "c")


# run taken_again(x) | x=f32[4,3]
def taken_again(x):
    first = x[0] * 2
    x -= 1
    second = x[0]
    return first, second
