# script model=net | x=f32[8,3] | y=i64[8]<2 | tol=1e-4
import torch
import torch.nn as nn

net = nn.Linear(3, 2)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
losses = []

for epoch in range(3):
    optimizer.zero_grad()
    loss = criterion(net(x), y)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

# once more, by hand
out = net(x)
loss = criterion(out, y)
optimizer.zero_grad()
loss.backward()
optimizer.step()
losses.append(loss.item())

while len(losses) < 6:
    loss = criterion(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
losses, net, out
