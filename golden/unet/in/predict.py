import torch
import torch.nn.functional as F

from losses import dice_loss
from unet import UNet


def predict_mask(net, img, threshold=0.5):
    """Class of each pixel of the first image, at twice its resolution."""
    net.eval()
    with torch.no_grad():
        scores = net(img).cpu()
        size = (img.shape[2] * 2, img.shape[3] * 2)
        scores = F.interpolate(scores, size, mode='bilinear')
        if net.num_classes > 1:
            mask = scores.argmax(dim=1)
        else:
            mask = torch.sigmoid(scores) > threshold
    return mask[0].long().squeeze().numpy()


def segmentation_loss(net, images, masks):
    scores = net(images)
    loss = F.cross_entropy(scores, masks)
    wanted = F.one_hot(masks, net.num_classes).permute(0, 3, 1, 2).float()
    loss += dice_loss(F.softmax(scores, dim=1).float(), wanted)
    return loss


if __name__ == '__main__':
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    net = UNet(in_channels=3, num_classes=2)
    net = net.to(device=device)
    print(predict_mask(net, torch.rand(1, 3, 33, 47, device=device)).shape)
