# Items of what is computed from a parameter whose type nobody writes: it has items, so it is an array, and they are views.
import torch


# run added_to_first(x) | x=f32[3,5] | todo
def added_to_first(x):
    y = x / 2
    total = y[0]
    for i in range(1, 3):
        total += y[i]
    return total, y


# run of_method(x) | x=f32[3,5] | todo
def of_method(x):
    y = x.exp()
    row = y[0]
    row *= 2
    return row, y


# run of_difference(x) | x=f32[3,5] | todo
def of_difference(x):
    y = x - x.mean()
    row = y[0]
    row -= 1
    return row, y


# run of_negative(x) | x=f32[3,5] | todo
def of_negative(x):
    y = -x
    row = y[0]
    row -= 1
    return row, y


# run of_product(x, w) | x=f32[3,5] | w=f32[5,5] | todo
def of_product(x, w):
    y = x @ w
    row = y[0]
    row -= 1
    return row, y


# run scaled(x) | x=f32[5] | todo
def scaled(x):
    x = x * 1.0
    total = x[0]
    for i in range(1, 5):
        total += x[i]
    return total, x


# run item_of_row(x) | x=f32[3,5] | todo
def item_of_row(x):
    y = x / 2
    row = y[2]
    row[0] = 9
    return y


# run part_of_row(x) | x=f32[3,5] | todo
def part_of_row(x):
    y = x / 2
    row = y[2]
    row[1:3] = 9
    return y


# run unpacked(x) | x=f32[3,5] | todo
def unpacked(x):
    y = x.exp()
    a, b, c = y
    b -= 1
    return y, a, c


# run item_of_unpacked(x) | x=f32[3,5] | todo
def item_of_unpacked(x):
    y = x / 2
    a, b, c = y
    c[0] = 5
    return y, a, b


# What is copied, or read alone, is right.
# run copied(x) | x=f32[3,5]
def copied(x):
    y = x / 2
    row = y[0].clone()
    row += 1
    return row, y


# run computed_from(x) | x=f32[3,5]
def computed_from(x):
    y = x / 2
    row = y[0] * 2
    row += 1
    a, b, c = y
    b = b + 1
    b += 1
    return row, y, a, b, c


# run of_lists()
def of_lists():
    rows = [[1, 2], [3, 4]] * 2
    row = rows[0]
    row += [5]
    row[0] = 9
    a, b, c, d = rows
    b[0] = 7
    return rows, a, c, d
