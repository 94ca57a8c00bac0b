"""Runs a program under PyTorch and its port under MLX, on the same weights and inputs, and compares.

A package with a name of its own: user projects have modules that are called `store` or `compare`."""
