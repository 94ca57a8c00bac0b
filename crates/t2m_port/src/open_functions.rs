//! Functions that code outside of the project may call with what it differentiates: nothing here calls them, or only such functions do.
//!
//! Names over-approximate, as in `reached`: a needless `stop_gradient` is no wrong gradient.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use t2m_semantic::Project;
use t2m_semantic::tables::read_names;
use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::reached::{called_names, is_definition};
use crate::reached_methods;
use crate::receiver;
use crate::survey::Survey;

#[derive(Debug, Default, Deserialize)]
struct Words {
    readers: FxHashSet<String>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| read_names("readers"));

/// The names of open functions.
pub(crate) fn names<'a>(project: &'a Project, survey: &Survey<'a>) -> FxHashSet<&'a str> {
    let mut calls: FxHashMap<&'a str, Vec<&[&'a str]>> = FxHashMap::default();
    let mut called = FxHashSet::default();
    for (name, names) in survey.calls() {
        called.extend(names.iter().copied().filter(|other| *other != name));
        calls.entry(name).or_default().push(names);
    }
    // What a script runs itself is shown.
    for file in &project.files {
        file.source.suite.iter().filter(|stmt| !is_definition(stmt)).for_each(|stmt| called_names(stmt, &mut called));
    }
    let mut open: Vec<&str> = calls.keys().copied().filter(|name| !called.contains(name) && may_be_trained_through(name)).collect();
    let mut found: FxHashSet<&str> = open.iter().copied().collect();
    while let Some(name) = open.pop() {
        for called in calls.get(name).into_iter().flatten().copied().flatten() {
            if calls.contains_key(called) && may_be_trained_through(called) && found.insert(called) {
                open.push(called);
            }
        }
    }
    found
}

fn may_be_trained_through(name: &str) -> bool {
    !name.starts_with("__") && !name.split('_').any(|word| WORDS.readers.contains(word))
}

/// Whether a place is in an open function, of no class or of one that is no module: `forward` tells of modules.
pub(crate) fn is_within<'a>(cx: &Cx<'a>, node: Node<'a>) -> bool {
    let mut outermost = None;
    for up in std::iter::once(node).chain(cx.ancestors(node)) {
        if let Node::Stmt(stmt @ (ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_))) = up {
            outermost = Some(stmt);
        }
    }
    outermost.is_some_and(|function| is_open(cx, function))
}

pub(crate) fn is_open<'a>(cx: &Cx<'a>, function: &'a ast::Stmt) -> bool {
    let ast::Stmt::FunctionDef(def) = function else { return false };
    let is_plain = || receiver::class_of_body(cx, function).is_none_or(|class| reached_methods::is_plain(cx.project_facts, class));
    cx.shared.is_open(&def.name) && is_plain() && !cx.source(function).contains(".eval()")
}
