# A batch that moves itself, by the ways in which a function comes by it; tensors that come by the same ways stay tensors.
import torch


class Bundle:
    def __init__(self, x):
        self.x = x

    def to(self, device):
        return Bundle(self.x + 1)

    def cpu(self):
        return Bundle(self.x + 4)

    def numpy(self):
        return 13

    def contiguous(self):
        return Bundle(self.x + 8)

    def pin_memory(self):
        return Bundle(self.x + 16)


def gathered(x):
    return Bundle(x)


def value(b):
    return b.x if isinstance(b, Bundle) else b


def by_item(bs):
    b = bs[0]
    return value(b.to("cpu")), value(bs[1].to("cpu")), value({"b": bs[0]}["b"].cpu())


def by_key(d):
    return value(d["b"].to("cpu"))


def by_method(queue):
    b = queue.pop()
    return value(b.to("cpu"))


def by_call(make, x):
    b = make(x)
    return value(b.to("cpu")), value(make(x).cpu())


def by_pair(pair):
    a, b = pair
    (c, d), e = pair, a
    return value(a.to("cpu")), value(b.cpu()), value(c.cpu()), value(e.to("cpu"))


def by_stars(*bs):
    return value(bs[0].to("cpu"))


def by_keywords(**kw):
    return value(kw["b"].cpu())


def by_lambda(bs, f=lambda b: b.cpu()):
    return value(list(map(lambda b: b.to("cpu"), bs))[0]), value(f(bs[0]))


def by_name(b):
    c = b
    d = b if b is not None else None
    return value(c.to("cpu")), value(d.to("cpu")), value((b or None).to("cpu") if isinstance(b, Bundle) else b)


def in_chains(b):
    return value(b.to("cpu").contiguous().pin_memory())


class Loop:
    def __init__(self, batches):
        self.batches = batches
        self.batch = None
        self.device = "cpu"

    def fetch(self):
        return self.batches[0]

    def kept(self):
        self.batch = next(iter(self.batches))
        return value(self.batch.to(self.device))

    def fetched(self):
        b = self.fetch()
        (c,) = [self.batches[0]]
        return value(b.to(self.device)), value(c.to(self.device)), value((self.batches[0] if self.batches else None).to(self.device))


def all_ways(one, two, make, x):
    loop = Loop([one, two])
    return (
        by_item([one, two]), by_key({"b": one}), by_method([one]), by_call(make, x), by_pair((one, two)), by_stars(one), by_keywords(b=one),
        by_lambda([one]), by_name(one), loop.kept(), loop.fetched(),
    )


# run of_bundles(x) | x=f32[2,3]
def of_bundles(x):
    return all_ways(Bundle(x), Bundle(x * 2), gathered, x), in_chains(Bundle(x))


# run of_tensors(x) | x=f32[2,3]
def of_tensors(x):
    return all_ways(x, x * 2, torch.relu, x)


# run computed(x) | x=f32[2,3]
def computed(x):
    y = x + 1
    rows = y[1:].to("cpu")
    return y.cpu().contiguous(), rows, torch.relu(y).to("cpu"), y.sum(0).cpu()
