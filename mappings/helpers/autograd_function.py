import mlx.core as mx

from .assign_ import assign_


class _FunctionContext:
    """The `ctx` of an `autograd.Function`: what `forward` keeps for `backward`."""

    def __init__(self, needs_input_grad):
        self.needs_input_grad = needs_input_grad
        self.saved_tensors = ()
        self.dirty = ()
        self.flat = ()

    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors

    @property
    def saved_variables(self):
        return self.saved_tensors

    def save_for_forward(self, *tensors):
        pass  # for forward-mode derivatives

    def mark_non_differentiable(self, *tensors):
        self.flat = tensors  # their gradients reach `backward` as zeros, as in PyTorch

    def mark_dirty(self, *tensors):
        self.dirty = tensors

    def set_materialize_grads(self, value):
        pass  # missing gradients are zeros always


class Function:
    """`torch.autograd.Function`: `apply` runs `forward`, and gradients come from `backward`.

    One result or a tuple; `setup_context` instead of a `ctx` in `forward`; arguments and results that are not arrays; arguments that
    `forward` writes to, names in `mark_dirty` and gives back. What `backward`
    gives for those is ignored, and None for an array means zeros.
    """

    @staticmethod
    def setup_context(ctx, inputs, output):
        raise NotImplementedError("an autograd.Function needs setup_context, or a forward that takes ctx")

    @staticmethod
    def backward(ctx, *grad_outputs):
        raise NotImplementedError("an autograd.Function needs backward to be differentiated")

    @classmethod
    def apply(cls, *args):
        places = [i for i, value in enumerate(args) if isinstance(value, mx.array)]
        ctx = _FunctionContext(tuple(i in places and mx.issubdtype(args[i].dtype, mx.inexact) for i in range(len(args))))
        shape = {}  # of the result: whether it is a tuple, and what in it is not an array

        def forward(*arrays):
            inputs = list(args)
            for i, array in zip(places, arrays):
                inputs[i] = array
            if cls.setup_context is Function.setup_context:
                output = cls.forward(ctx, *inputs)
            else:
                output = cls.forward(*inputs)
                cls.setup_context(ctx, tuple(inputs), output)
            shape["is_tuple"] = isinstance(output, (tuple, list))
            shape["outputs"] = list(output) if shape["is_tuple"] else [output]
            shape["flat"] = [any(value is tensor for tensor in ctx.flat) for value in shape["outputs"]]
            dirty = {i for i, array in zip(places, arrays) if any(array is tensor for tensor in ctx.dirty)}
            shape["written"] = [(i, k) for i in dirty for k, value in enumerate(shape["outputs"]) if value is inputs[i]]
            return tuple(value for value in shape["outputs"] if isinstance(value, mx.array))

        def vjp(primals, cotangents, outputs):
            cotangents = list(cotangents)
            grads = cls.backward(ctx, *(cotangents.pop(0) if isinstance(value, mx.array) else None for value in shape["outputs"]))
            grads = grads if isinstance(grads, (tuple, list)) else (grads,)
            return tuple(
                mx.zeros_like(primal) if grads[i] is None else grads[i].astype(primal.dtype) for i, primal in zip(places, primals)
            )

        differentiable = mx.custom_function(forward)
        differentiable.vjp(vjp)
        arrays = list(differentiable(*(args[i] for i in places)))
        outputs = [arrays.pop(0) if isinstance(value, mx.array) else value for value in shape["outputs"]]
        for k, value in enumerate(outputs):  # integers have no gradient, and may be an index
            if isinstance(value, mx.array) and (shape["flat"][k] or not mx.issubdtype(value.dtype, mx.inexact)):
                outputs[k] = mx.stop_gradient(value)
        for i, k in shape["written"]:  # the caller's array is the result
            outputs[k] = assign_(args[i], outputs[k])
        return tuple(outputs) if shape["is_tuple"] else outputs[0]
