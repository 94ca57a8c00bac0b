"""A tensor that is changed by another name than that of which a view was taken: of what it was detached from, out of a container, out of an attribute."""
import torch


# run by_data(x) | x=f32[3,4] | todo
def by_data(x):
    whole = x.clone()
    row = whole[0]
    values = whole.data
    for i in range(3):
        values[i] = values[i] * 2
    return row, whole


# run by_detached(x) | x=f32[3,4] | todo
def by_detached(x):
    whole = x.clone()
    row = whole[0]
    values = whole.detach()
    values.mul_(2)
    return row, whole


# run by_diagonal(x) | x=f32[4,4] | todo
def by_diagonal(x):
    whole = x.clone()
    turned = whole.t()
    whole.diagonal().fill_(0)
    return turned, whole


# run by_loop_over_names(x) | x=f32[3,4] | todo
def by_loop_over_names(x):
    whole, other = x.clone(), x + 1
    row = whole[0]
    both = [whole, other]
    for each in both:
        each.mul_(0.5)
    return whole, row


# run by_loop_over_items(x) | x=f32[3,4] | todo
def by_loop_over_items(x):
    whole, other = x.clone(), x + 1
    row = whole[0]
    named = {"whole": whole, "other": other}
    for key, each in named.items():
        each.mul_(0.5)
    return whole, row


# run by_zip(x) | x=f32[3,4] | todo
def by_zip(x):
    whole = x.clone()
    row = whole[0]
    for each, factor in zip([whole, x.clone()], [2.0, 3.0]):
        each.mul_(factor)
    return whole, row


# run by_key(x) | x=f32[3,4] | todo
def by_key(x):
    whole, other = x.clone(), x + 1
    row = whole[0]
    named = dict(whole=whole, other=other)
    for key in named:
        named[key].mul_(0.5)
    return whole, row


# run by_list_that_grows(x) | x=f32[3,4] | todo
def by_list_that_grows(x):
    whole = x.clone()
    row = whole[0]
    kept = []
    kept.append(whole)
    kept[0].mul_(2)
    return whole, row


# run by_writer_of_item(x) | x=f32[3,4] | todo
def by_writer_of_item(x):
    whole = x.clone()
    row = whole.view(-1)
    for each in (whole,):
        add_in_place(each, 1)
    return whole, row


def add_in_place(given, n):
    given += n


# run item_of_dict(x) | x=f32[3,4] | todo
def item_of_dict(x):
    named = {"whole": x.clone()}
    flat = named["whole"].view(-1)
    named["whole"][0] = 1
    return flat


# run kept_by_object(x) | x=f32[3,4] | todo
def kept_by_object(x):
    memory = Memory(x)
    memory.write(2.0)
    return memory.flat


class Memory:
    def __init__(self, x):
        self.cells = x.clone()
        self.flat = self.cells.view(-1)

    def write(self, value):
        self.cells[0] = value


# run kept_by_object_under_name(x) | x=f32[3,4] | todo
def kept_by_object_under_name(x):
    memory = NamedMemory(x)
    memory.add(2.0)
    return memory.flat


class NamedMemory:
    def __init__(self, x):
        self.values = x.clone()
        self.flat = self.values.view(-1)

    def add(self, value):
        values = self.values
        values += value


# run kept_row(x) | x=f32[3,4] | todo
def kept_row(x):
    memory = RowMemory(x.clone())
    memory.scale()
    return memory.first, memory.all_rows


class RowMemory:
    def __init__(self, all_rows):
        self.all_rows = all_rows
        self.first = all_rows[0]

    def scale(self):
        self.all_rows.mul_(2)


# run taken_again(x) | x=f32[3,4]
def taken_again(x):
    whole = x.clone()
    row = whole[0] * 1
    for each in [whole]:
        each.mul_(2)
    row = row + whole[0]
    return whole, row


# run others_are_changed(x) | x=f32[3,4]
def others_are_changed(x):
    whole, other = x.clone(), x + 1
    row = whole[0]
    named = {"whole": whole, "other": other}
    named["other"].mul_(2)
    for each in [other]:
        each.add_(1)
    return whole, row, other


# run blended(x) | x=f32[3,4]
def blended(x):
    rows = []
    for i in range(3):
        part = x[i] * 2
        part = part[1:]
        rows.append(part.clone())
    out = []
    for i, part in enumerate(rows):
        if i > 0:
            part += rows[i - 1]
        out.append(part.sum())
    return torch.stack(out)


# run text_keys(x) | x=f32[3,4]
def text_keys(x):
    state = {"a": x, "b": x.view(-1)}
    wide = [key for key in state if state[key].dim() > 1]
    for key in wide:
        flat = state[key].view(2, -1)
        state[key] = flat * 2
    return state["a"], wide
