"""A user's way: a project is ported, its checkpoint converted with `--for`, loaded by the port, and the training goes on as PyTorch's would have.

    python journey.py TOOL            prints what failed, and counts
    python journey.py mlx FOLDER      the MLX side, without torch
"""

import argparse
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

PROJECT = pathlib.Path(__file__).parent / "project"
OPTIMIZERS = ["adamw", "amsgrad", "sgd", "dampened", "rmsprop", "centered", "adagrad", "adadelta", "adamax", "radam", "rprop", "nadam", "asgd", "adafactor"]
STEPS = 5
TRAININGS = ["stepped", "warmed", "grouped"]


def mlx_side(folder):
    """Loads what was converted, strictly. Says for each file what is wrong, or null."""
    sys.path.insert(0, str(folder / "mlx"))
    import mlx.core as mx
    import net.model
    import train
    from mlx.utils import tree_flatten, tree_map_with_path
    from net import mlx_compat as compat

    truth = np.load(folder / "truth.npz")
    image, ids = mx.array(truth["image"]), mx.array(truth["ids"])

    def same_outputs(model):
        difference = np.abs(np.array(model.eval()(image, ids)) - truth["out"]).max()
        return None if difference < 1e-4 else f"outputs differ by {difference}"

    problems = {}
    for file in sorted(folder.glob("weights_*.safetensors")):
        model = net.model.Net()
        model.load_weights(str(file))
        problems[file.stem] = same_outputs(model)
    model = net.model.Net()
    compat.load_torch_weights(model, str(folder / "plain_mlx.safetensors"))
    problems["load_torch_weights"] = same_outputs(model)
    # What a port reads in place of a file of `torch.save`: the tree of names.
    flat = mx.load(str(folder / "adamw_state.safetensors"))
    tree = dict(tree_flatten(train.resumed(str(folder / "adamw_state.safetensors"))))
    problems["load_state"] = None if flat.keys() == tree.keys() and "m" not in flat else "other names"
    model = train.tied()
    model.load_weights(str(folder / "tied.safetensors"))
    problems["tied in a script"] = None if np.array_equal(np.array(model.keys_.weight), truth["tied"]) else "other values"
    for name in OPTIMIZERS:
        model = net.model.Net()
        model.load_weights(str(folder / f"{name}.safetensors"))
        optimizer = getattr(train, name)(model)
        # As docs/convert.md says.
        optimizer.init(model.trainable_parameters())
        state = mx.load(str(folder / f"{name}_state.safetensors"))
        # A native SGD has no use for `started`, an optimizer for all parameters none for their own steps, and some keep something of frozen ones.
        odd = set(state) ^ {path for path, _ in tree_flatten(optimizer.state)}
        odd = [path for path in odd if not path.endswith((".started", ".step")) and ".frozen." not in path]
        optimizer.state = tree_map_with_path(lambda path, value: state.get(path, value), optimizer.state)
        # What the port saves of it, for the way back.
        mx.save_safetensors(str(folder / f"{name}_kept.safetensors"), dict(tree_flatten(optimizer.state)))
        losses = train.fit(model.train(), optimizer, image, ids, STEPS)
        difference = np.abs(np.array(losses) - truth[name]).max()
        problems[f"resume {name}"] = f"names {odd[:3]}" if odd else None if difference < 1e-4 else f"losses {losses}, {truth[name]}"
    for name in TRAININGS:
        model = net.model.Net()
        optimizer, scheduler = getattr(train, name)(model)
        checkpoint = train.resume(str(folder / f"{name}.safetensors"), model, optimizer, scheduler)
        kept = (checkpoint["epoch"], checkpoint["best"], checkpoint["worst"], checkpoint["args"].lr, checkpoint["history"])
        losses = train.fit_by(model.train(), optimizer, scheduler, image, ids, STEPS)
        difference = np.abs(np.array(losses) - truth[name]).max()
        wrong = f"kept {kept}" if kept != (3, 0.25, float("inf"), 0.001, [1, (2, None)]) else f"losses {losses}, {truth[name]}"
        problems[f"whole {name}"] = None if difference < 1e-4 and wrong.startswith("losses") else wrong
    model = net.model.Net()
    optimizer, scheduler = train.stepped(model)
    try:
        train.resume(str(folder / "own.pt"), model, optimizer, scheduler)
        train.fit_by(model.train(), optimizer, scheduler, image, ids, 1)
        problems["PyTorch's own state"] = "is taken"
    except ValueError as error:
        problems["PyTorch's own state"] = None if "--whole" in str(error) else str(error)
    print(json.dumps(problems))


