"""Views of values that nothing tells the kind of: writes reach what they are views of."""
import torch
import torch.nn as nn


# run last_row(x) | x=f32[3,4] | expect=fails | reason=a row of what is not known is taken for an item of a list
def last_row(x):
    acc = None
    for r in x:
        if acc is None:
            acc = r
        else:
            acc += r
    return acc, x


# run each_row(x) | x=f32[3,4] | expect=fails | reason=a row of what is not known is taken for an item of a list
def each_row(x):
    for r in x:
        acc = r
        acc += r
    return x


# run each_row_times(x) | x=f32[3,4] | expect=fails | reason=a row of what is not known is taken for an item of a list
def each_row_times(x):
    y = x * 1.0
    for r in y:
        acc = r
        acc *= 2
        acc -= 1
    return y


# run sum_rows(x) | x=f32[3,4]
def sum_rows(x):
    acc = 0
    for r in x:
        acc += r
    return acc, x


# run first_then(x) | x=f32[3,4] | expect=fails | reason=a row of what is not known is taken for an item of a list
def first_then(x):
    acc = x[0]
    for r in x[1:]:
        acc += r
    return acc, x


# run first_new(x) | x=f32[3,4]
def first_new(x):
    acc = x[0]
    for r in x[1:]:
        acc = acc + r
    return acc, x


# run listed(x) | x=f32[3,4] | expect=fails | reason=a row of what is not known is taken for an item of a list
def listed(x):
    rows = list(x)
    acc = rows[0]
    for r in rows[1:]:
        acc += r
    return acc, x


# run numbers([1.0, 2.0, 3.0]) | x=f32[3]
def numbers(values):
    for v in values:
        acc = v
        acc += v
    return acc, values


# run Aug().whole(x) | x=f32[3,4]
class Aug:
    def __init__(self):
        self.k = 2.0

    def aug(self, img):
        img[0] = self.k
        img *= 0.5
        return img

    def shift(self, img):
        img.add_(1)

    def pure(self, img):
        return img * 2

    def whole(self, x):
        y = x * 1.0
        self.aug(y[0])
        return y


class Shifts:
    def shift(self, img):
        img.add_(1)

    def shift_rows(self, img):
        img[1:] += 1
        return img.sum()

    def pure(self, img):
        return img * 2

    def run(self, x):
        y = x * 1.0
        self.shift(y[0])
        s = self.shift_rows(y[1])
        print(s.shape)
        p = self.pure(y[2])
        return y, s, p

    def run_of_argument(self, x):
        self.shift(x[0])
        return x

    def run_in_loop(self, x):
        y = x * 1.0
        for i in range(len(y)):
            self.shift(y[i])
        for r in y:
            self.shift(r)
        return y

    def run_sliced(self, x):
        y = x + 0.0
        self.shift(y[:, 1:])
        self.shift(y[..., 0])
        return y


# run Shifts().run(x) | x=f32[3,4]
# run Shifts().run_of_argument(x) | x=f32[3,4]
# run Shifts().run_in_loop(x) | x=f32[3,4] | expect=fails | reason=a row that a loop gets of what is not known is handed to a method that writes to it
# run Shifts().run_sliced(x) | x=f32[3,4]


# run overlapping(x) | x=f32[8] | todo
def overlapping(x):
    a = x[:5]
    b = x[3:]
    a += 1
    b *= 2
    return a, b, x


# run overlapping_new(x) | x=f32[8] | todo
def overlapping_new(x):
    x = x * 1.0
    a, b = x[:5], x[3:]
    a.add_(1)
    b.mul_(2)
    return a, b, x


# run apart(x) | x=f32[8] | todo
def apart(x):
    a, b = x[:4], x[4:]
    a += 1
    b *= 2
    return a, b, x


def bump(t):
    t += 1


def clear(t):
    t.zero_()


# run called_back(x) | x=f32[3,4]
def called_back(x):
    for fn in [bump, clear]:
        fn(x[0])
        bump(x[1])
    return x


# run called_back_new(x) | x=f32[3,4]
def called_back_new(x):
    y = x * 1.0
    hooks = [bump, bump]
    for fn in hooks:
        fn(y[1])
    hooks[0](y[2])
    return y


