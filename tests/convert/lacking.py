"""What `torch2mlx convert --for` says of checkpoints that lack a parameter: each name of each class of `lacking/model.py` is left out once.

    python lacking.py TOOL

The whole checkpoint is never refused, nor one without the count of batches, which old checkpoints lack.
"""

import pathlib
import subprocess
import sys
import tempfile

import torch

PROJECT = pathlib.Path(__file__).parent / "lacking"
sys.path.insert(0, str(PROJECT))
import model as classes  # noqa: E402


def main(tool):
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([tool, "port", PROJECT, "--out", folder / "mlx", "--quiet"], check=False, capture_output=True)

        def convert(name, state, *more):
            torch.save(state, folder / "state.pt")
            out = folder / "out.safetensors"
            run = subprocess.run(
                [tool, "convert", folder / "state.pt", "--for", f"{folder / 'mlx'}:model.{name}", "-o", out, "--quiet", *more],
                capture_output=True, text=True,
            )
            return run.returncode, run.stderr.strip()

        def check(what, is_right, said):
            nonlocal passed, failed
            passed, failed = passed + is_right, failed + (not is_right)
            if not is_right:
                print(f"FAILED convert: lacking: {what}: {said or 'accepted'}")

        for name, cls in list(vars(classes).items()):
            if not isinstance(cls, type) or not issubclass(cls, torch.nn.Module):
                continue
            models = [cls()] + ([classes.replaced()] if name == "Changed" else [])
            for i, model in enumerate(models):
                state = model.state_dict()
                code, said = convert(name, state)
                check(f"{name} {i}, whole", code == 0, said)
            for lacking in state:
                rest = {key: value for key, value in state.items() if key != lacking}
                if not rest:
                    continue
                code, said = convert(name, rest)
                if lacking.endswith("num_batches_tracked") or lacking in getattr(cls, "open", []):
                    check(f"{name} without {lacking}", code == 0, said)
                    continue
                check(f"{name} without {lacking}", code == 2 and lacking in said and "lacks" in said, said)
                code, said = convert(name, rest, "--allow-missing")
                check(f"{name} without {lacking}, allowed", code == 0, said)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "torch2mlx"))
