"""The checker must find what is planted."""

import unittest

import check


def left(text):
    return check.torch_left(text.encode())


class TorchLeft(unittest.TestCase):
    def test_imports(self):
        self.assertEqual(left("import torch\nfrom torch.nn import Linear\nimport torchvision.ops\n"), [
            (1, "import torch"), (2, "from torch.nn import ..."), (3, "import torchvision.ops"),
        ])

    def test_relative_modules_and_helpers_are_not_torch(self):
        self.assertEqual(left("from .torch import x\nfrom .mlx_compat import torch\nimport torch_geometric\n"), [])

    def test_a_todo_covers_the_statement_below(self):
        self.assertEqual(left("# TODO(torch2mlx): T2M101 why\n# a comment\ny = f(\n    torch.foo,\n)\n"), [])

    def test_a_todo_does_not_cover_the_statement_after(self):
        self.assertEqual(left("# TODO(torch2mlx): T2M101 why\ny = 1\nz = torch.foo(1)\n"), [(3, "torch.foo")])

    def test_a_todo_covers_the_header_but_not_the_body(self):
        text = "# TODO(torch2mlx): T2M101 why\n@torch.jit.script\ndef f(x=torch.one):\n    return torch.two\n"
        self.assertEqual(left(text), [(4, "torch.two")])

    def test_a_todo_inside_of_brackets(self):
        text = "y = [\n    # TODO(torch2mlx): T2M101 why\n    torch.one,\n    torch.two,\n]\n"
        self.assertEqual(left(text), [(4, "torch.two")])

    def test_an_elif(self):
        text = "if x:\n    pass\n# TODO(torch2mlx): T2M101 why\nelif torch.foo():\n    torch.two\n"
        self.assertEqual(left(text), [(5, "torch.two")])


class MethodsLeft(unittest.TestCase):
    def test_tensor_methods_outside_of_todos(self):
        text = "import mlx.nn as nn\n# TODO(torch2mlx): T2M101 why\nx.view(1)\ny = x.view(2).masked_fill(m, 0)\nnn.view(1)\nx.reshape(1)\n"
        found = check.methods_left(text.encode(), {"view", "masked_fill"})
        self.assertEqual(sorted(found), [(4, ".masked_fill()"), (4, ".view()")])


class Undefined(unittest.TestCase):
    def test_what_nothing_binds(self):
        text = "import a\nfrom b import c as d\n\ndef f(x, y=gone):\n    global e\n    e = [x for x in d]\n    return a, e, lost, len(x)\n"
        text += "class A:\n    z = f\n    def g(self):\n        return self.z, z, A\n"
        self.assertEqual(check.undefined(text.encode()), {"gone", "lost", "z"})

    def test_a_star_import_may_bind_any(self):
        self.assertEqual(check.undefined(b"from a import *\nx\n"), set())

    def test_the_coding_line_counts(self):
        self.assertEqual(check.undefined("# coding: latin-1\ns = '\u00e9'\nt\n".encode("latin-1")), {"t"})


class Comments(unittest.TestCase):
    def test_counted_once_each(self):
        before, after = check.comments(b"# a\n# a\nx = '# b'  # c\n"), check.comments(b"# a\nx = 1\n")
        self.assertEqual(sorted((before - after).elements()), ["# a", "# c"])


if __name__ == "__main__":
    unittest.main()
