"""What projects are put together of: texts with alternatives. `<<a || b>>` is one of those; of a list of texts, one is taken; `NAME` is the piece's own name."""

import dataclasses
import re
import textwrap

CHOICE = re.compile(r"<<((?:(?!<<|>>).)*)>>", re.DOTALL)


@dataclasses.dataclass
class Member:
    """A part of a module: statements of `__init__` and `forward`, methods, and what a training loop does after each step."""

    init: str | list
    forward: str | list
    methods: str | list = ""
    after: str | list = ""


@dataclasses.dataclass
class Extra:
    """What a training loop does besides: before it, to the loss, between gradients and step, after a step, and after the loop.

    `names` are the locals that it makes: attributes, where the loop is a class."""

    before: str | list = ""
    loss: str | list = ""
    gradients: str | list = ""
    after: str | list = ""
    end: str | list = ""
    names: str = ""


def written(chance, text, name=""):
    """The lines of a text, its alternatives chosen."""
    if isinstance(text, list):
        text = chance.choice(text)
    while CHOICE.search(text):
        text = CHOICE.sub(lambda found: chance.choice(found[1].split("||")).strip(" "), text)
    return textwrap.dedent(text).strip("\n").replace("NAME", name).splitlines()


def written_all(chance, piece, name=""):
    """The lines of each field of a piece."""
    texts = {field.name: getattr(piece, field.name) for field in dataclasses.fields(piece)}
    return {field: written(chance, text, name) for field, text in texts.items()}


def indented(lines, depth=1):
    return ["    " * depth + line if line else line for line in lines]
