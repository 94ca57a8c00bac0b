from dataclasses import dataclass

import torch


@dataclass
class GPTConfig:
    vocab_size: int = 64
    block_size: int = 64     # longest context the model can see
    n_layer: int = 3
    n_head: int = 4
    n_embd: int = 96
    dropout: float = 0.1
    bias: bool = False       # biases in the linear layers and layer norms


@dataclass
class TrainConfig:
    batch_size: int = 16
    max_iters: int = 400
    eval_interval: int = 100
    eval_iters: int = 10
    learning_rate: float = 1e-3
    min_lr: float = 1e-4
    warmup_iters: int = 20
    weight_decay: float = 0.1
    betas: tuple = (0.9, 0.99)
    grad_clip: float = 1.0
    seed: int = 1337
    checkpoint: str = "char_gpt.pt"


def pick_device(name: str = "auto") -> torch.device:
    """The device that was asked for, or the best one that is there."""
    if name != "auto":
        return torch.device(name)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
