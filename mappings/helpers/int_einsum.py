import functools
import operator

import mlx.core as mx


def int_einsum(equation, *operands):
    """``torch.einsum`` of integers, which MLX contracts in floats only: multiply and sum."""
    left, arrow, out = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    free = [letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if letter not in equation]
    ranks = [operand.ndim - len(term.replace("...", "")) for term, operand in zip(terms, operands) if "..." in term]
    around = "".join(free[: max(ranks, default=0)])
    terms = [term.replace("...", around[len(around) - (operand.ndim - len(term.replace("...", ""))) :]) for term, operand in zip(terms, operands)]
    if not arrow:
        letters = "".join(terms)
        out = around + "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1 and letter not in around))
    out = out.replace("...", around)
    summed = sorted(set("".join(terms)) - set(out))
    order = list(out) + summed
    aligned = []
    for term, operand in zip(terms, operands):
        for letter in dict.fromkeys(term):  # `ii`: the diagonal
            while term.count(letter) > 1:
                first = term.index(letter)
                second = term.index(letter, first + 1)
                operand = mx.diagonal(operand, axis1=first, axis2=second)
                term = term[:first] + term[first + 1 : second] + term[second + 1 :] + letter
        operand = operand.transpose(*sorted(range(len(term)), key=lambda axis: order.index(term[axis])))
        present = iter(operand.shape)
        aligned.append(operand.reshape([next(present) if letter in term else 1 for letter in order]))
    product = functools.reduce(operator.mul, aligned)
    return mx.sum(product, axis=list(range(len(out), len(order)))).astype(product.dtype) if summed else product
