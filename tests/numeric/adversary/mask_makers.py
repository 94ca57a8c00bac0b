def is_unknown(labels):
    return labels < 0


def is_between(labels, low, high):
    above = labels >= low
    below = labels < high
    return above & below


def order(labels):
    return labels.argsort()


# These are called with whatever somebody has.
def ask(labels):
    return is_unknown(labels)


def sort(labels):
    return is_between(labels, 0, 1), order(labels)
