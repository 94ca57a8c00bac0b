# script todo=T2M301,T2M301,T2M104,T2M301,T2M301,T2M301,T2M301,T2M301,T2M301,T2M301
# Passes over the same features that are not one: a step, a read, a freeze or a clearing stands between them.
import torch
import torch.nn as nn


def step_between(batches):
    enc, head = nn.Linear(4, 6), nn.Linear(6, 1)
    opt = torch.optim.SGD([*enc.parameters(), *head.parameters()], lr=1e-2)
    for x, y in batches:
        opt.zero_grad()
        feat = enc(x)
        loss1 = head(feat).pow(2).mean()
        loss1.backward(retain_graph=True)
        opt.step()
        loss2 = head(feat).abs().mean()
        loss2.backward()
        opt.step()


def read_between(batches):
    enc, head = nn.Linear(4, 6), nn.Linear(6, 1)
    opt = torch.optim.SGD([*enc.parameters(), *head.parameters()], lr=1e-2)
    for x, y in batches:
        opt.zero_grad()
        feat = enc(x)
        loss1 = head(feat).pow(2).mean()
        loss1.backward(retain_graph=True)
        print(enc.weight.grad.norm())
        loss2 = head(feat).abs().mean()
        loss2.backward()
        opt.step()


def frozen_between(batches):
    enc, head = nn.Linear(4, 6), nn.Linear(6, 1)
    opt = torch.optim.SGD([*enc.parameters(), *head.parameters()], lr=1e-2)
    for x, y in batches:
        opt.zero_grad()
        feat = enc(x)
        loss1 = head(feat).pow(2).mean()
        loss1.backward(retain_graph=True)
        for p in head.parameters():
            p.requires_grad = False
        loss2 = head(feat).abs().mean()
        loss2.backward()
        opt.step()


def cleared_between(batches):
    enc, head = nn.Linear(4, 6), nn.Linear(6, 1)
    opt = torch.optim.SGD([*enc.parameters(), *head.parameters()], lr=1e-2)
    for x, y in batches:
        opt.zero_grad()
        feat = enc(x)
        loss1 = head(feat).pow(2).mean()
        loss1.backward(retain_graph=True)
        head.zero_grad()
        loss2 = head(feat).abs().mean()
        loss2.backward()
        opt.step()


def changed_by_another_name(batches):
    enc, head = nn.Linear(4, 6), nn.Linear(6, 1)
    opt = torch.optim.SGD([*enc.parameters(), *head.parameters()], lr=1e-2)
    for x, y in batches:
        opt.zero_grad()
        feat = enc(x)
        loss1 = head(feat).pow(2).mean()
        both = loss1
        loss1.backward(retain_graph=True)
        both *= 2
        loss2 = head(feat).abs().mean() + both.detach()
        loss2.backward()
        opt.step()
