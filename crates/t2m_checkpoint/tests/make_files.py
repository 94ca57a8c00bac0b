"""Writes the small files in `files/` that the Rust tests read, with real PyTorch: `python make_files.py`.

`expected.json` has of each file its tensors: dtype, shape, and the values as PyTorch prints them in double precision.
"""

import json
import pathlib

import numpy as np
import torch
from torch import nn

FILES = pathlib.Path(__file__).parent / "files"


class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 2)])
        self.register_buffer("kept", torch.arange(2.0))
        self.register_buffer("transient", torch.arange(2.0), persistent=False)


def main():
    torch.manual_seed(0)
    grid = torch.arange(24, dtype=torch.float32).view(2, 3, 4)
    tensors = {
        "a.weight": grid.permute(2, 0, 1),
        "a.half": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
        "b.count": torch.tensor(7),
        "b.wide": torch.tensor([1, 60000], dtype=torch.uint16),
        "b.empty": torch.empty(0, 3),
        "b.conj": torch.tensor([1 + 2j]).conj(),
        "b.tied": grid[1],
    }
    legacy = {key: value for key, value in tensors.items() if key != "b.wide"}
    module = Tiny()
    expected = {}

    def save(name, value, state, **how):
        torch.save(value, FILES / name, **how)
        expected[name] = state

    save("zip.pt", tensors, tensors)
    save("zip5.pt", tensors, tensors, pickle_protocol=5)
    save("legacy.pt", legacy, legacy, _use_new_zipfile_serialization=False)
    save("legacy4.pt", legacy, legacy, _use_new_zipfile_serialization=False, pickle_protocol=4)
    save("training.pt", {"model": {f"module.{k}": v for k, v in legacy.items()}, "step": 3, "ema": {"x": torch.ones(1)}}, legacy)
    save("module.pt", module, module.state_dict())
    save("module4.pt", module, module.state_dict(), pickle_protocol=4)
    arrays = {"x": grid.numpy(), "y": np.asfortranarray(grid[0].numpy()), "z": np.float16(2)}
    np.savez(FILES / "arrays.npz", **arrays)
    np.savez_compressed(FILES / "packed.npz", **arrays)
    expected["arrays.npz"] = expected["packed.npz"] = {key: torch.from_numpy(np.asarray(value)) for key, value in arrays.items()}

    def described(tensor):
        tensor = tensor.detach().resolve_conj()
        values = torch.view_as_real(tensor) if tensor.is_complex() else tensor
        return {"dtype": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape), "values": values.double().flatten().tolist()}

    lines = {name: {key: described(value) for key, value in state.items()} for name, state in expected.items()}
    (FILES / "expected.json").write_text(json.dumps(lines, indent=1) + "\n")


if __name__ == "__main__":
    main()
