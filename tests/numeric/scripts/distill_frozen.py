# script model=student | xs=f32[10,6,4] | ys=i64[10,6] < 3 | train=10
import torch
import torch.nn as nn
import torch.nn.functional as F


def build(width):
    return nn.Sequential(nn.Linear(4, width), nn.Tanh(), nn.Dropout(0.0), nn.Linear(width, 3))


def kd_loss(student_logits, teacher_logits, labels, T=2.0, alpha=0.7):
    soft = F.kl_div(F.log_softmax(student_logits / T, dim=1), F.softmax(teacher_logits / T, dim=1), reduction="batchmean") * (T * T)
    hard = F.cross_entropy(student_logits, labels)
    return alpha * soft + (1.0 - alpha) * hard


student = build(8)
teacher = build(8)
teacher.load_state_dict(student.state_dict())
with torch.no_grad():
    for p in teacher.parameters():
        p.add_(0.5)
teacher.eval()
for p in teacher.parameters():
    p.requires_grad_(False)

optimizer = torch.optim.RMSprop(student.parameters(), lr=0.01, alpha=0.9)
losses = []
for x, y in zip(xs, ys):
    student.train()
    with torch.no_grad():
        t = teacher(x)
    s = student(x)
    loss = kd_loss(s, t, y)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_value_(student.parameters(), 0.1)
    optimizer.step()
    losses.append(float(loss))

losses, student
