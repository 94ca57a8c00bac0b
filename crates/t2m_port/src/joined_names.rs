//! What files say by names alone, joined over all of them: each rule that asks for a name would ask thousands of files.

use rustc_hash::{FxHashMap, FxHashSet};
use t2m_semantic::{ClassId, FileId, FunctionId};
use t2m_syntax::ast;

use crate::survey::FileSurvey;

#[derive(Debug, Default)]
pub(crate) struct Joined<'a> {
    pub(crate) augmented: FxHashMap<&'a str, Vec<(FileId, &'a ast::Expr)>>,
    /// The classes in which something is put into an attribute of a name.
    pub(crate) storing: FxHashMap<&'a str, Vec<ClassId>>,
    pub(crate) assigned: FxHashSet<&'a str>,
    pub(crate) set_by_name: FxHashSet<&'a str>,
    pub(crate) grown: FxHashSet<&'a str>,
    pub(crate) ties: FxHashSet<&'a str>,
    pub(crate) handed: FxHashSet<FunctionId>,
    pub(crate) hooks: FxHashSet<&'a str>,
    pub(crate) asked: FxHashSet<&'a str>,
    pub(crate) given_parameters: FxHashSet<&'a str>,
    pub(crate) given_large: FxHashSet<&'a str>,
    pub(crate) given_huge: FxHashSet<&'a str>,
    pub(crate) written_members: FxHashSet<String>,
    pub(crate) trains_losses: bool,
    pub(crate) omits_bias: bool,
    pub(crate) gathers_between_layers: bool,
    pub(crate) makes_changing_layers: bool,
}

impl<'a> Joined<'a> {
    pub(crate) fn take(&mut self, id: FileId, file: &mut FileSurvey<'a>) {
        #[allow(clippy::iter_over_hash_type, reason = "a map again in the end")]
        for (name, put) in std::mem::take(&mut file.augmented) {
            self.augmented.entry(name).or_default().extend(put.into_iter().map(|put| (id, put)));
        }
        #[allow(clippy::iter_over_hash_type, reason = "whoever asks, asks whether any does")]
        for (class, members) in &file.classes {
            members.stores.keys().for_each(|name| self.storing.entry(*name).or_default().push(*class));
        }
        self.assigned.extend(std::mem::take(&mut file.assigned));
        self.set_by_name.extend(std::mem::take(&mut file.set_by_name));
        self.grown.extend(std::mem::take(&mut file.grown));
        self.ties.extend(std::mem::take(&mut file.ties));
        self.handed.extend(std::mem::take(&mut file.handed));
        self.hooks.extend(std::mem::take(&mut file.hooks));
        self.asked.extend(std::mem::take(&mut file.asked));
        self.given_parameters.extend(std::mem::take(&mut file.given_parameters));
        self.given_large.extend(std::mem::take(&mut file.given_large));
        self.given_huge.extend(std::mem::take(&mut file.given_huge));
        self.written_members.extend(std::mem::take(&mut file.written_members));
        self.trains_losses |= file.trains_losses;
        self.omits_bias |= file.omits_bias;
        self.gathers_between_layers |= file.gathers_between_layers;
        self.makes_changing_layers |= file.makes_changing_layers;
    }
}
