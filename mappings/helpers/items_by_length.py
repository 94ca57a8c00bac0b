import itertools


def items_by_length(self):
    """Iterates an indexed object: Python's way ends at an IndexError, and an MLX array answers any index. So the length counts too, where there is one."""
    for index in range(len(self)) if hasattr(self, "__len__") else itertools.count():
        try:
            item = self[index]
        except IndexError:
            return
        yield item
