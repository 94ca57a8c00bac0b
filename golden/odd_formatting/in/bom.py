# -*- coding: utf-8 -*-
# Ein Schlüssel öffnet die Tür: 注意, ñandú, 🙂
import torch
import torch.nn as nn

π = 3.14159
größe = {"länge": 4}


class Wärme(nn.Module):
    """Kühlt ab: x ↦ λ·x."""

    def __init__(self, λ=0.5):
        super().__init__()
        self.λ = λ
        self.schicht = nn.Linear(größe["länge"], größe["länge"])  # «Schicht»

    def forward(self, 入力):
        Δx = self.schicht(入力); return torch.cat([入力, Δx * self.λ], dim=-1)  # ∥ x, Δx ∥


def fläche(r): """πr²"""; return π * torch.pow(r, 2)