class Hooks:
    def __init__(self):
        self.hooks = []

    def add(self, fn):
        self.hooks.append(fn)

    def run(self, x):
        y = x * 1.0
        for h in self.hooks:
            h(y[0])
        return y


# run hooked(x) | x=f32[3,4] | expect=fails | reason=a view is handed to functions that others have put into a list
def hooked(x):
    h = Hooks()
    h.add(bump)
    h.add(bump)
    return h.run(x)


def double(t):
    return t * 2


# run pure_callbacks(x) | x=f32[3,4]
def pure_callbacks(x):
    y = x * 1.0
    for fn in [double, torch.relu]:
        y = fn(y[:2])
    return y


def b(t):
    t += 1
    return t


# run empty_part(x) | x=f32[4]
def empty_part(x):
    y = x * 1.0
    y[:0] = b(y[:0])
    return y


# run some_part(x) | x=f32[4]
def some_part(x):
    x[:2] = b(x[:2])
    return x


# run other_part(x) | x=f32[4] | expect=fails | reason=a slice of what is not known is handed to a function that writes to it, and given back
def other_part(x):
    y = x * 1.0
    y[2:] = b(y[:2])
    return y


def ema(avg, new):
    avg.mul_(0.5).add_(new, alpha=0.5)
    return avg


def ema_twice(avg, new):
    avg *= 0.5
    avg += new
    return avg + new


# run same_twice(x) | x=f32[4] | expect=fails | reason=a function gets one tensor twice, and reads one name behind a chain of writes to the other
def same_twice(x):
    y = x * 1.0
    ema(y, y)
    return y


# run same_twice_apart(x) | x=f32[4]
def same_twice_apart(x):
    y = x * 1.0
    r = ema_twice(y, y)
    return y, r


# run other_twice(x) | x=f32[4]
def other_twice(x):
    y, z = x * 1.0, x * 2.0
    r = ema_twice(y, z)
    return y, z, r


# run same_untyped(x) | x=f32[4]
def same_untyped(x):
    r = ema_twice(x, x)
    return x, r


# run same_by_name(x) | x=f32[4]
def same_by_name(x):
    y = x * 1.0
    z = y
    r = ema_twice(y, z)
    return y, z, r


class Batch:
    def __init__(self, x, n):
        self.x = x
        self.n = n

    def to(self, device):
        self.x = self.x.to(device)
        self.moved = True
        return self


class Mover(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)

    def move(self, batch, device="cpu"):
        return {k: v.to(device) for k, v in batch.items()}

    def move_list(self, batch, device="cpu"):
        return [v.to(device) for v in batch]

    def forward(self, batch):
        batch = self.move(batch)
        return batch["b"].x * 2, batch["b"].moved, batch["t"]


# run m = Mover(); m({"b": Batch(x, 3), "t": x}) | x=f32[3,4]
# run m = Mover(); [b.moved for b in m.move_list([Batch(x, 3)])] | x=f32[3,4]


# run beside_half({"s": torch_scalar(), "x": x}) | x=f32[4] | expect=fails | reason=a tensor without dimensions out of a dictionary is not told from one with some
def torch_scalar():
    return torch.tensor(0.5)


def beside_half(d):
    return d["x"].half() * d["s"], d["s"] * d["x"].half(), d["x"].half() + d["s"].mean()


# run beside_half_again(made(x)) | x=f32[4] | expect=fails | reason=a tensor without dimensions out of a dictionary is not told from one with some
def made(x):
    return {"scale": torch.tensor(2.0), "h": x.half(), "sums": [x.sum(), x.mean()]}


def beside_half_again(d):
    h = d["h"]
    out = h * d["scale"]
    for s in d["sums"]:
        out = out + s
    return out, d["scale"] - h, torch.mul(h, d["scale"]), h.add(d["scale"])


# run beside_integers({"s": torch_scalar(), "i": y}) | y=i64[4] < 9
def beside_integers(d):
    return d["i"] * d["s"], d["i"] + d["s"], d["i"] / d["s"]
