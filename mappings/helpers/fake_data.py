import mlx.core as mx
import numpy as np

from .host_array import host_array
from .vision_dataset import VisionDataset


class FakeData(VisionDataset):
    """``torchvision.datasets.FakeData``: random PIL images and targets, the same for an index each time. The random numbers are not those of PyTorch. Needs Pillow."""

    def __init__(self, size=1000, image_size=(3, 224, 224), num_classes=10, transform=None, target_transform=None, random_offset=0):
        super().__init__(transform=transform, target_transform=target_transform)
        self.size, self.image_size, self.num_classes, self.random_offset = size, image_size, num_classes, random_offset

    def __getitem__(self, index):
        from PIL import Image

        index = int(index)
        if index >= len(self):
            raise IndexError(f"{type(self).__name__} index out of range")
        image_key, target_key = mx.random.split(mx.random.key(index + self.random_offset))
        pixels = host_array(mx.random.normal(self.image_size, key=image_key).transpose(1, 2, 0) * 255)
        pixels = pixels.astype(np.int64).astype(np.uint8)  # wraps, as there
        target = mx.random.randint(0, self.num_classes, (), key=target_key).astype(mx.int64)
        image, target = self._transformed(Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels), target)
        return image, target.item()

    def __len__(self):
        return self.size
