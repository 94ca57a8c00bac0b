"""What `torch2mlx convert --for` says of checkpoints with other shapes: each array of each class of `shapes/model.py` gets another size once, and one axis more.

    python shapes.py TOOL

A class names in `sizes` those whose sizes are not certain, and in `open` those of which nothing is. `others()` are models that the project makes in other ways: they are never refused.
"""

import pathlib
import subprocess
import sys
import tempfile

import torch

PROJECT = pathlib.Path(__file__).parent / "shapes"
sys.path.insert(0, str(PROJECT))
import model as classes  # noqa: E402


def main(tool):
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([tool, "port", PROJECT, "--out", folder / "mlx", "--quiet"], check=False, capture_output=True)

        def check(name, state, what, wanted):
            """`wanted` is what has to be said, `None` where nothing may be."""
            nonlocal passed, failed
            torch.save(state, folder / "state.pt")
            out = folder / "out.safetensors"
            run = subprocess.run(
                [tool, "convert", folder / "state.pt", "--for", f"{folder / 'mlx'}:model.{name}", "-o", out, "--quiet"],
                capture_output=True, text=True,
            )
            said = run.stderr.strip()
            is_right = run.returncode == 0 if wanted is None else run.returncode == 2 and wanted in said
            passed, failed = passed + is_right, failed + (not is_right)
            if not is_right:
                print(f"FAILED convert: shapes: {name}: {what}: {said or 'accepted'}")

        for name, cls in list(vars(classes).items()):
            if not isinstance(cls, type) or not issubclass(cls, torch.nn.Module):
                continue
            state = cls().state_dict()
            check(name, state, "whole", None)
            for key, value in state.items():
                if key.endswith("num_batches_tracked"):
                    continue
                shape = list(value.shape)
                is_open = key in getattr(cls, "open", [])
                sizes_are_open = is_open or key in getattr(cls, "sizes", [])
                other = torch.zeros([*shape[:-1], shape[-1] + 1])
                said = f"`{key}` (expected ["
                check(name, {**state, key: other}, f"{key} of {list(other.shape)}", None if sizes_are_open else said)
                check(name, {**state, key: value[None]}, f"{key} of {[1, *shape]}", None if is_open else f"`{key}` (expected ")
        for name, model in classes.others():
            check(name, model.state_dict(), "another", None)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "torch2mlx"))
