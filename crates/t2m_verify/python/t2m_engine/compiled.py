"""Whether the MLX text of a case can be traced by `mx.compile`: it can't where it reads values."""

REFUSED = "Attempting to eval an array during function transformations"


def reads_values(mx, inputs, run):
    """True or False; None where nothing tells: no input is an array that holds something, or tracing stops at something else.

    `run` gets the inputs. Nothing is computed, so nothing is compiled but the graph."""
    traced = {name: value for name, value in inputs.items() if isinstance(value, mx.array) and value.size}
    if not traced:
        return None

    def body(arrays):
        run({**inputs, **arrays})
        return []

    try:
        mx.compile(body)(traced)
    except Exception as error:
        return True if REFUSED in str(error) else None
    return False
