"""What `torch2mlx convert` makes of files that the real `torch.save` wrote, value by value as `mlx` loads them.

    python check.py TOOL [FILTER]

A case is a function of this module that gets a folder and yields `(file, arguments, expected)`: a dict of tensors that has to come out, or the text that the refusal has to hold.
"""

import collections
import copy
import inspect
import io
import json
import pathlib
import pickle
import subprocess
import sys
import tempfile
import zipfile

import mlx.core as mx
import numpy as np
import torch
from torch import nn

DTYPES = [
    torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8,
    torch.uint16, torch.uint32, torch.uint64, torch.bool, torch.complex64, torch.complex128, torch.complex32,
    torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz, torch.float8_e8m0fnu,
]


def every_dtype():
    out = {}
    for dtype in DTYPES:
        bits = torch.arange(256, dtype=torch.int32).to(torch.uint8)
        size = torch.empty(0, dtype=dtype).element_size()
        if dtype is torch.bool:
            out["bool"] = torch.tensor([True, False, True])
        elif size == 1:
            out[str(dtype)] = bits.view(dtype).reshape(16, 16)
        else:
            generator = torch.Generator().manual_seed(size)
            out[str(dtype)] = (torch.randn(6, 4, generator=generator) * 100).to(torch.complex64 if dtype.is_complex else torch.float32).to(dtype)
    return out


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Sequential(nn.Flatten(), nn.Linear(8, 4, bias=False)), nn.LSTM(4, 5, 2)
    )


def plain(folder):
    for name, tensors in {"dtypes": every_dtype(), "network": network().state_dict()}.items():
        for kind, how in {
            "zip": {},
            "legacy": {"_use_new_zipfile_serialization": False},
            "zip4": {"pickle_protocol": 4},
            "zip5": {"pickle_protocol": 5},
            "legacy4": {"_use_new_zipfile_serialization": False, "pickle_protocol": 4},
        }.items():
            saved = tensors
            if "legacy" in kind and name == "dtypes":
                saved = {key: value for key, value in tensors.items() if "uint16" not in key and "uint32" not in key and "uint64" not in key}
            path = folder / f"{name}_{kind}.pt"
            torch.save(saved, path, **how)
            yield path, [], saved
            yield path, ["npz"], saved


def names_of_files(folder):
    weights = network().state_dict()
    for name in ["step_6510", "a b.c", "größe", "x.tar"]:
        torch.save(weights, folder / name)
        yield folder / name, [], weights
    buffer = io.BytesIO()
    torch.save(weights, buffer)
    (folder / "buffer.bin").write_bytes(buffer.getvalue())
    yield folder / "buffer.bin", [], weights


def views(folder):
    base = torch.arange(120, dtype=torch.float32)
    grid = base.view(2, 3, 4, 5)
    tensors = {
        "transposed": base.view(10, 12).T,
        "rows": base.view(10, 12)[3:7],
        "columns": base.view(10, 12)[:, 2:9:3],
        "expanded": base[:4].view(4, 1).expand(4, 6),
        "windows": base.unfold(0, 7, 3),
        "scalar": torch.tensor(3.5),
        "empty": torch.empty(0, 4),
        "one": base[5:6],
        "channels_last": grid.to(memory_format=torch.channels_last),
        "permuted": grid.permute(2, 0, 3, 1),
        "same": base,
        "again": base,
        "conj": torch.view_as_complex(base.view(60, 2).clone()).conj(),
        "imaginary": torch.view_as_complex(base.view(60, 2).clone()).conj().imag,
        "parameter": nn.Parameter(base[:3]),
        "buffer": nn.Buffer(base[:4]),
        "größe.0": base[:2],
    }
    for kind in [True, False]:
        path = folder / f"views_{kind}.pt"
        torch.save(tensors, path, _use_new_zipfile_serialization=kind)
        yield path, [], tensors
        yield path, ["npz"], tensors


