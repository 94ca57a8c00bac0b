"""Views of parameters without annotation, taken in pairs, by a choice, in loops and containers, and out of attributes and items."""
from types import SimpleNamespace

import torch


# run centred(b) | b=f32[3,4] | todo
def centred(boxes):
    lt, wh = boxes[:, :2], boxes[:, 2:]
    lt -= wh / 2
    return boxes


# run scaled(b) | b=f32[3,4] | todo
def scaled(boxes):
    w, h = 4, 3
    x, y = boxes[..., 0], boxes[..., 1]
    x *= w
    y *= h
    return boxes


# run written(b) | b=f32[3,4] | todo
def written(boxes):
    lt, wh = boxes[:, :2], boxes[:, 2:]
    lt[:] = lt - wh
    return boxes


# run masked(b) | b=f32[3,4] | todo
def masked(boxes):
    lt, wh = boxes[:, :2], boxes[:, 2:]
    lt[wh < 0] = 0
    return boxes


# run chosen(b) | b=f32[3,4] | todo
def chosen(boxes, first=True):
    part = boxes[:, :2] if first else boxes[:, 2:]
    part += 1
    return boxes


# run each(b) | b=f32[3,4] | todo
def each(boxes):
    for column in (boxes[:, :2], boxes[:, 2:]):
        column += 1
    return boxes


# run named(b) | b=f32[3,4] | todo
def named(boxes):
    if (lt := boxes[:, :2]) is not None:
        lt += 1
    return boxes


# run held(b) | b=f32[3,4] | todo
def held(boxes):
    parts = (boxes[:, :2], boxes[:, 2:])
    lt, wh = parts
    lt += wh
    return boxes


# run listed(x) | x=f32[4,3] | todo
def listed(x):
    columns = [x[:, i] for i in range(3)]
    columns[0] += columns[1]
    return x


# run keyed(x) | x=f32[4,3] | todo
def keyed(x):
    columns = {"a": x[:, 0], "b": x[:, 1]}
    columns["a"] += columns["b"]
    return x


# run renamed(x) | x=f32[4,3] | todo
def renamed(x):
    a, b = x[:, 0], x[:, 1]
    c = a
    c += b
    return x


# run rebound(x), x | x=f32[4,3] | todo
def rebound(x):
    x, y = x[:, 0], x[:, 1]
    x += y
    return x, y


# run normed(x) | x=f32[4,3] | todo
def normed(x):
    mean, std = x.mean(0), x.std(0)
    a, b = x[0], x[1]
    a -= mean
    return x


# run counted_rows(x) | x=f32[4,3] | todo
def counted_rows(x):
    for i, row in enumerate(x):
        row += i
    return x


# run some_rows(x) | x=f32[4,3] | todo
def some_rows(x):
    for row in [x[0], x[2]]:
        row += 1
    return x


def graph(x):
    return SimpleNamespace(pos=x, other=x.clone(), batch=None)


# run moved(graph(x)) | x=f32[4,3] | todo
def moved(data):
    pos, batch = data.pos[:, :2], data.batch
    pos -= 1
    return data.pos


# run either(graph(x)) | x=f32[4,3] | todo
def either(data):
    xyz = data.pos[:, :2] if data.batch is None else data.other
    xyz += 1
    return data.pos


# run item({"pos": x, "n": 2}) | x=f32[4,3] | todo
def item(batch):
    p, n = batch["pos"][:, :2], batch["n"]
    p *= n
    return batch


# run read(b) | b=f32[3,4]
def read(boxes):
    lt, wh = boxes[:, :2], boxes[:, 2:]
    rb = lt + wh
    rb += 1
    lt = lt * 2
    lt += 1
    return boxes, rb, lt


# run own(b) | b=f32[3,4]
def own(boxes):
    lt, wh = boxes[:, :2].clone(), boxes[:, 2:] / 2
    lt -= wh
    wh *= 2
    return boxes, lt, wh


# run numbers([1, 2, 3])
def numbers(items):
    a, b = items[0], items[1]
    a += b
    total = items[0] if b else items[1]
    total += 2
    for n in (items[0], items[2]):
        n += 1
        total += n
    return items, a, total


# run text("a,b;c")
def text(line):
    head, tail = line.split(";")[0], line[2:]
    head += tail
    words = [line[i] for i in range(2)]
    words[0] += words[1]
    return head, words


# run grown([[1], [2]], {"n": [3]})
def grown(lists, named):
    first, second = lists[0], lists[1]
    first += second
    tail, n = lists[1:], named["n"]
    tail += [[7]]
    n += [4]
    return lists, named, tail


# run branches(x, True) | x=f32[3,4]
# run branches(x, False) | x=f32[3,4]
def branches(x, is_flat):
    if is_flat:
        x = x[:, 0].clone()
        y = x.view(-1, 1)
    else:
        y = x + 1
        y[y < 0.5] = 0
    return y


# run gathered(x) | x=f32[3,4]
def gathered(x):
    x = x[:, :3].clone()
    x = x.reshape(-1, 3)
    found = (x,)
    for i in range(2):
        more = (x * i,)
        found += more
    return found
