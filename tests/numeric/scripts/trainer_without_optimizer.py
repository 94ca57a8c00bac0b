# script model=net | xs=f32[6,5,4] | ys=i64[6,5]<3 | tol=1e-4
"""A trainer whose optimizer is None at first and whose loss is an attribute; two ways to make the optimizer."""
from collections import defaultdict

import torch
import torch.nn as nn
from torch.nn import functional as F


class Config:
    learning_rate = 0.02
    betas = (0.9, 0.95)
    grad_norm_clip = 0.5
    weight_decay = 0.1


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 6)
        self.ln = nn.LayerNorm(6)
        self.head = nn.Linear(6, 3, bias=False)

    def forward(self, x, targets=None):
        logits = self.head(self.ln(torch.tanh(self.body(x))))
        loss = None
        if targets is not None:
            loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)
        return logits, loss

    def configure_optimizers(self, config):
        named = {pn: p for pn, p in self.named_parameters()}
        decay = [p for n, p in named.items() if p.dim() >= 2]
        rest = [p for n, p in named.items() if p.dim() < 2]
        groups = [{"params": decay, "weight_decay": config.weight_decay}, {"params": rest, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, lr=config.learning_rate, betas=config.betas)


class Trainer:
    def __init__(self, config, model, batches):
        self.config = config
        self.model = model
        self.optimizer = None
        self.batches = batches
        self.callbacks = defaultdict(list)
        self.iter_num = 0

    def add_callback(self, onevent, callback):
        self.callbacks[onevent].append(callback)

    def trigger_callbacks(self, onevent):
        for callback in self.callbacks.get(onevent, []):
            callback(self)

    def run(self):
        model, config = self.model, self.config
        self.optimizer = model.configure_optimizers(config)
        model.train()
        data_iter = iter(self.batches)
        while True:
            try:
                batch = next(data_iter)
            except StopIteration:
                break
            batch = [t.to("cpu") for t in batch]
            x, y = batch
            logits, self.loss = model(x, y)
            model.zero_grad(set_to_none=True)
            self.loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), config.grad_norm_clip)
            self.optimizer.step()
            self.trigger_callbacks("on_batch_end")
            self.iter_num += 1


class Plain:
    def __init__(self, config, model):
        self.config, self.net = config, model
        self.optimizer = None
        self.loss = None

    def setup(self):
        net, config = self.net, self.config
        self.optimizer = torch.optim.AdamW(net.parameters(), lr=config.learning_rate, betas=config.betas)

    def fit(self, batches):
        seen = []
        for x, y in batches:
            self.optimizer.zero_grad()
            logits, self.loss = self.net(x, y)
            self.loss.backward()
            self.optimizer.step()
            seen.append(self.loss.item())
        return seen


log = []
net = Model()
trainer = Trainer(Config(), net, list(zip(xs, ys)))
trainer.add_callback("on_batch_end", lambda t: log.append(t.loss.item()))
trainer.run()
plain = Plain(Config(), net)
plain.setup()
log, trainer.iter_num, plain.fit(zip(xs, ys)), net
