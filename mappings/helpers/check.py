def assert_true(condition, message=""):
    """`torch._assert`: an assertion as a function."""
    assert condition, message


def check(cond, message=None):
    """`torch._check`: raises RuntimeError with the text that `message()` gives."""
    if not cond:
        raise RuntimeError("expected cond to be True" if message is None else message())
