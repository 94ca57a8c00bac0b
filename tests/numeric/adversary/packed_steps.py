import torch
import torch.nn as nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence


class StepByStep(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.cell = nn.GRUCell(inputs, hidden)
        self.hidden = hidden

    def forward(self, packed):
        inputs, batch_sizes, order, back = packed
        h = torch.zeros(int(batch_sizes[0]), self.hidden)
        outputs = torch.zeros(inputs.size(0), self.hidden)
        begin = 0
        for batch in batch_sizes:
            h = self.cell(inputs[begin:begin + batch], h[0:batch])
            outputs[begin:begin + batch] = h
            begin += batch
        return PackedSequence(outputs, batch_sizes, order, back)


# run stepped(x) | x=f32[3,5,4]
def stepped(x):
    model = StepByStep(4, 6)
    for p in model.parameters():
        nn.init.constant_(p, 0.3)
    packed = pack_padded_sequence(x, torch.tensor([5, 3, 2]), batch_first=True, enforce_sorted=False)
    return pad_packed_sequence(model(packed), batch_first=True)[0]


# run sums(x) | x=f32[3,5,4]
def sums(x):
    packed = pack_padded_sequence(x, torch.tensor([5, 3, 2]), batch_first=True, enforce_sorted=False)
    out = []
    begin = 0
    for n in packed.batch_sizes:
        out.append(packed.data[begin:begin + n].sum(0))
        begin += n
    return torch.stack(out)


# run sums_of_numbers(x) | x=f32[3,5,4]
def sums_of_numbers(x):
    packed = pack_padded_sequence(x, torch.tensor([5, 3, 2]), batch_first=True, enforce_sorted=False)
    out = []
    begin = 0
    for n in packed.batch_sizes.tolist():
        out.append(packed.data[begin:begin + n].sum(0))
        begin += n
    return torch.stack(out)
