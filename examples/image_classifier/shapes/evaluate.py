import argparse

import torch

from . import CLASSES, ShapeNet, make_split
from .utils import load_checkpoint


@torch.inference_mode()
def confusion(model, x, y):
    """counts[i, j]: how often class i was taken for class j."""
    model.eval()
    counts = torch.zeros(len(CLASSES), len(CLASSES), dtype=torch.long)
    pred = model.predict(x).argmax(1)
    for t, p in zip(y.tolist(), pred.tolist()):
        counts[t, p] += 1
    return counts


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkpoint", default="shapes.pt")
    args = parser.parse_args()

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = load_checkpoint(ShapeNet(), args.checkpoint, device).to(device)
    x, y = make_split(256, seed=3)
    counts = confusion(model, x.to(device), y)
    for name, row in zip(CLASSES, counts.tolist()):
        print(f"{name:8s}", " ".join(f"{c:4d}" for c in row))
