"""Where a run stopped: on which side, at which step, in the user's own frames, and what to do about it."""

import contextlib
import os
import traceback


class Stop(Exception):
    """A step that can't be done, with advice. Both lower case, without a full stop."""

    def __init__(self, stage, what, help=None, error=None):
        super().__init__(what)
        self.stage, self.what, self.help, self.error = stage, what, help, error
        self.record = {}  # what was found out before


@contextlib.contextmanager
def stage(name, what, help=None):
    """What is raised inside stops the run at this step."""
    try:
        yield
    except Stop:
        raise
    except KeyboardInterrupt:
        raise
    except Exception as error:
        raise Stop(name, f"{what}: {summary(error)}", help, error) from error


def summary(error, lines=4):
    """The error in one line; of a message of several lines, the first few."""
    text = "; ".join(line.strip().rstrip(":") for line in str(error).strip().split("\n")[:lines])
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def stopped(stop, roots):
    """The record of a stop."""
    return {"stage": stop.stage, "what": stop.what, "help": stop.help, "traceback": user_traceback(stop.error, roots) if stop.error else None}


def user_traceback(error, roots):
    """Python's own form of a traceback, with the frames of the user's files alone."""
    roots = tuple(os.path.join(os.path.realpath(root), "") for root in roots)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if os.path.realpath(f.filename).startswith(roots)]
    if isinstance(error, SyntaxError):
        return "".join(traceback.format_exception_only(error)).rstrip()
    if not frames:
        return None  # what was raised stands in the first line already
    lines = ["Traceback (most recent call last):"]
    for frame in frames:
        name = os.path.realpath(frame.filename)
        for root in roots:
            name = name.removeprefix(root)
        lines.append(f'  File "{name}", line {frame.lineno}, in {frame.name}')
        if frame.line:
            lines.append(f"    {frame.line}")
    lines.append(f"{type(error).__name__}: {error}")
    return "\n".join(lines)
