"""Trains the model on corpus.txt and saves its weights."""
import argparse
import math
import time

import torch

from config import GPTConfig, TrainConfig, pick_device
from data import TextData
from gpt import GPT


def get_lr(it, cfg):
    """Linear warm-up, then a cosine down to `min_lr`."""
    if it < cfg.warmup_iters:
        return cfg.learning_rate * (it + 1) / (cfg.warmup_iters + 1)
    ratio = (it - cfg.warmup_iters) / max(1, cfg.max_iters - cfg.warmup_iters)
    coeff = 0.5 * (1.0 + math.cos(math.pi * min(ratio, 1.0)))
    return cfg.min_lr + coeff * (cfg.learning_rate - cfg.min_lr)


@torch.no_grad()
def estimate_loss(model, data, cfg, block_size, device):
    model.eval()
    out = {}
    for split in ("train", "val"):
        losses = torch.zeros(cfg.eval_iters)
        for k in range(cfg.eval_iters):
            x, y = data.get_batch(split, cfg.batch_size, block_size, device)
            _, loss = model(x, y)
            losses[k] = loss.item()
        out[split] = losses.mean().item()
    model.train()
    return out


def train(model, data, cfg, device):
    block_size = model.config.block_size
    optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.learning_rate, betas=cfg.betas,
                                  weight_decay=cfg.weight_decay)
    model.train()
    t0 = time.time()
    for it in range(cfg.max_iters):
        lr = get_lr(it, cfg)
        for group in optimizer.param_groups:
            group["lr"] = lr

        x, y = data.get_batch("train", cfg.batch_size, block_size, device)
        logits, loss = model(x, y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), cfg.grad_clip)
        optimizer.step()

        if it % cfg.eval_interval == 0 or it == cfg.max_iters - 1:
            losses = estimate_loss(model, data, cfg, block_size, device)
            dt = time.time() - t0
            print(f"iter {it:4d}: train loss {losses['train']:.4f}, val loss {losses['val']:.4f}, {dt:.1f}s")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--max-iters", type=int, default=TrainConfig.max_iters)
    parser.add_argument("--batch-size", type=int, default=TrainConfig.batch_size)
    parser.add_argument("--out", default=TrainConfig.checkpoint)
    parser.add_argument("--device", default="auto")
    args = parser.parse_args()

    cfg = TrainConfig(max_iters=args.max_iters, batch_size=args.batch_size, checkpoint=args.out)
    device = pick_device(args.device)
    torch.manual_seed(cfg.seed)

    data = TextData()
    model = GPT(GPTConfig(vocab_size=len(data.tokenizer))).to(device)
    print(f"{model.num_params() / 1e3:.1f}k parameters, {len(data.tokenizer)} characters")
    train(model, data, cfg, device)
    torch.save(model.state_dict(), cfg.checkpoint)
    print("saved", cfg.checkpoint)


if __name__ == "__main__":
    main()
