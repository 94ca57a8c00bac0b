"""Integers and bools that become floats again by a dtype that is not written out: their gradient is none."""
import torch


# run ramp_loss(h) | h=f32[4,3] | grad=h
def ramp_loss(h):
    mask = h.bool().type_as(h)
    whole = (h * 3).long().type_as(h)
    return (h * mask * whole).sum()


# run to_another_loss(h) | h=f32[4,3] | grad=h
def to_another_loss(h):
    mask = h.bool().to(h)
    whole = h.to(torch.int32).to(h.dtype)
    more = h.int().to(h.device, h.dtype)
    named = h.long().to(dtype=h.dtype)
    return (h * (mask + whole + more + named)).sum()


# run kept_dtype_loss(h) | h=f32[4,3] | grad=h
def kept_dtype_loss(h):
    kind = h.dtype
    mask = h.bool()
    return (h * mask.to(kind)).sum() + (h - h.type(torch.int64).type(kind)).pow(2).sum()


def cast(h, dtype):
    return h.bool().to(dtype) * h


# run cast_loss(h) | h=f32[4,3] | grad=h
def cast_loss(h):
    return cast(h, torch.float32).sum()


# run labels_loss(h, y) | h=f32[4,3] | y=i64[4] < 3 | grad=h
def labels_loss(h, y):
    y = y.long().to(h.device)
    return h.gather(1, y.unsqueeze(1)).sum()
