from .lstm import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell


def recurrent_layer_named(name):
    """`getattr(nn, name)` of a recurrent layer. Another layer is refused: add it here."""
    layers = (GRU, GRUCell, LSTM, LSTMCell, RNN, RNNCell)
    for layer in layers:
        if layer.__name__ == name:
            return layer
    raise NotImplementedError(f"nn.{name} is none of the layers that this port finds by name: {', '.join(layer.__name__ for layer in layers)}")
