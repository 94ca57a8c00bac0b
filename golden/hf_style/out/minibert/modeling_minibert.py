# coding=utf-8
"""MiniBERT: a bidirectional encoder and its heads."""
import math
from typing import Optional, Tuple, Union

import mlx.core as mx
import mlx.nn as nn
from . import mlx_compat as compat

from .configuration_minibert import MiniBertConfig
from .outputs import BaseModelOutput, ClassifierOutput

ACT2FN = {"gelu": nn.GELU(), "relu": nn.ReLU(), "gelu_new": nn.GELU("tanh")}


def extended_mask(mask: mx.array, dtype: mx.Dtype) -> mx.array:
    """(b, n) of ones and zeros -> what is added to the scores."""
    mask = mask[:, None, None, :].astype(dtype)
    return (1.0 - mask) * mx.finfo(dtype).min


class MiniBertEmbeddings(nn.Module):
    def __init__(self, config: MiniBertConfig):
        super().__init__()
        self.word_embeddings = compat.Embedding(config.vocab_size, config.hidden_size, padding_idx=config.pad_token_id)
        self.position_embeddings = compat.Embedding(config.max_position_embeddings, config.hidden_size)
        self.token_type_embeddings = compat.Embedding(config.type_vocab_size, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        compat.register_buffer(
            self, "position_ids", compat.expand(mx.arange(config.max_position_embeddings), (1, -1)), persistent=False
        )

    def __call__(
        self,
        input_ids: Optional[mx.array] = None,
        token_type_ids: Optional[mx.array] = None,
        inputs_embeds: Optional[mx.array] = None,
    ) -> mx.array:
        if inputs_embeds is None:
            inputs_embeds = self.word_embeddings(input_ids)
        input_shape = inputs_embeds.shape[:-1]
        position_ids = self.position_ids[:, : input_shape[1]]
        if token_type_ids is None:
            token_type_ids = mx.zeros(input_shape, dtype=mx.int64)
        embeddings = inputs_embeds + self.token_type_embeddings(token_type_ids)
        embeddings += self.position_embeddings(position_ids)
        return self.dropout(self.LayerNorm(embeddings))


class MiniBertAttention(nn.Module):
    def __init__(self, config: MiniBertConfig, layer_idx: Optional[int] = None):
        super().__init__()
        if config.hidden_size % config.num_attention_heads != 0:
            raise ValueError(
                f"hidden size {config.hidden_size} is not a multiple of the number of heads {config.num_attention_heads}"
            )
        self.layer_idx = layer_idx
        self.head_dim = config.hidden_size // config.num_attention_heads
        self.scaling = self.head_dim**-0.5
        self.query = nn.Linear(config.hidden_size, config.hidden_size)
        self.key = nn.Linear(config.hidden_size, config.hidden_size)
        self.value = nn.Linear(config.hidden_size, config.hidden_size)
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)

    def __call__(
        self, hidden_states: mx.array, attention_mask: Optional[mx.array] = None, output_attentions: bool = False
    ) -> Tuple[mx.array, Optional[mx.array]]:
        input_shape = hidden_states.shape[:-1]
        hidden_shape = (*input_shape, -1, self.head_dim)
        q = self.query(hidden_states).reshape(hidden_shape).swapaxes(1, 2)
        k = self.key(hidden_states).reshape(hidden_shape).swapaxes(1, 2)
        v = self.value(hidden_states).reshape(*hidden_shape).swapaxes(1, 2)
        weights = q @ k.swapaxes(2, 3) * self.scaling
        if attention_mask is not None:
            weights = weights + attention_mask[:, :, :, : k.shape[-2]]
        weights = mx.softmax(weights.astype(mx.float32), axis=-1).astype(q.dtype)
        weights = compat.dropout(weights, p=0.0, training=self.training)
        context = (weights @ v).swapaxes(1, 2).reshape(*input_shape, -1)
        return self.dense(context), weights if output_attentions else None


class MiniBertLayer(nn.Module):
    def __init__(self, config, layer_idx):
        super().__init__()
        self.attention = MiniBertAttention(config, layer_idx)
        self.intermediate = nn.Linear(config.hidden_size, config.intermediate_size)
        self.output = nn.Linear(config.intermediate_size, config.hidden_size)
        self.norm_attn = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.norm_out = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.act_fn = ACT2FN[config.hidden_act] if isinstance(config.hidden_act, str) else config.hidden_act

    def __call__(self, hidden_states, attention_mask=None, output_attentions=False):
        residual = hidden_states
        attn_output, attn_weights = self.attention(hidden_states, attention_mask, output_attentions=output_attentions)
        hidden_states = self.norm_attn(residual + attn_output)
        hidden_states = self.norm_out(hidden_states + self.output(self.act_fn(self.intermediate(hidden_states))))
        return (hidden_states, attn_weights) if output_attentions else (hidden_states,)


