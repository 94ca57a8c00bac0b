# -*- coding: utf-8 -*-
# Ein Schlüssel öffnet die Tür: 注意, ñandú, 🙂
import mlx.core as mx
import mlx.nn as nn

π = 3.14159
größe = {"länge": 4}


class Wärme(nn.Module):
    """Kühlt ab: x ↦ λ·x."""

    def __init__(self, λ=0.5):
        super().__init__()
        self.λ = λ
        self.schicht = nn.Linear(größe["länge"], größe["länge"])  # «Schicht»

    def __call__(self, 入力):
        Δx = self.schicht(入力); return mx.concatenate([入力, Δx * self.λ], axis=-1)  # ∥ x, Δx ∥


def fläche(r): """πr²"""; return π * r ** 2
