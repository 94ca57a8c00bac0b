import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat	# a tab before this comment

class Tabbed(nn.Module):
	def __init__(self, n):
		super(Tabbed, self).__init__()
		self.n = n;	self.fc = nn.Linear(n, n)
		if n > 2: self.act = nn.ReLU()
		else: self.act = nn.Identity()

	def __call__(self, x):
		if self.training: x = compat.dropout(x, p=0.0, training=True)
		for _ in range(2): x = self.act(self.fc(x))
		scale = mx.stop_gradient(x.abs().mean(axis=-1, keepdims=True))
		if x.ndim == 3:
			# tabs and
		    # a comment that is indented with a tab and blanks
			x = x.flatten(0, 1).reshape(-1,
			                         self.n)
		return x / (scale.reshape(-1, 1) + 1)

def after_form_feed(x): return compat.squeeze(mx.expand_dims(x, 0), 0) if x.ndim else x

class OneLine(nn.Module): __call__ = lambda self, x: nn.relu(x).swapaxes(0, 1)
