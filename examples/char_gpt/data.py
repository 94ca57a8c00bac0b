"""Characters to integers and back, and random batches of text."""
import os

import torch

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus.txt")


class CharTokenizer:
    def __init__(self, text):
        chars = sorted(set(text))
        self.stoi = {c: i for i, c in enumerate(chars)}
        self.itos = {i: c for i, c in enumerate(chars)}

    def __len__(self):
        return len(self.stoi)

    def encode(self, s):
        return [self.stoi[c] for c in s if c in self.stoi]

    def decode(self, ids):
        return "".join(self.itos[i] for i in ids)


class TextData:
    """Holds the encoded text, split into a training and a validation part."""

    def __init__(self, path=CORPUS, val_fraction=0.1):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        self.tokenizer = CharTokenizer(text)
        data = torch.tensor(self.tokenizer.encode(text), dtype=torch.long)
        n = int(len(data) * (1 - val_fraction))
        self.splits = {"train": data[:n], "val": data[n:]}

    def get_batch(self, split, batch_size, block_size, device="cpu"):
        data = self.splits[split]
        ix = torch.randint(len(data) - block_size, (batch_size,))
        x = torch.stack([data[i:i + block_size] for i in ix.tolist()])
        y = torch.stack([data[i + 1:i + 1 + block_size] for i in ix.tolist()])
        return x.to(device), y.to(device)
