"""Runs the cases of a folder in a child interpreter, and starts another one behind a case that crashes or hangs.

A side is a module with `setup() -> side object`; its `run(case, limit)` returns the fields of the case's record."""

import ast
import contextlib
import importlib
import json
import linecache
import os
import pathlib
import queue
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import numpy as np

from . import store
from .stages import Stop, stopped

LIMIT = 30  # seconds a case may take
GRACE = 10  # seconds more before the interpreter is stopped from outside: a loop inside of C code sees no alarm
KEPT = []  # folders whose modules are still imported
PROGRAM = pathlib.Path(__file__).resolve().parents[1]  # the folder that Python runs: see `__main__.py`
START = 300  # seconds for importing the framework on a cold, busy machine


class TooSlow(BaseException):
    """Not an `Exception`, so that a case can't swallow it."""


def read_cases(folder):
    lines = (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines if line.strip()]
    seen = set()
    for case in cases:
        if case["id"] in seen:
            raise SystemExit(f"two cases are called {case['id']!r}: ids must be unique")
        seen.add(case["id"])
    return cases


def main(side, folder, start=None):
    """Runs one side of a folder. With `start` it is the child that works, from that case on."""
    if start is not None:
        return work(side, folder, start)
    for kind in ("jsonl", "bin", "log"):
        (folder / f"{side}.{kind}").unlink(missing_ok=True)
    cases = read_cases(folder)
    start, again = 0, set()
    while start < len(cases):
        start = supervise(side, folder, cases, start, again)
    (folder / f"{side}.jsonl").touch()
    return 0


def supervise(side, folder, cases, start, again):
    """Runs cases from `start` in one child; returns the first case that is still to be run.

    A case that gave no answer is run once more, and its index is put into `again`: a framework's threads that wait for each other
    for good do so once in thousands of starts, a loop without end hangs both times.
    """
    with open(folder / f"{side}.log", "ab") as log:
        child = subprocess.Popen([sys.executable, "-s", str(PROGRAM), side, str(folder), str(start)], stdout=subprocess.PIPE, stderr=log, text=True)
        lines = queue.Queue()
        threading.Thread(target=lambda: ([lines.put(line) for line in child.stdout], lines.put(None)), daemon=True).start()
        current, deadline, hung, finished = None, START, False, False
        while True:
            try:
                line = lines.get(timeout=deadline)
            except queue.Empty:
                hung = True
                child.kill()
                break
            if line is None:
                break
            word, index = line.split()
            finished = word == "end"
            if finished:
                continue
            current = int(index) if word == "start" else None
            deadline = limit_of(cases[int(index)]) + GRACE
        code = child.wait()
    if finished:
        return len(cases)
    tail = (folder / f"{side}.log").read_text(encoding="utf-8", errors="replace").splitlines()[-3:]
    if current is None:
        raise SystemExit(f"the {side} side stopped outside of any case (exit code {code}): " + " | ".join(tail))
    if hung and current not in again:
        again.add(current)
        with open(folder / f"{side}.log", "a", encoding="utf-8") as log:
            log.write(f"{cases[current]['id']}: no answer in {deadline} s: run once more\n")
        return current
    reason = f"hung twice: no answer in {deadline} s" if hung else f"crashed the interpreter ({death(code)}): " + " | ".join(tail)
    with open(folder / f"{side}.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps({"id": cases[current]["id"], "ok": False, "error": reason}) + "\n")
    return current + 1


def death(code):
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def limit_of(case):
    return case.get("limit", LIMIT)


def work(name, folder, start):
    """The child: announces each case on stdout, so that the parent knows which one was running."""
    protocol = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what cases print goes to the log
    side = importlib.import_module(f".{name}_side", __package__).setup(folder)
    writer = store.Writer(folder, name)
    signal.signal(signal.SIGALRM, on_alarm)
    sys.stdin = open(os.devnull)
    cases = read_cases(folder)
    for index, case in enumerate(cases):
        if index < start:
            continue
        print("start", index, file=protocol, flush=True)
        begun = time.monotonic()
        record = {"id": case["id"], **run_case(side, case, writer)}
        following = cases[index + 1] if index + 1 < len(cases) else {}
        if not shares_imports(side, case, following):
            forget_modules(case.get(f"path_{side.name}") or [])
        record["seconds"] = round(time.monotonic() - begun, 4)
        writer.record(record)
        print("done", index, file=protocol, flush=True)
    print("end", 0, file=protocol, flush=True)
    os._exit(0)  # threads that a case left behind must not keep the child alive


def on_alarm(*_):
    raise TooSlow


def run_case(side, case, writer):
    path, sys.argv[:] = sys.path[:], ["case.py"]
    place = tempfile.mkdtemp()  # what a case writes is gone behind it
    os.chdir(place)
    own = case.get(f"path_{side.name}") or []
    if own != KEPT:
        forget_modules(KEPT)
        KEPT[:] = []
    before = dict(sys.modules)
    # Libraries stay imported: not all of them can be imported twice.
    sys.path[:0] = own + (case.get("path_libraries") or [])
    random.seed(0)
    np.random.seed(0)
    signal.setitimer(signal.ITIMER_REAL, limit_of(case))
    try:
        return {"ok": True, **side.run(case, writer)}
    except TooSlow:
        said = f"took longer than {limit_of(case)} s"
        return {"ok": False, "error": said, "stopped": {"stage": "run", "what": said, "help": "make the case smaller, or say a longer `limit`", "traceback": None}}
    except Stop as stop:
        return {**stop.record, "ok": False, "error": stop.what, "stopped": stopped(stop, [case["folder"][side.name]])}
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit of a script, too
        return {"ok": False, "error": describe(error)}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        if case.get("path_libraries"):
            KEPT[:] = own  # a package takes seconds to be imported: the next case may want it, too
        else:
            forget_modules(own)
        forget_stand_ins(before)
        sys.path[:] = path
        os.chdir("/")
        shutil.rmtree(place, ignore_errors=True)


def shares_imports(side, case, following):
    """A published package takes long to import: the cases of one, which follow each other, share it."""
    path = f"path_{side.name}"
    return bool(case.get("path_libraries")) and case.get(path) == following.get(path)


def forget_modules(folders):
    """Modules of one project must not be found by the next case: many have a `model.py`."""
    if not folders:
        return
    roots = tuple(os.path.join(os.path.realpath(f), "") for f in folders)
    found = []
    for name, module in list(sys.modules.items()):
        places = [getattr(module, "__file__", None)]
        with contextlib.suppress(Exception):  # namespace packages have no file
            places += list(module.__path__)
        if any(p and os.path.join(os.path.realpath(p), "").startswith(roots) for p in places):
            found.append(name)  # the path of a namespace package asks for its parent: none is gone while we look
    for name in found:
        del sys.modules[name]
    importlib.invalidate_caches()


def forget_stand_ins(before):
    """What a case put in the place of a library, `sys.modules["torchvision"] = ModuleType(...)`, is not there for the next one: nothing imported it, so it has no spec.

    What stood there comes back. What was imported below a stand-in goes with it.
    """
    is_new = lambda name, module: before.get(name) is not module and name.partition(".")[0] not in ("compat", "mlx_compat")
    stand_ins = {name for name, module in sys.modules.items() if is_new(name, module) and getattr(module, "__spec__", None) is None}
    below = tuple(f"{name}." for name in stand_ins)
    for name, module in list(sys.modules.items()):
        if name in stand_ins or is_new(name, module) and name.startswith(below):
            del sys.modules[name]
            if name in before:
                sys.modules[name] = before[name]


def describe(error):
    here = os.path.dirname(os.path.abspath(__file__))
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(here)]
    where = "".join(f"\n    at {os.path.basename(f.filename)}:{f.lineno}: {f.line or ''}" for f in frames[-3:])
    return f"{type(error).__name__}: {str(error)[:600]}{where}"


