#!/usr/bin/env python3
# Trains a small convolutional network on synthetic digits.
from __future__ import print_function
import argparse
import random
import time

import numpy as np
import torch
import torch.backends.cudnn as cudnn
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.cuda.amp import autocast


class Net(nn.Module):
    def __init__(self, dropout=0.25):
        super(Net, self).__init__()
        self.conv_a = nn.Conv2d(1, 8, 5, 1, 2)
        self.conv_b = nn.Conv2d(8, 16, 3, 1)
        self.drop2d = nn.Dropout2d(dropout)
        self.hidden = nn.Linear(16 * 7 * 7, 32)
        self.out = nn.Linear(32, 10)
        self.p = 2 * dropout

    def forward(self, x):
        h = F.relu(self.conv_a(x))
        h = F.relu(self.conv_b(h))
        h = F.max_pool2d(h, 2)
        h = self.drop2d(h)
        h = torch.flatten(h, 1)
        h = torch.tanh(self.hidden(h))
        h = F.dropout(h, p=self.p, training=self.training)
        return F.log_softmax(self.out(h), dim=1)


def synthetic_digits(n, seed):
    """Each class is a fixed 16x16 pattern, plus noise."""
    rng = np.random.RandomState(seed)
    patterns = np.random.RandomState(0).rand(10, 16, 16)
    labels = rng.randint(0, 10, size=n)
    images = patterns[labels] + 0.3 * rng.randn(n, 16, 16)
    return torch.tensor(images, dtype=torch.float32).unsqueeze(1), torch.tensor(labels)


def adjust_learning_rate(optimizer, epoch, args):
    lr = args.lr * (args.gamma ** (epoch - 1))
    for param_group in optimizer.param_groups:
        param_group['lr'] = lr
    return lr


def train(args, model, device, data, optimizer, epoch):
    model.train()
    x, y = data
    for batch_idx, i in enumerate(range(0, len(x), args.batch_size)):
        data, target = x[i:i + args.batch_size], y[i:i + args.batch_size]
        if args.pin_memory:
            data, target = data.pin_memory(), target.pin_memory()
        data, target = data.to(device, non_blocking=True), target.to(device, non_blocking=True)
        optimizer.zero_grad()
        with autocast(enabled=args.amp):
            output = model(data)
            loss = F.nll_loss(output, target)
        loss.backward()
        optimizer.step()
        if batch_idx % args.log_interval == 0:
            print('Epoch {} [{}/{}]\tloss {:.4f}'.format(epoch, batch_idx * len(data), len(x), loss.item()))
            if args.dry_run:
                break


def test(model, device, data):
    model.eval()
    test_loss = 0
    correct = 0
    with torch.no_grad():
        data, target = data[0].to(device), data[1].to(device)
        output = model(data)
        test_loss += F.nll_loss(output, target, reduction='sum').item()  # sum up batch loss
        pred = output.argmax(dim=1, keepdim=True)
        correct += pred.eq(target.view_as(pred)).sum().item()
    test_loss /= len(data)
    print('Test set: average loss {:.4f}, accuracy {}/{}'.format(test_loss, correct, len(data)))
    return test_loss, correct


def get_args(argv=None):
    parser = argparse.ArgumentParser(description='digits')
    parser.add_argument('--batch-size', type=int, default=64, metavar='N')
    parser.add_argument('--epochs', type=int, default=2, metavar='N')
    parser.add_argument('--lr', type=float, default=0.05, metavar='LR', help='learning rate (default: %(default)s)')
    parser.add_argument('--gamma', type=float, default=0.7, metavar='M')
    parser.add_argument('--no-cuda', action='store_true', default=False, help='disables CUDA')
    parser.add_argument('--gpu', default=None, type=int, help='GPU id to use')
    parser.add_argument('--amp', action='store_true', help='mixed precision')
    parser.add_argument('--pin-memory', action='store_true')
    parser.add_argument('--dry-run', action='store_true', default=False)
    parser.add_argument('--seed', type=int, default=1, metavar='S')
    parser.add_argument('--log-interval', type=int, default=4, metavar='N')
    parser.add_argument('--save-model', action='store_true', default=False)
    return parser.parse_args(argv)


def set_seed(seed, use_cuda):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    if use_cuda:
        torch.cuda.manual_seed(seed)
        torch.cuda.manual_seed_all(seed)
        cudnn.deterministic = True
        torch.backends.cudnn.benchmark = False


def main(argv=None):
    args = get_args(argv)
    use_cuda = not args.no_cuda and torch.cuda.is_available()
    set_seed(args.seed, use_cuda)

    if args.gpu is not None and use_cuda:
        torch.cuda.set_device(args.gpu)
        device = torch.device('cuda:{}'.format(args.gpu))
    elif use_cuda:
        device = torch.device('cuda')
    else:
        device = torch.device('cpu')

    train_data, test_data = synthetic_digits(512, 1), synthetic_digits(128, 2)
    model = Net().to(device)
    if use_cuda:
        model = model.cuda()
        print('using', torch.cuda.get_device_name(0))
    optimizer = optim.Adadelta(model.parameters(), lr=args.lr) if args.gamma > 1 else optim.SGD(
        model.parameters(), lr=args.lr, momentum=0.9)

    start = time.time()
    for epoch in range(1, args.epochs + 1):
        adjust_learning_rate(optimizer, epoch, args)
        train(args, model, device, train_data, optimizer, epoch)
        result = test(model, device, test_data)
    if use_cuda:
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
    print('%.1f seconds' % (time.time() - start))

    if args.save_model:
        torch.save(model.state_dict(), "digits_cnn.pt")
    return result


if __name__ == '__main__':
    main()
