import torch
import torch.nn as nn
import torch.nn.functional as F


def conv_bn(in_ch, out_ch, kernel_size=3, stride=1):
    return nn.Sequential(
        nn.Conv2d(in_ch, out_ch, kernel_size, stride=stride, padding=kernel_size // 2, bias=False),
        nn.BatchNorm2d(out_ch),
    )


class Residual(nn.Module):
    """Two 3x3 convolutions and a shortcut."""

    def __init__(self, in_ch, out_ch, stride=1):
        super(Residual, self).__init__()
        self.conv1 = conv_bn(in_ch, out_ch, stride=stride)
        self.conv2 = conv_bn(out_ch, out_ch)
        self.relu = nn.ReLU(inplace=True)
        if stride != 1 or in_ch != out_ch:
            self.shortcut = conv_bn(in_ch, out_ch, kernel_size=1, stride=stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        out = self.relu(self.conv1(x))
        out = self.conv2(out)
        out += self.shortcut(x)
        return self.relu(out)


class ShapeNet(nn.Module):
    def __init__(self, num_classes=4, width=16, dropout=0.2):
        super(ShapeNet, self).__init__()
        self.stem = nn.Sequential(
            conv_bn(1, width),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
        )
        self.stage1 = Residual(width, width)
        self.stage2 = Residual(width, 2 * width, stride=2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.drop = nn.Dropout(dropout)
        self.fc = nn.Linear(2 * width, num_classes)

        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(m, nn.BatchNorm2d):
                nn.init.constant_(m.weight, 1)
                nn.init.constant_(m.bias, 0)

    def features(self, x):
        x = self.stem(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.pool(x)
        return torch.flatten(x, 1)

    def forward(self, x):
        return self.fc(self.drop(self.features(x)))

    def predict(self, x):
        """Class probabilities."""
        return F.softmax(self(x), dim=1)
