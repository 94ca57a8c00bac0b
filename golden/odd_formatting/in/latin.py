# -*- coding: latin-1 -*-
"""Déjà vu: this file is stored as latin-1."""
import torch


def moyenne(x):
    # la moyenne, même pour une ligne à zéro
    étiquette = "moyenne à côté"
    return torch.mean(x, dim=1, keepdim=True), len(étiquette)
