#!/usr/bin/env python3
# Trains a small convolutional network on synthetic digits.
from __future__ import print_function
import argparse
import random
import time

import numpy as np
import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import mlx_compat as compat


class Net(nn.Module):
    def __init__(self, dropout=0.25):
        super(Net, self).__init__()
        self.conv_a = compat.Conv2d(1, 8, 5, stride=1, padding=2)
        self.conv_b = compat.Conv2d(8, 16, 3, stride=1)
        self.drop2d = compat.Dropout2d(p=dropout)
        self.hidden = nn.Linear(16 * 7 * 7, 32)
        self.out = nn.Linear(32, 10)
        self.p = 2 * dropout

    def __call__(self, x):
        h = nn.relu(self.conv_a(x))
        h = nn.relu(self.conv_b(h))
        h = compat.max_pool(h, 2, 2)
        h = self.drop2d(h)
        h = mx.flatten(h, 1)
        h = mx.tanh(self.hidden(h))
        h = compat.dropout(h, p=self.p, training=self.training)
        return nn.log_softmax(self.out(h), axis=1)


def synthetic_digits(n, seed):
    """Each class is a fixed 16x16 pattern, plus noise."""
    rng = np.random.RandomState(seed)
    patterns = np.random.RandomState(0).rand(10, 16, 16)
    labels = rng.randint(0, 10, size=n)
    images = patterns[labels] + 0.3 * rng.randn(n, 16, 16)
    return mx.expand_dims(mx.array(images, dtype=mx.float32), 1), mx.array(labels)


def adjust_learning_rate(optimizer, epoch, args):
    lr = args.lr * (args.gamma ** (epoch - 1))
    optimizer.learning_rate = lr
    return lr


def train(args, model, device, data, optimizer, epoch):
    model.train()
    x, y = data
    for batch_idx, i in enumerate(range(0, len(x), args.batch_size)):
        data, target = x[i:i + args.batch_size], y[i:i + args.batch_size]
        def loss_fn():
            output = model(data)
            loss = compat.nll_loss(output, target)
            return loss

        loss, grads = nn.value_and_grad(model, loss_fn)()
        optimizer.update(model, grads)
        mx.eval(loss, model.parameters(), optimizer.state)
        if batch_idx % args.log_interval == 0:
            print('Epoch {} [{}/{}]\tloss {:.4f}'.format(epoch, batch_idx * len(data), len(x), loss.item()))
            if args.dry_run:
                break


def test(model, device, data):
    model.eval()
    test_loss = 0
    correct = 0
    data, target = data[0], data[1]
    output = model(data)
    test_loss += compat.nll_loss(output, target, reduction='sum').item()  # sum up batch loss
    pred = output.argmax(axis=1, keepdims=True).astype(mx.int64)
    correct += (pred == target.reshape(pred.shape)).sum().item()
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
    mx.random.seed(seed)
    if use_cuda:
        mx.random.seed(seed)
        mx.random.seed(seed)


def main(argv=None):
    args = get_args(argv)
    use_cuda = False
    set_seed(args.seed, use_cuda)

    if args.gpu is not None and use_cuda:
        device = 'cuda:{}'.format(args.gpu)
    elif use_cuda:
        device = 'cuda'
    else:
        device = 'cpu'

    train_data, test_data = synthetic_digits(512, 1), synthetic_digits(128, 2)
    model = Net()
    if use_cuda:
        print('using', str(mx.default_device()))
    optimizer = optim.AdaDelta(learning_rate=args.lr) if args.gamma > 1 else optim.SGD(learning_rate=args.lr, momentum=0.9)

    start = time.time()
    for epoch in range(1, args.epochs + 1):
        adjust_learning_rate(optimizer, epoch, args)
        train(args, model, device, train_data, optimizer, epoch)
        result = test(model, device, test_data)
    if use_cuda:
        mx.synchronize()
        mx.clear_cache()
    print('%.1f seconds' % (time.time() - start))

    if args.save_model:
        compat.save_state(compat.state_dict(model), "digits_cnn.pt")
    return result


if __name__ == '__main__':
    main()
