"""Imports that share their line with a keyword."""

# TODO(torch2mlx): T2M101 `load_state_dict_from_url` is `torchvision.models.utils.load_state_dict_from_url` here and something else in other places, so its uses are not ported
try: from mlx_compat import stand_in; load_state_dict_from_url = stand_in("torchvision.models.utils.load_state_dict_from_url")
# TODO(torch2mlx): T2M101 `load_state_dict_from_url` is `torch.hub.load_state_dict_from_url` here and something else in other places, so its uses are not ported
except ImportError: from mlx_compat import unported as torch; load_state_dict_from_url = torch.hub.load_state_dict_from_url


def weights(url): return load_state_dict_from_url(url)
