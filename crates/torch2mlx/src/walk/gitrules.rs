//! What git ignores: the innermost `.gitignore` that names a path decides.

use std::path::Path;

use ignore::gitignore::Gitignore;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Ignored,
    Taken,
}

/// Matchers from the outermost to the innermost.
#[derive(Debug, Default)]
pub(super) struct GitRules {
    stack: Vec<Gitignore>,
}

impl GitRules {
    /// The rules that hold for the contents of `root` by its git repository: the user's, the repository's, and those of the folders above.
    ///
    /// Where they ignore `root` itself (a package inside of a virtual environment), the user has asked for it by name: they don't count.
    pub(super) fn above(root: &Path) -> Self {
        let Some(top) = root.ancestors().find(|folder| folder.join(".git").exists()) else {
            return Self::default();
        };
        let mut rules = Self { stack: vec![Gitignore::global().0] };
        let exclude = top.join(".git/info/exclude");
        if let Ok(text) = std::fs::read_to_string(exclude) {
            let mut builder = ignore::gitignore::GitignoreBuilder::new(top);
            for line in text.lines() {
                // A broken line is git's to complain about.
                let _ = builder.add_line(None, line);
            }
            rules.stack.extend(builder.build());
        }
        let mut folders: Vec<&Path> = root.ancestors().skip(1).take_while(|folder| folder.starts_with(top)).collect();
        folders.reverse();
        for folder in folders {
            rules.push(folder);
        }
        let inside: Vec<&Path> = root.ancestors().take_while(|folder| *folder != top).collect();
        if inside.iter().any(|folder| rules.verdict(folder, true) == Verdict::Ignored) {
            return Self::default();
        }
        rules
    }

    pub(super) fn push(&mut self, folder: &Path) {
        let file = folder.join(".gitignore");
        if file.is_file() {
            self.stack.push(Gitignore::new(file).0);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.stack.len()
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.stack.truncate(len);
    }

    pub(super) fn verdict(&self, path: &Path, is_dir: bool) -> Verdict {
        for rules in self.stack.iter().rev().filter(|rules| !rules.is_empty()) {
            let matched = rules.matched(path, is_dir);
            if matched.is_ignore() {
                return Verdict::Ignored;
            }
            if matched.is_whitelist() {
                return Verdict::Taken;
            }
        }
        Verdict::Taken
    }
}
