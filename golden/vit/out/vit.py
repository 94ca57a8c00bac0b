from functools import partial
from typing import Callable, Optional, Tuple, Union

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


def to_pair(t: Union[int, Tuple[int, int]]) -> Tuple[int, int]:
    return t if isinstance(t, tuple) else (t, t)


def drop_path(x: mx.array, prob: float = 0.0, training: bool = False) -> mx.array:
    """Stochastic depth: silences the residual branch of whole samples."""
    if prob == 0.0 or not training:
        return x
    keep = 1.0 - prob
    mask = mx.random.uniform(shape=(x.shape[0],) + (1,) * (x.ndim - 1), dtype=x.dtype) < keep
    return x / keep * mask


class DropPath(nn.Module):
    def __init__(self, prob: float = 0.0):
        super().__init__()
        self.prob = prob

    def __call__(self, x: mx.array) -> mx.array:
        return drop_path(x, self.prob, self.training)

    def _extra_repr(self) -> str:
        return f"prob={self.prob:.2f}"


class PatchEmbed(nn.Module):
    """Cuts an image into patches, and embeds each of them."""

    def __init__(self, img_size: int = 32, patch_size: int = 8, in_chans: int = 3, embed_dim: int = 64) -> None:
        super().__init__()
        img_h, img_w = to_pair(img_size)
        p_h, p_w = to_pair(patch_size)
        self.grid_size = (img_h // p_h, img_w // p_w)
        self.num_patches = self.grid_size[0] * self.grid_size[1]
        self.proj = compat.Conv2d(in_chans, embed_dim, kernel_size=(p_h, p_w), stride=(p_h, p_w))

    def __call__(self, x: mx.array) -> mx.array:
        B, C, H, W = x.shape
        x = self.proj(x).flatten(2).swapaxes(1, 2)  # B, C, h, w -> B, N, C
        return x


class Mlp(nn.Module):
    def __init__(self, in_features: int, hidden_features: Optional[int] = None,
                 act_layer: Callable[..., nn.Module] = compat.GELU, drop: float = 0.0) -> None:
        super().__init__()
        hidden_features = hidden_features or in_features
        self.fc1 = nn.Linear(in_features, hidden_features)
        self.act = act_layer()
        self.fc2 = nn.Linear(hidden_features, in_features)
        self.drop = nn.Dropout(drop)

    def __call__(self, x: mx.array) -> mx.array:
        return self.drop(self.fc2(self.drop(self.act(self.fc1(x)))))


class Attention(nn.Module):
    def __init__(self, dim: int, num_heads: int = 4, qkv_bias: bool = True) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.scale = (dim // num_heads) ** -0.5
        self.qkv = nn.Linear(dim, dim * 3, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim)

    def __call__(self, x: mx.array) -> mx.array:
        B, N, C = x.shape
        qkv = self.qkv(x).reshape(B, N, 3, self.num_heads, C // self.num_heads).transpose(2, 0, 3, 1, 4)
        q, k, v = mx.unstack(qkv, axis=0)
        attn = (q * self.scale) @ k.swapaxes(-2, -1)
        attn = mx.softmax(attn, axis=-1, precise=True)
        x = (attn @ v).swapaxes(1, 2).reshape(B, N, C)
        return self.proj(x)


class Block(nn.Module):
    def __init__(self, dim: int, num_heads: int, mlp_ratio: float = 4.0, path_drop: float = 0.0,
                 norm_layer: Callable[..., nn.Module] = compat.LayerNorm) -> None:
        super().__init__()
        self.norm1 = norm_layer(dim)
        self.attn = Attention(dim, num_heads)
        self.drop_path = DropPath(path_drop) if path_drop > 0.0 else nn.Identity()
        self.norm2 = norm_layer(dim)
        self.mlp = Mlp(dim, int(dim * mlp_ratio))

    def __call__(self, x: mx.array) -> mx.array:
        x = x + self.drop_path(self.attn(self.norm1(x)))
        x = x + self.drop_path(self.mlp(self.norm2(x)))
        return x


class VisionTransformer(nn.Module):
    def __init__(self, img_size: int = 32, patch_size: int = 8, in_chans: int = 3, num_classes: int = 10,
                 embed_dim: int = 64, depth: int = 4, num_heads: int = 4, drop_path_rate: float = 0.0,
                 global_pool: str = "token", norm_layer: Optional[Callable[..., nn.Module]] = None) -> None:
        super().__init__()
        norm_layer = norm_layer or partial(compat.LayerNorm, eps=1e-6)
        self.global_pool = global_pool
        self.patch_embed = PatchEmbed(img_size, patch_size, in_chans, embed_dim)
        self.cls_token = mx.zeros((1, 1, embed_dim))
        self.pos_embed = mx.random.normal((1, self.patch_embed.num_patches + 1, embed_dim)) * 0.02
        dpr = [x.item() for x in mx.linspace(0, drop_path_rate, depth)]  # rises with depth
        self.blocks = compat.Sequential(*[
            Block(embed_dim, num_heads, path_drop=dpr[i], norm_layer=norm_layer)
            for i in range(depth)])
        self.norm = norm_layer(embed_dim)
        self.head = nn.Linear(embed_dim, num_classes) if num_classes > 0 else nn.Identity()
        compat.trunc_normal_(self.cls_token, std=0.02)
        compat.module_apply(self, self._init_weights)

    def _init_weights(self, m: nn.Module) -> None:
        if isinstance(m, nn.Linear):
            compat.trunc_normal_(m.weight, std=0.02)
            if getattr(m, "bias", None) is not None:
                compat.constant_(m.bias, 0)
        elif isinstance(m, nn.LayerNorm):
            compat.constant_(m.bias, 0)
            compat.constant_(m.weight, 1.0)

    def forward_features(self, x: mx.array) -> mx.array:
        x = self.patch_embed(x)
        cls_tokens = compat.expand(self.cls_token, (x.shape[0], -1, -1))
        x = mx.concatenate((cls_tokens, x), axis=1)
        x = x + self.pos_embed
        x = self.blocks(x)
        return self.norm(x)

    def forward_head(self, x: mx.array) -> mx.array:
        if self.global_pool == "avg":
            x = x[:, 1:].mean(axis=1)
        else:
            x = x[:, 0]
        return self.head(x)

    def __call__(self, x: mx.array) -> mx.array:
        return self.forward_head(self.forward_features(x))


def vit_tiny(**kwargs) -> VisionTransformer:
    return VisionTransformer(embed_dim=32, depth=2, num_heads=2, **kwargs)


if __name__ == "__main__":
    net = vit_tiny(drop_path_rate=0.1)
    print(net(mx.random.uniform(shape=(2, 3, 32, 32))).shape)
