import functools
import inspect
import threading


class _Modes(threading.local):
    """What PyTorch keeps for each thread: whether gradients are recorded, and whether inference mode is on."""

    grad = True
    inference = False


_modes = _Modes()


def is_grad_enabled():
    """Whether the code runs under no ``no_grad``. This is an answer for who asks, and no more: it stops no gradients."""
    return _modes.grad


def is_inference_mode_enabled():
    """Whether the code runs under ``inference_mode``."""
    return _modes.inference


class _GradMode:
    """A context that sets the modes of this thread, as PyTorch's do. As a decorator it makes a new one of itself for each call."""

    def __call__(self, function):
        if inspect.isgeneratorfunction(function):
            return self._each_resumption(function)

        @functools.wraps(function)
        def run(*args, **kwargs):
            with self.clone():
                return function(*args, **kwargs)

        return run

    def _each_resumption(self, function):
        """A generator that runs in the mode, and gives control back in its caller's."""

        @functools.wraps(function)
        def run(*args, **kwargs):
            generator = function(*args, **kwargs)
            resume, sent = generator.send, (None,)
            while True:
                try:
                    with self.clone():
                        response = resume(*sent)
                except StopIteration as stop:
                    return stop.value
                try:
                    resume, sent = generator.send, ((yield response),)
                except GeneratorExit:
                    with self.clone():
                        generator.close()
                    raise
                except BaseException as error:
                    resume, sent = generator.throw, (error,)

        return run

    def clone(self):
        return self.__class__()


class _Switch(_GradMode):
    """``with no_grad():``, ``@no_grad()`` and ``@no_grad``."""

    def __new__(cls, orig_func=None):
        return super().__new__(cls) if orig_func is None else cls()(orig_func)

    def __init__(self):
        self.prev = False

    def __enter__(self):
        self.prev = _modes.grad
        _modes.grad = self.mode

    def __exit__(self, exc_type, exc_value, traceback):
        _modes.grad = self.prev


class no_grad(_Switch):
    """``torch.no_grad``, for who asks :func:`is_grad_enabled`."""

    mode = False


class enable_grad(_Switch):
    """``torch.enable_grad``, for who asks :func:`is_grad_enabled`."""

    mode = True


class set_grad_enabled(_GradMode):
    """``torch.set_grad_enabled``, for who asks :func:`is_grad_enabled`: it switches where it is made, as a statement of its own does."""

    def __init__(self, mode):
        self.prev = _modes.grad
        self.mode = _modes.grad = bool(mode)

    def __call__(self, function):
        _modes.grad = self.prev
        return super().__call__(function)

    def __enter__(self):
        _modes.grad = self.mode

    def __exit__(self, exc_type, exc_value, traceback):
        _modes.grad = self.prev

    def clone(self):
        return self.__class__(self.mode)


class inference_mode(_GradMode):
    """``torch.inference_mode``, for who asks: it switches gradients off as well, and ``inference_mode(False)`` switches them on."""

    def __new__(cls, mode=True):
        return super().__new__(cls) if isinstance(mode, bool) else cls()(mode)

    def __init__(self, mode=True):
        self.mode = mode

    def __enter__(self):
        self.prev = _modes.grad, _modes.inference
        _modes.grad, _modes.inference = not self.mode, self.mode

    def __exit__(self, exc_type, exc_value, traceback):
        _modes.grad, _modes.inference = self.prev

    def clone(self):
        return self.__class__(self.mode)
