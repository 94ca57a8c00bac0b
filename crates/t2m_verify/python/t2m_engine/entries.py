"""Finds what is run: `module:Class` or `module:function` of a project, made with the arguments that were given as Python text."""

import ast
import difflib
import importlib
import inspect
import pathlib
import re

from .stages import Stop, stage


class Entry:
    """A class or a function of one side's project."""

    def __init__(self, case, side):
        self.side = side
        self.folder = pathlib.Path(case["folder"][side])
        self.text = case.get(f"entry_{side}") or case["entry"]
        self.arguments = case.get(f"args_{side}") or case.get("args") or ""
        module, _, name = self.text.partition(":")
        if not name:
            raise Stop("entry", f"`{self.text}` names no class or function", "write `module:Class` or `module:function`, such as `model:GPT`")
        self.module = import_module(case.get(f"package_{side}"), module, self.folder)
        self.target = find(self.module, module, name, self.folder)

        # A function that gets arguments in front of all inputs is a factory: `seresnet(num_classes=3)`.
        self.makes_model = isinstance(self.target, type) or any(case.get(key) is not None for key in ("args", "args_torch", "args_mlx"))

    def names(self, env):
        """What texts of the case may refer to: the framework's usual names, and those of the entry's module."""
        return {**env, **vars(self.module)}

    def construct(self, env):
        """The object, from the arguments as the user wrote them."""
        shown = f"{self.target.__name__}({self.arguments})"
        signature = signature_of(self.target)
        help = f"`--args` are the constructor's arguments as Python: {self.target.__name__}{signature}"
        if self.side == "mlx":
            help += "; where they differ for the port, say `--args-mlx`"
        with stage("arguments", f"the arguments of `{shown}` can't be evaluated", help):
            args, kwargs = evaluate_arguments(self.arguments, self.names(env))
        with stage("construct", f"`{shown}` raised", help):
            return self.target(*args, **kwargs)


def import_module(package, module, folder):
    full = f"{package}.{module}" if package else module
    try:
        return importlib.import_module(full)
    except ModuleNotFoundError as error:
        if error.name and (full == error.name or full.startswith(error.name + ".")):
            there = modules_in(folder)
            near = difflib.get_close_matches(module, there, 3, 0.6)
            help = f"did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else f"modules there: {', '.join(there[:12]) or 'none'}"
            raise Stop("entry", f"there is no module `{module}` in `{folder.name}`", help) from error
        raise Stop("import", f"importing `{module}` raised ModuleNotFoundError: {error}", missing_help(error), error) from error
    except Exception as error:
        raise Stop("import", f"importing `{module}` raised {type(error).__name__}: {error}", None, error) from error


def missing_help(error):
    top = (error.name or "").partition(".")[0]
    if top in ("torch", "torchvision", "torchaudio"):
        return "the port must run without PyTorch: port the file that imports it"
    if top.startswith("mlx_compat"):
        return f"`{top}.py` lies beside the folder that was named: name the whole port, and the same part of the original"
    return f"install `{top}` for the interpreter of this side"


def modules_in(folder):
    files = sorted(folder.rglob("*.py"))[:2000]
    parts = [f.relative_to(folder).with_suffix("").parts for f in files]
    return [".".join(p[:-1] if p[-1] == "__init__" else p) for p in parts if p != ("__init__",)]


def find(module, spelled, name, folder):
    value = module
    for part in name.split("."):
        if not hasattr(value, part):
            raise Stop("entry", f"`{spelled}` has no `{name}`", nearest(module, name, folder))
        value = getattr(value, part)
    if not callable(value):
        raise Stop("entry", f"`{spelled}:{name}` is no class and no function", nearest(module, name, folder))
    return value


def nearest(module, name, folder):
    """The names that were probably meant: near ones of the module, and the same name in other files."""
    own = [k for k, v in vars(module).items() if callable(v) and getattr(v, "__module__", None) == module.__name__]
    near = difflib.get_close_matches(name, own, 3, 0.6)
    elsewhere = []
    for file in sorted(folder.rglob("*.py"))[:2000]:
        text = file.read_text(encoding="utf-8", errors="replace")
        if re.search(rf"^(class|def) {re.escape(name)}\b", text, re.M):
            elsewhere.append(".".join(file.relative_to(folder).with_suffix("").parts) + ":" + name)
    if elsewhere:
        return f"did you mean {' or '.join(f'`{e}`' for e in elsewhere[:3])}?"
    if near:
        return f"did you mean {' or '.join(f'`{n}`' for n in near)}?"
    return f"names there: {', '.join(own[:12])}" if own else "the module defines no class and no function"


def evaluate_arguments(text, names):
    collect = lambda *args, **kwargs: (args, kwargs)
    return eval(compile(f"__arguments__({text})", "<args>", "eval"), {**names, "__arguments__": collect})


def signature_of(function):
    try:
        return str(inspect.signature(function))
    except (TypeError, ValueError):
        return "(...)"


def evaluate(text, case, side, names):
    """An expression that may name its module in front: `train:step(model, x)`."""
    match = re.match(r"([A-Za-z_][\w.]*):(?!=)(.*)", text, re.S)
    if match:
        module = import_module(case.get(f"package_{side}"), match.group(1), pathlib.Path(case["folder"][side]))
        names, text = {**vars(module), **names}, match.group(2)
    ast.parse(text.strip(), mode="eval")
    return eval(compile(text.strip(), "<case>", "eval"), names)


def bind(function, names):
    """How named inputs are passed: `(positional count, keywords)`. Names that lead the parameters go by position."""
    if names and all(name.startswith("#") for name in names):  # of a tuple
        return len(names), []
    parameters = list(inspect.signature(function).parameters.values())
    plain = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    takes_more = any(p.kind == p.VAR_KEYWORD for p in parameters)
    spread = any(p.kind == p.VAR_POSITIONAL for p in parameters)
    known = plain + [p.name for p in parameters if p.kind == p.KEYWORD_ONLY]
    unknown = [n for n in names if n not in known]
    if unknown and spread and len(unknown) == len(names):
        return len(names), []
    if unknown and not takes_more:
        near = difflib.get_close_matches(unknown[0], known, 1, 0.5)
        hint = f"did you mean `{near[0]}`? " if near else ""
        raise Stop("inputs", f"the call has no parameter `{unknown[0]}`", f"{hint}its parameters are {', '.join(known) or 'none'}")
    count = 0
    while count < min(len(names), len(plain)) and names[count] == plain[count]:
        count += 1
    missing = [p.name for p in parameters if p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and p.name not in names]
    if missing:
        raise Stop("inputs", f"no input is declared for the parameter `{missing[0]}`", f'add it: --inputs "{missing[0]}: float32[2, 3]"')
    return count, list(names[count:])
