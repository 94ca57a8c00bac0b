import os

from .vision_dataset import VisionDataset

IMAGE_FILE_EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


def has_file_allowed_extension(filename, extensions):
    """``torchvision.datasets.folder.has_file_allowed_extension``: case does not count."""
    return filename.lower().endswith(extensions if isinstance(extensions, str) else tuple(extensions))


def is_image_file(filename):
    """``torchvision.datasets.folder.is_image_file``: by its extension."""
    return has_file_allowed_extension(filename, IMAGE_FILE_EXTENSIONS)


def pil_loader(path):
    """``torchvision.datasets.folder.default_loader``: the image in a file as RGB. Needs Pillow."""
    from PIL import Image

    with open(path, "rb") as file:
        return Image.open(file).convert("RGB")


def find_class_folders(directory):
    """``torchvision.datasets.folder.find_classes``: the sorted names of folders, and their numbers."""
    classes = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
    if not classes:
        raise FileNotFoundError(f"Couldn't find any class folder in {directory}.")
    return classes, {name: i for i, name in enumerate(classes)}


def class_folder_samples(directory, class_to_idx=None, extensions=None, is_valid_file=None, allow_empty=False):
    """``torchvision.datasets.folder.make_dataset``: pairs (path, class) of the files in the folders of classes, sorted."""
    directory = os.path.expanduser(directory)
    if class_to_idx is None:
        class_to_idx = find_class_folders(directory)[1]
    elif not class_to_idx:
        raise ValueError("'class_to_index' must have at least one entry to collect any samples.")
    if (extensions is None) == (is_valid_file is None):
        raise ValueError("Both extensions and is_valid_file cannot be None or not None at the same time")
    samples, empty = [], []
    for name in sorted(class_to_idx):
        before = len(samples)
        for folder, _, files in sorted(os.walk(os.path.join(directory, name), followlinks=True)):
            for path in (os.path.join(folder, file) for file in sorted(files)):
                if has_file_allowed_extension(path, extensions) if is_valid_file is None else is_valid_file(path):
                    samples.append((path, class_to_idx[name]))
        if len(samples) == before:
            empty.append(name)
    if empty and not allow_empty:
        message = f"Found no valid file for the classes {', '.join(empty)}. "
        if extensions is not None:
            message += f"Supported extensions are: {extensions if isinstance(extensions, str) else ', '.join(extensions)}"
        raise FileNotFoundError(message)
    return samples


class DatasetFolder(VisionDataset):
    """``torchvision.datasets.DatasetFolder``: the files `root/CLASS/...`, read by `loader`, with the numbers of their classes."""

    def __init__(self, root, loader, extensions=None, transform=None, target_transform=None, is_valid_file=None, allow_empty=False):
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.classes, self.class_to_idx = self.find_classes(self.root)
        self.samples = self.make_dataset(
            self.root, class_to_idx=self.class_to_idx, extensions=extensions, is_valid_file=is_valid_file, allow_empty=allow_empty
        )
        self.loader, self.extensions = loader, extensions
        self.targets = [target for _, target in self.samples]

    @staticmethod
    def make_dataset(directory, class_to_idx, extensions=None, is_valid_file=None, allow_empty=False):
        if class_to_idx is None:
            raise ValueError("The class_to_idx parameter cannot be None.")
        return class_folder_samples(directory, class_to_idx, extensions, is_valid_file, allow_empty)

    def find_classes(self, directory):
        return find_class_folders(directory)

    def __getitem__(self, index):
        path, target = self.samples[int(index)]
        return self._transformed(self.loader(path), target)

    def __len__(self):
        return len(self.samples)


class ImageFolder(DatasetFolder):
    """``torchvision.datasets.ImageFolder``: a `DatasetFolder` of image files, as RGB images of PIL."""

    def __init__(self, root, transform=None, target_transform=None, loader=pil_loader, is_valid_file=None, allow_empty=False):
        extensions = IMAGE_FILE_EXTENSIONS if is_valid_file is None else None
        super().__init__(root, loader, extensions, transform, target_transform, is_valid_file, allow_empty)
        self.imgs = self.samples
