"""The model returns its loss; gradients are clipped; the learning rate is set by hand."""
import math

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim

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
    optimizer = optim.AdamW(learning_rate=learning_rate, betas=(beta1, beta2), weight_decay=weight_decay, bias_correction=True)
    lossi = []
    for x, y in batches:
        def loss_fn():
            logits, loss = model(x, y)
            return loss

        loss, grads = nn.value_and_grad(model, loss_fn)()
        grads, _ = optim.clip_grad_norm(grads, max_norm=grad_clip)
        optimizer.update(model, grads)
        mx.eval(loss, model.parameters(), optimizer.state)
        # frees the memory as well
        lossi.append(loss.item())
    return lossi


def fit_with_schedule(model, batches):
    optimizer = optim.AdamW(learning_rate=learning_rate, bias_correction=True)
    lossi = []
    for it, (x, y) in enumerate(batches):
        lr = get_lr(it)
        optimizer.learning_rate = lr

        def loss_fn():
            logits, loss = model(x, targets=y)
            return loss

        loss, grads = nn.value_and_grad(model, loss_fn)()
        if grad_clip != 0.0:
            grads, _ = optim.clip_grad_norm(grads, max_norm=grad_clip)
        optimizer.update(model, grads)
        mx.eval(loss, model.parameters(), optimizer.state)

        lossi.append(loss.item())
    return lossi


def fit_in_groups(model, batches):
    optimizer = model.configure_optimizers(weight_decay, learning_rate, (beta1, beta2))
    lossi = []
    for x, y in batches:
        def loss_fn():
            logits, loss = model(x, y)
            return loss

        loss, grads = nn.value_and_grad(model, loss_fn)()
        optimizer.update(model, grads)
        mx.eval(loss, model.parameters(), optimizer.state)
        lossi.append(loss.item())
    return lossi


if __name__ == '__main__':
    mx.random.seed(1337)
    model = BigramWithContext(27, 16)
    data = mx.random.randint(0, 27, (400,), dtype=mx.int64)
    ix = mx.random.randint(0, len(data) - 9, (max_iters, 4), dtype=mx.int64)
    batches = [(mx.stack([data[i.item():(i + 8).item()] for i in row]), mx.stack([data[(i + 1).item():(i + 9).item()] for i in row])) for row in ix]
    print(fit(model, batches))
