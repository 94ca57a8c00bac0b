class GradScaler:
    """PyTorch's `GradScaler`, switched off, for code that asks for its state: training steps in MLX need none, because nothing computes in float16 behind their back."""

    def __init__(self, *args, **kwargs):
        pass

    def scale(self, outputs):
        return outputs

    def unscale_(self, optimizer):
        pass

    def update(self, new_scale=None):
        pass

    def get_scale(self):
        return 1.0

    def is_enabled(self):
        return False

    def state_dict(self):
        return {}

    def load_state_dict(self, state_dict):
        pass
