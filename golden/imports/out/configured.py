import losses


def loss_of(config, output, target):
    return getattr(losses, config["type"])(**config["args"])(output, target)
