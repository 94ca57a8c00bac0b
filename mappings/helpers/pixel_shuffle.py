def pixel_shuffle(input, upscale_factor):
    """``F.pixel_shuffle``: (..., C * r * r, H, W) to (..., C, H * r, W * r)."""
    r = upscale_factor
    *lead, channels, height, width = input.shape
    blocks = input.reshape(*lead, channels // (r * r), r, r, height, width)
    blocks = blocks.swapaxes(-3, -2).swapaxes(-4, -3).swapaxes(-2, -1)  # (..., H, r, W, r)
    return blocks.reshape(*lead, channels // (r * r), height * r, width * r)


def pixel_unshuffle(input, downscale_factor):
    """``F.pixel_unshuffle``: (..., C, H * r, W * r) to (..., C * r * r, H, W)."""
    r = downscale_factor
    *lead, channels, height, width = input.shape
    blocks = input.reshape(*lead, channels, height // r, r, width // r, r)
    blocks = blocks.swapaxes(-2, -1).swapaxes(-4, -3).swapaxes(-3, -2)  # (..., r, r, H, W)
    return blocks.reshape(*lead, channels * r * r, height // r, width // r)


def channel_shuffle(input, groups):
    """``F.channel_shuffle``: the channels, dealt out to `groups` in turn."""
    n, channels, *spatial = input.shape
    return input.reshape(n, groups, channels // groups, *spatial).swapaxes(1, 2).reshape(input.shape)
