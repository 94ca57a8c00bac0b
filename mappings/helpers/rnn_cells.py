import mlx.core as mx


def _affine(x, weight, bias):
    return x @ weight.T if bias is None else x @ weight.T + bias


def lstm_cell(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """``torch.lstm_cell``: the pair (h, c) from `hx` = (h, c); gates in PyTorch's order i, f, g, o."""
    h, c = hx
    i, f, g, o = mx.split(_affine(input, w_ih, b_ih) + _affine(h, w_hh, b_hh), 4, axis=-1)
    c = mx.sigmoid(f) * c + mx.sigmoid(i) * mx.tanh(g)
    return mx.sigmoid(o) * mx.tanh(c), c


def gru_cell(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """``torch.gru_cell``: gates in PyTorch's order r, z, n; the reset gate scales the hidden part with its bias."""
    input_r, input_z, input_n = mx.split(_affine(input, w_ih, b_ih), 3, axis=-1)
    hidden_r, hidden_z, hidden_n = mx.split(_affine(hx, w_hh, b_hh), 3, axis=-1)
    r, z = mx.sigmoid(input_r + hidden_r), mx.sigmoid(input_z + hidden_z)
    n = mx.tanh(input_n + r * hidden_n)
    return (1 - z) * n + z * hx


def rnn_cell(input, hx, w_ih, w_hh, b_ih=None, b_hh=None, nonlinearity="tanh"):
    """``torch.rnn_tanh_cell`` and ``torch.rnn_relu_cell``."""
    gate = _affine(input, w_ih, b_ih) + _affine(hx, w_hh, b_hh)
    return mx.tanh(gate) if nonlinearity == "tanh" else mx.maximum(gate, 0)
