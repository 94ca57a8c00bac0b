# script model=model | xs=f32[10,3,5,4] | ys=i64[10,3,5] < 3 | train=10
import torch
import torch.nn as nn


class CRF(nn.Module):
    def __init__(self, num_tags):
        super().__init__()
        self.num_tags = num_tags
        self.start = nn.Parameter(torch.empty(num_tags))
        self.end = nn.Parameter(torch.empty(num_tags))
        self.transitions = nn.Parameter(torch.empty(num_tags, num_tags))
        self.reset_parameters()

    def reset_parameters(self):
        nn.init.uniform_(self.start, -0.1, 0.1)
        nn.init.uniform_(self.end, -0.1, 0.1)
        nn.init.uniform_(self.transitions, -0.1, 0.1)

    def forward(self, emissions, tags, mask):
        numerator = self._score(emissions, tags, mask)
        denominator = self._normalizer(emissions, mask)
        return -(numerator - denominator).mean()

    def _score(self, emissions, tags, mask):
        batch = emissions.shape[0]
        rows = torch.arange(batch)
        score = self.start[tags[:, 0]] + emissions[rows, 0, tags[:, 0]]
        for i in range(1, emissions.shape[1]):
            score = score + self.transitions[tags[:, i - 1], tags[:, i]] * mask[:, i]
            score += emissions[rows, i, tags[:, i]] * mask[:, i]
        last = mask.long().sum(dim=1) - 1
        return score + self.end[tags.gather(1, last.unsqueeze(1)).squeeze(1)]

    def _normalizer(self, emissions, mask):
        score = self.start + emissions[:, 0]
        for i in range(1, emissions.size(1)):
            nxt = torch.logsumexp(score.unsqueeze(2) + self.transitions + emissions[:, i].unsqueeze(1), dim=1)
            score = torch.where(mask[:, i].unsqueeze(1).bool(), nxt, score)
        return torch.logsumexp(score + self.end, dim=1)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 3, num_layers=2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(6, 3)
        self.crf = CRF(3)

    def forward(self, x, y):
        out, (h, c) = self.lstm(x)
        mask = torch.ones(x.shape[:2])
        mask[1, 3:] = 0
        return self.crf(self.fc(out), y, mask)


model = Tagger()
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
losses = []
for x, y in zip(xs, ys):
    model.zero_grad()
    loss = model(x, y)
    loss.backward()
    optimizer.step()
    losses.append(loss.detach().item())

losses, model
