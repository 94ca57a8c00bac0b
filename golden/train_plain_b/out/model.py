import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


class BigramWithContext(nn.Module):
    """Predicts the next token from the mean of the tokens so far."""

    def __init__(self, vocab_size, n_embd):
        super().__init__()
        self.token_embedding = compat.Embedding(vocab_size, n_embd)
        self.ln = nn.LayerNorm(n_embd)
        self.hidden = nn.Linear(n_embd, 2 * n_embd)
        self.lm_head = nn.Linear(2 * n_embd, vocab_size)

    def __call__(self, idx, targets=None):
        B, T = idx.shape
        tok = self.token_embedding(idx)
        steps = mx.arange(1, T + 1).reshape(1, T, 1)
        ctx = compat.torch_cumsum(tok, dim=1) / steps
        logits = self.lm_head(nn.silu(self.hidden(self.ln(tok + ctx))))
        if targets is None:
            loss = None
        else:
            loss = compat.cross_entropy(logits.reshape(B * T, -1), targets.reshape(B * T))
        return logits, loss

    def configure_optimizers(self, weight_decay, learning_rate, betas):
        # decay for matrices, none for biases and norms
        decay = [p for n, p in compat.named_parameters(self) if p.ndim >= 2]
        nodecay = [p for n, p in compat.named_parameters(self) if p.ndim < 2]
        groups = [
            {'params': decay, 'weight_decay': weight_decay},
            {'params': nodecay, 'weight_decay': 0.0},
        ]
        return compat.ParamGroups(self, groups, compat.AdamW, lr=learning_rate, betas=betas)
