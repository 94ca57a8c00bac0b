"""Sequence to sequence with the layers of the library."""
import math

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat

PAD, BOS, EOS = 0, 1, 2


class PositionalEncoding(nn.Module):
    def __init__(self, width: int, dropout: float, maxlen: int = 64):
        super(PositionalEncoding, self).__init__()
        rates = mx.exp(-mx.arange(0, width, 2) * math.log(10000) / width)
        pos = mx.arange(0, maxlen).reshape(maxlen, 1)
        table = mx.zeros((maxlen, width))
        table[:, 0::2] = mx.sin(pos * rates)
        table[:, 1::2] = mx.cos(pos * rates)
        self.dropout = nn.Dropout(dropout)
        compat.register_buffer(self, 'table', table)

    def __call__(self, x: mx.array) -> mx.array:
        return self.dropout(x + self.table[:x.shape[1], :])


class EncoderLayer(nn.Module):
    def __init__(self, d_model, nhead, dim_ff, dropout=0.1):
        super().__init__()
        self.self_attn = compat.MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=True)
        self.ff = compat.Sequential(nn.Linear(d_model, dim_ff), nn.ReLU(), nn.Dropout(dropout), nn.Linear(dim_ff, d_model))
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def __call__(self, src, key_padding_mask=None):
        attn, _ = self.self_attn(src, src, src, key_padding_mask=key_padding_mask, need_weights=False)
        src = self.norm1(src + self.dropout(attn))
        return self.norm2(src + self.dropout(self.ff(src)))


class DecoderLayer(nn.Module):
    def __init__(self, d_model, nhead, dim_ff, dropout=0.1):
        super().__init__()
        self.self_attn = compat.MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=True)
        self.cross_attn = compat.MultiheadAttention(embed_dim=d_model, num_heads=nhead, dropout=dropout, batch_first=True)
        self.linear1 = nn.Linear(d_model, dim_ff)
        self.linear2 = nn.Linear(dim_ff, d_model)
        self.norms = list(nn.LayerNorm(d_model) for _ in range(3))
        self.drop = nn.Dropout(dropout)

    def __call__(self, tgt, memory, tgt_mask=None, memory_key_padding_mask=None):
        x = self.norms[0](tgt)
        tgt = tgt + self.drop(self.self_attn(x, x, x, attn_mask=tgt_mask)[0])
        x = self.norms[1](tgt)
        x, weights = self.cross_attn(x, memory, memory, key_padding_mask=memory_key_padding_mask)
        tgt = tgt + self.drop(x)
        tgt = tgt + self.drop(self.linear2(nn.relu(self.linear1(self.norms[2](tgt)))))
        return tgt, weights


class Seq2Seq(nn.Module):
    def __init__(self, src_vocab, tgt_vocab, d_model=16, nhead=2, num_layers=2, dropout=0.0):
        super().__init__()
        self.src_emb = compat.Embedding(src_vocab, d_model, padding_idx=PAD)
        self.tgt_emb = compat.Embedding(tgt_vocab, d_model, padding_idx=PAD)
        self.pos = PositionalEncoding(d_model, dropout)
        self.encoder = [EncoderLayer(d_model, nhead, 4 * d_model, dropout) for _ in range(num_layers)]
        self.decoder = [DecoderLayer(d_model, nhead, 4 * d_model, dropout) for _ in range(num_layers)]
        self.to_vocab = nn.Linear(d_model, tgt_vocab)
        self.scale = math.sqrt(d_model)
        self._reset_parameters()

    def _reset_parameters(self):
        for p in compat.parameters(self):
            if p.ndim > 1:
                compat.xavier_uniform_(p)

    @staticmethod
    def causal_mask(sz: int, device=None) -> mx.array:
        allowed = mx.triu(mx.ones((sz, sz))).swapaxes(0, 1) == 1
        return mx.where(mx.logical_not(allowed), float('-inf'), mx.zeros((sz, sz)))

    def encode(self, src):
        padding = src == PAD
        x = self.pos(self.src_emb(src) * self.scale)
        for layer in self.encoder:
            x = layer(x, key_padding_mask=padding)
        return x, padding

    def decode(self, tgt, memory, padding):
        mask = self.causal_mask(tgt.shape[1], device="cpu")
        x = self.pos(self.tgt_emb(tgt) * self.scale)
        weights = None
        for layer in self.decoder:
            x, weights = layer(x, memory, mask, memory_key_padding_mask=padding)
        return self.to_vocab(x), weights

    def __call__(self, src, tgt):
        memory, padding = self.encode(src)
        return self.decode(tgt, memory, padding)[0]


def greedy_decode(model, src, max_len):
    memory, padding = model.encode(src)
    ys = mx.full_like(mx.ones((src.shape[0], 1)), BOS).astype(mx.int64)
    for _ in range(max_len - 1):
        logits, _ = model.decode(ys, memory, padding)
        _, nxt = compat.max_dim(logits[:, -1], dim=1)
        ys = mx.concatenate([ys, mx.expand_dims(nxt, 1)], axis=1)
        if (nxt == EOS).all():
            break
    return ys


def sequence_loss(model, src, tgt):
    logits = model(src, tgt[:, :-1])
    loss_fn = compat.CrossEntropyLoss(ignore_index=PAD)
    return loss_fn(logits.reshape(-1, logits.shape[-1]), tgt[:, 1:].reshape(-1))


class Tagger(nn.Module):
    """The encoder of the library, as one layer."""

    def __init__(self, vocab, n_tags, d_model=8):
        super().__init__()
        self.emb = compat.Embedding(vocab, d_model)
        layer = compat.TransformerEncoderLayer(d_model, nhead=2, dim_feedforward=16, dropout=0.0, activation="gelu", batch_first=True)
        self.encoder = compat.TransformerEncoder(layer, num_layers=2)
        self.out = nn.Linear(d_model, n_tags)

    def __call__(self, ids):
        return self.out(self.encoder(self.emb(ids)))
