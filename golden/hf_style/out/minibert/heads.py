import mlx.core as mx
import mlx.nn as nn
from . import mlx_compat as compat

from .modeling_minibert import MiniBertModel, MiniBertPreTrainedModel
from .outputs import ClassifierOutput


class MiniBertForTokenClassification(MiniBertPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.bert = MiniBertModel(config, add_pooling_layer=False)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)

    def __call__(self, input_ids, attention_mask=None, labels=None, **kwargs):
        outputs = self.bert(input_ids, attention_mask, **kwargs)
        logits = self.classifier(outputs.last_hidden_state)
        loss = None
        if labels is not None:
            if attention_mask is not None:
                active = attention_mask.reshape(-1) == 1
                ignored = mx.array(-100).astype(labels.dtype)
                labels = mx.where(active, labels.reshape(-1), ignored)
            loss = compat.cross_entropy(logits.reshape(-1, self.num_labels), labels.reshape(-1))
        return ClassifierOutput(loss=loss, logits=logits, hidden_states=outputs.hidden_states)


def mean_pooling(last_hidden_state: mx.array, attention_mask: mx.array) -> mx.array:
    mask = compat.expand(mx.expand_dims(attention_mask, -1), last_hidden_state.shape).astype(mx.float32)
    return mx.sum(last_hidden_state * mask, axis=1) / mx.clip(mask.sum(axis=1), 1e-9, None)
