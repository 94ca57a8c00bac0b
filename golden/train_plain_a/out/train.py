"""The textbook loop: zero_grad, forward, loss, backward, step."""
import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import mlx_compat as compat


class Net(nn.Module):
    def __init__(self, n_in=8, n_out=3):
        super(Net, self).__init__()
        self.fc1 = nn.Linear(n_in, 16)
        self.fc2 = nn.Linear(16, n_out)

    def __call__(self, x):
        x = nn.relu(self.fc1(x))
        return self.fc2(x)


def train(model, xs, ys, lr=0.01):
    optimizer = optim.Adam(learning_rate=lr, bias_correction=True)
    losses = []
    model.train()
    for x, y in zip(xs, ys):
        def loss_fn():
            out = model(x)
            loss = compat.cross_entropy(out, y)
            return loss

        loss, grads = nn.value_and_grad(model, loss_fn)()
        optimizer.update(model, grads)
        mx.eval(loss, model.parameters(), optimizer.state)
        losses.append(loss.item())
    return losses


def train_regression(model, xs, ys):
    """Sums two terms, and clears the gradients of the model instead."""
    optimizer = compat.Adam(lr=3e-3, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.01)
    losses = []
    for step in range(len(xs)):
        x = xs[step]
        y = ys[step]
        def loss_fn():
            pred = compat.squeeze_any(model(x), -1)
            mse = nn.losses.mse_loss(pred, y)
            mae = (pred - y).abs().mean()
            loss = mse + 0.1 * mae
            return loss, mse

        (loss, mse), grads = nn.value_and_grad(model, loss_fn)()
        optimizer.update(model, grads)
        mx.eval(loss, model.parameters(), optimizer.state)
        if step % 5 == 0:
            print('step %d loss %.4f (mse %.4f)' % (step, loss.item(), mse.item()))
        losses.append(loss.item())
    return losses


def train_in_epochs(model, x, y, epochs=5, batch_size=4):
    # the order of backward and zero_grad does not matter, as long as they alternate
    opt = optim.SGD(learning_rate=0.1)
    history = []
    for epoch in range(epochs):
        for i in range(0, x.shape[0], batch_size):
            def loss_fn():
                loss = compat.cross_entropy(model(x[i:i + batch_size]), y[i:i + batch_size], reduction='sum')
                return loss

            loss, grads = nn.value_and_grad(model, loss_fn)()
            opt.update(model, grads)
            mx.eval(loss, model.parameters(), opt.state)
            history.append(float(loss))
    return history


def main():
    mx.random.seed(0)
    xs = mx.random.normal((100, 16, 8))
    ys = (xs.sum(axis=-1) > 0).astype(mx.int64)
    model = Net()
    losses = train(model, xs, ys)
    print('first %.3f, last %.3f' % (losses[0], losses[-1]))


if __name__ == '__main__':
    main()
