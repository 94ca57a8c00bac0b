# script model=model | xs=f32[5,6,4] | ys=i64[5,6]<3 | tol=1e-4
import torch
import torch.nn as nn

try:
    from tqdm import tqdm
except ImportError:
    class tqdm:
        def __init__(self, it, **kw):
            self.it = it

        def __iter__(self):
            return iter(self.it)

        def set_description(self, text):
            pass

        def set_postfix(self, **kw):
            pass


def loader(xs, ys):
    return list(zip(xs, ys))


def train(model, train_loader, epochs, lr=0.05):
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, weight_decay=1e-4)
    epoch_losses = []
    for epoch in range(epochs):
        pbar = tqdm(train_loader, desc=f'Epoch {epoch}', leave=False)
        running_loss, correct, total = 0.0, 0, 0
        for images, labels in pbar:
            outputs = model(images)
            loss = criterion(outputs, labels)

            # Backward and optimize
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

            running_loss += loss.item() * images.size(0)
            _, predicted = torch.max(outputs.data, 1)
            total += labels.size(0)
            correct += (predicted == labels).sum().item()
            pbar.set_postfix(loss=loss.item(), acc=100 * correct / total)
        epoch_losses.append((running_loss / total, correct / total))
    return epoch_losses


model = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))

train(model, loader(xs, ys), 2), model
