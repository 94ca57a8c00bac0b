from app.nets.tiny import Tiny


def build():
    return Tiny()