def large(folder):
    torch.manual_seed(1)
    tensors = {
        "embedding": torch.randn(5000, 300).T,
        "conv": torch.randn(256, 128, 3, 3).permute(0, 2, 3, 1),
        "moved": torch.randn(64, 128, 3, 3).permute(1, 2, 3, 0),
        "half": torch.randn(1500, 1100).to(torch.bfloat16).T,
        "wide": torch.randn(3, 700_000)[:, ::2],
    }
    torch.save(tensors, folder / "large.pt")
    yield folder / "large.pt", [], tensors
    yield folder / "large.pt", ["npz"], tensors
    yield folder / "large.pt", ["--shard-size", "4MB"], tensors


def nesting(folder):
    model = network()
    weights = model.state_dict()
    optimizer = torch.optim.AdamW(model.parameters())
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    weights = copy.deepcopy(model.state_dict())
    other = {key: value + 1 for key, value in weights.items()}
    rng = torch.get_rng_state()
    files = {
        "training": {"epoch": 3, "model": weights, "optimizer": optimizer.state_dict(), "rng": rng, "args": {"lr": 0.1}},
        "lightning": {
            "state_dict": weights, "optimizer_states": [optimizer.state_dict()], "hyper_parameters": collections.defaultdict(list, a=1),
            "callbacks": {"x": {"best": torch.tensor(1.0)}}, "loops": {},
        },
        "discriminator": {"model": weights, "critic": {"out.weight": torch.ones(3)}},
        "deep": {"checkpoint": {"model": weights, "step": 1}},
        "only": {"generator": weights, "loss": 0.5},
    }
    for name, file in files.items():
        torch.save(file, folder / f"{name}.pt")
        yield folder / f"{name}.pt", [], weights
    for name, file in {
        "ema": {"model": weights, "ema": other},
        "model_ema": {"model": weights, "model_ema": {"decay": 0.9, "shadow": other}, "state_dict": {"epoch": 3}},
        "best": {"model": weights, "best": other},
    }.items():
        torch.save(file, folder / f"{name}.pt")
        yield folder / f"{name}.pt", [], f"several parts may be the weights: `model`, `{name}`; choose one with --key"
        yield folder / f"{name}.pt", ["--key", "model"], weights
    yield folder / "ema.pt", ["--key", "ema"], other
    yield folder / "model_ema.pt", ["--key", "model_ema.shadow"], other
    yield folder / "deep.pt", ["--key", "checkpoint.model"], weights
    yield folder / "deep.pt", ["--key", "checkpoint.nothing"], "there is no `nothing` among"
    for name, file in {"pair": (weights, 3), "listed": [weights, other]}.items():
        torch.save(file, folder / f"{name}.pt")
    yield folder / "pair.pt", [], weights
    yield folder / "listed.pt", [], "several parts hold tensors: `0`, `1`"
    yield folder / "listed.pt", ["--key", "1"], other
    yield folder / "listed.pt", ["--key", "2"], "there is no `2` among `0`, `1`"
    stray = {"generator": weights, "loss": torch.tensor(0.5)}
    torch.save(stray, folder / "stray.pt")
    yield folder / "stray.pt", [], "tensors lie beside parts that hold some of their own: `generator`"
    yield folder / "stray.pt", ["--key", "generator"], weights
    yield folder / "stray.pt", ["--key", ""], {"loss": stray["loss"]}
    torch.save({"model": stray}, folder / "inner.pt")
    yield folder / "inner.pt", [], "with --key model"
    yield folder / "inner.pt", ["--key", "model.generator"], weights
    torch.save({"generator": weights, "critic": other}, folder / "two.pt")
    yield folder / "two.pt", [], "several parts hold tensors: `generator`, `critic`"
    torch.save({"net": weights, "model": other}, folder / "known.pt")
    yield folder / "known.pt", [], "several parts may be the weights: `model`, `net`; choose one with --key"
    yield folder / "known.pt", ["--key", "net"], weights
    torch.save(optimizer.state_dict(), folder / "optimizer.pt")
    yield folder / "optimizer.pt", [], "optimizer"
    torch.save({"epoch": 1}, folder / "nothing.pt")
    yield folder / "nothing.pt", [], "no tensor"
    torch.save(rng, folder / "single.pt")
    yield folder / "single.pt", [], "single tensor"


