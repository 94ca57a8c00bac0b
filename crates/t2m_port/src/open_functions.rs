//! Functions that code outside of the project may call with what it differentiates: nothing here calls them, or only such functions do.
//!
//! Names over-approximate, as in `reached`: a needless `stop_gradient` is no wrong gradient.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use t2m_semantic::Project;
use t2m_semantic::tables::read_names;
use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::reached::{called_names, is_definition};
use crate::reached_methods;
use crate::receiver;
use crate::rules::last_name;
use crate::survey::{CallsByName, Survey};

#[derive(Debug, Default, Deserialize)]
struct Words {
    readers: FxHashSet<String>,
    preparers: FxHashSet<String>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| read_names("readers"));

/// The names of open functions.
pub(crate) fn names<'a>(project: &'a Project, survey: &Survey<'a>) -> FxHashSet<&'a str> {
    let calls = survey.calls_by_name();
    let mut called = FxHashSet::default();
    #[allow(clippy::iter_over_hash_type, reason = "fills a set")]
    for (name, names) in calls {
        called.extend(names.iter().copied().filter(|other| other != name));
    }
    // What a script runs itself is shown.
    for file in &project.files {
        file.source.suite.iter().filter(|stmt| !is_definition(stmt)).for_each(|stmt| called_names(stmt, &mut called));
    }
    let open = calls.keys().copied().filter(|name| !called.contains(name) && may_be_trained_through(name)).collect();
    reached_from(calls, open)
}

/// The names of functions that run where an object is called, `criterion(out, y)`, or a function that is a value: `losses[kind](out, y)`. Who calls those is not
/// followed, so a training step may.
pub(crate) fn handed<'a>(survey: &Survey<'a>) -> FxHashSet<&'a str> {
    let calls = survey.calls_by_name();
    let mut open = FxHashSet::default();
    for (id, _, stmt) in survey.functions() {
        let ast::Stmt::FunctionDef(def) = stmt else { continue };
        if def.name.as_str() == "__call__" && !is_off(stmt) {
            called_names(stmt, &mut open);
        } else if survey.hands_over(id) {
            open.insert(def.name.as_str());
        }
    }
    let open = open.into_iter().filter(|name| calls.contains_key(name) && may_be_trained_through(name)).collect();
    reached_from(calls, open)
}

/// Decorators of functions that record no gradients for what they call.
const NO_GRAD: &[&str] = &["no_grad", "inference_mode"];

/// Whether a decorator of a function says that no gradients are recorded in it.
pub(crate) fn is_off(function: &ast::Stmt) -> bool {
    let ast::Stmt::FunctionDef(def) = function else { return false };
    def.decorator_list.iter().any(|decorator| NO_GRAD.contains(&decorator_name(decorator).unwrap_or_default()))
}

fn decorator_name(decorator: &ast::Expr) -> Option<&str> {
    match decorator {
        ast::Expr::Call(call) => last_name(&call.func),
        other => last_name(other),
    }
}

fn reached_from<'a>(calls: &CallsByName<'a>, mut open: Vec<&'a str>) -> FxHashSet<&'a str> {
    let mut found: FxHashSet<&str> = open.iter().copied().collect();
    while let Some(name) = open.pop() {
        for called in calls.get(name).into_iter().flatten() {
            if calls.contains_key(called) && (may_be_trained_through(called) || is_operator(called)) && found.insert(called) {
                open.push(called);
            }
        }
    }
    found
}

/// `__add__`; what a class does where it is made or called is told by its calls.
fn is_operator(name: &str) -> bool {
    name.starts_with("__") && !matches!(name, "__init__" | "__new__" | "__call__")
}

fn may_be_trained_through(name: &str) -> bool {
    !name.starts_with("__") && !name.split('_').any(|word| WORDS.readers.contains(word))
}

/// Whether a function that is a value may be one that a training step runs, by its name: `init_weights` and `collate_fn` are none.
pub(crate) fn may_be_run_in_training(name: &str) -> bool {
    may_be_trained_through(name) && !name.split('_').any(|word| WORDS.preparers.contains(word))
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

/// Whether whoever has an object or a function as a value may run a function with what is differentiated. Of modules, the methods that are values themselves:
/// `forward` tells of the others.
pub(crate) fn is_handed<'a>(cx: &Cx<'a>, function: &'a ast::Stmt) -> bool {
    let ast::Stmt::FunctionDef(def) = function else { return false };
    if cx.source(function).contains(".eval()") {
        return false;
    }
    match receiver::class_of_body(cx, function) {
        Some(class) if !reached_methods::is_plain(cx.project_facts, class) => {
            cx.project_facts.function_of_stmt(cx.id, function).is_some_and(|id| cx.shared.survey.hands_over(id))
        }
        _ => cx.shared.is_handed(&def.name),
    }
}
