"""The model returns its loss; gradients are clipped; the learning rate is set by hand."""
import math

import torch

from model import BigramWithContext

# -----------------------------------------------------------------------------
learning_rate = 1e-2
max_iters = 10
warmup_iters = 3
min_lr = 1e-3
beta1, beta2 = 0.9, 0.95
weight_decay = 1e-1
grad_clip = 0.1  # 0.0 means no clipping
# -----------------------------------------------------------------------------


def get_lr(it):
    if it < warmup_iters:
        return learning_rate * (it + 1) / (warmup_iters + 1)
    ratio = (it - warmup_iters) / (max_iters - warmup_iters)
    return min_lr + 0.5 * (1.0 + math.cos(math.pi * ratio)) * (learning_rate - min_lr)


def fit(model, batches):
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, betas=(beta1, beta2), weight_decay=weight_decay)
    lossi = []
    for x, y in batches:
        logits, loss = model(x, y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), grad_clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)  # frees the memory as well
        lossi.append(loss.item())
    return lossi


def fit_with_schedule(model, batches):
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
    lossi = []
    for it, (x, y) in enumerate(batches):
        lr = get_lr(it)
        for param_group in optimizer.param_groups:
            param_group['lr'] = lr

        logits, loss = model(x, targets=y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if grad_clip != 0.0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), grad_clip)
        optimizer.step()

        lossi.append(loss.item())
    return lossi


def fit_in_groups(model, batches):
    optimizer = model.configure_optimizers(weight_decay, learning_rate, (beta1, beta2))
    lossi = []
    for x, y in batches:
        logits, loss = model(x, y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        lossi.append(loss.item())
    return lossi


if __name__ == '__main__':
    torch.manual_seed(1337)
    model = BigramWithContext(27, 16)
    data = torch.randint(0, 27, (400,))
    ix = torch.randint(len(data) - 9, (max_iters, 4))
    batches = [(torch.stack([data[i:i + 8] for i in row]), torch.stack([data[i + 1:i + 9] for i in row])) for row in ix]
    print(fit(model, batches))
