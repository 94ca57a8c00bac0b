# -*- coding: latin-1 -*-
"""Déjà vu: this file is stored as latin-1."""
import mlx.core as mx


def moyenne(x):
    # la moyenne, même pour une ligne à zéro
    étiquette = "moyenne à côté"
    return mx.mean(x, axis=1, keepdims=True), len(étiquette)
