"""The shapes of training loops. `@setup`, `@update`, `@after` and `@end` stand for the lines of the pieces; in a class, what they keep are attributes."""

import dataclasses


@dataclasses.dataclass
class Loop:
    text: str
    names: str = ""  # what of the pieces is an attribute of `self`, besides what they make
    breaks: bool = True  # whether `@after` stands in the loop itself


LOOPS = [
    Loop("""
def run(model):
    losses = []
    @setup
    << || model.train()>>
    for i in range(4):
        x, y = data(i)
        @update
        losses.append(<<loss.item() || float(loss) || loss.detach()>>)
        @after
    @end
    return losses
"""),
    Loop("""
class Trainer:
    def __init__(self, model):
        self.model = model
        self.losses = []
        @setup

    def step(self, i, batch):
        x, y = batch
        self.model.train()
        @update
        @after
        return loss.item()

    <<@torch.no_grad() || @torch.inference_mode()>>
    def evaluate(self, batch):
        self.model.eval()
        x, y = batch
        return F.mse_loss(self.model(x), y).item()

    def fit(self, steps):
        for i in range(steps):
            self.losses.append(self.step(i, data(i)))
            << || self.losses.append(self.evaluate(data(i + 5)))>>
        @end
        return self.losses


def run(model):
    trainer = Trainer(model)
    return trainer.fit(4)
""", "model optimizer losses", breaks=False),
    Loop("""
def train_one(i, model, optimizer, x, y@passed):
    model.train()
    @update
    return loss


def run(model):
    losses = []
    @setup
    for i in range(4):
        x, y = data(i)
        loss = train_one(i, model, optimizer, x, y@passed)
        losses.append(loss.item())
        @after
    @end
    return losses
"""),
    Loop("""
class Samples(Dataset):
    def __init__(self, n):
        self.items = [data(i) for i in range(n)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        x, y = self.items[i]
        return x, y


def run(model):
    loader = DataLoader(Samples(3), batch_size=1, shuffle=False)
    losses = []
    @setup
    for epoch in range(2):
        running = 0.0
        for i, (x, y) in enumerate(loader):
            x, y = x.squeeze(0), y[0]
            @update
            running += loss.item()
            @after
        losses.append(running / len(loader))
    @end
    return losses
"""),
    Loop("""
def run(model):
    x = torch.cat([data(i)[0] for i in range(3)])
    y = torch.cat([data(i)[1] for i in range(3)])
    loader = DataLoader(TensorDataset(x, y), batch_size=6)
    losses = []
    @setup
    for epoch in range(<<1 || 2>>):
        for i, batch in enumerate(loader):
            x, y = <<batch || [t.to('cpu') for t in batch] || batch[0], batch[1]>>
            @update
            losses.append(loss.item())
            @after
    @end
    return losses
"""),
    # Two phases, each with an optimizer of its own.
    Loop("""
def run(model):
    losses = []
    for phase in ['head', 'all']:
        for name, p in model.named_parameters():
            p.requires_grad = phase == 'all' or name.startswith('head')
        @setup
        for i in range(2):
            x, y = data(i)
            @update
            losses.append(loss.item())
            @after
        @end
    return losses
"""),
    # A GAN: the model makes what the other one judges.
    Loop("""
def run(model):
    disc = nn.Sequential(nn.Linear(4, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
    fill(disc)
    @setup
    opt_d = optim.Adam(disc.parameters(), lr=0.01, betas=(0.5, 0.999))
    bce = nn.BCEWithLogitsLoss()
    losses = []
    for i in range(3):
        x, y = data(i)
        fake = model(x)
        d_loss = bce(disc(y), torch.ones(6, 1)) + bce(disc(fake.detach()), torch.zeros(6, 1))
        <<opt_d || disc>>.zero_grad()
        d_loss.backward()
        << || for p in disc.parameters():
            p.grad.clamp_(-1, 1)>>
        opt_d.step()
        << || for p in disc.parameters():
            p.data.clamp_(-0.5, 0.5)>>
        << || fake = model(x)>>
        loss = <<bce(disc(fake), torch.ones(6, 1)) || -disc(fake).mean() || F.softplus(-disc(fake)).mean() + 0.1 * F.l1_loss(fake, y)>>
        optimizer.zero_grad()
        loss.backward()
        @gradients
        optimizer.step()
        losses += [d_loss.item(), loss.item()]
        @after
    @end
    return losses + [p.sum().item() for p in disc.parameters()]
"""),
    # What is trained is the input, or a few extra parameters.
    Loop("""
def run(model):
    model.eval()
    x, y = data(0)
    z = x.clone().requires_grad_(True)
    opt = optim.<<SGD || Adam>>([z], lr=0.1)
    losses = []
    for i in range(3):
        opt.zero_grad()
        loss = F.mse_loss(model(z), y)
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses + [z.detach()]
"""),
    Loop("""
def run(model):
    log_scale = nn.Parameter(torch.zeros(4))
    opt = optim.<<SGD || Adam>>(<<list(model.parameters()) + [log_scale] || [*model.parameters(), log_scale] || [{'params': model.parameters()}, {'params': [log_scale], 'lr': 0.5}]>>, lr=0.05)
    losses = []
    for i in range(3):
        x, y = data(i)
        out = model(x) * log_scale.exp()
        loss = F.mse_loss(out, y) + 0.1 * log_scale.sum()
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses + [log_scale.detach()]
"""),
    Loop("""
def run(model):
    optimizer = optim.LBFGS(model.parameters(), lr=0.1, max_iter=3)
    losses = []
    for i in range(2):
        x, y = data(i)

        def closure():
            optimizer.zero_grad()
            loss = F.mse_loss(model(x), y)
            loss.backward()
            return loss

        losses.append(optimizer.step(closure).item())
    return losses
"""),
]
LOOPS = LOOPS[:1] * 4 + LOOPS[1:2] * 3 + LOOPS[2:7] * 2 + LOOPS[7:]
