from collections import OrderedDict
from dataclasses import dataclass, fields
from typing import Optional, Tuple

import mlx.core as mx


class ModelOutput(OrderedDict):
    """A dictionary whose entries are attributes too. What is None is left out."""

    def __post_init__(self):
        for f in fields(self):
            v = getattr(self, f.name)
            if v is not None:
                self[f.name] = v

    def __getitem__(self, k):
        if isinstance(k, str):
            return dict(self.items())[k]
        return self.to_tuple()[k]

    def to_tuple(self):
        return tuple(self[k] for k in self.keys())


@dataclass
class BaseModelOutput(ModelOutput):
    last_hidden_state: Optional[mx.array] = None
    pooler_output: Optional[mx.array] = None
    hidden_states: Optional[Tuple[mx.array, ...]] = None
    attentions: Optional[Tuple[mx.array, ...]] = None


@dataclass
class ClassifierOutput(ModelOutput):
    loss: Optional[mx.array] = None
    logits: mx.array = None
    hidden_states: Optional[Tuple[mx.array, ...]] = None
