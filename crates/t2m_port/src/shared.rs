//! What all files of a port look up in the whole project, each part computed once, when it is first asked for.

use t2m_semantic::Project;

use crate::declared::Declared;
use crate::reached::Reached;

pub(crate) struct Shared<'a> {
    pub(crate) reached: Reached<'a>,
    pub(crate) declared: Declared<'a>,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(project: &'a Project) -> Self {
        Self { reached: Reached::new(project), declared: Declared::new(project) }
    }
}
