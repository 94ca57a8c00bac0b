"""The inputs of an entry: declared (`tokens: int64[2, 16] < 100`), from an `.npz`, or what a function of the user gives.

They are made on the torch side alone and travel to the other one, so a recorded run needs nothing of where it was made."""

import collections.abc
import itertools
import pathlib
import re

import numpy as np

from . import specs
from .entries import evaluate
from .stages import Stop, stage

HELP = 'an input is `name: dtype[sizes]` with bounds, such as "tokens: int64[2, 16] < 100", or `name: EXPRESSION` in Python'
FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*\s*(\(.*\))?\s*$")
LOOKS_LIKE_SPEC = re.compile(r"[A-Za-z_]\w*\s*\[[\d,\s]*\]")


def declared(case, names, step=None):
    """`{name: value}` as NumPy arrays (or tensors, from a function), in the order of the declaration. None if nothing is said."""
    source = case.get("inputs")
    if source is None:
        return None
    if isinstance(source, str):
        if source.endswith(".npz"):
            return from_file(pathlib.Path(case["base"]) / source)
        if FUNCTION.match(source):
            return from_function(source, case, names)
        source = split(source)
    seed = (case["seed"],) if step is None else (case["seed"], step)
    return {name: one(name, spec, *seed) for name, spec in source.items()}


def batches(case, names, count):
    """The inputs of each training step: declared ones with a seed of their own, a function that may ask for `step`, or what a generator gives."""
    first = declared(case, {**names, "step": 0}, 0)
    if first is None:
        raise Stop("inputs", "a training case needs its batches declared", HELP)
    if set(first) == {"#0"} and isinstance(first["#0"], collections.abc.Iterator):
        with stage("inputs", f"`{case['inputs']}` raised", "it yields dicts of arrays by the names that the step uses"):
            made = list(itertools.islice(first["#0"], count))
        if len(made) < count or not all(isinstance(batch, dict) for batch in made):
            raise Stop("inputs", f"`{case['inputs']}` gives {len(made)} batches, {count} steps need as many", "it yields one dict of arrays for each step")
        return made
    return [first, *(declared(case, {**names, "step": step}, step) for step in range(1, count))]


def one(name, spec, *seed):
    if isinstance(spec, str) and LOOKS_LIKE_SPEC.match(spec.strip()) and not specs.SPEC.fullmatch(spec.strip()) and "." not in spec.partition("[")[0]:
        kinds = ", ".join(sorted(set(specs.DTYPES.values())))
        raise Stop("inputs", f"`{spec}` of the input `{name}` can't be read", f"{HELP}; dtypes are {kinds}")
    with stage("inputs", f"the input `{name}` (`{spec}`) can't be made", HELP):
        return specs.make(spec, *seed, name)


def split(text):
    """`a: SPEC, b: SPEC` or with `;`: a comma ends a declaration where a name and a colon follow."""
    found, place = {}, 0
    starts = [m for m in re.finditer(r"(?:^|[;,])\s*([A-Za-z_]\w*)\s*:(?!=)", text) if depth(text[: m.start()]) == 0]
    if not starts or starts[0].start() != 0:
        raise Stop("inputs", f"`{text}` can't be read", HELP)
    for match, following in zip(starts, [*starts[1:], None]):
        spec = text[match.end() : following.start() if following else None].strip().rstrip(";").strip()
        found[match.group(1)] = spec
    return found


def depth(text):
    return sum(text.count(c) for c in "([{") - sum(text.count(c) for c in ")]}")


def from_file(path):
    with stage("inputs", f"`{path}` can't be read", "save the inputs with `np.savez(path, name=array)`"):
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}


def from_function(text, case, names):
    text = text if text.rstrip().endswith(")") else text + "()"
    with stage("inputs", f"`{text}` raised", "it gives a dict of arrays by the names of parameters, or a tuple of them"):
        value = evaluate(text, case, "torch", names)
    if isinstance(value, dict):
        return value
    return {f"#{i}": v for i, v in enumerate(value if isinstance(value, (tuple, list)) else (value,))}
