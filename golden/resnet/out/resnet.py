'''Residual networks for small images, with basic and bottleneck blocks.'''
import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat


def conv(inplanes, planes, size, stride=1):
    return compat.Conv2d(inplanes, planes, kernel_size=size, stride=stride, padding=size // 2, bias=False)


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None, norm_layer=compat.BatchNorm2d):
        super(BasicBlock, self).__init__()
        self.conv1 = conv(inplanes, planes, 3, stride)
        self.bn1 = norm_layer(planes)
        self.conv2 = conv(planes, planes, 3)
        self.bn2 = norm_layer(planes)
        self.relu = nn.ReLU()
        self.downsample = downsample

    def __call__(self, x):
        residual = x
        out = self.conv1(x)
        out = self.bn1(out)
        out = self.relu(out)
        out = self.conv2(out)
        out = self.bn2(out)
        if self.downsample is not None:
            residual = self.downsample(x)
        out += residual
        return self.relu(out)

    def last_norm(self):
        return self.bn2


class Bottleneck(nn.Module):
    '''Narrow in the middle: 1x1, 3x3, 1x1.'''
    expansion = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None, norm_layer=compat.BatchNorm2d):
        super(Bottleneck, self).__init__()
        self.conv1 = conv(inplanes, planes, 1)
        self.bn1 = norm_layer(planes)
        self.conv2 = conv(planes, planes, 3, stride)
        self.bn2 = norm_layer(planes)
        self.conv3 = conv(planes, planes * self.expansion, 1)
        self.bn3 = norm_layer(planes * self.expansion)
        self.downsample = downsample
        self.relu = nn.ReLU()

    def __call__(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(out + shortcut)

    def last_norm(self):
        return self.bn3


class ResNet(nn.Module):

    def __init__(self, block, layers, num_classes=10, width=16, zero_init=False, norm_layer=None):
        super(ResNet, self).__init__()
        self.block = block
        self.norm_layer = norm_layer or compat.BatchNorm2d
        self.inplanes = width
        self.conv1 = compat.Conv2d(3, width, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = self.norm_layer(width)
        self.relu = nn.ReLU()
        self.maxpool = compat.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = self._make_layer(width, layers[0])
        self.layer2 = self._make_layer(width * 2, layers[1], stride=2)
        self.layer3 = self._make_layer(width * 4, layers[2], stride=2)
        self.avgpool = compat.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(self.inplanes, num_classes)
        self.init_weights(zero_init)

    def init_weights(self, zero_init):
        for m in compat.modules(self):
            if isinstance(m, compat.Conv2d):
                compat.kaiming_normal_(m.weight, mode='fan_out', nonlinearity='relu')
            elif isinstance(m, (compat.BatchNorm2d, compat.GroupNorm)):
                compat.constant_(m.weight, 1)
                compat.constant_(m.bias, 0)
        if zero_init:
            # every residual branch is silent at first
            for m in compat.modules(self):
                if isinstance(m, (BasicBlock, Bottleneck)):
                    compat.zeros_(m.last_norm().weight)

    def _make_layer(self, planes, blocks, stride=1):
        outplanes = planes * self.block.expansion
        downsample = None
        if stride != 1 or self.inplanes != outplanes:
            downsample = compat.Sequential(
                conv(self.inplanes, outplanes, 1, stride),
                self.norm_layer(outplanes),
            )

        layers = [self.block(self.inplanes, planes, stride, downsample, self.norm_layer)]
        self.inplanes = outplanes
        for i in range(1, blocks):
            layers.append(self.block(outplanes, planes, norm_layer=self.norm_layer))
        return compat.Sequential(*layers)

    def __call__(self, x):
        x = self.conv1(x)
        x = self.bn1(x)
        x = self.relu(x)
        x = self.maxpool(x)

        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)

        x = self.avgpool(x)
        x = mx.flatten(x, 1)
        return self.fc(x)


def resnet8(**kwargs):
    return ResNet(BasicBlock, [1, 1, 1], **kwargs)


def resnet17(**kwargs):
    return ResNet(Bottleneck, [1, 2, 2], **kwargs)


def test():
    net = resnet8()
    y = net(mx.random.normal((1, 3, 32, 32)))
    print(y.shape)


if __name__ == '__main__':
    test()
