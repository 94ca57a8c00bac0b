from functools import partial

import mlx_compat as compat

from resnet import BasicBlock, ResNet


class GroupNorm(compat.GroupNorm):
    """Group norm with the constructor of a batch norm."""

    def __init__(self, num_features, num_groups=4):
        super().__init__(num_groups, num_features)


def resnet8_gn(**kwargs):
    return ResNet(BasicBlock, [1, 1, 1], width=8, norm_layer=partial(GroupNorm, num_groups=2), **kwargs)
