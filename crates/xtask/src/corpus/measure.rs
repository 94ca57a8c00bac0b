//! The numbers of one package, and which of them may not rise or fall.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What is committed: counts that any machine repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Measured {
    pub(crate) python_files: usize,
    /// Files that fell back to a copy because a law broke.
    pub(crate) laws_broken: usize,
    pub(crate) crashes: usize,
    pub(crate) not_compiling: usize,
    /// Uses of torch in the output that no TODO covers.
    pub(crate) torch_left: usize,
    /// Calls in the output of methods that tensors have and arrays don't, without a TODO. Some are methods of other libraries' objects.
    #[serde(default)]
    pub(crate) methods_left: usize,
    pub(crate) comments_lost: usize,
    /// Names that the output reads and nothing binds, where the source bound them.
    #[serde(default)]
    pub(crate) undefined: usize,
    pub(crate) sites_ported: usize,
    pub(crate) todos: usize,
    /// Files that use torch, and how many of them came out without a TODO.
    pub(crate) torch_files: usize,
    pub(crate) torch_files_clean: usize,
    pub(crate) forwards: usize,
    pub(crate) forwards_clean: usize,
    pub(crate) todos_by_code: BTreeMap<String, usize>,
}

impl Measured {
    /// What got worse, one line each.
    pub(crate) fn worse_than(&self, stored: &Self) -> Vec<String> {
        let rising = [
            ("laws broken", self.laws_broken, stored.laws_broken),
            ("crashes", self.crashes, stored.crashes),
            ("files that don't compile", self.not_compiling, stored.not_compiling),
            ("torch without a TODO", self.torch_left, stored.torch_left),
            ("tensor methods without a TODO", self.methods_left, stored.methods_left),
            ("comments lost", self.comments_lost, stored.comments_lost),
            ("undefined names", self.undefined, stored.undefined),
            ("TODOs", self.todos, stored.todos),
        ];
        let falling = [
            ("files without a TODO", self.torch_files_clean, stored.torch_files_clean),
            ("forward methods without a TODO", self.forwards_clean, stored.forwards_clean),
        ];
        let risen = rising.iter().filter(|(_, now, then)| now > then);
        let fallen = falling.iter().filter(|(_, now, then)| now < then);
        risen.chain(fallen).map(|(what, now, then)| format!("{what}: {now}, stored {then}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_todos_and_fewer_clean_forwards_are_worse() {
        let stored = Measured { todos: 10, forwards_clean: 5, ..Measured::default() };
        let now = Measured { todos: 11, forwards_clean: 4, ..Measured::default() };
        assert_eq!(now.worse_than(&stored), ["TODOs: 11, stored 10", "forward methods without a TODO: 4, stored 5"]);
        assert!(stored.worse_than(&stored).is_empty());
        assert!(stored.worse_than(&now).is_empty());
    }
}
