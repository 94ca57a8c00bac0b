//! What all files of a port look up in the whole project, each part computed once, when it is first asked for.

use std::sync::OnceLock;

use rustc_hash::FxHashSet;
use t2m_semantic::{Facts, Project};

use crate::declared::Declared;
use crate::reached::Reached;

pub(crate) struct Shared<'a> {
    pub(crate) reached: Reached<'a>,
    pub(crate) declared: Declared<'a>,
    methods: OnceLock<FxHashSet<&'a str>>,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(project: &'a Project) -> Self {
        Self { reached: Reached::new(project), declared: Declared::new(project), methods: OnceLock::new() }
    }

    /// Whether a class of the project defines a method of this name.
    pub(crate) fn has_method(&self, facts: &'a Facts, name: &str) -> bool {
        let all = || facts.classes().flat_map(|(_, class)| class.methods.keys().map(String::as_str)).collect();
        self.methods.get_or_init(all).contains(name)
    }
}
