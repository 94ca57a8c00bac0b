//! Which attributes the classes of the project declare as parameters or buffers; gathered in one walk of each class.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};
use t2m_semantic::{ClassId, Facts, FileFacts, Project};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

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
        let source = &project.file(id).source;
        let registers = source.text.contains("register_");
        node::statements(&source.suite, &mut |stmt| {
            let ast::Stmt::ClassDef(class) = stmt else { return };
            let Some(id) = facts.class_of_stmt(id, stmt) else { return };
            let mut names = FxHashSet::default();
            node::statements(&class.body, &mut |stmt| names.extend(assigned(facts.file(facts.class(id).file), stmt)));
            if registers && source.slice(stmt.range()).contains("register_") {
                Node::Stmt(stmt).walk(&mut |node| names.extend(registered(node)));
            }
            if !names.is_empty() {
                all.entry(id).or_default().extend(names);
            }
        });
    }
    all
}

/// `self.name = nn.Parameter(...)`
fn assigned<'a>(facts: &FileFacts, stmt: &'a ast::Stmt) -> Option<&'a str> {
    let (ast::Expr::Attribute(target), value) = receiver::assignment(stmt)? else { return None };
    may_be_parameter(facts, value).then_some(target.attr.as_str())
}

/// `self.register_buffer("name", ...)`
fn registered(node: Node<'_>) -> Option<&str> {
    let Node::Expr(ast::Expr::Call(call)) = node else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let declares = matches!(method.attr.as_str(), "register_buffer" | "register_parameter");
    receiver::argument(call, 0, "name").filter(|_| declares).and_then(receiver::string)
}

/// `nn.Parameter(...)`, also as one of two choices.
fn may_be_parameter(facts: &FileFacts, value: &ast::Expr) -> bool {
    match value {
        ast::Expr::Call(call) => matches!(facts.qualified(&call.func), Some("torch.nn.Parameter" | "torch.nn.Buffer")),
        ast::Expr::IfExp(choice) => may_be_parameter(facts, &choice.body) || may_be_parameter(facts, &choice.orelse),
        _ => false,
    }
}