def prefixes(folder):
    weights = network().state_dict()
    for name, prefix in {"compiled": "_orig_mod.", "parallel": "module.", "both": "module._orig_mod.", "swapped": "_orig_mod.module."}.items():
        torch.save({prefix + key: value for key, value in weights.items()}, folder / f"{name}.pt")
        yield folder / f"{name}.pt", [], weights
    mixed = {"module.a": torch.ones(1), "b": torch.ones(2)}
    torch.save(mixed, folder / "mixed.pt")
    yield folder / "mixed.pt", [], mixed
    yield folder / "mixed.pt", ["--rename", "module=", "--rename", "b=c.d"], {"a": torch.ones(1), "c.d": torch.ones(2)}
    yield folder / "mixed.pt", ["--rename", "x=y"], "no tensor is called `x`"
    yield folder / "mixed.pt", ["--rename", "b=module.a"], "two tensors would be called"
    torch.save({"_orig_mod.a": torch.ones(1), "a": torch.ones(1)}, folder / "clash.pt")
    yield folder / "clash.pt", [], "two tensors would be called `a`"


class Custom(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.ModuleDict({"a": nn.Linear(2, 3), "b": nn.Identity()})
        self.register_buffer("kept", torch.arange(3.0))
        self.register_buffer("transient", torch.arange(4.0), persistent=False)
        self.register_parameter("nothing", None)
        self.scale = nn.Parameter(torch.ones(2, 2).T, requires_grad=False)
        self.function = torch.nn.functional.relu


def modules(folder):
    model = Custom()
    for protocol in [2, 4]:
        torch.save(model, folder / f"module{protocol}.pt", pickle_protocol=protocol)
        yield folder / f"module{protocol}.pt", [], model.state_dict()
    torch.save({"model": model, "epoch": 1}, folder / "inside.pt")
    yield folder / "inside.pt", [], model.state_dict()
    torch.save(model, folder / "legacy.pt", _use_new_zipfile_serialization=False)
    yield folder / "legacy.pt", [], model.state_dict()


def casts(folder):
    tensors = {"w": torch.tensor([1.0, 1e-3, 70000.0, float("inf"), float("nan")]), "n": torch.arange(3), "b": torch.ones(3).bfloat16()}
    torch.save(tensors, folder / "casts.pt")
    for dtype in [torch.float32, torch.float16, torch.bfloat16]:
        expected = {key: value.to(dtype) if value.is_floating_point() else value for key, value in tensors.items()}
        yield folder / "casts.pt", ["--dtype", str(dtype).removeprefix("torch.")], expected
        refusal = "npz has no bfloat16"
        yield folder / "casts.pt", ["npz", "--dtype", str(dtype).removeprefix("torch.")], refusal if dtype is torch.bfloat16 else expected


def safetensors_and_shards(folder):
    weights = network().state_dict()
    tool = folder / "weights.pt"
    torch.save(weights, tool)
    out = folder / "made"
    convert([tool, "-o", f"{out}/", "--shard-size", "1KB", "--metadata", "pt"])
    yield out, [], weights
    yield out / "model.safetensors.index.json", ["npz"], weights
    parts = folder / "bins"
    parts.mkdir()
    names = list(weights)
    index = {}
    for i, keys in enumerate([names[::2], names[1::2]]):
        file = f"pytorch_model-{i + 1:05}-of-00002.bin"
        torch.save({key: weights[key] for key in keys}, parts / file)
        index |= {key: file for key in keys}
    (parts / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
    yield parts, [], weights
    yield parts / "pytorch_model.bin.index.json", [], weights
    missing = folder / "missing"
    missing.mkdir()
    (missing / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "../weights.safetensors"}}))
    yield missing, [], "does not lie beside it"
    written = {"a": torch.arange(6).view(2, 3), "b.c": torch.ones(3, dtype=torch.bfloat16)}
    mx.save_safetensors(str(folder / "mlx.safetensors"), {key: array_of(value) for key, value in written.items()})
    yield folder / "mlx.safetensors", [], written
    numpy = {"a": np.arange(6.0).reshape(2, 3).T, "b": np.arange(4, dtype=">i4"), "c": np.float32(2)}
    np.savez(folder / "numpy.npz", **numpy)
    np.savez_compressed(folder / "packed.npz", **numpy)
    expected = {key: torch.from_numpy(np.array(value, dtype=value.dtype.newbyteorder("="))) for key, value in numpy.items()}
    yield folder / "numpy.npz", ["npz"], expected
    yield folder / "packed.npz", [], expected
    mx.savez(str(folder / "mlx.npz"), **{key: array_of(value) for key, value in written.items()})
    yield folder / "mlx.npz", [], written


