import gzip
import hashlib
import os
import shutil
import tarfile
import urllib.error
import urllib.request
import zipfile


def check_integrity(fpath, md5=None):
    """``torchvision.datasets.utils.check_integrity``: whether the file is there and has that MD5 sum."""
    if not os.path.isfile(fpath):
        return False
    if md5 is None:
        return True
    digest = hashlib.md5(usedforsecurity=False)
    with open(fpath, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest() == md5


def _fetch_file(url, path):
    request = urllib.request.Request(url, headers={"User-Agent": "pytorch/vision"})
    with urllib.request.urlopen(request) as response, open(path, "wb") as file:
        shutil.copyfileobj(response, file)


def download_url(url, root, filename=None, md5=None, max_redirect_hops=3):
    """``torchvision.datasets.utils.download_url``: a file into the folder `root`, unless it is there already."""
    root = os.path.expanduser(root)
    path = os.path.join(root, filename or os.path.basename(url))
    os.makedirs(root, exist_ok=True)
    if check_integrity(path, md5):
        return
    try:
        _fetch_file(url, path)
    except OSError:
        if not url.startswith("https"):
            raise
        _fetch_file(url.replace("https:", "http:", 1), path)
    if not check_integrity(path, md5):
        raise RuntimeError("File not found or corrupted.")


def extract_archive(from_path, to_path=None, remove_finished=False):
    """``torchvision.datasets.utils.extract_archive`` of tar, zip and gzip files: the folder, or the file of a single `.gz`."""
    name = str(from_path)
    folder = os.path.dirname(name) if to_path is None else str(to_path)
    if name.endswith((".tar", ".tgz", ".tbz", ".tbz2", ".tar.gz", ".tar.bz2", ".tar.xz")):
        with tarfile.open(name) as archive:
            archive.extractall(folder, filter="data")
        result = folder
    elif name.endswith(".zip"):
        with zipfile.ZipFile(name) as archive:
            archive.extractall(folder)
        result = folder
    elif name.endswith(".gz"):
        result = os.path.join(folder, os.path.basename(name)[: -len(".gz")])
        with gzip.open(name, "rb") as packed, open(result, "wb") as file:
            shutil.copyfileobj(packed, file)
    else:
        raise RuntimeError(f"Unknown compression or archive type: '{os.path.splitext(name)[1]}'")
    if remove_finished:
        os.remove(name)
    return result if isinstance(from_path, str) else type(from_path)(result)


def download_and_extract_archive(url, download_root, extract_root=None, filename=None, md5=None, remove_finished=False):
    """``torchvision.datasets.utils.download_and_extract_archive``: `download_url`, then `extract_archive`."""
    download_root, filename = os.path.expanduser(download_root), filename or os.path.basename(url)
    download_url(url, download_root, filename, md5)
    extract_archive(os.path.join(download_root, filename), extract_root or download_root, remove_finished)
