# import torch

# torch.cat is only mentioned here
