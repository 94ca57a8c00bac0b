import torch
from torch import nn

from .modeling_minibert import MiniBertModel, MiniBertPreTrainedModel
from .outputs import ClassifierOutput


class MiniBertForTokenClassification(MiniBertPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.bert = MiniBertModel(config, add_pooling_layer=False)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)

    def forward(self, input_ids, attention_mask=None, labels=None, **kwargs):
        outputs = self.bert(input_ids, attention_mask, **kwargs)
        logits = self.classifier(outputs.last_hidden_state)
        loss = None
        if labels is not None:
            if attention_mask is not None:
                active = attention_mask.view(-1) == 1
                ignored = torch.tensor(-100).type_as(labels)
                labels = torch.where(active, labels.view(-1), ignored)
            loss = nn.functional.cross_entropy(logits.view(-1, self.num_labels), labels.view(-1))
        return ClassifierOutput(loss=loss, logits=logits, hidden_states=outputs.hidden_states)


def mean_pooling(last_hidden_state: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
    mask = attention_mask.unsqueeze(-1).expand(last_hidden_state.size()).float()
    return torch.sum(last_hidden_state * mask, 1) / torch.clamp(mask.sum(1), min=1e-9)
