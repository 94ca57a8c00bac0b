# A class of the file has methods of tensors' names: what is a tensor at run time gets PyTorch's all the same.
import torch


class Boxes:
    def __init__(self, data):
        self.data = data

    def flip(self, *dims):
        return Boxes(-self.data)

    def softmax(self, dim):
        return self.data * 0

    def topk(self, k):
        return self.data[:k], None

    def roll(self, shifts, dims):
        return self

    def chunk(self, n):
        return [self] * n

    def tril(self):
        return self

    def add_(self, other):
        self.data = self.data + 10 * other
        return self

    def zero_(self):
        self.data = self.data * 0
        return self


def flipped(x):
    return x.flip(0)


def computed(x):
    return x.softmax(1), x.topk(2)[0], x.roll(1, 0), x.chunk(2), x.tril()


def changed(x):
    x.add_(1)
    return x


def emptied(x):
    x.zero_()
    return x


# run flipped(x), flipped(Boxes(x)).data, computed(x) | x=f32[4,3]
# run changed(x + 0), changed(Boxes(x)).data, emptied(x + 0), emptied(Boxes(x)).data | x=f32[4,3]
