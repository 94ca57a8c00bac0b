def assert_true(condition, message=""):
    """`torch._assert`: an assertion as a function."""
    assert condition, message


def assert_async(input, assert_msg=""):
    """`torch._assert_async`: raises RuntimeError where the only value is zero."""
    if not input.item():
        raise RuntimeError(assert_msg or "expected the value to be non-zero")


def check(cond, message=None):
    """`torch._check`: raises RuntimeError with the text that `message()` gives."""
    if not cond:
        raise RuntimeError("expected cond to be True" if message is None else message())
