//! `p.data` that is handed to who writes: `copy(p.data, q.data)`, a list of pairs that a loop writes through, `torch._foreach_lerp_(lists)`. What is written
//! belongs into the tensor itself, so a copy without gradient is never right there.

use std::sync::LazyLock;

use serde::Deserialize;
use t2m_semantic::Kind;
use t2m_semantic::tables::read_names;
use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::callee::callees;
use crate::cx::Cx;
use crate::rules::is_off_at;
use crate::{reached, storage, views, written_arguments};

/// From `mappings/names/keepers.toml`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Keepers {
    keepers: Vec<String>,
}

static KEEPERS: LazyLock<Keepers> = LazyLock::new(|| read_names("keepers"));

/// So many names are followed from the place that holds it to the one that writes.
const DEEPEST: usize = 3;

/// Whether an expression, or what it is gathered into, is an argument of who writes to it.
pub(crate) fn is_handed<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, value: &'a ast::Expr) -> bool {
    if is_written_by_call(cx, expr, is_parameter(cx, value)) {
        return true;
    }
    // What a container holds of other values may be read by a loss.
    let may_be_read = || !is_parameter(cx, value) && reached::is_differentiated_at(cx, expr) && !is_off_at(cx, expr);
    if !matches!(expr, ast::Expr::Attribute(_)) || may_be_read() {
        return false;
    }
    match holder(cx, expr) {
        Some(Held::By(name)) => is_written_through(cx, expr, name, DEEPEST),
        Some(Held::As(gathered)) => is_written_by_call(cx, gathered, is_parameter(cx, value)),
        None => false,
    }
}

/// What would be another object's to keep is no matter of writing: a function that nothing is known of is called with parameters to change them.
pub(crate) fn is_parameter(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    cx.kind(value) == Kind::Parameter || storage::sounds_like_parameter(value)
}

/// Whether the call around an argument is a statement of its own: what it gives is of no use, what it writes is.
pub(crate) fn is_for_effect<'a>(cx: &Cx<'a>, argument: &'a ast::Expr) -> bool {
    let Some(Node::Expr(call @ ast::Expr::Call(_))) = cx.parent(argument) else { return false };
    matches!(cx.parent(call), Some(Node::Stmt(ast::Stmt::Expr(_))))
}

/// Whether the call around an argument writes to it: a function of the project that does, `torch._foreach_add_`, and one that is not known and gives nothing
/// that is used, if `may_be_unknown`.
pub(crate) fn is_written_by_call<'a>(cx: &Cx<'a>, argument: &'a ast::Expr, may_be_unknown: bool) -> bool {
    let Some(Node::Expr(up @ ast::Expr::Call(call))) = cx.parent(argument) else { return false };
    if std::ptr::eq(&*call.func, argument) {
        return false;
    }
    if let Some(name) = cx.qualified(&call.func) {
        return name.starts_with("torch._foreach_") && storage::is_in_place(name);
    }
    if !written_arguments::changed_arguments(cx, call, |arg| std::ptr::eq(arg, argument)).is_empty() {
        return true;
    }
    let is_statement = || matches!(cx.parent(up), Some(Node::Stmt(ast::Stmt::Expr(_))));
    may_be_unknown && is_statement() && cx.entity(&call.func).is_none() && callees(cx, call).is_empty() && !may_keep(&call.func)
}

/// `history.append`, `memory.push`, `self.log`: a method of another object may keep what it is given. A function under a name, or as an attribute of `self`
/// that is called for what it does, changes it.
fn may_keep(callee: &ast::Expr) -> bool {
    match callee {
        ast::Expr::Name(_) => false,
        ast::Expr::Attribute(method) => {
            let name = method.attr.as_str();
            !views::is_same_name(&method.value, "self") || KEEPERS.keepers.iter().any(|keeps| name.contains(keeps.as_str()))
        }
        _ => true,
    }
}

