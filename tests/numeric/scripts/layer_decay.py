# script model=model | xs=f32[10,6,4] | ys=f32[10,6,2] | tol=1e-4
import json
import math
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, depth=3):
        super().__init__()
        self.patch_embed = nn.Linear(4, 6)
        self.cls_token = nn.Parameter(torch.zeros(6))
        self.blocks = nn.ModuleList([nn.Linear(6, 6) for _ in range(depth)])
        self.norm = nn.LayerNorm(6)
        self.head = nn.Linear(6, 2)

    def no_weight_decay(self):
        return {"cls_token"}

    def forward(self, x):
        x = self.patch_embed(x) + self.cls_token
        for blk in self.blocks:
            x = x + torch.relu(blk(x))
        return self.head(self.norm(x))


def param_groups_lrd(model, weight_decay=0.05, no_weight_decay_list=[], layer_decay=.75):
    param_group_names = {}
    param_groups = {}
    num_layers = len(model.blocks) + 1
    layer_scales = list(layer_decay ** (num_layers - i) for i in range(num_layers + 1))
    for n, p in model.named_parameters():
        if not p.requires_grad:
            continue
        if p.ndim == 1 or n in no_weight_decay_list:
            g_decay = "no_decay"
            this_decay = 0.
        else:
            g_decay = "decay"
            this_decay = weight_decay
        layer_id = get_layer_id_for_vit(n, num_layers)
        group_name = "layer_%d_%s" % (layer_id, g_decay)
        if group_name not in param_group_names:
            this_scale = layer_scales[layer_id]
            param_group_names[group_name] = {"lr_scale": this_scale, "weight_decay": this_decay, "params": []}
            param_groups[group_name] = {"lr_scale": this_scale, "weight_decay": this_decay, "params": []}
        param_group_names[group_name]["params"].append(n)
        param_groups[group_name]["params"].append(p)
    return list(param_groups.values())


def get_layer_id_for_vit(name, num_layers):
    if name in ['cls_token', 'pos_embed']:
        return 0
    elif name.startswith('patch_embed'):
        return 0
    elif name.startswith('blocks'):
        return int(name.split('.')[1]) + 1
    else:
        return num_layers


def adjust_learning_rate(optimizer, epoch, lr0, warmup, epochs):
    if epoch < warmup:
        lr = lr0 * epoch / warmup
    else:
        lr = 0.5 * lr0 * (1. + math.cos(math.pi * (epoch - warmup) / (epochs - warmup)))
    for param_group in optimizer.param_groups:
        if "lr_scale" in param_group:
            param_group["lr"] = lr * param_group["lr_scale"]
        else:
            param_group["lr"] = lr
    return lr


model = Net()
param_groups = param_groups_lrd(model, 0.1, no_weight_decay_list=model.no_weight_decay(), layer_decay=0.65)
optimizer = torch.optim.AdamW(param_groups, lr=1e-2)
losses = []
for i, (x, y) in enumerate(zip(xs, ys)):
    adjust_learning_rate(optimizer, i, 0.05, 3, 10)
    loss = nn.functional.smooth_l1_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
losses, model
