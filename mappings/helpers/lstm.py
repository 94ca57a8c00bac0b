import math

import mlx.core as mx

from .dropout import dropout
from .torch_module import _TorchModule


def _rnn_step(gates_x, gates_h, state, nonlinearity):
    gates = gates_x + gates_h
    return (mx.tanh(gates) if nonlinearity == "tanh" else mx.maximum(gates, 0)), None


def _gru_step(gates_x, gates_h, state, nonlinearity):
    reset_x, update_x, new_x = mx.split(gates_x, 3, axis=-1)
    reset_h, update_h, new_h = mx.split(gates_h, 3, axis=-1)
    reset, update = mx.sigmoid(reset_x + reset_h), mx.sigmoid(update_x + update_h)
    new = mx.tanh(new_x + reset * new_h)
    return (1 - update) * new + update * state[0], None


def _lstm_step(gates_x, gates_h, state, nonlinearity):
    i, f, g, o = mx.split(gates_x + gates_h, 4, axis=-1)
    c = mx.sigmoid(f) * state[1] + mx.sigmoid(i) * mx.tanh(g)
    return mx.sigmoid(o) * mx.tanh(c), c


class _RNNBase(_TorchModule):
    """PyTorch's recurrent layers: its parameters (`weight_ih_l0`, ...), gate orders, layers and directions.

    The input projection of a whole sequence is one product; the recurrence is a Python loop over time.
    """

    gates, step = 1, staticmethod(_rnn_step)
    has_cell = False

    def __init__(self, input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0,
                 bidirectional=False, proj_size=0, nonlinearity="tanh", device=None, dtype=None):
        super().__init__()
        self.input_size, self.hidden_size, self.num_layers, self.bias = input_size, hidden_size, num_layers, bias
        self.batch_first, self.dropout, self.bidirectional = batch_first, dropout, bidirectional
        self.proj_size = proj_size
        if self.gates == 1:
            self.nonlinearity = nonlinearity
        size = proj_size or hidden_size
        for layer in range(num_layers):
            inputs = input_size if layer == 0 else size * (2 if bidirectional else 1)
            for suffix in self._suffixes(layer):
                self["weight_ih" + suffix] = mx.zeros((self.gates * hidden_size, inputs))
                self["weight_hh" + suffix] = mx.zeros((self.gates * hidden_size, size))
                if bias:
                    self["bias_ih" + suffix] = mx.zeros((self.gates * hidden_size,))
                    self["bias_hh" + suffix] = mx.zeros((self.gates * hidden_size,))
                if proj_size:
                    self["weight_hr" + suffix] = mx.zeros((proj_size, hidden_size))
        self.reset_parameters()
        if dtype is not None:
            self.set_dtype(dtype)

    def _suffixes(self, layer):
        return [f"_l{layer}", f"_l{layer}_reverse"] if self.bidirectional else [f"_l{layer}"]

    def reset_parameters(self):
        bound = 1 / math.sqrt(self.hidden_size)
        for name, array in list(self.items()):
            if isinstance(array, mx.array):
                array[...] = mx.random.uniform(-bound, bound, array.shape, array.dtype)

    @property
    def mode(self):
        return type(self).__name__ if self.gates > 1 else f"RNN_{self.nonlinearity.upper()}"

    @property
    def _all_weights(self):
        """The names of the arrays of each layer and direction."""
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
        suffixes = [suffix for layer in range(self.num_layers) for suffix in self._suffixes(layer)]
        return [[name + suffix for name in names if name + suffix in self] for suffix in suffixes]

    @property
    def all_weights(self):
        """The arrays of each layer and direction."""
        return [[self[name] for name in names] for names in self._all_weights]

    @property
    def _flat_weights(self):
        return [array for arrays in self.all_weights for array in arrays]

    def flatten_parameters(self):
        """PyTorch packs weights for cuDNN here."""

    def _run(self, x, state, suffix, reverse, lengths):
        """(outputs, h, c) of one direction of one layer; x is (time, batch, features)."""
        gates_x = x @ self["weight_ih" + suffix].T
        if self.bias:
            gates_x = gates_x + self["bias_ih" + suffix]
        weight_hh, bias_hh = self["weight_hh" + suffix].T, self.get("bias_hh" + suffix)
        weight_hr = self.get("weight_hr" + suffix)
        outputs = [None] * x.shape[0]
        for t in reversed(range(x.shape[0])) if reverse else range(x.shape[0]):
            gates_h = state[0] @ weight_hh
            if bias_hh is not None:
                gates_h = gates_h + bias_hh
            h, c = self.step(gates_x[t], gates_h, state, getattr(self, "nonlinearity", None))
            if weight_hr is not None:
                h = h @ weight_hr.T
            outputs[t] = h
            if lengths is not None:  # a sequence that has ended keeps its state
                alive = (t < lengths)[:, None]
                outputs[t] = mx.where(alive, h, 0)
                h = mx.where(alive, h, state[0])
                c = None if c is None else mx.where(alive, c, state[1])
            state = h, c
        return mx.stack(outputs), state[0], state[1]

    def _initial(self, hx, x, batched):
        """Initial h and c, each (layers * directions, batch, size); c is None without a cell state."""
        count = self.num_layers * (2 if self.bidirectional else 1)
        if hx is None:
            h = mx.zeros((count, x.shape[1], self.proj_size or self.hidden_size), x.dtype)
            return h, mx.zeros((count, x.shape[1], self.hidden_size), x.dtype) if self.has_cell else None
        h, c = hx if self.has_cell else (hx, None)
        return (h, c) if batched else (h[:, None], None if c is None else c[:, None])

    def __call__(self, input, hx=None):
        lengths = getattr(input, "lengths", None)  # of a PackedSequence, whose padded batch is (time, batch, features)
        x = input if lengths is None else input.padded
        batched = x.ndim == 3
        swap = batched and self.batch_first and lengths is None
        x = x.swapaxes(0, 1) if swap else x if batched else x[:, None]
        h0, c0 = self._initial(hx, x, batched)
        hs, cs = [], []
        for layer in range(self.num_layers):
            outputs = []
            for reverse, suffix in enumerate(self._suffixes(layer)):
                at = len(hs)
                output, h, c = self._run(x, (h0[at], None if c0 is None else c0[at]), suffix, reverse, lengths)
                outputs.append(output)
                hs.append(h)
                cs.append(c)
            x = outputs[0] if len(outputs) == 1 else mx.concatenate(outputs, axis=-1)
            if layer < self.num_layers - 1:
                x = dropout(x, self.dropout, self.training)
        h, c = mx.stack(hs), mx.stack(cs) if self.has_cell else None
        if not batched:
            x, h, c = x[:, 0], h[:, 0], None if c is None else c[:, 0]
        x = x.swapaxes(0, 1) if swap else x if lengths is None else input.with_padded(x)
        return x, ((h, c) if self.has_cell else h)