/// Where something is gathered.
enum Held<'a> {
    /// A list or dictionary under a name.
    By(&'a str),
    /// One that is written on the spot: `[p.data for p in ps]`.
    As(&'a ast::Expr),
}

fn holder<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Held<'a>> {
    let mut gathered = expr;
    loop {
        match cx.parent(gathered)? {
            Node::Expr(up @ (ast::Expr::Tuple(_) | ast::Expr::List(_))) => gathered = up,
            Node::Expr(
                up @ ast::Expr::ListComp(ast::ExprListComp { elt, .. }) | up @ ast::Expr::GeneratorExp(ast::ExprGeneratorExp { elt, .. }),
            ) if std::ptr::eq(&**elt, gathered) => {
                gathered = up;
            }
            Node::Expr(up @ ast::Expr::DictComp(dict)) if std::ptr::eq(&*dict.value, gathered) => gathered = up,
            // `list(p.data for p in ps)`
            Node::Expr(up @ ast::Expr::Call(call)) if matches!(&*call.func, ast::Expr::Name(name) if matches!(name.id.as_str(), "list" | "tuple")) =>
            {
                gathered = up;
            }
            // `pairs.append((p.data, q.data))`
            Node::Expr(ast::Expr::Call(call)) if gathered_by(call).is_some() => return gathered_by(call).map(Held::By),
            Node::Expr(ast::Expr::Call(_)) if !std::ptr::eq(gathered, expr) => return Some(Held::As(gathered)),
            Node::Stmt(ast::Stmt::Assign(assign)) => {
                return match &assign.targets[..] {
                    [ast::Expr::Name(name)] if !std::ptr::eq(gathered, expr) => Some(Held::By(name.id.as_str())),
                    // `todo[n] = (p.data, q.data)`; `state["kept"]` is one value among others.
                    [ast::Expr::Subscript(item)] if !item.slice.is_constant_expr() => {
                        item.value.as_name_expr().map(|name| Held::By(name.id.as_str()))
                    }
                    _ => None,
                };
            }
            _ => return None,
        }
    }
}

/// `pairs` of `pairs.append(pair)`
fn gathered_by(call: &ast::ExprCall) -> Option<&str> {
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let ast::Expr::Name(name) = &*method.value else { return None };
    matches!(method.attr.as_str(), "append" | "extend").then_some(name.id.as_str())
}

/// Whether the function writes to what a list or dictionary of it holds.
fn is_written_through<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str, depth: usize) -> bool {
    let Some(next) = depth.checked_sub(1) else { return false };
    let mut found = false;
    for stmt in views::enclosing_body(cx, at) {
        Node::Stmt(stmt).walk(&mut |node| {
            // `todo[n] = pair` puts something into it.
            let is_statement = matches!(node, Node::Stmt(_));
            found = found
                || !is_statement && storage::writes(node, name)
                || match node {
                    // `for tgt, src in pairs: tgt.mul_(0.9)`
                    Node::Stmt(ast::Stmt::For(walk)) if reads(&walk.iter, name) => {
                        let is_of_it =
                            |item: &&str| views::walked_by(cx, &walk.target, &walk.iter, item).is_some_and(|walked| reads(walked, name));
                        names_in(&walk.target).into_iter().filter(is_of_it).any(|item| is_item_written(cx, &walk.body, item))
                    }
                    // `tgts, srcs = zip(*pairs)`
                    Node::Stmt(ast::Stmt::Assign(assign)) if regroups(&assign.value, name) => {
                        assign.targets.iter().flat_map(names_in).any(|part| part != name && is_written_through(cx, at, part, next))
                    }
                    Node::Expr(argument @ ast::Expr::Name(read)) if read.id.as_str() == name => is_written_by_call(cx, argument, true),
                    _ => false,
                };
        });
    }
    found
}

fn is_item_written<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], item: &str) -> bool {
    let mut found = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            found = found
                || storage::writes(node, item)
                || matches!(node, Node::Expr(argument @ ast::Expr::Name(read)) if read.id.as_str() == item && is_written_by_call(cx, argument, true));
        });
    }
    found
}

/// `zip(*pairs)`, `list(pairs)`, `pairs.items()`, and the name itself.
fn regroups(value: &ast::Expr, name: &str) -> bool {
    match value {
        ast::Expr::Name(read) => read.id.as_str() == name,
        ast::Expr::Call(call) => {
            let is_function =
                matches!(&*call.func, ast::Expr::Name(function) if matches!(function.id.as_str(), "zip" | "list" | "tuple" | "map"));
            is_function && reads(value, name)
        }
        _ => false,
    }
}

fn reads(expr: &ast::Expr, name: &str) -> bool {
    let mut found = false;
    Node::Expr(expr).walk(&mut |node| found |= matches!(node, Node::Expr(read) if views::is_same_name(read, name)));
    found
}

fn names_in(target: &ast::Expr) -> Vec<&str> {
    let mut names = Vec::new();
    Node::Expr(target).walk(&mut |node| {
        if let Node::Expr(ast::Expr::Name(name)) = node {
            names.push(name.id.as_str());
        }
    });
    names
}
