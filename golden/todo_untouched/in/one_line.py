"""Imports that share their line with a keyword."""

try: from torchvision.models.utils import load_state_dict_from_url
except ImportError: from torch.hub import load_state_dict_from_url


def weights(url): return load_state_dict_from_url(url)