class MiniBertPreTrainedModel(nn.Module):
    base_model_prefix = "bert"
    supports_gradient_checkpointing = False

    def __init__(self, config: MiniBertConfig, *inputs, **kwargs):
        super().__init__()
        self.config = config

    def _init_weights(self, module):
        std = self.config.initializer_range
        if isinstance(module, nn.Linear):
            module.weight[:] = mx.random.normal(module.weight.shape, module.weight.dtype, loc=0.0, scale=std)
            if getattr(module, "bias", None) is not None:
                module.bias[:] = mx.zeros_like(module.bias)
        elif isinstance(module, compat.Embedding):
            module.weight[:] = mx.random.normal(module.weight.shape, module.weight.dtype, loc=0.0, scale=std)
            if module.padding_idx is not None:
                module.weight[module.padding_idx] = mx.zeros_like(module.weight[module.padding_idx])
        elif isinstance(module, nn.LayerNorm):
            module.bias[:] = mx.zeros_like(module.bias)
            module.weight[:] = mx.full_like(module.weight, 1.0)

    def post_init(self):
        compat.module_apply(self, self._init_weights)


class MiniBertModel(MiniBertPreTrainedModel):
    def __init__(self, config, add_pooling_layer=True):
        super().__init__(config)
        self.embeddings = MiniBertEmbeddings(config)
        self.layer = [MiniBertLayer(config, i) for i in range(config.num_hidden_layers)]
        self.pooler = compat.Sequential(nn.Linear(config.hidden_size, config.hidden_size), nn.Tanh()) if add_pooling_layer else None
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        return self.embeddings.word_embeddings

    def set_input_embeddings(self, value):
        self.embeddings.word_embeddings = value

    def __call__(self, input_ids=None, attention_mask=None, token_type_ids=None, inputs_embeds=None,
                output_attentions: Optional[bool] = None, output_hidden_states: Optional[bool] = None,
                return_dict: Optional[bool] = None) -> Union[Tuple, BaseModelOutput]:
        return_dict = return_dict if return_dict is not None else self.config.use_return_dict
        if (input_ids is None) ^ (inputs_embeds is not None):
            raise ValueError("pass either input_ids or inputs_embeds")
        hidden_states = self.embeddings(input_ids=input_ids, token_type_ids=token_type_ids, inputs_embeds=inputs_embeds)
        if attention_mask is None:
            attention_mask = mx.ones(hidden_states.shape[:2])
        attention_mask = extended_mask(attention_mask, hidden_states.dtype)

        all_hidden_states = () if output_hidden_states else None
        all_attentions = () if output_attentions else None
        for layer_module in self.layer[: self.config.num_hidden_layers]:
            if output_hidden_states:
                all_hidden_states = all_hidden_states + (hidden_states,)
            layer_outputs = layer_module(hidden_states, attention_mask=attention_mask, output_attentions=output_attentions)
            hidden_states = layer_outputs[0]
            if output_attentions:
                all_attentions += (layer_outputs[1],)
        pooled = self.pooler(hidden_states[:, 0]) if self.pooler is not None else None
        if not return_dict:
            return tuple(v for v in [hidden_states, pooled, all_hidden_states, all_attentions] if v is not None)
        return BaseModelOutput(last_hidden_state=hidden_states, pooler_output=pooled,
                               hidden_states=all_hidden_states, attentions=all_attentions)


class MiniBertForSequenceClassification(MiniBertPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.bert = MiniBertModel(config)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    def __call__(self, input_ids, attention_mask=None, labels: Optional[mx.array] = None, **kwargs) -> ClassifierOutput:
        outputs = self.bert(input_ids, attention_mask=attention_mask, **kwargs)
        logits = self.classifier(outputs[1])
        loss = None
        if labels is not None:
            if self.num_labels == 1:
                loss = compat.MSELoss()(logits.squeeze(), labels.squeeze())
            elif labels.dtype in (mx.int64, mx.int32):
                loss = compat.CrossEntropyLoss()(logits.reshape(-1, self.num_labels), labels.reshape(-1))
            else:
                loss = compat.BCEWithLogitsLoss()(logits, labels)
        return ClassifierOutput(loss=loss, logits=logits, hidden_states=outputs.hidden_states)
