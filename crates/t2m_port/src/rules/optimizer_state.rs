//! The state of an MLX optimizer is a tree of arrays in an attribute, where PyTorch's is asked for and given back by methods.

use std::sync::LazyLock;

use serde::Deserialize;
use t2m_semantic::tables::read_names;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec, node};

use super::{Hook, Rule, Shape};
use crate::claim::{Claim, StmtClaim};
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::receiver;

pub(super) const EXPR: Rule =
    Rule { name: "optimizer-state", doc: include_str!("optimizer_state.md"), hook: Hook::Expr(&[Shape::Call, Shape::Attribute], read) };
pub(super) const STMT: Rule = Rule { name: "optimizer-state", doc: include_str!("optimizer_state.md"), hook: Hook::Stmt(write) };

/// `optimizer.state_dict()`, `optimizer.state`
fn read<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    if let Some(optimizer) = by_parameter(cx, expr) {
        // The target says it.
        if let Some(Node::Stmt(ast::Stmt::Assign(assign))) = cx.parent(expr)
            && std::ptr::eq(&*assign.value, expr)
            && assign.targets.iter().any(|target| by_parameter(cx, target).is_some())
        {
            return Some(Claim::keep());
        }
        let reason = format!(
            "`{}.state` is kept by parameter in PyTorch; in MLX it is a tree under the names of the parameters, with the count of steps and the learning rate",
            cx.snippet(optimizer)
        );
        let help = "a new optimizer starts anew; `load_state_dict(other.state_dict())` gives one the state of another";
        return Some(Claim::todo(Finding::todo(codes::PARAM_GROUPS, expr.range(), reason).help(help)));
    }
    if let Some(optimizer) = by_groups(cx, expr) {
        let (function, uses) = cx.member(Module::Compat, "optimizer_state_dict");
        let pieces = vec![Piece::text(format!("{function}(")), Piece::Expr(optimizer, Prec::Named), Piece::text(")")];
        return Some(Claim::build(pieces, Prec::Atom).uses(uses));
    }
    let (optimizer, call) = method(cx, expr, "state_dict")?;
    let is_bare = call.args.is_empty() && call.keywords.is_empty();
    if is_bare && has_settings(cx) {
        let (function, uses) = cx.member(Module::Compat, "optimizer_state_dict");
        let pieces = vec![Piece::text(format!("{function}(")), Piece::Expr(optimizer, Prec::Named), Piece::text(")")];
        return Some(Claim::build(pieces, Prec::Atom).uses(uses));
    }
    is_bare.then(|| Claim::build(vec![Piece::Expr(optimizer, Prec::Atom), Piece::text(".state")], Prec::Atom))
}

/// `self.optimizer.state_dict()["param_groups"]` of what nothing else is known of: only optimizers have groups of parameters.
fn by_groups<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    if method.attr.as_str() != "state_dict" || !call.args.is_empty() || !cx.kind(&method.value).is_unknown() {
        return None;
    }
    let Some(Node::Expr(ast::Expr::Subscript(item))) = cx.parent(expr) else { return None };
    (receiver::string(&item.slice) == Some("param_groups")).then_some(&method.value)
}

/// `optimizer.load_state_dict(state)`
fn write<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    if is_moved(cx, stmt) {
        return Some(StmtClaim::delete());
    }
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

/// `optimizer` of `optimizer.state`
fn by_parameter<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Attribute(state) = expr else { return None };
    (state.attr.as_str() == "state" && cx.kind(&state.value).is_optimizer()).then_some(&state.value)
}

/// `for state in optimizer.state.values():`, where each array is put onto another device.
fn is_moved<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let ast::Stmt::For(walk) = stmt else { return false };
    let (Some(states), [ast::Stmt::For(inner)]) = (walked(&walk.iter, "values"), &walk.body[..]) else { return false };
    let (ast::Expr::Name(state), ast::Expr::Tuple(pair), Some(ast::Expr::Name(items))) =
        (&*walk.target, &*inner.target, walked(&inner.iter, "items"))
    else {
        return false;
    };
    let [ast::Expr::Name(key), ast::Expr::Name(value)] = &pair.elts[..] else { return false };
    let [body] = &inner.body[..] else { return false };
    // `if isinstance(v, torch.Tensor):`
    let body = match body {
        ast::Stmt::If(choice) if choice.orelse.is_empty() && choice.body.len() == 1 => &choice.body[0],
        body => body,
    };
    let ast::Stmt::Assign(assign) = body else { return false };
    let ([ast::Expr::Subscript(place)], ast::Expr::Call(moved)) = (&assign.targets[..], &*assign.value) else { return false };
    let is = |expr: &ast::Expr, name: &ast::ExprName| matches!(expr, ast::Expr::Name(own) if own.id == name.id);
    let ast::Expr::Attribute(method) = &*moved.func else { return false };
    let is_device = match method.attr.as_str() {
        "cuda" | "cpu" => true,
        "to" => {
            moved.keywords.iter().all(|keyword| matches!(keyword.arg.as_deref(), Some("device" | "non_blocking")))
                && moved.args.iter().all(|arg| cx.qualified(arg).is_none())
        }
        _ => false,
    };
    is_device
        && items.id == state.id
        && is(&place.value, state)
        && is(&place.slice, key)
        && is(&method.value, value)
        && by_parameter(cx, states).is_some()
}

/// `state` of `state.items()`
fn walked<'a>(iter: &'a ast::Expr, method: &str) -> Option<&'a ast::Expr> {
    let ast::Expr::Call(call) = iter else { return None };
    let ast::Expr::Attribute(asked) = &*call.func else { return None };
    (asked.attr.as_str() == method && call.args.is_empty()).then_some(&asked.value)
}

/// Texts of a project that moves or reads settings (`mappings/names/optimizer_settings.toml`).
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    needs: Vec<String>,
}

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| read_names("optimizer_settings"));

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
