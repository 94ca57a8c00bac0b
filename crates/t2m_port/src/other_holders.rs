//! Who else holds the tensor behind a view that is written: `self.h = d`, `hs = [d]`, `e = d` in front of `w = d.detach()` and `w += 1`.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use crate::cx::Cx;
use crate::turn_values::used_after;
use crate::{receiver, views};

/// Whether an attribute, a container or another name that outlives the write holds what a name stands for.
pub(crate) fn hold<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], base: &'a ast::Expr, at: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = base else { return false };
    let before = at.range().start();
    let is_same = |expr: &ast::Expr| views::is_same_name(expr, &name.id);
    let mut found = false;
    let is_bound_between =
        |after| views::bindings(body, &name.id).iter().any(|(_, value)| value.range().start() > after && value.range().end() <= before);
    node::statements(body, &mut |stmt| {
        if found || stmt.range().end() > before {
            return;
        }
        found = match stmt {
            ast::Stmt::Assign(assign) => {
                let mut pairs = assign.targets.iter().flat_map(|target| views::pairs_of(target, &assign.value));
                let is_held = |(target, value): (&'a ast::Expr, &'a ast::Expr)| {
                    (is_same(value) || holds(cx, value, &is_same)) && outlives(cx, body, target, &is_same, at)
                };
                pairs.any(is_held) && !is_bound_between(stmt.range().end())
            }
            // `hs += [d]`
            ast::Stmt::AugAssign(assign) if holds(cx, &assign.value, &is_same) => {
                outlives(cx, body, &assign.target, &is_same, at) && !is_bound_between(stmt.range().end())
            }
            ast::Stmt::Expr(statement) => match &*statement.value {
                ast::Expr::Call(call) => {
                    taker(cx, call, &is_same).is_some_and(|place| outlives(cx, body, place, &is_same, at))
                        && !is_bound_between(stmt.range().end())
                }
                _ => false,
            },
            // `def f(): return d`
            ast::Stmt::FunctionDef(def) => reads_freely(def, &name.id) && is_read_after(body, &def.name, at),
            _ => false,
        };
    });
    found
}

/// Whether a value holds it: a list, tuple or dictionary that is written with it, what a call makes of it that only gathers, or a function that reads it.
fn holds<'a>(cx: &Cx<'a>, value: &'a ast::Expr, is_same: &dyn Fn(&ast::Expr) -> bool) -> bool {
    let is_held = |item: &'a ast::Expr| is_same(item) || holds(cx, item, is_same);
    match value {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => elts.iter().any(is_held),
        ast::Expr::Dict(dict) => dict.values.iter().any(is_held),
        ast::Expr::Starred(all) => is_held(&all.value),
        ast::Expr::NamedExpr(named) => is_held(&named.value),
        ast::Expr::Lambda(lambda) => {
            let mut reads = false;
            Node::Expr(&lambda.body).walk(&mut |node| reads |= matches!(node, Node::Expr(expr) if is_same(expr)));
            reads
        }
        ast::Expr::Call(call) => keeps_arguments(cx, call) && arguments(call).any(is_held),
        _ => false,
    }
}

/// `dict(a=d)`, `State(d)` of a class of the project that is no module, `replace(state, d=d)`
fn keeps_arguments<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    match cx.entity(&call.func) {
        Some(Entity::Builtin(name)) => {
            matches!(name.as_str(), "dict" | "list" | "tuple" | "set" | "zip" | "reversed" | "iter" | "enumerate")
        }
        Some(Entity::Class(_)) => true,
        Some(Entity::Function(_)) => false,
        _ => {
            let name = match &*call.func {
                ast::Expr::Name(name) => name.id.as_str(),
                ast::Expr::Attribute(function) => function.attr.as_str(),
                _ => return false,
            };
            // A tensor's own `replace` there is none.
            matches!(name, "replace" | "_replace" | "SimpleNamespace" | "partial")
                && cx.qualified(&call.func).is_none_or(|name| !name.starts_with("torch"))
        }
    }
}

fn arguments(call: &ast::ExprCall) -> impl Iterator<Item = &ast::Expr> {
    call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value))
}

/// Where a call of its own puts it: `hs` of `hs.append((d, 1))`, `box` of `setattr(box, "d", d)`.
fn taker<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, is_same: &dyn Fn(&ast::Expr) -> bool) -> Option<&'a ast::Expr> {
    let is_given = || arguments(call).any(|arg| is_same(arg) || holds(cx, arg, is_same));
    match &*call.func {
        ast::Expr::Attribute(method) if method.attr.as_str() == "__setattr__" && call.args.len() == 3 => {
            call.args.first().filter(|_| is_given())
        }
        ast::Expr::Attribute(method) => {
            let takes = matches!(
                method.attr.as_str(),
                "append" | "appendleft" | "extend" | "extendleft" | "insert" | "put" | "put_nowait" | "setdefault" | "update" | "add"
            );
            (takes && is_given() && !cx.kind(&method.value).is_tensor()).then_some(&*method.value)
        }
        ast::Expr::Name(_) if matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "setattr") => {
            call.args.first().filter(|_| is_given())
        }
        _ => None,
    }
}

/// Whether a function reads a name of the one around it.
fn reads_freely(def: &ast::StmtFunctionDef, name: &str) -> bool {
    !receiver::has_parameter(def, name) && views::bindings(&def.body, name).is_empty() && !views::reads(&def.body, name).is_empty()
}

fn is_read_after(body: &[ast::Stmt], name: &str, at: &ast::Expr) -> bool {
    views::reads(body, name).into_iter().any(|read| read > at.range().end())
}

fn outlives<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], place: &'a ast::Expr, is_same: &dyn Fn(&ast::Expr) -> bool, at: &'a ast::Expr) -> bool {
    match place {
        ast::Expr::Attribute(attribute) => attribute.attr.as_str() != "data",
        ast::Expr::Name(_) => !is_same(place) && used_after(cx, body, place, at),
        ast::Expr::Subscript(item) => outlives(cx, body, &item.value, is_same, at),
        _ => false,
    }
}
