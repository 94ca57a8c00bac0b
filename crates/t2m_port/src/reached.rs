//! Which functions of the project gradients may flow through: those that a `forward` or a loss reaches by calls, by name, in any file.
//!
//! Names over-approximate: a function counts that only shares its name with one that is called. That costs a needless `stop_gradient`, never a wrong gradient.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};
use t2m_semantic::Project;
use t2m_syntax::{Node, ast};

/// Computed once, by the first file that asks.
pub(crate) struct Reached<'a> {
    project: &'a Project,
    names: OnceLock<FxHashSet<&'a str>>,
}

impl<'a> Reached<'a> {
    pub(crate) fn new(project: &'a Project) -> Self {
        Self { project, names: OnceLock::new() }
    }

    /// Whether a function of this name may run inside of code that is differentiated.
    pub(crate) fn contains(&self, name: &str) -> bool {
        is_root(name) || self.names.get_or_init(|| reach(self.project)).contains(name)
    }
}

/// `forward` and what is like it, and losses.
pub(crate) fn is_root(name: &str) -> bool {
    name.starts_with("forward") || name == "__call__" || name == "training_step" || name.to_lowercase().ends_with("loss")
}

fn reach(project: &Project) -> FxHashSet<&str> {
    // Called names by function name, over all functions of that name.
    let mut calls: FxHashMap<&str, FxHashSet<&str>> = FxHashMap::default();
    for file in &project.files {
        for stmt in &file.source.suite {
            Node::Stmt(stmt).walk(&mut |node| {
                if let Node::Stmt(stmt @ (ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_))) = node
                    && let Some(name) = name_of(stmt)
                {
                    called_names(stmt, calls.entry(name).or_default());
                }
            });
        }
    }
    let mut open: Vec<&str> = calls.keys().copied().filter(|name| is_root(name)).collect();
    let mut reached: FxHashSet<&str> = open.iter().copied().collect();
    while let Some(name) = open.pop() {
        for called in calls.get(name).into_iter().flatten() {
            if calls.contains_key(called) && reached.insert(called) {
                open.push(called);
            }
        }
    }
    reached
}

fn name_of(stmt: &ast::Stmt) -> Option<&str> {
    match stmt {
        ast::Stmt::FunctionDef(def) => Some(&def.name),
        ast::Stmt::AsyncFunctionDef(def) => Some(&def.name),
        _ => None,
    }
}

fn called_names<'a>(function: &'a ast::Stmt, names: &mut FxHashSet<&'a str>) {
    Node::Stmt(function).walk(&mut |node| {
        if let Node::Expr(ast::Expr::Call(call)) = node {
            match &*call.func {
                ast::Expr::Name(name) => names.extend([name.id.as_str()]),
                ast::Expr::Attribute(attribute) => names.extend([attribute.attr.as_str()]),
                _ => {}
            }
        }
    });
}
