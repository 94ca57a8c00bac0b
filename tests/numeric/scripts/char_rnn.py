# script model=model | text=i64[11,5]<9 | train=10
import torch
import torch.nn as nn

hidden_size = 6
n_vocab = 9


class CharRNN(nn.Module):
    def __init__(self, vocab, hidden):
        super().__init__()
        self.hidden = hidden
        self.embed = nn.Embedding(vocab, hidden)
        self.rnn = nn.LSTM(hidden, hidden, num_layers=1, batch_first=True)
        self.out = nn.Linear(hidden, vocab)

    def forward(self, x, state):
        e = self.embed(x)
        o, state = self.rnn(e, state)
        return self.out(o), state

    def init_hidden(self, batch):
        return (torch.zeros(1, batch, self.hidden), torch.zeros(1, batch, self.hidden))


model = CharRNN(n_vocab, hidden_size)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.003)

losses = []
hidden = model.init_hidden(5)
for i in range(len(text) - 1):
    inputs = text[i].unsqueeze(1)
    targets = text[i + 1].unsqueeze(1)

    # detach the state, or else we backprop through the whole history
    hidden = tuple(h.detach() for h in hidden)
    model.zero_grad()

    output, hidden = model(inputs, hidden)
    loss = criterion(output.reshape(-1, n_vocab), targets.reshape(-1))
    loss.backward()

    # clip the gradient
    nn.utils.clip_grad_norm_(model.parameters(), 5)
    optimizer.step()
    losses.append(loss.item())

losses, model
