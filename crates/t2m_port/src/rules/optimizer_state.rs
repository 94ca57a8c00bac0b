//! The state of an MLX optimizer is a tree of arrays in an attribute, where PyTorch's is asked for and given back by methods.

use std::sync::LazyLock;

use serde::Deserialize;
use t2m_semantic::tables::MAPPINGS;
use t2m_syntax::ast;
use t2m_syntax::{Node, Piece, Prec, node};

use super::{Hook, Rule, Shape};
use crate::claim::{Claim, StmtClaim};
use crate::cx::Cx;
use crate::names::Module;

pub(super) const EXPR: Rule =
    Rule { name: "optimizer-state", doc: include_str!("optimizer_state.md"), hook: Hook::Expr(&[Shape::Call], read) };
pub(super) const STMT: Rule = Rule { name: "optimizer-state", doc: include_str!("optimizer_state.md"), hook: Hook::Stmt(write) };

/// `optimizer.state_dict()`
fn read<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let (optimizer, call) = method(cx, expr, "state_dict")?;
    let is_bare = call.args.is_empty() && call.keywords.is_empty();
    if is_bare && has_settings(cx) {
        let (function, uses) = cx.member(Module::Compat, "optimizer_state_dict");
        let pieces = vec![Piece::text(format!("{function}(")), Piece::Expr(optimizer, Prec::Named), Piece::text(")")];
        return Some(Claim::build(pieces, Prec::Atom).uses(uses));
    }
    is_bare.then(|| Claim::build(vec![Piece::Expr(optimizer, Prec::Atom), Piece::text(".state")], Prec::Atom))
}

/// `optimizer.load_state_dict(state)`
fn write<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Expr(s) = stmt else { return None };
    let (optimizer, call) = method(cx, &s.value, "load_state_dict")?;
    let ([state], []) = (&call.args[..], &call.keywords[..]) else { return None };
    if has_settings(cx) {
        let (function, uses) = cx.member(Module::Compat, "load_optimizer_state_dict");
        let open = Piece::text(format!("{function}("));
        let pieces = vec![open, Piece::Expr(optimizer, Prec::Named), Piece::text(", "), Piece::Expr(state, Prec::Named), Piece::text(")")];
        return Some(StmtClaim::replace(pieces).uses(uses));
    }
    Some(StmtClaim::replace(vec![Piece::Expr(optimizer, Prec::Atom), Piece::text(".state = "), Piece::Expr(state, Prec::Named)]))
}

/// Texts of a project that moves or reads settings (`mappings/names/optimizer_settings.toml`).
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    needs: Vec<String>,
}

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    let text = MAPPINGS.get_file("names/optimizer_settings.toml").and_then(|file| file.contents_utf8()).unwrap_or_default();
    toml::from_str(text).unwrap_or_default()
});

/// Whether the settings belong to the state: in all files of a project alike, which write and read it.
fn has_settings(cx: &Cx<'_>) -> bool {
    let mut texts = cx.project.files.iter().map(|file| &file.source.text);
    texts.any(|text| SETTINGS.needs.iter().any(|word| text.contains(word.as_str()))) || gives(cx)
}

/// Whether a function of the file gives the state of one optimizer to another, which takes the settings over, and keeps a learning rate of its own.
fn gives<'a>(cx: &Cx<'a>) -> bool {
    let mut suites: Vec<&'a [ast::Stmt]> = vec![&cx.file.suite];
    while let Some(suite) = suites.pop() {
        let (mut reads, mut writes) = (false, false);
        node::statements(suite, &mut |stmt| {
            if let ast::Stmt::FunctionDef(def) = stmt {
                suites.push(&def.body);
            }
        });
        let mut visit = |node: Node<'a>| {
            let Node::Expr(expr) = node else { return };
            reads |= method(cx, expr, "state_dict").is_some();
            writes |= method(cx, expr, "load_state_dict").is_some();
        };
        suite.iter().for_each(|stmt| own_nodes(Node::Stmt(stmt), &mut visit));
        if reads && writes {
            return true;
        }
    }
    false
}

/// Visits what is below a node, without the functions in it.
fn own_nodes<'a>(at: Node<'a>, visit: &mut dyn FnMut(Node<'a>)) {
    visit(at);
    if !matches!(at, Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_))) {
        at.children().into_iter().for_each(|child| own_nodes(child, visit));
    }
}

fn method<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &str) -> Option<(&'a ast::Expr, &'a ast::ExprCall)> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    (method.attr.as_str() == name && cx.kind(&method.value).is_optimizer()).then_some((&method.value, call))
}
