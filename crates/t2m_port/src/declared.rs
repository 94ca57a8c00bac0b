//! Which attributes the classes of the project declare as parameters or buffers; gathered in one walk of each class.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};
use t2m_semantic::{ClassId, Facts, FileFacts, Project};
use t2m_syntax::{Node, ast, node};

use crate::receiver;

/// Computed once, by the first file that asks.
pub(crate) struct Declared<'a> {
    project: &'a Project,
    names: OnceLock<FxHashMap<ClassId, FxHashSet<&'a str>>>,
}

impl<'a> Declared<'a> {
    pub(crate) fn new(project: &'a Project) -> Self {
        Self { project, names: OnceLock::new() }
    }

    /// Whether the class itself makes the attribute a parameter or a buffer.
    pub(crate) fn contains(&self, facts: &Facts, class: ClassId, name: &str) -> bool {
        let names = self.names.get_or_init(|| gather(self.project, facts));
        names.get(&class).is_some_and(|names| names.contains(name))
    }
}

fn gather<'a>(project: &'a Project, facts: &Facts) -> FxHashMap<ClassId, FxHashSet<&'a str>> {
    let mut all: FxHashMap<ClassId, FxHashSet<&'a str>> = FxHashMap::default();
    for id in project.ids() {
        node::statements(&project.file(id).source.suite, &mut |stmt| {
            if matches!(stmt, ast::Stmt::ClassDef(_))
                && let Some(class) = facts.class_of_stmt(id, stmt)
            {
                let mut names = FxHashSet::default();
                Node::Stmt(stmt).walk(&mut |node| names.extend(declared(facts.file(id), node)));
                if !names.is_empty() {
                    all.entry(class).or_default().extend(names);
                }
            }
        });
    }
    all
}

/// The name that a node declares: `self.register_buffer("name", ...)`, `self.name = nn.Parameter(...)`.
fn declared<'a>(facts: &FileFacts, node: Node<'a>) -> Option<&'a str> {
    match node {
        Node::Expr(ast::Expr::Call(call)) => {
            let ast::Expr::Attribute(method) = &*call.func else { return None };
            let declares = matches!(method.attr.as_str(), "register_buffer" | "register_parameter");
            receiver::argument(call, 0, "name").filter(|_| declares).and_then(receiver::string)
        }
        Node::Stmt(stmt) => {
            let (ast::Expr::Attribute(target), value) = receiver::assignment(stmt)? else { return None };
            may_be_parameter(facts, value).then_some(target.attr.as_str())
        }
        Node::Expr(_) => None,
    }
}

/// `nn.Parameter(...)`, also as one of two choices.
fn may_be_parameter(facts: &FileFacts, value: &ast::Expr) -> bool {
    match value {
        ast::Expr::Call(call) => matches!(facts.qualified(&call.func), Some("torch.nn.Parameter" | "torch.nn.Buffer")),
        ast::Expr::IfExp(choice) => may_be_parameter(facts, &choice.body) || may_be_parameter(facts, &choice.orelse),
        _ => false,
    }
}