def torch_side(folder, tool):
    sys.path.insert(0, str(PROJECT))
    import torch
    import train
    from net.model import Net

    def run(*arguments):
        return subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True)

    def convert(file, out, *more):
        ran = run("convert", file, "--for", f"{folder / 'mlx'}:net.model.Net", "-o", out, "--verify", *more)
        return None if ran.returncode == 0 else ran.stderr.strip()

    problems = {}
    ported = run("port", PROJECT, "--out", folder / "mlx")
    problems["port"] = None if "0 TODOs left" in ported.stderr else ported.stderr.strip()
    torch.manual_seed(0)
    first = Net().train()
    image, ids = torch.randn(2, 3, 8, 8), torch.randint(0, 11, (2, 7))
    truth = {"image": image.numpy(), "ids": ids.numpy()}

    # Outputs, from files of all kinds.
    train.fit(first, train.adamw(first), image, ids, 2)
    weights = first.state_dict()
    files = {
        "plain": weights,
        "whole": first,
        "nested": {"epoch": 1, "model": weights},
        "lightning": {"state_dict": {f"net.{name}": value for name, value in weights.items()}, "hyper_parameters": {"d": 16}},
        "compiled": {f"_orig_mod.{name}": value for name, value in weights.items()},
    }
    for name, file in files.items():
        torch.save(file, folder / f"{name}.pt")
        problems[name] = convert(folder / f"{name}.pt", folder / f"weights_{name}.safetensors")
    torch.save(weights, folder / "legacy.pt", _use_new_zipfile_serialization=False)
    problems["legacy"] = convert(folder / "legacy.pt", folder / "weights_legacy.safetensors")
    problems["raw"] = None if run("convert", folder / "plain.pt", folder / "plain_mlx.safetensors").returncode == 0 else "failed"
    problems["back"] = convert(folder / "weights_plain.safetensors", folder / "back.npz", "--to", "pytorch")
    back = {name: torch.from_numpy(value) for name, value in np.load(folder / "back.npz").items()}
    there = copy.deepcopy(first)
    there.load_state_dict(back)
    problems["back, bit for bit"] = None if all(torch.equal(back[name], weights[name]) for name in weights) else "other values"
    truth["out"] = first.eval()(image, ids).detach().numpy()

    tied = train.tied()
    torch.save(tied.state_dict(), folder / "tied.pt")
    problems["tied"] = convert(folder / "tied.pt", folder / "tied.safetensors")
    truth["tied"] = tied.extra.weight.detach().numpy()

    def back_again(name, kind, model, optimizer, state):
        """The state under PyTorch's names, loaded as docs/convert.md says: bit for bit what it was."""
        out = folder / f"{name}_back.npz"
        more = ["--to", "pytorch", "--optimizer-from", state, "--optimizer-class", kind]
        said = convert(folder / f"{name}.safetensors", folder / "again.safetensors", "--optimizer", out, *more)
        if said:
            return said
        saved, fresh = optimizer.state_dict(), getattr(train, name)(copy.deepcopy(model))
        names = {id(p): name for name, p in model.named_parameters()}
        numbers = {names[id(p)]: i for i, p in enumerate(p for group in optimizer.param_groups for p in group["params"])}
        found = fresh.state_dict()
        there = dict(np.load(out))
        rates = [there.get(f"param_groups.{i}.lr", np.nan).item() for i in range(len(optimizer.param_groups))]
        if rates != [group["lr"] for group in optimizer.param_groups]:
            return f"rates of {rates}"
        for path, value in there.items():
            path, _, kept = path.rpartition(".")
            if path in numbers:
                found["state"].setdefault(numbers[path], {})[kept] = torch.from_numpy(value)
        fresh.load_state_dict(found)
        if saved["state"].keys() != fresh.state_dict()["state"].keys():
            return f"state of {found['state'].keys()} and not of {saved['state'].keys()}"
        for number, kept in fresh.state_dict()["state"].items():
            before = {slot: value for slot, value in saved["state"][number].items() if value is not None}
            if before.keys() != kept.keys() or any(before[slot].dtype != kept[slot].dtype or not torch.equal(before[slot], kept[slot]) for slot in kept):
                return f"{number} has other values"
        return None

    # The state of optimizers.
    for name in OPTIMIZERS:
        model = copy.deepcopy(first).train()
        optimizer = getattr(train, name)(model)
        train.fit(model, optimizer, image, ids, 3)
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, folder / f"{name}.pt")
        state = folder / f"{name}_state.safetensors"
        problems[f"state of {name}"] = convert(folder / f"{name}.pt", folder / f"{name}.safetensors", "--optimizer", state)
        problems[f"state of {name} and back"] = back_again(name, type(optimizer).__name__, model, optimizer, state)
        truth[name] = train.fit(model, optimizer, image, ids, STEPS)

    # All that a training saves.
    for name in TRAININGS:
        model = copy.deepcopy(first).train()
        optimizer, scheduler = getattr(train, name)(model)
        train.fit_by(model, optimizer, scheduler, image, ids, 3)
        more = {"epoch": 3, "best": np.float64(0.25), "worst": float("inf"), "args": argparse.Namespace(lr=0.001), "history": [1, (2, None)]}
        train.save(folder / f"{name}.pt", model, optimizer, scheduler, **more, random=np.random.get_state())
        train.save(folder / "own.pt", model, optimizer, scheduler)
        problems[f"whole {name}, written"] = convert(folder / f"{name}.pt", folder / f"{name}.safetensors", "--whole")
        truth[name] = train.fit_by(model, optimizer, scheduler, image, ids, STEPS)

    # What the numbers of a state mean.
    def moments(name, make, save, *more):
        """Trains, saves, converts, and compares all moments by name; or what the refusal has to hold."""
        model = copy.deepcopy(first).train()
        optimizers = make(model)
        for optimizer in optimizers:
            train.fit(model, optimizer, image, ids, 2)
        save(model, *(optimizer.state_dict() for optimizer in optimizers))
        out = folder / "state.npz"
        out.unlink(missing_ok=True)
        said = convert(folder / "model.pt", folder / "model.safetensors", "--optimizer", out, *more)
        if said:
            return said
        found, optimizer = dict(np.load(out)), optimizers[-1]
        names = {id(parameter): path.replace("keys.", "keys_.") for path, parameter in model.named_parameters()}
        for i, group in enumerate(optimizer.param_groups):
            front = f"{i}." if len(optimizer.param_groups) > 1 else ""
            wanted = {f"{front}step": 2, f"{front}learning_rate": group["lr"]}
            for parameter in group["params"]:
                kept = optimizer.state.get(parameter, {})
                if kept:
                    wanted[f"{front}{names[id(parameter)]}.step"] = 2
                again = names[id(parameter)].replace("extra.", "again.")
                if kept and again != names[id(parameter)]:
                    wanted |= {f"{front}{again}.step": 2, f"{front}{again}.m": kept["exp_avg"].numpy(), f"{front}{again}.v": kept["exp_avg_sq"].numpy()}
                wanted |= {f"{front}{names[id(parameter)]}.{there}": kept[here].numpy() for here, there in [("exp_avg", "m"), ("exp_avg_sq", "v")] if kept}
            for path, value in wanted.items():
                if path not in found or not np.array_equal(found.pop(path), np.asarray(value, np.float32)):
                    return f"{path} is missing, or has other values"
        return f"{sorted(found)} are too many" if found else None

    def together(model, *states):
        torch.save({"model": model.state_dict(), "optimizers": list(states)}, folder / "model.pt")

    def apart(model, state):
        torch.save(model.state_dict(), folder / "model.pt")
        torch.save(state, folder / "optimizer.pt")

    def by_dimension(model):
        parameters = list(model.parameters())
        groups = [{"params": [p for p in parameters if p.dim() >= 2]}, {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0}]
        return [torch.optim.AdamW(groups, lr=1e-3)]

    def kernels(model):
        return [torch.optim.Adam(filter(lambda p: p.dim() > 2, model.parameters()))]

    def head(model):
        return [torch.optim.Adam(model.body.parameters())]

    def alike(model):
        return [torch.optim.Adam([{"params": layer.parameters()} for layer in model.layers])]

    def named(model):
        parameters = list(model.named_parameters())
        return [torch.optim.Adam([{"params": parameters[1::2]}, {"params": parameters[::2], "lr": 1e-4}])]

    class Counting(torch.optim.Optimizer):
        def step(self):
            for parameter in self.param_groups[0]["params"]:
                self.state[parameter]["count"] = torch.ones_like(parameter)

    def one(model):
        return [train.adamw(model)]

    other = ["--optimizer-from", folder / "optimizer.pt"]
    cases = {
        "one group": (one, together, [], None),
        "by dimension": (by_dimension, together, [], None),
        "a part of the model": (kernels, together, [], None),
        "a part whose shapes others have": (head, together, [], "in more than one way"),
        "in another file": (one, apart, other, None),
        "in no file": (one, apart, [], "holds no state of an optimizer"),
        "with names": (named, together, [], None),
        "of the same shape": (alike, together, [], "in more than one way"),
        "one of two": (lambda model: [train.sgd(model), train.adamw(model)], together, ["--optimizer-key", "optimizers.1"], None),
        "two": (lambda model: one(model) + one(model), together, [], "several optimizers: `optimizers.0`, `optimizers.1`"),
        "without state": (lambda model: [torch.optim.SGD(model.parameters(), lr=0.1)], together, [], "keeps nothing of its parameters"),
        "not known": (lambda model: [Counting(model.parameters(), {})], together, [], "has no counterpart"),
    }
    for name, (make, save, more, refusal) in cases.items():
        said = moments(name, make, save, *more)
        if refusal:
            said = None if said and refusal in said and not (folder / "state.npz").exists() else f"not refused with `{refusal}`: {said}"
        problems[f"optimizer: {name}"] = said

    np.savez(folder / "truth.npz", **truth)
    return problems


def main(tool):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        problems = torch_side(folder, tool)
        ran = subprocess.run([sys.executable, __file__, "mlx", folder], capture_output=True, text=True)
        problems |= json.loads(ran.stdout) if ran.returncode == 0 else {"the MLX side": ran.stderr.strip()[-600:]}
    failed = {name: problem for name, problem in problems.items() if problem}
    for name, problem in failed.items():
        print(f"FAILED journey: {name}: {problem}")
    print(f"{len(problems) - len(failed)} passed, {len(failed)} failed")
    return len(failed) > 0


if __name__ == "__main__":
    sys.exit(mlx_side(pathlib.Path(sys.argv[2])) if sys.argv[1] == "mlx" else main(sys.argv[1]))
