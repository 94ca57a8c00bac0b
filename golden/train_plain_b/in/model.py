import torch
import torch.nn as nn
from torch.nn import functional as F


class BigramWithContext(nn.Module):
    """Predicts the next token from the mean of the tokens so far."""

    def __init__(self, vocab_size, n_embd):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, n_embd)
        self.ln = nn.LayerNorm(n_embd)
        self.hidden = nn.Linear(n_embd, 2 * n_embd)
        self.lm_head = nn.Linear(2 * n_embd, vocab_size)

    def forward(self, idx, targets=None):
        B, T = idx.shape
        tok = self.token_embedding(idx)
        steps = torch.arange(1, T + 1, device=idx.device).view(1, T, 1)
        ctx = torch.cumsum(tok, dim=1) / steps
        logits = self.lm_head(F.silu(self.hidden(self.ln(tok + ctx))))
        if targets is None:
            loss = None
        else:
            loss = F.cross_entropy(logits.view(B * T, -1), targets.view(B * T))
        return logits, loss

    def configure_optimizers(self, weight_decay, learning_rate, betas):
        # decay for matrices, none for biases and norms
        decay = [p for n, p in self.named_parameters() if p.dim() >= 2]
        nodecay = [p for n, p in self.named_parameters() if p.dim() < 2]
        groups = [
            {'params': decay, 'weight_decay': weight_decay},
            {'params': nodecay, 'weight_decay': 0.0},
        ]
        return torch.optim.AdamW(groups, lr=learning_rate, betas=betas)
