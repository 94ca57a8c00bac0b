"""The textbook loop: zero_grad, forward, loss, backward, step."""
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim


class Net(nn.Module):
    def __init__(self, n_in=8, n_out=3):
        super(Net, self).__init__()
        self.fc1 = nn.Linear(n_in, 16)
        self.fc2 = nn.Linear(16, n_out)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        return self.fc2(x)


def train(model, xs, ys, lr=0.01):
    optimizer = optim.Adam(model.parameters(), lr=lr)
    losses = []
    model.train()
    for x, y in zip(xs, ys):
        optimizer.zero_grad()
        out = model(x)
        loss = F.cross_entropy(out, y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def train_regression(model, xs, ys):
    """Sums two terms, and clears the gradients of the model instead."""
    optimizer = torch.optim.Adam(params=model.parameters(), lr=3e-3, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.01)
    losses = []
    for step in range(len(xs)):
        x = xs[step]
        y = ys[step]
        pred = model(x).squeeze(-1)
        mse = F.mse_loss(pred, y)
        mae = (pred - y).abs().mean()
        loss = mse + 0.1 * mae
        model.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 5 == 0:
            print('step %d loss %.4f (mse %.4f)' % (step, loss.item(), mse.item()))
        losses.append(loss.item())
    return losses


def train_in_epochs(model, x, y, epochs=5, batch_size=4):
    # the order of backward and zero_grad does not matter, as long as they alternate
    opt = optim.SGD(model.parameters(), lr=0.1)
    history = []
    for epoch in range(epochs):
        for i in range(0, x.size(0), batch_size):
            loss = F.cross_entropy(model(x[i:i + batch_size]), y[i:i + batch_size], reduction='sum')
            loss.backward()
            opt.step()
            opt.zero_grad()
            history.append(float(loss))
    return history


def main():
    torch.manual_seed(0)
    xs = torch.randn(100, 16, 8)
    ys = (xs.sum(-1) > 0).long()
    model = Net()
    losses = train(model, xs, ys)
    print('first %.3f, last %.3f' % (losses[0], losses[-1]))


if __name__ == '__main__':
    main()
