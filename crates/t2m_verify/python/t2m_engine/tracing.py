"""What a call does inside: every module call with what goes in and out, and every array that the user's functions give a name.

Both sides write the same form, so that `divergence` can lay one beside the other."""

import contextlib
import inspect
import math
import sys

import numpy as np

from .places import is_helper, statement_of

LIMIT = 256 * 2**20  # bytes of one trace; what comes later is left out
LARGE = 2**22  # elements of an array whose contents are not looked at for every line
MOST = 20000  # assignments of one trace


class Trace:
    """Collects the events of one call of a model or function."""

    def __init__(self, side, writer, places, paths, call_name):
        self.side, self.writer, self.places, self.call_name = side, writer, places, call_name
        self.paths = paths  # id of a module -> its path under PyTorch
        self.stack, self.calls, self.assigned, self.counts, self.running = [], [], [], {}, {}
        self.bytes, self.paused = 0, False

    # Module calls.

    def enter(self, module, args, kwargs):
        path = self.paths[id(module)]
        event = {"path": path, "inputs": self.encode(in_order(module, self.call_name, args, kwargs)), "at": self.caller()}
        self.stack.append((module, event))

    def leave(self, module, output):
        _, event = self.stack.pop()
        event["output"] = self.encode(output)
        number = self.counts.get(event["path"], 0)
        self.counts[event["path"]] = number + 1
        event["call"] = number
        self.calls.append(event)

    @contextlib.contextmanager
    def pause(self):
        before, self.paused = self.paused, True
        try:
            yield
        finally:
            self.paused = before

    def inside(self, module):
        return bool(self.stack) and self.stack[-1][0] is module

    def current(self):
        return self.stack[-1][1]["path"] if self.stack else ""

    def caller(self):
        """The line of the user's that makes the call."""
        frame = sys._getframe(2)
        while frame is not None:
            file = self.places.own(frame.f_code.co_filename)
            if file is not None and not is_helper(file):
                return [file, statement_of(frame.f_code.co_filename, frame.f_lineno)]
            frame = frame.f_back
        return None

    # Assignments.

    @contextlib.contextmanager
    def lines(self):
        """Follows the user's own functions line by line."""
        before = sys.gettrace()
        sys.settrace(self.on_call)
        try:
            yield
        finally:
            sys.settrace(before)

    def on_call(self, frame, event, arg):
        file = self.places.own(frame.f_code.co_filename)
        name = frame.f_code.co_name
        if file is None or is_helper(file) or name == "__init__" or name.startswith("<") or self.paused or len(self.assigned) > MOST:
            return None
        here = Frame(self, file, frame)
        return here.on_event

    def encode(self, value):
        if self.bytes > LIMIT:
            return {"t": "object", "v": "left out: the trace is too large"}
        try:
            node = encode_plain(value, self.side, self.writer, self)
        except Exception as error:  # a value that can't be looked at, such as one inside of a compiled function
            return {"t": "object", "v": f"{type(value).__name__} ({error})"}
        return node


class Frame:
    """One running function of the user: what its names held at the last line."""

    def __init__(self, trace, file, frame):
        self.trace, self.file = trace, file
        self.path, self.line = trace.current(), frame.f_lineno
        name = frame.f_code.co_name
        self.function = "forward" if name == "__call__" else name
        self.held, self.counts = {}, {}
        self.call = trace.running.get((self.path, self.function), 0)
        trace.running[self.path, self.function] = self.call + 1
        self.look(frame, record=False)

    def on_event(self, frame, event, arg):
        if event == "line":
            self.look(frame)
            self.line = frame.f_lineno
        elif event == "return" and arg is not None:
            self.look(frame)
            if comparable(arg, self.trace.side):
                self.note("return", arg, frame)
        return self.on_event

    def look(self, frame, record=True):
        if len(self.trace.assigned) > MOST:
            return
        for name, value in list(frame.f_locals.items()):
            if name in ("self", "__class__") or not comparable(value, self.trace.side):
                continue
            mark = fingerprint(value, self.trace.side)
            if self.held.get(name) != mark:
                self.held[name] = mark
                if record:
                    self.note(name, value, frame)

    def note(self, name, value, frame):
        number = self.counts.get(name, 0)
        self.counts[name] = number + 1
        trace = self.trace
        if len(trace.assigned) > MOST:
            return
        line = statement_of(frame.f_code.co_filename, self.line)
        trace.assigned.append({"path": self.path, "function": self.function, "call": self.call, "name": name, "number": number,
                               "at": [self.file, line], "order": len(trace.assigned), "value": trace.encode(value)})


def comparable(value, side, depth=0):
    """Arrays, numbers and small collections of them."""
    if side.array_like(value) or isinstance(value, (bool, int, float)):
        return True
    if isinstance(value, (tuple, list)) and depth < 3 and len(value) <= 32:
        return bool(value) and all(comparable(v, side, depth + 1) or v is None for v in value)
    return False


def fingerprint(value, side):
    if side.array_like(value):
        if math.prod(value.shape) > LARGE:
            return id(value)  # in-place changes of such are not seen
        array = side.array(value)[0]
        return (array.shape, hash(array.tobytes()))
    if isinstance(value, (tuple, list)):
        return tuple(fingerprint(v, side) for v in value)
    return (type(value).__name__, value)


def encode_plain(value, side, writer, trace):
    from . import store

    found = side.array(value)
    if found is not None:
        trace.bytes += np.asarray(found[0]).nbytes
        return writer.array(*found)
    if isinstance(value, (tuple, list)):
        return {"t": "seq", "items": [[i, encode_plain(v, side, writer, trace)] for i, v in enumerate(value)]}
    return store.encode(value, side, writer)


def in_order(module, call_name, args, kwargs):
    """Arguments in the order of the parameters, however they were passed."""
    if not kwargs:
        return list(args)
    try:
        call = getattr(type(module), call_name)
        bound = inspect.signature(getattr(call, "_original", call)).bind(module, *args, **kwargs)
        return list(bound.arguments.values())[1:]
    except (TypeError, ValueError):
        return [*args, *kwargs.values()]