class RNN(_RNNBase):
    """PyTorch's `nn.RNN`: returns (outputs, h)."""

    def __init__(self, input_size, hidden_size, num_layers=1, nonlinearity="tanh", bias=True, batch_first=False,
                 dropout=0.0, bidirectional=False, device=None, dtype=None):
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
                         nonlinearity=nonlinearity, dtype=dtype)


class GRU(_RNNBase):
    """PyTorch's `nn.GRU`: gates reset, update, new; returns (outputs, h)."""

    gates, step = 3, staticmethod(_gru_step)

    def __init__(self, input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0,
                 bidirectional=False, device=None, dtype=None):
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype=dtype)


class LSTM(_RNNBase):
    """PyTorch's `nn.LSTM`: gates input, forget, cell, output; returns (outputs, (h, c))."""

    gates, step, has_cell = 4, staticmethod(_lstm_step), True

    def __init__(self, input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0,
                 bidirectional=False, proj_size=0, device=None, dtype=None):
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size,
                         dtype=dtype)


class _RNNCellBase(_TorchModule):
    gates, step, has_cell = 1, staticmethod(_rnn_step), False

    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None):
        super().__init__()
        self.input_size, self.hidden_size, self.bias, self.nonlinearity = input_size, hidden_size, bias, nonlinearity
        self.weight_ih = mx.zeros((self.gates * hidden_size, input_size))
        self.weight_hh = mx.zeros((self.gates * hidden_size, hidden_size))
        self.bias_ih = mx.zeros((self.gates * hidden_size,)) if bias else None
        self.bias_hh = mx.zeros((self.gates * hidden_size,)) if bias else None
        self.reset_parameters()
        if dtype is not None:
            self.set_dtype(dtype)

    def reset_parameters(self):
        bound = 1 / math.sqrt(self.hidden_size)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            if name in self:
                self[name][...] = mx.random.uniform(-bound, bound, self[name].shape, self[name].dtype)

    def __call__(self, input, hx=None):
        if hx is None:
            zeros = mx.zeros((*input.shape[:-1], self.hidden_size), input.dtype)
            hx = (zeros, zeros) if self.has_cell else zeros
        state = hx if self.has_cell else (hx, None)
        gates_x, gates_h = input @ self.weight_ih.T, state[0] @ self.weight_hh.T
        if self.bias:
            gates_x, gates_h = gates_x + self.bias_ih, gates_h + self.bias_hh
        h, c = self.step(gates_x, gates_h, state, self.nonlinearity)
        return (h, c) if self.has_cell else h


class RNNCell(_RNNCellBase):
    """PyTorch's `nn.RNNCell`."""


class GRUCell(_RNNCellBase):
    """PyTorch's `nn.GRUCell`."""

    gates, step = 3, staticmethod(_gru_step)

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, dtype=dtype)


class LSTMCell(_RNNCellBase):
    """PyTorch's `nn.LSTMCell`: takes and returns (h, c)."""

    gates, step, has_cell = 4, staticmethod(_lstm_step), True

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, dtype=dtype)
