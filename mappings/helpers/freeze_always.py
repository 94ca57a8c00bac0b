class _StickySet(set):
    """A module's set of frozen names, some of which stay in it.

    `unfreeze()` of a parent clears this set directly, past any overridden method of the child.
    """

    sticky = frozenset()

    def clear(self):
        super().clear()
        self.update(self.sticky)

    def difference_update(self, *others):
        super().difference_update(*others)
        self.update(self.sticky)


def freeze_always(module, *names):
    """Keep the arrays `names` of `module` untrained, also after `unfreeze()` of a parent.

    A name may be given before its array is assigned.
    """
    frozen = _StickySet(module._no_grad)
    frozen.sticky = frozenset(names) | getattr(module._no_grad, "sticky", frozenset())
    frozen.update(frozen.sticky)
    module._no_grad = frozen


def release(module, name):
    """Let the array `name` of `module` be trained again."""
    if name in module._no_grad:
        sticky = getattr(module._no_grad, "sticky", frozenset()) - {name}
        module._no_grad = _StickySet(module._no_grad)
        module._no_grad.sticky = sticky
        module._no_grad.remove(name)
