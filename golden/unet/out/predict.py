import mlx.core as mx
import numpy as np
import mlx_compat as compat

from losses import dice_loss
from unet import UNet


def predict_mask(net, img, threshold=0.5):
    """Class of each pixel of the first image, at twice its resolution."""
    net.eval()
    scores = net(img)
    size = (img.shape[2] * 2, img.shape[3] * 2)
    scores = compat.interpolate(scores, size=size, mode='bilinear')
    if net.num_classes > 1:
        mask = scores.argmax(axis=1).astype(mx.int64)
    else:
        mask = mx.sigmoid(scores) > threshold
    return np.array(mask[0].astype(mx.int64).squeeze())


def segmentation_loss(net, images, masks):
    scores = net(images)
    loss = compat.cross_entropy(scores, masks)
    wanted = compat.one_hot(masks, num_classes=net.num_classes).transpose(0, 3, 1, 2).astype(mx.float32)
    loss += dice_loss(mx.softmax(scores, axis=1, precise=True).astype(mx.float32), wanted)
    return loss


if __name__ == '__main__':
    device = 'cpu'
    net = UNet(in_channels=3, num_classes=2)
    print(predict_mask(net, mx.random.uniform(shape=(1, 3, 33, 47))).shape)
