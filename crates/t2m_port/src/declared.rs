//! Which attributes the classes of the project declare as parameters or buffers; gathered in one walk of each class.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use t2m_semantic::{ClassId, Facts, FileFacts, Project};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use crate::receiver;

/// What an attribute is declared as; in one class a buffer, in another a parameter: a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    Parameter,
    Buffer,
}

type Names<'a> = FxHashMap<&'a str, Sort>;

/// Computed once, by the first file that asks.
pub(crate) struct Declared<'a> {
    project: &'a Project,
    names: OnceLock<FxHashMap<ClassId, Names<'a>>>,
}

impl<'a> Declared<'a> {
    pub(crate) fn new(project: &'a Project) -> Self {
        Self { project, names: OnceLock::new() }
    }

    /// What the class itself makes of the attribute.
    pub(crate) fn get(&self, facts: &Facts, class: ClassId, name: &str) -> Option<Sort> {
        self.names.get_or_init(|| gather(self.project, facts)).get(&class)?.get(name).copied()
    }
}

fn gather<'a>(project: &'a Project, facts: &Facts) -> FxHashMap<ClassId, Names<'a>> {
    let mut all: FxHashMap<ClassId, Names<'a>> = FxHashMap::default();
    for id in project.ids() {
        let source = &project.file(id).source;
        let registers = source.text.contains("register_");
        node::statements(&source.suite, &mut |stmt| {
            let ast::Stmt::ClassDef(class) = stmt else { return };
            let Some(id) = facts.class_of_stmt(id, stmt) else { return };
            let of_file = facts.file(facts.class(id).file);
            let mut declare = |(name, sort): (&'a str, Sort)| {
                let here = all.entry(id).or_default().entry(name).or_insert(sort);
                *here = sort.max(*here);
            };
            node::statements(&class.body, &mut |stmt| assigned(of_file, stmt).into_iter().for_each(&mut declare));
            if registers && source.slice(stmt.range()).contains("register_") {
                Node::Stmt(stmt).walk(&mut |node| registered(node).into_iter().for_each(&mut declare));
            }
        });
    }
    all
}

/// `self.name = nn.Parameter(...)`
fn assigned<'a>(facts: &FileFacts, stmt: &'a ast::Stmt) -> Option<(&'a str, Sort)> {
    let (ast::Expr::Attribute(target), value) = receiver::assignment(stmt)? else { return None };
    Some((target.attr.as_str(), made(facts, value)?))
}

/// `self.register_buffer("name", ...)`
fn registered(node: Node<'_>) -> Option<(&str, Sort)> {
    let Node::Expr(ast::Expr::Call(call)) = node else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let sort = match method.attr.as_str() {
        "register_buffer" => Sort::Buffer,
        "register_parameter" => Sort::Parameter,
        _ => return None,
    };
    Some((receiver::argument(call, 0, "name").and_then(receiver::string)?, sort))
}

/// `nn.Parameter(...)`, also as one of two choices.
fn made(facts: &FileFacts, value: &ast::Expr) -> Option<Sort> {
    match value {
        ast::Expr::Call(call) => match facts.qualified(&call.func)? {
            "torch.nn.Parameter" => Some(Sort::Parameter),
            "torch.nn.Buffer" => Some(Sort::Buffer),
            _ => None,
        },
        ast::Expr::IfExp(choice) => made(facts, &choice.body).or_else(|| made(facts, &choice.orelse)),
        _ => None,
    }
}
