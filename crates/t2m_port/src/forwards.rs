//! How many `forward` methods a file has, and how many are ported without a TODO: sites alone mislead.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::node::statements;

use crate::cx::Cx;
use crate::finding::Finding;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Forwards {
    pub(crate) all: usize,
    pub(crate) clean: usize,
}

/// Counts methods named `forward` in classes.
pub(crate) fn count(cx: &Cx<'_>, findings: &[Finding]) -> Forwards {
    let mut forwards = Forwards::default();
    statements(&cx.file.suite, &mut |stmt| {
        let ast::Stmt::ClassDef(class) = stmt else { return };
        for method in &class.body {
            if matches!(method, ast::Stmt::FunctionDef(def) if def.name.as_str() == "forward") {
                forwards.all += 1;
                let has_todo = findings.iter().any(|f| f.is_todo && method.range().contains_range(f.range));
                forwards.clean += usize::from(!has_todo);
            }
        }
    });
    forwards
}
