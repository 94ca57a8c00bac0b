# script model=model | data=i64[200]<13 | tol=1e-4
import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class LM(nn.Module):
    def __init__(self, vocab=13, d=16):
        super().__init__()
        self.emb = nn.Embedding(vocab, d)
        self.ln = nn.LayerNorm(d)
        self.head = nn.Linear(d, vocab, bias=False)
        self.mix = nn.Linear(d, d)

    def forward(self, idx, targets=None):
        h = self.emb(idx)
        h = h + torch.cumsum(self.mix(self.ln(h)), dim=1) / 8
        logits = self.head(h)
        loss = None
        if targets is not None:
            loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))
        return logits, loss

    def configure_optimizers(self, weight_decay, learning_rate, betas):
        param_dict = {pn: p for pn, p in self.named_parameters()}
        param_dict = {pn: p for pn, p in param_dict.items() if p.requires_grad}
        decay_params = [p for n, p in param_dict.items() if p.dim() >= 2]
        nodecay_params = [p for n, p in param_dict.items() if p.dim() < 2]
        optim_groups = [
            {'params': decay_params, 'weight_decay': weight_decay},
            {'params': nodecay_params, 'weight_decay': 0.0}
        ]
        num_decay_params = sum(p.numel() for p in decay_params)
        print(f"num decayed parameter tensors: {len(decay_params)}, with {num_decay_params:,} parameters")
        optimizer = torch.optim.AdamW(optim_groups, lr=learning_rate, betas=betas)
        return optimizer


block_size, batch_size = 8, 4
gradient_accumulation_steps = 2
max_iters, warmup, lr_max, min_lr = 10, 3, 1e-2, 1e-3


def get_batch(i):
    ix = [(i * 17 + 5 * j) % (len(data) - block_size - 1) for j in range(batch_size)]
    x = torch.stack([data[k:k + block_size] for k in ix])
    y = torch.stack([data[k + 1:k + 1 + block_size] for k in ix])
    return x, y


def get_lr(it):
    if it < warmup:
        return lr_max * (it + 1) / (warmup + 1)
    ratio = (it - warmup) / (max_iters - warmup)
    return min_lr + 0.5 * (1.0 + math.cos(math.pi * ratio)) * (lr_max - min_lr)


model = LM()
optimizer = model.configure_optimizers(0.1, lr_max, (0.9, 0.95))
X, Y = get_batch(0)
losses = []
n = 1
for it in range(max_iters):
    lr = get_lr(it)
    for param_group in optimizer.param_groups:
        param_group['lr'] = lr
    for micro_step in range(gradient_accumulation_steps):
        logits, loss = model(X, Y)
        loss = loss / gradient_accumulation_steps
        X, Y = get_batch(n)
        n += 1
        loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    losses.append(loss.item() * gradient_accumulation_steps)
losses, model