def refused(folder):
    def save(name, value, **how):
        torch.save(value, folder / name, **how)
        return folder / name

    yield save("q.pt", {"w": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)}), [], "quantized"
    dynamic = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(3, 4)), {nn.Linear})
    yield save("dynamic.pt", dynamic.state_dict()), [], "holds a quantized tensor"
    yield save("compiled.pt", torch.compile(nn.Linear(2, 2))), [], "save `model._orig_mod.state_dict()`"
    yield save("views.pt", {"w": torch.zeros(1).expand(10**8)}), [], "far more than the file has"
    yield save("sparse.pt", {"w": torch.eye(3).to_sparse()}), [], "sparse"
    yield save("meta.pt", {"w": torch.empty(3, device="meta")}), [], "meta device"
    yield save("object.pt", {"w": torch.ones(1), "x": pathlib.PurePosixPath("a")}), [], "is no tensor but"
    yield save("list.pt", [torch.ones(1)]), [], "is a list"
    torch.jit.script(nn.Linear(2, 2)).save(str(folder / "script.pt"))
    yield folder / "script.pt", [], "TorchScript"
    torch.export.save(torch.export.export(nn.Linear(2, 2), (torch.ones(1, 2),)), folder / "exported.pt2")
    yield folder / "exported.pt2", [], "torch.export"
    for name, content, reason in [
        ("empty", b"", "empty"),
        ("lfs", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        ("page", b"<!DOCTYPE html><html></html>", "web page"),
        ("gguf", b"GGUF\3\0\0\0" + bytes(99), "GGUF"),
        ("hdf5", b"\x89HDF\r\n\x1a\n" + bytes(99), "HDF5"),
        ("gzip", b"\x1f\x8b" + bytes(99), "gzip"),
        ("pickle", pickle.dumps({"a": 1}), "plain pickle"),
        ("text", b"hello, here is some text without a meaning", "no checkpoint that is known"),
        ("zip", None, "without a pickle"),
    ]:
        if content is None:
            with zipfile.ZipFile(folder / name, "w") as archive:
                archive.writestr("a.txt", "a")
        else:
            (folder / name).write_bytes(content)
        yield folder / name, [], reason

    class Evil:
        def __reduce__(self):
            import os

            return os.system, (f"touch {folder}/executed",)

    yield save("evil.pt", {"w": torch.ones(1), "x": Evil()}), [], "no business in a checkpoint"
    yield save("evil_legacy.pt", {"w": torch.ones(1), "x": Evil()}, _use_new_zipfile_serialization=False), [], "no business in a checkpoint"
    assert not (folder / "executed").exists()
    from torch.distributed.checkpoint import FileSystemWriter, save as save_distributed

    save_distributed({"w": torch.ones(2)}, storage_writer=FileSystemWriter(folder / "dcp"), no_dist=True)
    yield folder / "dcp", [], "torch.distributed.checkpoint"


def array_of(tensor):
    """A tensor as MLX has it after a faithful conversion."""
    tensor = tensor.detach().resolve_conj().resolve_neg().contiguous()
    if tensor.dtype is torch.bfloat16:
        return mx.array(tensor.view(torch.uint16).numpy()).view(mx.bfloat16).reshape(tensor.shape)
    return mx.array(tensor.numpy())


def expected_array(tensor, npz):
    tensor = tensor.detach()
    if str(tensor.dtype).startswith("torch.float8"):
        tensor = tensor.to(torch.float32).to(torch.bfloat16)
    if tensor.dtype in (torch.complex32, torch.complex128):
        tensor = tensor.to(torch.complex64)
    if tensor.dtype is torch.float64 and not npz:
        tensor = tensor.to(torch.float32)
    if tensor.dtype is torch.bfloat16 and npz:
        tensor = tensor.to(torch.float32)
    return tensor


def convert(arguments):
    return subprocess.run([TOOL, "convert", *map(str, arguments)], capture_output=True, text=True)


def wrong(path, arguments, expected, out):
    """What is not as it should be, or None."""
    npz = arguments[:1] == ["npz"]
    arguments = arguments[1:] if npz else arguments
    target = out / ("out.npz" if npz else "out.safetensors")
    before = sorted(out.iterdir())
    run = convert([path, target, "--verify", *arguments])
    said = run.stderr.strip()
    if isinstance(expected, str):
        if run.returncode != 2 or expected not in said or said.count("\n") or not said.startswith("error: "):
            return f"exit {run.returncode}, and not refused with `{expected}`: {said}"
        return None if sorted(out.iterdir()) == before else "something was left behind"
    if run.returncode:
        return f"exit {run.returncode}: {said}"
    if "verified: " not in said:
        return f"not verified: {said}"
    arrays = {}
    for file in out.glob("out*.npz" if npz else "out*.safetensors"):
        arrays |= mx.load(str(file))
    if set(arrays) != set(expected):
        return f"names: {sorted(set(arrays) ^ set(expected))}"
    for name, tensor in expected.items():
        there, tensor = arrays[name], expected_array(tensor, npz)
        if list(there.shape) != list(tensor.shape):
            return f"{name}: shape {there.shape}, expected {tuple(tensor.shape)}"
        wanted = tensor.resolve_conj().resolve_neg().contiguous()
        if str(there.dtype).removeprefix("mlx.core.").rstrip("_") != str(wanted.dtype).removeprefix("torch."):
            return f"{name}: {there.dtype}, expected {wanted.dtype}"
        if wanted.dtype is torch.bfloat16:
            # The bits of what was one already; of casts the values, in which every NaN is the same.
            cast = expected[name].dtype is not torch.bfloat16 or "--dtype" in arguments
            wanted = wanted.float().numpy() if cast else wanted.view(torch.uint16).numpy()
            got = np.array(there.astype(mx.float32) if cast else there.view(mx.uint16))
        else:
            # MLX's doubles go to NumPy through the file.
            wanted, got = wanted.numpy(), np.array(there) if there.dtype != mx.float64 else np.load(target)[name]
        is_nan = (wanted != wanted) & (got != got)
        if not (is_nan | (wanted == got)).all():
            return f"{name}: other values"
    return None


def main():
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    passed = failed = 0
    cases = [case for name, case in globals().items() if inspect.isgeneratorfunction(case) and case.__module__ == __name__]
    for case in cases:
        if wanted not in case.__name__:
            continue
        with tempfile.TemporaryDirectory() as folder:
            for path, arguments, expected in case(pathlib.Path(folder)):
                with tempfile.TemporaryDirectory() as out:
                    problem = wrong(path, arguments, expected, pathlib.Path(out))
                if problem:
                    failed += 1
                    print(f"FAILED convert: {case.__name__}: {path.name} {' '.join(arguments)}: {problem}")
                else:
                    passed += 1
    print(f"{passed} passed, {failed} failed")
    return failed > 0


TOOL = sys.argv[1] if len(sys.argv) > 1 else "torch2mlx"
if __name__ == "__main__":
    sys.exit(main())
