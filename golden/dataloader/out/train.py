import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import mlx_compat as compat

from data import Waves, loaders


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = compat.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 4))

    def __call__(self, x):
        return self.layers(x)


def train(loader, model, loss_fn, optimizer, device="cpu"):
    model.train()
    losses = []
    seen = 0
    for step, (wave, label) in enumerate(loader):
        def compute_loss():
            loss = loss_fn(model(wave), label)
            return loss

        loss, grads = nn.value_and_grad(model, compute_loss)()
        optimizer.update(model, grads)
        mx.eval(loss, model.parameters(), optimizer.state)

        seen += len(wave)
        if step == 0:
            loss = loss.item()  # the tensor is not needed any more
            print(f"loss {loss:.4f} after {seen} of {len(loader.dataset)} waves")
        losses.append(float(loss))
    return losses


def run(model, epochs=5):
    loader = compat.DataLoader(Waves(32), batch_size=16)
    loss_fn = compat.CrossEntropyLoss()
    optimizer = optim.SGD(learning_rate=1e-1)
    losses = []
    for t in range(epochs):
        losses += train(loader, model, loss_fn, optimizer)
    return losses


if __name__ == "__main__":
    train_loader, val_loader = loaders()
    print(run(Net(), 20)[-1], len(train_loader), len(val_loader))
