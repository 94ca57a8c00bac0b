from typing import Any


class MiniBertConfig:
    model_type = "minibert"

    def __init__(
        self,
        vocab_size: int = 30,
        hidden_size: int = 16,
        num_hidden_layers: int = 2,
        num_attention_heads: int = 2,
        intermediate_size: int = 32,
        hidden_act: str = "gelu",
        hidden_dropout_prob: float = 0.0,
        max_position_embeddings: int = 20,
        type_vocab_size: int = 2,
        initializer_range: float = 0.02,
        layer_norm_eps: float = 1e-12,
        pad_token_id: int = 0,
        num_labels: int = 3,
        problem_type: str | None = None,
        use_return_dict: bool = True,
        **kwargs: Any,
    ):
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.num_hidden_layers = num_hidden_layers
        self.num_attention_heads = num_attention_heads
        self.intermediate_size = intermediate_size
        self.hidden_act = hidden_act
        self.hidden_dropout_prob = hidden_dropout_prob
        self.max_position_embeddings = max_position_embeddings
        self.type_vocab_size = type_vocab_size
        self.initializer_range = initializer_range
        self.layer_norm_eps = layer_norm_eps
        self.pad_token_id = pad_token_id
        self.num_labels = num_labels
        self.problem_type = problem_type
        self.use_return_dict = use_return_dict
        for key, value in kwargs.items():
            setattr(self, key, value)
