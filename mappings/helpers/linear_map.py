def linear(input, weight, bias=None):
    """`F.linear`: the product with the transposed weight, and the bias where there is one."""
    output = input @ weight.T
    return output if bias is None else output + bias
