# script model=model | xs=f32[10,6,4] | ns=f32[10,6,4] | train=10
import torch
import torch.nn as nn
import torch.nn.functional as F


class DINOLoss(nn.Module):
    def __init__(self, out_dim, student_temp=0.3, teacher_temp=0.2, center_momentum=0.9):
        super().__init__()
        self.student_temp = student_temp
        self.teacher_temp = teacher_temp
        self.center_momentum = center_momentum
        self.register_buffer("center", torch.zeros(1, out_dim))

    def forward(self, student_output, teacher_output):
        student_out = student_output / self.student_temp
        student_out = student_out.chunk(2)
        teacher_out = F.softmax((teacher_output - self.center) / self.teacher_temp, dim=-1)
        teacher_out = teacher_out.detach().chunk(2)
        total_loss, n = 0, 0
        for iq, q in enumerate(teacher_out):
            for v in range(len(student_out)):
                if v == iq:
                    continue
                loss = torch.sum(-q * F.log_softmax(student_out[v], dim=-1), dim=-1)
                total_loss += loss.mean()
                n += 1
        total_loss /= n
        self.update_center(teacher_output)
        return total_loss

    @torch.no_grad()
    def update_center(self, teacher_output):
        batch_center = torch.sum(teacher_output, dim=0, keepdim=True)
        batch_center = batch_center / len(teacher_output)
        self.center = self.center * self.center_momentum + batch_center * (1 - self.center_momentum)


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.student = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 5))
        self.teacher = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 5))
        self.teacher.load_state_dict(self.student.state_dict())
        for p in self.teacher.parameters():
            p.requires_grad = False
        self.criterion = DINOLoss(5)


model = Pair()
optimizer = torch.optim.AdamW(model.student.parameters(), lr=0.02, weight_decay=0.04)
losses = []
for it, (x, n) in enumerate(zip(xs, ns)):
    views = torch.cat([x, x + 0.1 * n])
    teacher_output = model.teacher(views)
    student_output = model.student(views)
    loss = model.criterion(student_output, teacher_output)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        m = 0.9 + 0.01 * it
        for param_q, param_k in zip(model.student.parameters(), model.teacher.parameters()):
            param_k.data.mul_(m).add_((1 - m) * param_q.detach().data)
    losses.append(loss.item())

losses, model