def parse(text, name):
    filename = f"<{name}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    return ast.parse(text, filename).body, filename


def execute(statements, filename, env):
    exec(compile(ast.Module(statements, []), filename, "exec"), env)


def evaluate(statements, filename, env):
    """Runs statements; the last one is an expression, whose value is returned."""
    if not statements or not isinstance(statements[-1], ast.Expr):
        raise ValueError("the last statement must be an expression: it is the result that is compared")
    execute(statements[:-1], filename, env)
    return eval(compile(ast.Expression(statements[-1].value), filename, "eval"), env)


class Texts:
    """The setup and the text of one side of a case, run in parts: weights are loaded in between."""

    def __init__(self, case, side):
        self.setup, self.setup_name = parse(case.get(f"setup_{side}") or "", f"setup of {case['id']}")
        self.main, self.main_name = parse(case[side], case["id"])
        self.wants_result = case.get("check") != "none"

    def make(self, name, env):
        """Runs the setup, then statements of the text until `name` exists: the model whose weights are known."""
        execute(self.setup, self.setup_name, env)
        while name not in env:
            if len(self.main) < 2:
                raise ValueError(f"neither the setup nor the text makes {name!r}")
            execute([self.main.pop(0)], self.main_name, env)
        self.setup = []
        return env[name]

    def run(self, env):
        execute(self.setup, self.setup_name, env)
        if self.wants_result:
            return evaluate(self.main, self.main_name, env)
        return execute(self.main, self.main_name, env)


class Construction:
    """Calls `created(module)` after the outermost constructor of a module class has returned.

    Wraps `__init__` of every subclass, also of those that are defined later. Order of creation is what ties the anonymous modules of
    the two sides together: a container comes after its parts on both."""

    def __init__(self, base, created):
        self.created, self.depth, self.active = created, 0, False
        hook = self

        def init_subclass(cls, **kwargs):
            super(base, cls).__init_subclass__(**kwargs)
            hook.wrap(cls)

        base.__init_subclass__ = classmethod(init_subclass)
        todo = [base]
        while todo:
            cls = todo.pop()
            self.wrap(cls)
            todo += cls.__subclasses__()

    def wrap(self, cls):
        import functools

        init = cls.__dict__.get("__init__")
        if init is None or hasattr(init, "_construction"):
            return

        @functools.wraps(init)
        def wrapped(module, *args, **kwargs):
            if not self.active:
                return init(module, *args, **kwargs)
            self.depth += 1
            try:
                init(module, *args, **kwargs)
            finally:
                self.depth -= 1
            if self.depth == 0:
                self.active = False  # filling may itself construct modules
                try:
                    self.created(module)
                finally:
                    self.active = True

        wrapped._construction = True
        cls.__init__ = wrapped

    @contextlib.contextmanager
    def watching(self):
        self.active, self.depth = True, 0
        try:
            yield
        finally:
            self.active = False
