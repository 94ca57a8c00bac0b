import torch, torch.nn as nn
from torch.nn import functional as F	# a tab before this comment

class Tabbed(nn.Module):
	def __init__(self, n):
		super(Tabbed, self).__init__()
		self.n = n;	self.fc = nn.Linear(n, n)
		if n > 2: self.act = nn.ReLU(inplace=True)
		else: self.act = nn.Identity()

	def forward(self, x):
		if self.training: x = F.dropout(x, p=0.0, training=True)
		for _ in range(2): x = self.act(self.fc(x))
		with torch.no_grad(): scale = x.abs().mean(dim=-1, keepdim=True)
		if x.dim() == 3:
			# tabs and
		    # a comment that is indented with a tab and blanks
			x = x.flatten(0, 1).view(-1,
			                         self.n)
		return x / (scale.reshape(-1, 1) + 1)

def after_form_feed(x): return x.unsqueeze(0).squeeze(0) if x.dim() else x

class OneLine(nn.Module): forward = lambda self, x: F.relu(x).transpose(0, 1)
