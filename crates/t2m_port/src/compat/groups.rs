//! Which files share a helper module: those that imports connect, directly or over others.

use std::collections::{BTreeMap, BTreeSet};

use t2m_semantic::{Facts, FileId, Project};

use super::packages::{self, Packages};

pub(super) struct Groups<'p> {
    /// By file.
    group: Vec<usize>,
    /// By group: the package that holds the module for all.
    providers: BTreeMap<usize, &'p str>,
    /// By group without a provider: the folders from which its packages are imported.
    roots: BTreeMap<usize, Vec<String>>,
}

impl<'p> Groups<'p> {
    pub(super) fn new(project: &'p Project, facts: &Facts, packages: &Packages<'p>) -> Self {
        let tops: Vec<Option<&str>> =
            project.files.iter().map(|file| packages.top(packages::folder(&file.path)).map(|(top, _)| top)).collect();
        let mut union = Union::new(project.files.len());
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        for (i, top) in tops.iter().enumerate() {
            if let Some(top) = top {
                union.join(*first.entry(top).or_insert(i), i);
            }
        }
        for id in project.ids() {
            let imports = facts.file(id).project_imports();
            for import in imports {
                union.join(id.0 as usize, import.file.0 as usize);
            }
            // A script may bring together what lies beside it in ways that no import statement shows.
            if tops[id.0 as usize].is_none() && !imports.is_empty() {
                let beside = packages::folder(&project.file(id).path);
                let packages = first.iter().filter(|(top, _)| packages::parent(top) == Some(beside));
                packages.for_each(|(_, member)| union.join(id.0 as usize, *member));
            }
        }
        let group: Vec<usize> = (0..project.files.len()).map(|i| union.root(i)).collect();
        let mut of_group: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        for (group, top) in group.iter().zip(&tops) {
            of_group.entry(*group).or_default().extend(top);
        }
        let mut groups = Self { group, providers: BTreeMap::new(), roots: BTreeMap::new() };
        for (group, all) in of_group {
            // Whoever imports from the provider must not be imported by it.
            let leans = |top: &str| {
                project.ids().filter(|id| tops[id.0 as usize] == Some(top)).any(|id| {
                    let imports = facts.file(id).project_imports();
                    imports.iter().any(|import| tops[import.file.0 as usize] != Some(top))
                })
            };
            let mut alone = all.iter().copied().filter(|top| !leans(top));
            match (alone.next(), alone.next()) {
                (Some(provider), None) => _ = groups.providers.insert(group, provider),
                _ if all.len() == 1 && all.contains("") => _ = groups.providers.insert(group, ""),
                _ => {
                    let roots: BTreeSet<&str> = all.iter().filter_map(|top| packages::parent(top)).collect();
                    groups.roots.insert(group, roots.into_iter().map(str::to_owned).collect());
                }
            }
        }
        groups
    }

    pub(super) fn of(&self, id: FileId) -> usize {
        self.group[id.0 as usize]
    }

    pub(super) fn provider(&self, group: usize) -> Option<&'p str> {
        self.providers.get(&group).copied()
    }

    pub(super) fn roots(&self, group: usize) -> &[String] {
        self.roots.get(&group).map_or(&[], Vec::as_slice)
    }
}

/// Disjoint sets; each is named by its least member.
pub(super) struct Union(Vec<usize>);

impl Union {
    pub(super) fn new(len: usize) -> Self {
        Self((0..len).collect())
    }

    pub(super) fn root(&mut self, mut i: usize) -> usize {
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    pub(super) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
