"""Every layer and loss of torch.nn with its less usual arguments: a function each, forward and gradients."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Each(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.each = nn.ModuleList(layers)


def bags(m: nn.EmbeddingBag, x):
    return m(x, torch.tensor([0, 2, 2]))


def bags_last(m: nn.EmbeddingBag, x):
    return m(x, offsets=torch.tensor([0, 2, 5, 6]))


def packed(m: nn.LSTM, x):
    out, state = m(pack_padded_sequence(x, [5, 3], batch_first=True))
    return pad_packed_sequence(out, batch_first=True)[0], state


def causal(m: nn.TransformerEncoderLayer, x):
    return m(x, src_mask=nn.Transformer.generate_square_subsequent_mask(x.size(1)), is_causal=True)


def square(m: nn.Transformer, x, y):
    return m(x, y, tgt_mask=m.generate_square_subsequent_mask(y.size(0)))


def ctc(m: nn.CTCLoss, x, y):
    return m(x.log_softmax(2), y, torch.tensor([6, 5]), torch.tensor([3, 2]))


def logs(m: nn.NLLLoss, x, y, dim):
    return m(F.log_softmax(x, dim), y)


def logged(m: nn.KLDivLoss, x, y):
    return m(F.log_softmax(x, -1), F.log_softmax(y, -1) if m.log_target else F.softmax(y, -1))


def of_abs(m: nn.PoissonNLLLoss, x, y):
    return m(x.abs(), y.abs())


def of_sigmoid(m: nn.BCELoss, x, y):
    return m(x.sigmoid(), y)


# run ms = convolutions(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,9] | grad=x,parameters
def convolutions():
    return Each(
        nn.Conv1d(4, 6, 3, padding=1, padding_mode="reflect"),
        nn.Conv1d(4, 6, 3, padding="same", padding_mode="reflect", dilation=2),
        nn.Conv1d(4, 6, 3, padding=1, padding_mode="replicate"),
        nn.Conv1d(4, 6, 3, padding="same", padding_mode="replicate", dilation=2),
        nn.Conv1d(4, 6, 3, padding=1, padding_mode="circular"),
        nn.Conv1d(4, 6, 3, padding="same", padding_mode="circular", dilation=2),
        nn.Conv1d(4, 6, 2, padding="same"),
        nn.Conv1d(4, 6, 2, padding="valid", stride=2),
        nn.Conv1d(4, 8, 3, 2, 1, 1, 4, False),
        nn.Conv1d(4, 8, kernel_size=(3,), stride=(2,), groups=2, dilation=1),
        nn.ConvTranspose1d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, bias=False, dilation=2),
        nn.ConvTranspose1d(4, 6, 3, 3, 0, 2),
    )


# run ms = convolutions_2(); [m(x) for m in ms.each] | model=ms | x=f32[4,9] | grad=x,parameters
def convolutions_2():
    return Each(
        nn.Conv1d(4, 6, 3, padding=1),
        nn.ConvTranspose1d(4, 6, 2, stride=2),
    )


# run ms = convolutions_3(); [m(x) for m in ms.each] | model=ms | x=f32[0,4,9]
def convolutions_3():
    return Each(
        nn.Conv1d(4, 6, 3, padding=1),
        nn.ConvTranspose1d(4, 6, 2, stride=2),
    )


# run ms = convolutions_4(); [m(x) for m in ms.each] | model=ms | x=f16[2,4,9]
def convolutions_4():
    return Each(nn.Conv1d(4, 6, 3, padding=1, dtype=torch.float16))


# run ms = convolutions_5(); [m(x) for m in ms.each] | model=ms | x=bf16[2,4,9]
def convolutions_5():
    return Each(nn.Conv1d(4, 6, 3, padding=1).to(torch.bfloat16))


# run ms = convolutions_6(); [m(x, output_size=[20]) for m in ms.each] | model=ms | x=f32[2,4,9] | grad=x,parameters
def convolutions_6():
    return Each(nn.ConvTranspose1d(4, 6, 3, stride=2))


# run ms = pooling(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,9] | grad=x,parameters
def pooling():
    return Each(
        nn.MaxPool1d(3, stride=2, padding=1, dilation=2, ceil_mode=True),
        nn.MaxPool1d(2, stride=3, ceil_mode=True),
        nn.AvgPool1d(3, stride=2, padding=1, ceil_mode=True),
        nn.AvgPool1d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False),
        nn.AdaptiveAvgPool1d(5),
        nn.AdaptiveMaxPool1d(5),
        nn.AdaptiveAvgPool1d((4,)),
        nn.AdaptiveMaxPool1d((4,)),
        nn.AdaptiveAvgPool1d(1),
        nn.AdaptiveMaxPool1d(1),
        nn.AdaptiveAvgPool1d(12),
        nn.AdaptiveMaxPool1d(12),
        nn.LPPool1d(2, 2),
    )


# run ms = pooling_2(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,9] | check=kind
def pooling_2():
    return Each(
        nn.MaxPool1d(3, 2, 1, 1, True),
        nn.AdaptiveMaxPool1d(2, return_indices=True),
    )


# run ms = pooling_3(); [m(x) for m in ms.each] | model=ms | x=f32[4,9] | check=kind
def pooling_3():
    return Each(nn.MaxPool1d(2, return_indices=True))


# run ms = pooling_4(); [m(x) for m in ms.each] | model=ms | x=f32[4,9] | grad=x,parameters
def pooling_4():
    return Each(
        nn.AvgPool1d(2),
        nn.AdaptiveAvgPool1d(2),
        nn.AdaptiveMaxPool1d(2),
        nn.LPPool1d(2, 2),
    )


# run ms = pooling_5(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,9] > 0 | grad=x,parameters
def pooling_5():
    return Each(nn.LPPool1d(3, 2, stride=1, ceil_mode=True))


# run pooling_6(x) | x=f32[2,4,9] | grad=x
def pooling_6(x):
    outs = []
    pool, back = nn.MaxPool1d(2, return_indices=True), nn.MaxUnpool1d(2)
    outs.append(back(*pool(x)))
    return outs


# run pooling_7(x) | x=f32[2,4,9] | grad=x
def pooling_7(x):
    outs = []
    pool, back = nn.MaxPool1d(2, return_indices=True), nn.MaxUnpool1d(2, stride=2)
    outs.append(back(*pool(x), output_size=x.shape))
    return outs


# run ms = norms(); [(m(x), m(x), m.eval()(x)) for m in ms.each] | model=ms | x=f32[2,4,9] | grad=x | tol=1e-4
def norms():
    return Each(nn.BatchNorm1d(4, affine=False))


# run ms = norms_2(); [(m(x), m(x), m.eval()(x)) for m in ms.each] | model=ms | x=f32[2,4,9] | grad=x,parameters | tol=1e-4
def norms_2():
    return Each(
        nn.BatchNorm1d(4, track_running_stats=False),
        nn.BatchNorm1d(4, momentum=None),
        nn.BatchNorm1d(4, 0.1, 0.5),
        nn.InstanceNorm1d(4, affine=True, track_running_stats=True),
    )


# run ms = norms_3(); [m(x) for m in ms.each] | model=ms | x=f16[2,4,9]
def norms_3():
    return Each(
        nn.BatchNorm1d(4).half(),
        nn.GroupNorm(2, 4).half(),
    )


# run ms = norms_4(); [m(x) for m in ms.each] | model=ms | x=f32[0,4,9]
def norms_4():
    return Each(
        nn.BatchNorm1d(4).eval(),
        nn.GroupNorm(2, 4),
    )


# run ms = norms_5(); [m(x) for m in ms.each] | model=ms | x=f32[4,9] | grad=x,parameters | tol=1e-4
def norms_5():
    return Each(nn.InstanceNorm1d(4, 1e-3, 0.3, True))


# run ms = norms_6(); [m(x) for m in ms.each] | model=ms | x=f32[4,9] | grad=x | tol=1e-4
def norms_6():
    return Each(nn.InstanceNorm1d(4, momentum=0.3, track_running_stats=True))


# run ms = padding(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,9] | grad=x
def padding():
    return Each(
        nn.ConstantPad1d(2, 1.5),
        nn.ConstantPad1d((2, 1), 1.5),
        nn.ConstantPad1d((2, -1), 1.5),
        nn.ReflectionPad1d(2),
        nn.ReflectionPad1d((2, 1)),
        nn.ReplicationPad1d(2),
        nn.ReplicationPad1d((2, 1)),
        nn.CircularPad1d(2),
        nn.CircularPad1d((2, 1)),
        nn.ZeroPad1d(2),
        nn.ZeroPad1d((2, 1)),
        nn.ZeroPad1d((2, -1)),
    )


# run ms = padding_2(); [m(x) for m in ms.each] | model=ms | x=f32[4,9] | grad=x
def padding_2():
    return Each(
        nn.ConstantPad1d((2, 1), 1.5),
        nn.ReflectionPad1d((2, 1)),
        nn.ReplicationPad1d((2, 1)),
        nn.CircularPad1d((2, 1)),
        nn.ZeroPad1d((2, 1)),
    )


# run ms = activations(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,9] | grad=x
def activations():
    return Each(
        nn.Dropout1d(0.5).eval(),
        nn.Dropout1d(0.0),
        nn.Dropout1d(1.0),
    )


# run ms = convolutions_7(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,7,8] | grad=x,parameters
def convolutions_7():
    return Each(
        nn.Conv2d(4, 6, 3, padding=1, padding_mode="reflect"),
        nn.Conv2d(4, 6, 3, padding="same", padding_mode="reflect", dilation=2),
        nn.Conv2d(4, 6, 3, padding=1, padding_mode="replicate"),
        nn.Conv2d(4, 6, 3, padding="same", padding_mode="replicate", dilation=2),
        nn.Conv2d(4, 6, 3, padding=1, padding_mode="circular"),
        nn.Conv2d(4, 6, 3, padding="same", padding_mode="circular", dilation=2),
        nn.Conv2d(4, 6, 2, padding="same"),
        nn.Conv2d(4, 6, 2, padding="valid", stride=2),
        nn.Conv2d(4, 8, 3, 2, 1, 1, 4, False),
        nn.Conv2d(4, 8, kernel_size=(3,) * 2, stride=(2,) * 2, groups=2, dilation=1),
        nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, bias=False, dilation=2),
        nn.ConvTranspose2d(4, 6, 3, 3, 0, 2),
    )


# run ms = convolutions_8(); [m(x) for m in ms.each] | model=ms | x=f32[4,7,8] | grad=x,parameters
def convolutions_8():
    return Each(
        nn.Conv2d(4, 6, 3, padding=1),
        nn.ConvTranspose2d(4, 6, 2, stride=2),
    )


# run ms = convolutions_9(); [m(x) for m in ms.each] | model=ms | x=f32[0,4,7,8]
def convolutions_9():
    return Each(
        nn.Conv2d(4, 6, 3, padding=1),
        nn.ConvTranspose2d(4, 6, 2, stride=2),
    )


# run ms = convolutions_10(); [m(x) for m in ms.each] | model=ms | x=f16[2,4,7,8]
def convolutions_10():
    return Each(nn.Conv2d(4, 6, 3, padding=1, dtype=torch.float16))


# run ms = convolutions_11(); [m(x) for m in ms.each] | model=ms | x=bf16[2,4,7,8]
def convolutions_11():
    return Each(nn.Conv2d(4, 6, 3, padding=1).to(torch.bfloat16))


# run ms = convolutions_12(); [m(x, output_size=[16, 18]) for m in ms.each] | model=ms | x=f32[2,4,7,8] | grad=x,parameters
def convolutions_12():
    return Each(nn.ConvTranspose2d(4, 6, 3, stride=2))


# run ms = pooling_8(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,7,8] | grad=x,parameters
def pooling_8():
    return Each(
        nn.MaxPool2d(3, stride=2, padding=1, dilation=2, ceil_mode=True),
        nn.MaxPool2d(2, stride=3, ceil_mode=True),
        nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True),
        nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False),
        nn.AvgPool2d(3, 2, divisor_override=5),
        nn.AdaptiveAvgPool2d((3, 5)),
        nn.AdaptiveMaxPool2d((3, 5)),
        nn.AdaptiveAvgPool2d((None, 3)),
        nn.AdaptiveMaxPool2d((None, 3)),
        nn.AdaptiveAvgPool2d(9),
        nn.AdaptiveMaxPool2d(9),
        nn.AdaptiveAvgPool2d(1),
        nn.AdaptiveMaxPool2d(1),
        nn.LPPool2d(2, 2),
    )


# run ms = pooling_9(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,7,8] | check=kind
def pooling_9():
    return Each(
        nn.MaxPool2d(3, 2, 1, 1, True),
        nn.AdaptiveMaxPool2d(2, return_indices=True),
    )


# run ms = pooling_10(); [m(x) for m in ms.each] | model=ms | x=f32[4,7,8] | check=kind
def pooling_10():
    return Each(nn.MaxPool2d(2, return_indices=True))


# run ms = pooling_11(); [m(x) for m in ms.each] | model=ms | x=f32[0,4,7,8]
def pooling_11():
    return Each(nn.MaxPool2d(2))


# run ms = pooling_12(); [m(x) for m in ms.each] | model=ms | x=f32[4,7,8] | grad=x,parameters
def pooling_12():
    return Each(
        nn.AvgPool2d(2),
        nn.AdaptiveAvgPool2d(2),
        nn.AdaptiveMaxPool2d(2),
        nn.LPPool2d(2, 2),
    )


# run ms = pooling_13(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,7,8] > 0 | grad=x,parameters
def pooling_13():
    return Each(nn.LPPool2d(3, 2, stride=1, ceil_mode=True))


# run pooling_14(x) | x=f32[2,4,7,8] | grad=x
def pooling_14(x):
    outs = []
    pool, back = nn.MaxPool2d(2, return_indices=True), nn.MaxUnpool2d(2)
    outs.append(back(*pool(x)))
    return outs


# run pooling_15(x) | x=f32[2,4,7,8] | grad=x
def pooling_15(x):
    outs = []
    pool, back = nn.MaxPool2d(2, return_indices=True), nn.MaxUnpool2d(2, stride=2)
    outs.append(back(*pool(x), output_size=x.shape))
    return outs


# run ms = norms_7(); [(m(x), m(x), m.eval()(x)) for m in ms.each] | model=ms | x=f32[2,4,7,8] | grad=x | tol=1e-4
def norms_7():
    return Each(nn.BatchNorm2d(4, affine=False))


# run ms = norms_8(); [(m(x), m(x), m.eval()(x)) for m in ms.each] | model=ms | x=f32[2,4,7,8] | grad=x,parameters | tol=1e-4
def norms_8():
    return Each(
        nn.BatchNorm2d(4, track_running_stats=False),
        nn.BatchNorm2d(4, momentum=None),
        nn.BatchNorm2d(4, 0.1, 0.5),
        nn.InstanceNorm2d(4, affine=True, track_running_stats=True),
    )


# run ms = norms_9(); [m(x) for m in ms.each] | model=ms | x=f16[2,4,7,8]
def norms_9():
    return Each(nn.BatchNorm2d(4).half())


# run ms = norms_10(); [m(x) for m in ms.each] | model=ms | x=f32[0,4,7,8]
def norms_10():
    return Each(nn.BatchNorm2d(4).eval())


# run ms = norms_11(); [m(x) for m in ms.each] | model=ms | x=f32[4,7,8] | grad=x,parameters | tol=1e-4
def norms_11():
    return Each(nn.InstanceNorm2d(4, 1e-3, 0.3, True))


# run ms = norms_12(); [m(x) for m in ms.each] | model=ms | x=f32[4,7,8] | grad=x | tol=1e-4
def norms_12():
    return Each(nn.InstanceNorm2d(4, momentum=0.3, track_running_stats=True))


# run ms = padding_3(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,7,8] | grad=x
def padding_3():
    return Each(
        nn.ConstantPad2d(2, 1.5),
        nn.ConstantPad2d((2, 1, 0, 3), 1.5),
        nn.ConstantPad2d((2, -1, 0, 3), 1.5),
        nn.ReflectionPad2d(2),
        nn.ReflectionPad2d((2, 1, 0, 3)),
        nn.ReplicationPad2d(2),
        nn.ReplicationPad2d((2, 1, 0, 3)),
        nn.CircularPad2d(2),
        nn.CircularPad2d((2, 1, 0, 3)),
        nn.ZeroPad2d(2),
        nn.ZeroPad2d((2, 1, 0, 3)),
        nn.ZeroPad2d((2, -1, 0, 3)),
    )


# run ms = padding_4(); [m(x) for m in ms.each] | model=ms | x=f32[4,7,8] | grad=x
def padding_4():
    return Each(
        nn.ConstantPad2d((2, 1, 0, 3), 1.5),
        nn.ReflectionPad2d((2, 1, 0, 3)),
        nn.ReplicationPad2d((2, 1, 0, 3)),
        nn.CircularPad2d((2, 1, 0, 3)),
        nn.ZeroPad2d((2, 1, 0, 3)),
    )


# run ms = activations_2(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,7,8] | grad=x
def activations_2():
    return Each(
        nn.Dropout2d(0.5).eval(),
        nn.Dropout2d(0.0),
        nn.Dropout2d(1.0),
    )


# run ms = convolutions_13(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,5,6,5] | grad=x,parameters
def convolutions_13():
    return Each(
        nn.Conv3d(4, 6, 3, padding=1, padding_mode="reflect"),
        nn.Conv3d(4, 6, 2, padding="same", padding_mode="reflect"),
        nn.Conv3d(4, 6, 3, padding=1, padding_mode="replicate"),
        nn.Conv3d(4, 6, 2, padding="same", padding_mode="replicate"),
        nn.Conv3d(4, 6, 3, padding=1, padding_mode="circular"),
        nn.Conv3d(4, 6, 2, padding="same", padding_mode="circular"),
        nn.Conv3d(4, 6, 2, padding="same"),
        nn.Conv3d(4, 6, 2, padding="valid", stride=2),
        nn.Conv3d(4, 8, 3, 2, 1, 1, 4, False),
        nn.Conv3d(4, 8, kernel_size=(3,) * 3, stride=(2,) * 3, groups=2, dilation=1),
        nn.ConvTranspose3d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, bias=False, dilation=2),
        nn.ConvTranspose3d(4, 6, 3, 3, 0, 2),
    )


# run ms = convolutions_14(); [m(x) for m in ms.each] | model=ms | x=f32[4,5,6,5] | grad=x,parameters
def convolutions_14():
    return Each(
        nn.Conv3d(4, 6, 3, padding=1),
        nn.ConvTranspose3d(4, 6, 2, stride=2),
    )


# run ms = convolutions_15(); [m(x) for m in ms.each] | model=ms | x=f32[0,4,5,6,5]
def convolutions_15():
    return Each(
        nn.Conv3d(4, 6, 3, padding=1),
        nn.ConvTranspose3d(4, 6, 2, stride=2),
    )


# run ms = convolutions_16(); [m(x) for m in ms.each] | model=ms | x=f16[2,4,5,6,5]
def convolutions_16():
    return Each(nn.Conv3d(4, 6, 3, padding=1, dtype=torch.float16))


# run ms = convolutions_17(); [m(x) for m in ms.each] | model=ms | x=bf16[2,4,5,6,5]
def convolutions_17():
    return Each(nn.Conv3d(4, 6, 3, padding=1).to(torch.bfloat16))


# run ms = convolutions_18(); [m(x, output_size=[12, 14, 12]) for m in ms.each] | model=ms | x=f32[2,4,5,6,5] | grad=x,parameters | tol=1e-4
def convolutions_18():
    return Each(nn.ConvTranspose3d(4, 6, 3, stride=2))


# run ms = pooling_16(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,5,6,5] | grad=x,parameters
def pooling_16():
    return Each(
        nn.MaxPool3d(3, stride=2, padding=1, dilation=2, ceil_mode=True),
        nn.MaxPool3d(2, stride=3, ceil_mode=True),
        nn.AvgPool3d(3, stride=2, padding=1, ceil_mode=True),
        nn.AvgPool3d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False),
        nn.AvgPool3d(3, 2, divisor_override=5),
        nn.AdaptiveAvgPool3d((2, 3, 4)),
        nn.AdaptiveMaxPool3d((2, 3, 4)),
        nn.AdaptiveAvgPool3d((None, 2, None)),
        nn.AdaptiveMaxPool3d((None, 2, None)),
        nn.AdaptiveAvgPool3d(7),
        nn.AdaptiveMaxPool3d(7),
        nn.LPPool3d(2, 2),
    )


# run ms = pooling_17(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,5,6,5] | check=kind
def pooling_17():
    return Each(
        nn.MaxPool3d(3, 2, 1, 1, True),
        nn.AdaptiveMaxPool3d(2, return_indices=True),
    )


# run ms = pooling_18(); [m(x) for m in ms.each] | model=ms | x=f32[4,5,6,5] | check=kind
def pooling_18():
    return Each(nn.MaxPool3d(2, return_indices=True))


# run ms = pooling_19(); [m(x) for m in ms.each] | model=ms | x=f32[0,4,5,6,5]
def pooling_19():
    return Each(nn.MaxPool3d(2))


# run ms = pooling_20(); [m(x) for m in ms.each] | model=ms | x=f32[4,5,6,5] | grad=x,parameters
def pooling_20():
    return Each(
        nn.AvgPool3d(2),
        nn.AdaptiveAvgPool3d(2),
        nn.AdaptiveMaxPool3d(2),
        nn.LPPool3d(2, 2),
    )


# run ms = pooling_21(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,5,6,5] > 0 | grad=x,parameters
def pooling_21():
    return Each(nn.LPPool3d(3, 2, stride=1, ceil_mode=True))


# run ms = norms_13(); [(m(x), m(x), m.eval()(x)) for m in ms.each] | model=ms | x=f32[2,4,5,6,5] | grad=x | tol=1e-4
def norms_13():
    return Each(nn.BatchNorm3d(4, affine=False))


# run ms = norms_14(); [(m(x), m(x), m.eval()(x)) for m in ms.each] | model=ms | x=f32[2,4,5,6,5] | grad=x,parameters | tol=1e-4
def norms_14():
    return Each(
        nn.BatchNorm3d(4, track_running_stats=False),
        nn.BatchNorm3d(4, momentum=None),
        nn.BatchNorm3d(4, 0.1, 0.5),
        nn.InstanceNorm3d(4, affine=True, track_running_stats=True),
    )


# run ms = norms_15(); [m(x) for m in ms.each] | model=ms | x=f16[2,4,5,6,5]
def norms_15():
    return Each(nn.BatchNorm3d(4).half())


# run ms = norms_16(); [m(x) for m in ms.each] | model=ms | x=f32[0,4,5,6,5]
def norms_16():
    return Each(nn.BatchNorm3d(4).eval())


# run ms = norms_17(); [m(x) for m in ms.each] | model=ms | x=f32[4,5,6,5] | grad=x,parameters | tol=1e-4
def norms_17():
    return Each(nn.InstanceNorm3d(4, 1e-3, 0.3, True))


# run ms = norms_18(); [m(x) for m in ms.each] | model=ms | x=f32[4,5,6,5] | grad=x | tol=1e-4
def norms_18():
    return Each(nn.InstanceNorm3d(4, momentum=0.3, track_running_stats=True))


# run ms = padding_5(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,5,6,5] | grad=x
def padding_5():
    return Each(
        nn.ConstantPad3d(2, 1.5),
        nn.ConstantPad3d((2, 1, 0, 3, 1, 1), 1.5),
        nn.ConstantPad3d((2, -1, 0, 3, -1, -1), 1.5),
        nn.ReflectionPad3d(2),
        nn.ReflectionPad3d((2, 1, 0, 3, 1, 1)),
        nn.ReplicationPad3d(2),
        nn.ReplicationPad3d((2, 1, 0, 3, 1, 1)),
        nn.CircularPad3d(2),
        nn.CircularPad3d((2, 1, 0, 3, 1, 1)),
        nn.ZeroPad3d(2),
        nn.ZeroPad3d((2, 1, 0, 3, 1, 1)),
        nn.ZeroPad3d((2, -1, 0, 3, -1, -1)),
    )


# run ms = padding_6(); [m(x) for m in ms.each] | model=ms | x=f32[4,5,6,5] | grad=x
def padding_6():
    return Each(
        nn.ConstantPad3d((2, 1, 0, 3, 1, 1), 1.5),
        nn.ReflectionPad3d((2, 1, 0, 3, 1, 1)),
        nn.ReplicationPad3d((2, 1, 0, 3, 1, 1)),
        nn.CircularPad3d((2, 1, 0, 3, 1, 1)),
        nn.ZeroPad3d((2, 1, 0, 3, 1, 1)),
    )


# run ms = activations_3(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,5,6,5] | grad=x
def activations_3():
    return Each(
        nn.Dropout3d(0.5).eval(),
        nn.Dropout3d(0.0),
        nn.Dropout3d(1.0),
    )


# run ms = norms_19(); [m(x) for m in ms.each] | model=ms | x=f32[6,4] | grad=x,parameters | tol=1e-4
def norms_19():
    return Each(nn.BatchNorm1d(4))


# run ms = norms_20(); [m(x) for m in ms.each] | model=ms | x=f32[6,4] | grad=x
def norms_20():
    return Each(nn.BatchNorm1d(4, affine=False).eval())


# run ms = norms_21(); [m(x) for m in ms.each] | model=ms | x=f32[6,4,3] | grad=x,parameters | tol=1e-4
def norms_21():
    return Each(nn.SyncBatchNorm(4))


# run ms = norms_22(); [m(x) for m in ms.each] | model=ms | x=f32[2,3,4] | grad=x,parameters
def norms_22():
    return Each(
        nn.LayerNorm((3, 4)),
        nn.LayerNorm([3, 4]),
        nn.LayerNorm(4),
        nn.LayerNorm(torch.Size([4])),
        nn.LayerNorm(4, bias=False),
        nn.RMSNorm(4),
        nn.RMSNorm((3, 4)),
        nn.RMSNorm(4, 1e-5),
        nn.RMSNorm([4], eps=1e-3),
    )


# run ms = norms_23(); [m(x) for m in ms.each] | model=ms | x=f32[2,3,4] | grad=x
def norms_23():
    return Each(
        nn.LayerNorm(4, 1e-3, False),
        nn.LayerNorm((3, 4), elementwise_affine=False),
        nn.RMSNorm(4, elementwise_affine=False),
    )


# run ms = norms_24(); [m(x) for m in ms.each] | model=ms | x=f16[2,3,4]
def norms_24():
    return Each(
        nn.LayerNorm(4, dtype=torch.float16),
        nn.LayerNorm(4).half(),
        nn.RMSNorm(4).half(),
    )


# run ms = norms_25(); [m(x) for m in ms.each] | model=ms | x=f32[0,3,4]
def norms_25():
    return Each(nn.LayerNorm(4))


# run ms = norms_26(); [m(x) for m in ms.each] | model=ms | x=bf16[2,3,4]
def norms_26():
    return Each(
        nn.LayerNorm(4).bfloat16(),
        nn.RMSNorm(4, eps=1e-5).bfloat16(),
    )


# run ms = norms_27(); [m(x) for m in ms.each] | model=ms | x=f32[2,4] | grad=x,parameters | tol=1e-4
def norms_27():
    return Each(
        nn.GroupNorm(2, 4),
        nn.GroupNorm(4, 4, 1e-3),
        nn.GroupNorm(2, 4, bias=False),
    )


# run ms = norms_28(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,9] | grad=x,parameters | tol=1e-4
def norms_28():
    return Each(
        nn.GroupNorm(2, 4),
        nn.GroupNorm(4, 4, 1e-3),
        nn.GroupNorm(2, 4, bias=False),
    )


# run ms = norms_29(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,3,5] | grad=x,parameters | tol=1e-4
def norms_29():
    return Each(
        nn.GroupNorm(2, 4),
        nn.GroupNorm(4, 4, 1e-3),
        nn.GroupNorm(2, 4, bias=False),
    )


# run ms = norms_30(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,3,2,2] | grad=x,parameters | tol=1e-4
def norms_30():
    return Each(
        nn.GroupNorm(2, 4),
        nn.GroupNorm(4, 4, 1e-3),
        nn.GroupNorm(2, 4, bias=False),
    )


# run ms = norms_31(); [m(x) for m in ms.each] | model=ms | x=f32[2,4] | grad=x | tol=1e-4
def norms_31():
    return Each(nn.GroupNorm(1, 4, affine=False))


# run ms = norms_32(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,9] | grad=x | tol=1e-4
def norms_32():
    return Each(nn.GroupNorm(1, 4, affine=False))


# run ms = norms_33(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,3,5] | grad=x | tol=1e-4
def norms_33():
    return Each(nn.GroupNorm(1, 4, affine=False))


# run ms = norms_34(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,3,2,2] | grad=x | tol=1e-4
def norms_34():
    return Each(nn.GroupNorm(1, 4, affine=False))


# run ms = norms_35(); [m(x) for m in ms.each] | model=ms | x=f32[2,6,5] | grad=x
def norms_35():
    return Each(
        nn.LocalResponseNorm(3),
        nn.LocalResponseNorm(4, 1e-2, 0.5, 2.0),
        nn.LocalResponseNorm(size=2, alpha=0.1),
    )


# run ms = norms_36(); [m(x) for m in ms.each] | model=ms | x=f32[2,6,5,3] | grad=x
def norms_36():
    return Each(
        nn.LocalResponseNorm(3),
        nn.LocalResponseNorm(4, 1e-2, 0.5, 2.0),
        nn.LocalResponseNorm(size=2, alpha=0.1),
    )


# run ms = shapes(); [m(x) for m in ms.each] | model=ms | x=f32[4] | grad=x,parameters
def shapes():
    return Each(nn.Linear(4, 5))


# run ms = shapes_2(); [m(x) for m in ms.each] | model=ms | x=f32[0,4]
def shapes_2():
    return Each(nn.Linear(4, 5))


# run ms = shapes_3(); [m(x) for m in ms.each] | model=ms | x=f32[2,3,2,4] | grad=x,parameters
def shapes_3():
    return Each(nn.Linear(4, 5, False))


# run ms = shapes_4(); [m(x) for m in ms.each] | model=ms | x=bf16[2,4]
def shapes_4():
    return Each(nn.Linear(4, 5, dtype=torch.bfloat16))


# run ms = shapes_5(); [m(x) for m in ms.each] | model=ms | x=f16[2,4]
def shapes_5():
    return Each(nn.Linear(4, 5).half())


# run ms = bilinear(); [m(x, y) for m in ms.each] | model=ms | x=f32[2,6,3] | y=f32[2,6,4] | grad=x,parameters
def bilinear():
    return Each(nn.Bilinear(3, 4, 5, bias=False))


# run ms = bilinear_2(); [m(x, y) for m in ms.each] | model=ms | x=f32[3] | y=f32[4] | grad=x,parameters
def bilinear_2():
    return Each(nn.Bilinear(3, 4, 5))


# run ms = shapes_6(); [m(x) for m in ms.each] | model=ms | x=f32[3] | grad=x
def shapes_6():
    return Each(nn.Identity(3, unused=True))


# run ms = embedding(); [m(x) for m in ms.each] | model=ms | x=i64[2,3] < 7 | grad=parameters
def embedding():
    return Each(
        nn.Embedding(7, 4, padding_idx=0),
        nn.Embedding(7, 4, padding_idx=-1),
        nn.Embedding.from_pretrained(torch.arange(28.0).reshape(7, 4), freeze=False, padding_idx=1),
    )


# run ms = embedding_2(); [m(x) for m in ms.each] | model=ms | x=i64[2,3] < 7
def embedding_2():
    return Each(
        nn.Embedding(7, 4, 2, 1.0),
        nn.Embedding(7, 4, max_norm=0.5, norm_type=1.0),
        nn.Embedding(7, 4, dtype=torch.float16),
    )


# run ms = embedding_3(); [m(x) for m in ms.each] | model=ms | x=i64[] < 7 | grad=parameters
def embedding_3():
    return Each(nn.Embedding(7, 4))


# run ms = embedding_4(); [m(x) for m in ms.each] | model=ms | x=i64[0] < 7
def embedding_4():
    return Each(nn.Embedding(7, 4))


# run ms = embedding_5(); [m(x) for m in ms.each] | model=ms | x=i32[3] < 7 | grad=parameters
def embedding_5():
    return Each(nn.Embedding(7, 4))


# run ms = embedding_bag(); [bags(m, x) for m in ms.each] | model=ms | x=i64[6] < 7 | grad=parameters
def embedding_bag():
    return Each(
        nn.EmbeddingBag(7, 4, mode="sum"),
        nn.EmbeddingBag(7, 4, mode="mean"),
        nn.EmbeddingBag(7, 4, mode="max"),
    )


# run ms = embedding_bag_2(); [m(x) for m in ms.each] | model=ms | x=i64[2,3] < 7 | grad=parameters
def embedding_bag_2():
    return Each(
        nn.EmbeddingBag(7, 4, mode="sum", padding_idx=3),
        nn.EmbeddingBag(7, 4, mode="mean", padding_idx=3),
        nn.EmbeddingBag(7, 4, mode="max", padding_idx=3),
    )


# run ms = embedding_bag_3(); [bags_last(m, x) for m in ms.each] | model=ms | x=i64[6] < 7 | grad=parameters
def embedding_bag_3():
    return Each(
        nn.EmbeddingBag(7, 4, mode="sum", include_last_offset=True),
        nn.EmbeddingBag(7, 4, mode="mean", include_last_offset=True),
        nn.EmbeddingBag(7, 4, mode="max", include_last_offset=True),
    )


# run ms = embedding_bag_4(); [m(x, per_sample_weights=w) for m in ms.each] | model=ms | x=i64[2,3] < 7 | w=f32[2,3] | grad=w,parameters
def embedding_bag_4():
    return Each(nn.EmbeddingBag(7, 4, mode="sum"))


# run ms = embedding_bag_5(); [m(x) for m in ms.each] | model=ms | x=i64[2,3] < 7
def embedding_bag_5():
    return Each(nn.EmbeddingBag.from_pretrained(torch.arange(28.0).reshape(7, 4), mode="sum"))


# run ms = activations_4(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,6] | grad=x
def activations_4():
    return Each(
        nn.ReLU(),
        nn.ReLU6(),
        nn.SiLU(),
        nn.Mish(),
        nn.SELU(),
        nn.Hardswish(),
        nn.Sigmoid(),
        nn.Tanh(),
        nn.LogSigmoid(),
        nn.Softsign(),
        nn.Tanhshrink(),
        nn.Hardsigmoid(),
        nn.LeakyReLU(-0.1),
        nn.LeakyReLU(0),
        nn.LeakyReLU(1.5),
        nn.ELU(0.3),
        nn.CELU(0.3),
        nn.CELU(2.0),
        nn.GELU("tanh"),
        nn.GELU(approximate='none'),
        nn.Softplus(2.0, 1.0),
        nn.Softplus(0.5),
        nn.Softplus(threshold=1),
        nn.Softshrink(0.0),
        nn.Softshrink(0.7),
        nn.Hardshrink(0.2),
        nn.Hardtanh(-0.5, 0.3),
        nn.Threshold(0.1, -7),
        nn.GLU(0),
        nn.GLU(-2),
        nn.GLU(1),
        nn.Softmax(0),
        nn.Softmax(dim=-2),
        nn.Softmax(2),
        nn.LogSoftmax(0),
        nn.LogSoftmax(1),
        nn.Softmin(0),
        nn.Softmin(1),
        nn.Softmax(),
        nn.LogSoftmax(),
        nn.RReLU(0.1, 0.1),
        nn.Softmax(None),
        nn.Dropout(0.0),
        nn.Dropout(1.0),
        nn.AlphaDropout(0.0),
        nn.FeatureAlphaDropout(0.0),
        nn.Dropout(0.3).eval(),
        nn.AlphaDropout(0.3).eval(),
        nn.Dropout(p=0),
    )


# run ms = activations_5(); [m(x + 0) for m in ms.each] | model=ms | x=f32[2,4,6] | grad=x
def activations_5():
    return Each(
        nn.ReLU(True),
        nn.ELU(2.0, True),
        nn.Hardtanh(0, 6, True),
    )


# run ms = activations_6(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,6] | grad=x,parameters
def activations_6():
    return Each(
        nn.PReLU(),
        nn.PReLU(4, 0.1),
        nn.PReLU(init=0.5),
    )


# run ms = activations_7(); [m(x) for m in ms.each] | model=ms | x=f32[6] | grad=x
def activations_7():
    return Each(
        nn.Softmax(),
        nn.LogSoftmax(),
    )


# run ms = activations_8(); [m(x) for m in ms.each] | model=ms | x=f32[2,6] | grad=x
def activations_8():
    return Each(
        nn.Softmax(),
        nn.LogSoftmax(),
    )


# run ms = activations_9(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,6,3] | grad=x
def activations_9():
    return Each(
        nn.Softmax(),
        nn.LogSoftmax(),
    )


# run ms = activations_10(); [m(x) for m in ms.each] | model=ms | x=f16[2,4,6]
def activations_10():
    return Each(
        nn.ReLU(),
        nn.GELU(),
        nn.SiLU(),
        nn.Softplus(),
        nn.ELU(),
        nn.Hardtanh(),
        nn.LeakyReLU(0.1),
        nn.Softmax(-1),
        nn.LogSoftmax(-1),
        nn.Tanh(),
        nn.GLU(),
        nn.Mish(),
        nn.Hardswish(),
        nn.SELU(),
        nn.Softshrink(),
        nn.PReLU().half(),
    )


# run ms = activations_11(); [m(x) for m in ms.each] | model=ms | x=np.array([[-1e4, -100.0, -20.0, -1e-3, 0.0, 1e-3, 20.0, 90.0, 1e4, -0.0]], np.float32)
def activations_11():
    return Each(
        nn.ReLU(),
        nn.GELU(),
        nn.SiLU(),
        nn.Softplus(),
        nn.ELU(),
        nn.Hardtanh(),
        nn.LeakyReLU(0.1),
        nn.Softmax(-1),
        nn.LogSoftmax(-1),
        nn.Tanh(),
        nn.GLU(),
        nn.Mish(),
        nn.Hardswish(),
        nn.SELU(),
        nn.Softshrink(),
    )


# run ms = activations_12(); [m(x) for m in ms.each] | model=ms | x=i64[2,4,6] < 9
def activations_12():
    return Each(
        nn.ReLU(),
        nn.Hardtanh(0, 6),
        nn.Threshold(0, 1),
    )


# run ms = activations_13(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,3,3] | grad=x
def activations_13():
    return Each(nn.Softmax2d())


# run ms = activations_14(); [m(x) for m in ms.each] | model=ms | x=f32[4,3,3] | grad=x
def activations_14():
    return Each(nn.Softmax2d())


# run ms = multihead_attention(); [m(x, x, x) for m in ms.each] | model=ms | x=f32[5,3,8] | grad=x,parameters
def multihead_attention():
    return Each(nn.MultiheadAttention(8, 2))


# run ms = multihead_attention_2(); [m(x, k, v) for m in ms.each] | model=ms | x=f32[4,3,8] | k=f32[4,3,8] | v=f32[4,3,8] | grad=x,parameters | tol=1e-4
def multihead_attention_2():
    return Each(
        nn.MultiheadAttention(8, 2, dropout=0.0, bias=False),
        nn.MultiheadAttention(8, 2, add_bias_kv=True),
        nn.MultiheadAttention(8, 2, add_zero_attn=True),
        nn.MultiheadAttention(8, 2, batch_first=True),
    )


# run ms = multihead_attention_3(); [m(x, k, v, average_attn_weights=False) for m in ms.each] | model=ms | x=f32[4,3,8] | k=f32[4,3,8] | v=f32[4,3,8] | tol=1e-4
def multihead_attention_3():
    return Each(
        nn.MultiheadAttention(8, 2, dropout=0.0, bias=False),
        nn.MultiheadAttention(8, 2, add_bias_kv=True),
        nn.MultiheadAttention(8, 2, add_zero_attn=True),
        nn.MultiheadAttention(8, 2, batch_first=True),
    )


# run ms = multihead_attention_4(); [m(x, k, v) for m in ms.each] | model=ms | x=f32[4,3,8] | k=f32[4,3,6] | v=f32[4,3,5] | grad=x,parameters | tol=1e-4
def multihead_attention_4():
    return Each(
        nn.MultiheadAttention(8, 2, kdim=6, vdim=5),
        nn.MultiheadAttention(8, 2, kdim=6, vdim=5, add_bias_kv=True, batch_first=True),
    )


# run ms = multihead_attention_5(); [m(x, k, v, average_attn_weights=False) for m in ms.each] | model=ms | x=f32[4,3,8] | k=f32[4,3,6] | v=f32[4,3,5] | tol=1e-4
def multihead_attention_5():
    return Each(
        nn.MultiheadAttention(8, 2, kdim=6, vdim=5),
        nn.MultiheadAttention(8, 2, kdim=6, vdim=5, add_bias_kv=True, batch_first=True),
    )


# run ms = multihead_attention_6(); [m(x, x, x) for m in ms.each] | model=ms | x=f32[5,8] | grad=x,parameters
def multihead_attention_6():
    return Each(nn.MultiheadAttention(8, 2))


# run ms = multihead_attention_7(); [m(x, x, x, key_padding_mask=p, attn_mask=a) for m in ms.each] | model=ms | x=f32[3,4,8] | p=np.array([[False, False, False, True]] * 3) | a=np.triu(np.ones((4, 4)), 1) > 0 | grad=x,parameters
def multihead_attention_7():
    return Each(nn.MultiheadAttention(8, 2, batch_first=True))


# run ms = multihead_attention_8(); [m(x, x, x, attn_mask=a, need_weights=False)[0] for m in ms.each] | model=ms | x=f32[3,4,8] | a=f32[6,4,4] | grad=x,parameters
def multihead_attention_8():
    return Each(nn.MultiheadAttention(8, 2, batch_first=True))


# run ms = multihead_attention_9(); [m(x, x, x, attn_mask=a, is_causal=False) for m in ms.each] | model=ms | x=f32[4,3,8] | a=f32[4,4] | grad=x,parameters
def multihead_attention_9():
    return Each(nn.MultiheadAttention(8, 2))


# run ms = recurrent(); [m(x) for m in ms.each] | model=ms | x=f32[3,2,4] | grad=x,parameters | tol=1e-4
def recurrent():
    return Each(
        nn.RNN(4, 5, num_layers=2),
        nn.RNN(4, 5, bidirectional=True),
        nn.RNN(4, 5, batch_first=True),
        nn.RNN(4, 5, bias=False),
        nn.RNN(4, 5, num_layers=2, bidirectional=True, batch_first=True),
        nn.RNN(4, 5, num_layers=2, dropout=0.0),
        nn.RNN(4, 5, nonlinearity="relu"),
        nn.RNN(4, 5, num_layers=2, nonlinearity="relu", bias=False),
        nn.GRU(4, 5, num_layers=2),
        nn.GRU(4, 5, bidirectional=True),
        nn.GRU(4, 5, batch_first=True),
        nn.GRU(4, 5, bias=False),
        nn.GRU(4, 5, num_layers=2, bidirectional=True, batch_first=True),
        nn.GRU(4, 5, num_layers=2, dropout=0.0),
        nn.LSTM(4, 5, num_layers=2),
        nn.LSTM(4, 5, bidirectional=True),
        nn.LSTM(4, 5, batch_first=True),
        nn.LSTM(4, 5, bias=False),
        nn.LSTM(4, 5, num_layers=2, bidirectional=True, batch_first=True),
        nn.LSTM(4, 5, num_layers=2, dropout=0.0),
        nn.LSTM(4, 5, proj_size=2),
        nn.LSTM(4, 5, num_layers=2, proj_size=3, bidirectional=True, bias=False),
    )


# run ms = recurrent_2(); [m(x) for m in ms.each] | model=ms | x=f32[3,4] | grad=x,parameters | tol=1e-4
def recurrent_2():
    return Each(
        nn.RNN(4, 5, num_layers=2),
        nn.RNN(4, 5, bidirectional=True),
        nn.RNN(4, 5, batch_first=True),
        nn.RNN(4, 5, bias=False),
        nn.RNN(4, 5, num_layers=2, bidirectional=True, batch_first=True),
        nn.RNN(4, 5, num_layers=2, dropout=0.0),
        nn.RNN(4, 5, nonlinearity="relu"),
        nn.RNN(4, 5, num_layers=2, nonlinearity="relu", bias=False),
        nn.GRU(4, 5, num_layers=2),
        nn.GRU(4, 5, bidirectional=True),
        nn.GRU(4, 5, batch_first=True),
        nn.GRU(4, 5, bias=False),
        nn.GRU(4, 5, num_layers=2, bidirectional=True, batch_first=True),
        nn.GRU(4, 5, num_layers=2, dropout=0.0),
        nn.LSTM(4, 5, num_layers=2),
        nn.LSTM(4, 5, bidirectional=True),
        nn.LSTM(4, 5, batch_first=True),
        nn.LSTM(4, 5, bias=False),
        nn.LSTM(4, 5, num_layers=2, bidirectional=True, batch_first=True),
        nn.LSTM(4, 5, num_layers=2, dropout=0.0),
        nn.LSTM(4, 5, proj_size=2),
        nn.LSTM(4, 5, num_layers=2, proj_size=3, bidirectional=True, bias=False),
    )


# run ms = recurrent_3(); [m(x) for m in ms.each] | model=ms | x=f16[3,2,4]
def recurrent_3():
    return Each(
        nn.RNN(4, 5).half(),
        nn.GRU(4, 5).half(),
        nn.LSTM(4, 5).half(),
    )


# run ms = recurrent_4(); [m(x, h) for m in ms.each] | model=ms | x=f32[3,2,4] | h=f32[2,2,5] | c=f32[2,2,5] | grad=x,h,parameters | tol=1e-4
def recurrent_4():
    return Each(
        nn.RNN(4, 5, 2),
        nn.GRU(4, 5, 2),
    )


# run ms = recurrent_5(); [m(x) for m in ms.each] | model=ms | x=f32[3,0,4]
def recurrent_5():
    return Each(
        nn.RNN(4, 5),
        nn.GRU(4, 5),
        nn.LSTM(4, 5),
    )


# run ms = recurrent_6(); [packed(m, x) for m in ms.each] | model=ms | x=f32[2,5,4] | grad=x,parameters | tol=1e-4
def recurrent_6():
    return Each(
        nn.RNN(4, 5, 2, batch_first=True, bidirectional=True),
        nn.GRU(4, 5, 2, batch_first=True, bidirectional=True),
        nn.LSTM(4, 5, 2, batch_first=True, bidirectional=True),
    )


# run ms = cells(); [m(x) for m in ms.each] | model=ms | x=f32[2,4] | grad=x,parameters
def cells():
    return Each(
        nn.RNNCell(4, 5),
        nn.RNNCell(4, 5, bias=False),
        nn.RNNCell(4, 5, nonlinearity="relu"),
        nn.GRUCell(4, 5),
        nn.GRUCell(4, 5, bias=False),
        nn.LSTMCell(4, 5),
        nn.LSTMCell(4, 5, bias=False),
    )


# run ms = cells_2(); [m(x) for m in ms.each] | model=ms | x=f32[4] | grad=x,parameters
def cells_2():
    return Each(
        nn.RNNCell(4, 5),
        nn.RNNCell(4, 5, bias=False),
        nn.RNNCell(4, 5, nonlinearity="relu"),
        nn.GRUCell(4, 5),
        nn.GRUCell(4, 5, bias=False),
        nn.LSTMCell(4, 5),
        nn.LSTMCell(4, 5, bias=False),
    )


# run ms = cells_3(); [m(x, h) for m in ms.each] | model=ms | x=f32[2,4] | h=f32[2,5] | c=f32[2,5] | grad=x,h,parameters
def cells_3():
    return Each(
        nn.RNNCell(4, 5),
        nn.RNNCell(4, 5, bias=False),
        nn.RNNCell(4, 5, nonlinearity="relu"),
        nn.GRUCell(4, 5),
        nn.GRUCell(4, 5, bias=False),
    )


# run ms = recurrent_7(); [m(x, (h, c)) for m in ms.each] | model=ms | x=f32[3,2,4] | h=f32[2,2,5] | c=f32[2,2,5] | grad=x,h,parameters | tol=1e-4
def recurrent_7():
    return Each(nn.LSTM(4, 5, 2))


# run ms = cells_4(); [m(x, (h, c)) for m in ms.each] | model=ms | x=f32[2,4] | h=f32[2,5] | c=f32[2,5] | grad=x,h,parameters
def cells_4():
    return Each(
        nn.LSTMCell(4, 5),
        nn.LSTMCell(4, 5, bias=False),
    )


# run ms = transformer_layers(); [m(x) for m in ms.each] | model=ms | x=f32[4,3,8] | grad=x,parameters | tol=1e-4
def transformer_layers():
    return Each(
        nn.TransformerEncoderLayer(8, 2, 16, 0.0),
        nn.TransformerEncoderLayer(8, 2, 16, 0.0, norm_first=True),
        nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True, activation='gelu'),
        nn.TransformerEncoderLayer(8, 2, 16, 0.0, activation=F.gelu, bias=False),
        nn.TransformerEncoderLayer(8, 2, 16, 0.0, layer_norm_eps=1e-3, activation=nn.GELU()),
        nn.TransformerEncoderLayer(8, 2, 16, 0.0, activation=torch.tanh),
    )


# run ms = transformer_decoders(); [m(x, y) for m in ms.each] | model=ms | x=f32[4,3,8] | y=f32[4,3,8] | grad=x,y,parameters | tol=1e-4
def transformer_decoders():
    return Each(
        nn.TransformerDecoderLayer(8, 2, 16, 0.0),
        nn.TransformerDecoderLayer(8, 2, 16, 0.0, norm_first=True),
        nn.TransformerDecoderLayer(8, 2, 16, 0.0, batch_first=True, activation='gelu'),
        nn.TransformerDecoderLayer(8, 2, 16, 0.0, activation=F.gelu, bias=False),
        nn.TransformerDecoderLayer(8, 2, 16, 0.0, layer_norm_eps=1e-3, activation=nn.GELU()),
        nn.TransformerDecoderLayer(8, 2, 16, 0.0, activation=torch.tanh),
    )


# run ms = transformer_layers_2(); [m(x, src_key_padding_mask=p) for m in ms.each] | model=ms | x=f32[3,4,8] | p=np.array([[False, False, False, True]] * 3) | grad=x,parameters | tol=1e-4
def transformer_layers_2():
    return Each(
        nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True),
        nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True), 2, enable_nested_tensor=False),
    )


# run ms = transformer_layers_3(); [causal(m, x) for m in ms.each] | model=ms | x=f32[3,4,8] | grad=x,parameters | tol=1e-4
def transformer_layers_3():
    return Each(nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True))


# run ms = transformer_layers_4(); [m(x) for m in ms.each] | model=ms | x=f32[4,8] | grad=x,parameters | tol=1e-4
def transformer_layers_4():
    return Each(nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True))


# run ms = transformer_layers_5(); [m(x) for m in ms.each] | model=ms | x=f32[3,4,8] | grad=x,parameters | tol=1e-4
def transformer_layers_5():
    return Each(nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True), 2, norm=nn.LayerNorm(8)))


# run ms = transformer_decoders_2(); [m(x, y, tgt_is_causal=False) for m in ms.each] | model=ms | x=f32[3,4,8] | y=f32[3,5,8] | grad=x,y,parameters | tol=1e-4
def transformer_decoders_2():
    return Each(nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16, 0.0, batch_first=True), 2))


# run ms = transformer_decoders_3(); [m(x, y) for m in ms.each] | model=ms | x=f32[3,4,8] | y=f32[3,5,8] | grad=x,y,parameters | tol=1e-4
def transformer_decoders_3():
    return Each(nn.Transformer(8, 2, 1, 2, 16, 0.0, batch_first=True, norm_first=True))


# run ms = transformer_decoders_4(); [square(m, x, y) for m in ms.each] | model=ms | x=f32[4,3,8] | y=f32[5,3,8] | grad=x,y,parameters | tol=1e-4
def transformer_decoders_4():
    return Each(nn.Transformer(8, 2, 1, 1, 16, 0.0, bias=False))


# run ms = shapes_7(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,7,8] | grad=x | tol=1e-4
def shapes_7():
    return Each(
        nn.Upsample(scale_factor=2),
        nn.Upsample(size=(5, 9)),
        nn.Upsample(scale_factor=(2, 1.5), mode="bilinear"),
        nn.Upsample(size=11, mode="bilinear", align_corners=True),
        nn.Upsample(scale_factor=0.5, mode="bicubic"),
        nn.Upsample(scale_factor=1.7, mode="nearest-exact"),
        nn.Upsample(scale_factor=1.7, mode="bilinear", recompute_scale_factor=True),
        nn.Upsample(size=3, mode="area"),
    )


# run ms = shapes_8(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,9] | grad=x
def shapes_8():
    return Each(
        nn.Upsample(scale_factor=2, mode="linear"),
        nn.Upsample(scale_factor=2),
    )


# run ms = shapes_9(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,5,6,5] | grad=x
def shapes_9():
    return Each(nn.Upsample(size=(3, 4, 5), mode="trilinear", align_corners=True))


# run ms = shapes_10(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,3,2,2] | grad=x
def shapes_10():
    return Each(nn.Upsample(scale_factor=2))


# run ms = shapes_11(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,3,5] | grad=x
def shapes_11():
    return Each(
        nn.UpsamplingNearest2d(scale_factor=2),
        nn.UpsamplingBilinear2d(size=(5, 6)),
        nn.UpsamplingNearest2d((4, 4)),
    )


# run ms = shapes_12(); [m(x) for m in ms.each] | model=ms | x=f32[2,8,3,2] | grad=x
def shapes_12():
    return Each(nn.PixelShuffle(2))


# run ms = shapes_13(); [m(x) for m in ms.each] | model=ms | x=f32[8,3,2] | grad=x
def shapes_13():
    return Each(nn.PixelShuffle(2))


# run ms = shapes_14(); [m(x) for m in ms.each] | model=ms | x=f32[2,2,4,6] | grad=x
def shapes_14():
    return Each(nn.PixelUnshuffle(2))


# run ms = shapes_15(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,3,3] | grad=x
def shapes_15():
    return Each(nn.ChannelShuffle(2))


# run ms = shapes_16(); [m(x) for m in ms.each] | model=ms | x=f32[2,3,7,8] | grad=x
def shapes_16():
    return Each(
        nn.Unfold(3),
        nn.Unfold((2, 3), dilation=2, padding=1, stride=2),
        nn.Unfold(2, 1, 1, 2),
    )


# run ms = shapes_17(); [m(x) for m in ms.each] | model=ms | x=f32[3,7,8] | grad=x
def shapes_17():
    return Each(
        nn.Unfold(3),
        nn.Unfold((2, 3), dilation=2, padding=1, stride=2),
        nn.Unfold(2, 1, 1, 2),
    )


# run ms = shapes_18(); [m(x) for m in ms.each] | model=ms | x=f32[2,12,12] | grad=x
def shapes_18():
    return Each(nn.Fold((4, 5), (2, 2)))


# run ms = shapes_19(); [m(x) for m in ms.each] | model=ms | x=f32[2,18,9] | grad=x
def shapes_19():
    return Each(nn.Fold(output_size=(5, 5), kernel_size=3, stride=2, padding=1))


# run ms = shapes_20(); [m(x) for m in ms.each] | model=ms | x=f32[12,6] | grad=x
def shapes_20():
    return Each(nn.Fold((4, 5), (2, 2), dilation=2))


# run ms = shapes_21(); [m(x) for m in ms.each] | model=ms | x=f32[2,3,4,5] | grad=x
def shapes_21():
    return Each(
        nn.Flatten(),
        nn.Flatten(-2),
        nn.Flatten(0, 2),
    )


# run ms = shapes_22(); [m(x) for m in ms.each] | model=ms | x=f32[] | grad=x
def shapes_22():
    return Each(nn.Flatten(0))


# run ms = shapes_23(); [m(x) for m in ms.each] | model=ms | x=f32[2,6,4] | grad=x
def shapes_23():
    return Each(
        nn.Unflatten(1, (2, -1)),
        nn.Unflatten(-1, torch.Size([2, 2])),
    )


# run ms = cosine_similarity(); [m(x, y) for m in ms.each] | model=ms | x=f32[3,4] | y=f32[3,4] | grad=x
def cosine_similarity():
    return Each(nn.CosineSimilarity(0))


# run ms = cosine_similarity_2(); [m(x, y) for m in ms.each] | model=ms | x=f32[3,4] | y=f32[4] | grad=x
def cosine_similarity_2():
    return Each(nn.CosineSimilarity(dim=-1, eps=0.1))


# run ms = pairwise_distance(); [m(x, y) for m in ms.each] | model=ms | x=f32[3,4] | y=f32[3,4] | grad=x
def pairwise_distance():
    return Each(
        nn.PairwiseDistance(),
        nn.PairwiseDistance(1),
        nn.PairwiseDistance(p=3.0, keepdim=True),
        nn.PairwiseDistance(float('inf')),
        nn.PairwiseDistance(0.5),
        nn.PairwiseDistance(2, 0.1),
    )


# run ms = pairwise_distance_2(); [m(x, y) for m in ms.each] | model=ms | x=f32[4] | y=f32[3,4] | grad=x
def pairwise_distance_2():
    return Each(nn.PairwiseDistance())


# run ms = losses(); [m(x, y) for m in ms.each] | model=ms | x=f32[3,4] | y=f32[3,4] | grad=x
def losses():
    return Each(
        nn.L1Loss(),
        nn.L1Loss(reduction="sum"),
        nn.L1Loss(reduction="none"),
        nn.MSELoss(),
        nn.MSELoss(reduction="sum"),
        nn.MSELoss(reduction="none"),
        nn.SmoothL1Loss(),
        nn.SmoothL1Loss(reduction="sum"),
        nn.SmoothL1Loss(reduction="none"),
        nn.SmoothL1Loss(beta=0.3),
        nn.SmoothL1Loss(beta=0.3, reduction="sum"),
        nn.SmoothL1Loss(beta=2.0),
        nn.SmoothL1Loss(beta=2.0, reduction="sum"),
        nn.HuberLoss(),
        nn.HuberLoss(reduction="sum"),
        nn.HuberLoss(reduction="none"),
        nn.HuberLoss(delta=0.5),
        nn.HuberLoss(delta=0.5, reduction="sum"),
        nn.HuberLoss(delta=2.0),
        nn.HuberLoss(delta=2.0, reduction="sum"),
        nn.SmoothL1Loss(beta=0.0),
        nn.L1Loss(size_average=False),
        nn.L1Loss(reduce=False),
        nn.L1Loss(None, None, 'sum'),
    )


# run ms = losses_2(); [m(x, y) for m in ms.each] | model=ms | x=f32[3,4] | y=i64[3] < 4 | grad=x
def losses_2():
    return Each(
        nn.CrossEntropyLoss(size_average=False),
        nn.CrossEntropyLoss(reduce=False),
    )


# run ms = losses_3(); [m(x, y) for m in ms.each] | model=ms | x=f32[5,4] | y=i64[5] < 4 | grad=x
def losses_3():
    return Each(
        nn.CrossEntropyLoss(),
        nn.CrossEntropyLoss(reduction="sum"),
        nn.CrossEntropyLoss(reduction="none"),
        nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0])),
        nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0]), reduction="sum"),
        nn.CrossEntropyLoss(ignore_index=2),
        nn.CrossEntropyLoss(ignore_index=2, reduction="sum"),
        nn.CrossEntropyLoss(label_smoothing=0.2),
        nn.CrossEntropyLoss(label_smoothing=0.2, reduction="sum"),
        nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0]), ignore_index=1, label_smoothing=0.1),
        nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0]), ignore_index=1, label_smoothing=0.1, reduction="sum"),
        nn.CrossEntropyLoss(torch.tensor([1.0, 2.0, 0.5, 0.0]), None, 3),
        nn.CrossEntropyLoss(torch.tensor([1.0, 2.0, 0.5, 0.0]), None, 3, reduction="sum"),
        nn.MultiMarginLoss(),
        nn.MultiMarginLoss(reduction="sum"),
        nn.MultiMarginLoss(reduction="none"),
        nn.MultiMarginLoss(p=2, margin=0.5),
        nn.MultiMarginLoss(p=2, margin=0.5, reduction="sum"),
        nn.MultiMarginLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0])),
        nn.MultiMarginLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0]), reduction="sum"),
    )


# run ms = losses_4(); [m(x, y) for m in ms.each] | model=ms | x=f32[5,4,3,2] | y=i64[5,3,2] < 4 | grad=x
def losses_4():
    return Each(
        nn.CrossEntropyLoss(),
        nn.CrossEntropyLoss(reduction="sum"),
        nn.CrossEntropyLoss(reduction="none"),
        nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0]), label_smoothing=0.1),
        nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0]), label_smoothing=0.1, reduction="sum"),
        nn.CrossEntropyLoss(ignore_index=0),
        nn.CrossEntropyLoss(ignore_index=0, reduction="sum"),
    )


# run ms = losses_5(); [m(x, y) for m in ms.each] | model=ms | x=f32[4] | y=np.array(2) | grad=x
def losses_5():
    return Each(
        nn.CrossEntropyLoss(),
        nn.CrossEntropyLoss(reduction="sum"),
        nn.CrossEntropyLoss(reduction="none"),
        nn.CrossEntropyLoss(label_smoothing=0.1),
        nn.CrossEntropyLoss(label_smoothing=0.1, reduction="sum"),
    )


# run ms = losses_6(); [m(x, y) for m in ms.each] | model=ms | x=f32[5,4] | y=np.random.default_rng(0).dirichlet(np.ones(4), 5).astype(np.float32) | grad=x,y
def losses_6():
    return Each(
        nn.CrossEntropyLoss(),
        nn.CrossEntropyLoss(reduction="sum"),
        nn.CrossEntropyLoss(reduction="none"),
        nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0]), label_smoothing=0.1),
        nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0]), label_smoothing=0.1, reduction="sum"),
    )


# run ms = losses_7(); [m(x, y) for m in ms.each] | model=ms | x=f32[5,4,3] | y=f32[5,4,3] > 0 | grad=x
def losses_7():
    return Each(
        nn.CrossEntropyLoss(),
        nn.CrossEntropyLoss(reduction="sum"),
        nn.CrossEntropyLoss(reduction="none"),
    )


# run ms = losses_8(); [m(x, y) for m in ms.each] | model=ms | x=f32[3,4] | y=np.array([-100, -100, -100])
def losses_8():
    return Each(
        nn.CrossEntropyLoss(),
        nn.CrossEntropyLoss(reduction="sum"),
        nn.CrossEntropyLoss(reduction="none"),
    )


# run ms = losses_9(); [m(x, y) for m in ms.each] | model=ms | x=f16[5,4] | y=i64[5] < 4
def losses_9():
    return Each(
        nn.CrossEntropyLoss(),
        nn.CrossEntropyLoss(reduction="sum"),
        nn.CrossEntropyLoss(reduction="none"),
    )


# run ms = nll_loss(); [logs(m, x, y, 1) for m in ms.each] | model=ms | x=f32[5,4] | y=i64[5] < 4 | grad=x
def nll_loss():
    return Each(
        nn.NLLLoss(),
        nn.NLLLoss(reduction="sum"),
        nn.NLLLoss(reduction="none"),
        nn.NLLLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0])),
        nn.NLLLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0]), reduction="sum"),
        nn.NLLLoss(ignore_index=2),
        nn.NLLLoss(ignore_index=2, reduction="sum"),
    )


# run ms = nll_loss_2(); [logs(m, x, y, 1) for m in ms.each] | model=ms | x=f32[5,4,3,2] | y=i64[5,3,2] < 4 | grad=x
def nll_loss_2():
    return Each(
        nn.NLLLoss(),
        nn.NLLLoss(reduction="sum"),
        nn.NLLLoss(reduction="none"),
        nn.NLLLoss(torch.tensor([1.0, 2.0, 0.5, 0.0])),
        nn.NLLLoss(torch.tensor([1.0, 2.0, 0.5, 0.0]), reduction="sum"),
        nn.NLLLoss2d(),
    )


# run ms = nll_loss_3(); [logs(m, x, y, 0) for m in ms.each] | model=ms | x=f32[4] | y=np.array(2) | grad=x
def nll_loss_3():
    return Each(nn.NLLLoss())


# run ms = losses_10(); [of_abs(m, x, y) for m in ms.each] | model=ms | x=f32[3,4] | y=f32[3,4] | grad=x
def losses_10():
    return Each(
        nn.PoissonNLLLoss(),
        nn.PoissonNLLLoss(reduction="sum"),
        nn.PoissonNLLLoss(reduction="none"),
        nn.PoissonNLLLoss(log_input=False, eps=0.1),
        nn.PoissonNLLLoss(log_input=False, eps=0.1, reduction="sum"),
        nn.PoissonNLLLoss(full=True),
        nn.PoissonNLLLoss(full=True, reduction="sum"),
    )


# run ms = gaussiannll_loss(); [m(x, y, v) for m in ms.each] | model=ms | x=f32[3,4] | y=f32[3,4] | v=f32[3,4] > 0 | grad=x
def gaussiannll_loss():
    return Each(
        nn.GaussianNLLLoss(),
        nn.GaussianNLLLoss(reduction="sum"),
        nn.GaussianNLLLoss(reduction="none"),
        nn.GaussianNLLLoss(full=True),
        nn.GaussianNLLLoss(full=True, reduction="sum"),
        nn.GaussianNLLLoss(eps=0.5),
        nn.GaussianNLLLoss(eps=0.5, reduction="sum"),
    )


# run ms = gaussiannll_loss_2(); [m(x, y, v) for m in ms.each] | model=ms | x=f32[3,4] | y=f32[3,4] | v=f32[3,1] > 0 | grad=x
def gaussiannll_loss_2():
    return Each(
        nn.GaussianNLLLoss(full=True),
        nn.GaussianNLLLoss(full=True, reduction="sum"),
        nn.GaussianNLLLoss(full=True, reduction="none"),
    )


# run ms = kl_div_loss(); [logged(m, x, y) for m in ms.each] | model=ms | x=f32[3,4] | y=f32[3,4] | grad=x
def kl_div_loss():
    return Each(
        nn.KLDivLoss(),
        nn.KLDivLoss(reduction="sum"),
        nn.KLDivLoss(reduction="none"),
        nn.KLDivLoss(reduction="batchmean"),
        nn.KLDivLoss(log_target=True),
        nn.KLDivLoss(log_target=True, reduction="sum"),
    )


# run ms = bce_loss(); [of_sigmoid(m, x, y) for m in ms.each] | model=ms | x=f32[3,4] | y=np.array([[0.0, 1, 1, 0]] * 3) | grad=x
def bce_loss():
    return Each(
        nn.BCELoss(),
        nn.BCELoss(reduction="sum"),
        nn.BCELoss(reduction="none"),
        nn.BCELoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0])),
        nn.BCELoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0]), reduction="sum"),
    )


# run ms = bce_with_logits_loss(); [m(x, y) for m in ms.each] | model=ms | x=f32[3,4] | y=np.array([[0.0, 1, 1, 0]] * 3) | grad=x
def bce_with_logits_loss():
    return Each(
        nn.BCEWithLogitsLoss(),
        nn.BCEWithLogitsLoss(reduction="sum"),
        nn.BCEWithLogitsLoss(reduction="none"),
        nn.BCEWithLogitsLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0])),
        nn.BCEWithLogitsLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0]), reduction="sum"),
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 2.0, 0.5, 0.0])),
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 2.0, 0.5, 0.0]), reduction="sum"),
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor(3.0)),
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor(3.0), reduction="sum"),
        nn.BCEWithLogitsLoss(torch.tensor([1.0, 2.0, 0.5, 0.0]), pos_weight=torch.tensor([1.0, 2.0, 0.5, 0.0])),
        nn.BCEWithLogitsLoss(torch.tensor([1.0, 2.0, 0.5, 0.0]), pos_weight=torch.tensor([1.0, 2.0, 0.5, 0.0]), reduction="sum"),
    )


# run ms = bce_loss_2(); [m(x, y) for m in ms.each] | model=ms | x=np.array([0.0, 1.0, 0.0, 1.0]) | y=np.array([0.0, 1.0, 1.0, 0.0])
def bce_loss_2():
    return Each(
        nn.BCELoss(),
        nn.BCELoss(reduction="sum"),
        nn.BCELoss(reduction="none"),
    )


# run ms = losses_11(); [m(x, y) for m in ms.each] | model=ms | x=f32[3,4] | y=np.array([[1.0, -1, 1, -1]] * 3) | grad=x
def losses_11():
    return Each(
        nn.HingeEmbeddingLoss(),
        nn.HingeEmbeddingLoss(reduction="sum"),
        nn.HingeEmbeddingLoss(reduction="none"),
        nn.HingeEmbeddingLoss(margin=0.5),
        nn.HingeEmbeddingLoss(margin=0.5, reduction="sum"),
        nn.SoftMarginLoss(),
        nn.SoftMarginLoss(reduction="sum"),
        nn.SoftMarginLoss(reduction="none"),
    )


# run ms = losses_12(); [m(a, b, y) for m in ms.each] | model=ms | a=f32[4] | b=f32[4] | y=np.array([1.0, -1, 1, -1]) | grad=a,b
def losses_12():
    return Each(
        nn.MarginRankingLoss(),
        nn.MarginRankingLoss(reduction="sum"),
        nn.MarginRankingLoss(reduction="none"),
        nn.MarginRankingLoss(margin=0.5),
        nn.MarginRankingLoss(margin=0.5, reduction="sum"),
    )


# run ms = losses_13(); [m(x, y) for m in ms.each] | model=ms | x=f32[3,4] | y=np.array([[0.0, 1, 1, 0]] * 3) | grad=x
def losses_13():
    return Each(
        nn.MultiLabelSoftMarginLoss(),
        nn.MultiLabelSoftMarginLoss(reduction="sum"),
        nn.MultiLabelSoftMarginLoss(reduction="none"),
        nn.MultiLabelSoftMarginLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0])),
        nn.MultiLabelSoftMarginLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.0]), reduction="sum"),
    )


# run ms = multi_label_margin_loss(); [m(x, y) for m in ms.each] | model=ms | x=f32[2,4] | y=np.array([[3, 0, -1, 1], [1, 2, 3, -1]]) | grad=x
def multi_label_margin_loss():
    return Each(
        nn.MultiLabelMarginLoss(),
        nn.MultiLabelMarginLoss(reduction="sum"),
        nn.MultiLabelMarginLoss(reduction="none"),
    )


# run ms = multi_label_margin_loss_2(); [m(x, y) for m in ms.each] | model=ms | x=f32[4] | y=np.array([3, 0, -1, 1]) | grad=x
def multi_label_margin_loss_2():
    return Each(nn.MultiLabelMarginLoss())


# run ms = losses_14(); [m(x, y) for m in ms.each] | model=ms | x=f32[4] | y=np.array(1) | grad=x
def losses_14():
    return Each(nn.MultiMarginLoss())


# run ms = losses_15(); [m(a, b, y) for m in ms.each] | model=ms | a=f32[4,3] | b=f32[4,3] | y=np.array([1.0, -1, 1, -1]) | grad=a,b
def losses_15():
    return Each(
        nn.CosineEmbeddingLoss(),
        nn.CosineEmbeddingLoss(reduction="sum"),
        nn.CosineEmbeddingLoss(reduction="none"),
        nn.CosineEmbeddingLoss(margin=0.2),
        nn.CosineEmbeddingLoss(margin=0.2, reduction="sum"),
    )


# run ms = losses_16(); [m(a, b, y) for m in ms.each] | model=ms | a=f32[3] | b=f32[3] | y=np.array(1.0) | grad=a
def losses_16():
    return Each(nn.CosineEmbeddingLoss())


# run ms = triplet_margin_loss(); [m(a, b, c) for m in ms.each] | model=ms | a=f32[4,3] | b=f32[4,3] | c=f32[4,3] | grad=a,b
def triplet_margin_loss():
    return Each(
        nn.TripletMarginLoss(),
        nn.TripletMarginLoss(reduction="sum"),
        nn.TripletMarginLoss(reduction="none"),
        nn.TripletMarginLoss(margin=0.2, p=1),
        nn.TripletMarginLoss(margin=0.2, p=1, reduction="sum"),
        nn.TripletMarginLoss(swap=True),
        nn.TripletMarginLoss(swap=True, reduction="sum"),
    )


# run ms = triplet_margin_with_distance_loss(); [m(a, b, c) for m in ms.each] | model=ms | a=f32[4,3] | b=f32[4,3] | c=f32[4,3] | grad=a,b
def triplet_margin_with_distance_loss():
    return Each(
        nn.TripletMarginWithDistanceLoss(),
        nn.TripletMarginWithDistanceLoss(reduction="sum"),
        nn.TripletMarginWithDistanceLoss(reduction="none"),
        nn.TripletMarginWithDistanceLoss(distance_function=nn.PairwiseDistance(p=1), swap=True),
        nn.TripletMarginWithDistanceLoss(distance_function=nn.PairwiseDistance(p=1), swap=True, reduction="sum"),
        nn.TripletMarginWithDistanceLoss(distance_function=lambda u, v: 1 - F.cosine_similarity(u, v), margin=0.3),
        nn.TripletMarginWithDistanceLoss(distance_function=lambda u, v: 1 - F.cosine_similarity(u, v), margin=0.3, reduction="sum"),
    )


# run ms = ctc_loss(); [ctc(m, x, y) for m in ms.each] | model=ms | x=f32[6,2,5] | y=np.array([[1, 2, 2], [3, 1, 4]]) | grad=x
def ctc_loss():
    return Each(
        nn.CTCLoss(),
        nn.CTCLoss(reduction="sum"),
        nn.CTCLoss(reduction="none"),
        nn.CTCLoss(zero_infinity=True),
        nn.CTCLoss(zero_infinity=True, reduction="sum"),
    )


# run ms = adaptive_log_softmax_with_loss(); [tuple(m(x, y)) for m in ms.each] | model=ms | x=f32[5,8] | y=i64[5] < 9 | grad=x,parameters
def adaptive_log_softmax_with_loss():
    return Each(
        nn.AdaptiveLogSoftmaxWithLoss(8, 9, [3, 6]),
        nn.AdaptiveLogSoftmaxWithLoss(8, 9, [2, 4, 6], div_value=2.0, head_bias=True),
    )


# run ms = adaptive_log_softmax_with_loss_2(); [(m.log_prob(x), m.predict(x)) for m in ms.each] | model=ms | x=f32[5,8] | grad=x,parameters | check=kind
def adaptive_log_softmax_with_loss_2():
    return Each(nn.AdaptiveLogSoftmaxWithLoss(8, 9, [3, 6]))


# run ms = weight_norm(); [m(x) for m in ms.each] | model=ms | x=f32[2,4] | grad=x,parameters | tol=1e-4
def weight_norm():
    return Each(
        nn.utils.weight_norm(nn.Linear(4, 5), dim=1),
        nn.utils.weight_norm(nn.Linear(4, 5), dim=None),
    )


# run ms = weight_norm_2(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,5,5] | grad=x,parameters | tol=1e-4
def weight_norm_2():
    return Each(nn.utils.weight_norm(nn.Conv2d(4, 5, 3), 'weight', 1))


# run ms = weight_norm_3(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,5] | grad=x,parameters | tol=1e-4
def weight_norm_3():
    return Each(
        nn.utils.weight_norm(nn.ConvTranspose1d(4, 5, 3), dim=1),
        nn.utils.parametrizations.weight_norm(nn.Conv1d(4, 5, 3), dim=2),
    )


# run ms = weight_norm_4(); [m(x) for m in ms.each] | model=ms | x=f32[3,2,4] | grad=x,parameters | tol=1e-4
def weight_norm_4():
    return Each(nn.utils.weight_norm(nn.LSTM(4, 5), 'weight_hh_l0'))


# run ms = spectral_norm(); [m(x) for m in ms.each] | model=ms | x=f32[2,4,5,5] | tol=1e-3
def spectral_norm():
    return Each(
        nn.utils.spectral_norm(nn.Conv2d(4, 5, 3), n_power_iterations=2).eval(),
        nn.utils.spectral_norm(nn.ConvTranspose2d(4, 5, 3)).eval(),
    )


# run ms = spectral_norm_2(); [m(x) for m in ms.each] | model=ms | x=f32[2,4] | tol=1e-3
def spectral_norm_2():
    return Each(nn.utils.parametrizations.spectral_norm(nn.Linear(4, 5)).eval())
