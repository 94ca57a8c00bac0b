import io

import mlx.core as mx


def load_file(filename, device="cpu"):
    """`safetensors.torch.load_file`: the arrays of a file by name."""
    return mx.load(str(filename), format="safetensors")


def load(data):
    """`safetensors.torch.load`: the arrays in the bytes of a file."""
    return mx.load(io.BytesIO(data), format="safetensors")


def save_file(tensors, filename, metadata=None):
    """`safetensors.torch.save_file`: the file has the name that is given, whatever its ending."""
    with open(filename, "wb") as file:
        mx.save_safetensors(file, dict(tensors), metadata)


def save(tensors, metadata=None):
    """`safetensors.torch.save`: the bytes of the file."""
    file = io.BytesIO()
    mx.save_safetensors(file, dict(tensors), metadata)
    return file.getvalue()
