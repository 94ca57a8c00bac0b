//! What a region without gradients hands on within something else: `dict(a=h)`, `tuple([h])`, `lambda: h`. The value loses its gradient where a name of the
//! region is bound to it, or where it is computed: what takes it in may be filled later, and is never copied.

use t2m_semantic::Entity;
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::{Region, builtin_calls, is_used_outside};
use crate::cx::Cx;
use crate::rules::kept_values::KEEPERS;
use crate::rules::last_name;
use crate::{receiver, views};

/// Names of names are followed so far.
const DEEPEST: usize = 3;

/// Functions of Python that give what they are given, in another container or one by one.
const GATHERING: &[&str] = &["dict", "tuple", "list", "set", "frozenset", "zip", "sorted", "reversed", "enumerate"];

/// Whether a call gives its arguments on as they are.
pub(in crate::rules) fn gathers<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    match cx.entity(&call.func) {
        Some(Entity::Builtin(name)) => GATHERING.contains(&name.as_str()),
        Some(Entity::Class(_) | Entity::Function(_)) => false,
        _ => {
            matches!(last_name(&call.func), Some("SimpleNamespace" | "partial"))
                && cx.qualified(&call.func).is_none_or(|name| !name.starts_with("torch"))
        }
    }
}

/// Whether Python takes an argument apart that nothing tells to hold tensors: `list(names.union(others))`, but not `list(self.parts(x))`.
pub(in crate::rules) fn is_open_walk<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, arg: &'a ast::Expr) -> bool {
    let is_walked = matches!(cx.entity(&call.func), Some(Entity::Builtin(_))) && call.args.iter().any(|own| std::ptr::eq(own, arg));
    let is_told = || match arg {
        ast::Expr::Call(inner) => {
            let is_own = || inner.func.as_attribute_expr().is_some_and(|method| receiver::self_class(cx, &method.value).is_some());
            cx.qualified(&inner.func).is_some()
                || matches!(cx.entity(&inner.func), Some(Entity::Function(_)))
                || receiver::is_module(cx, &inner.func)
                || is_own()
        }
        _ => true,
    };
    is_walked && cx.kind(arg).is_unknown() && !is_told()
}

/// Whether the value that a statement binds a target to is handed on.
pub(in crate::rules) fn is_handed_on<'a>(cx: &Cx<'a>, region: &Region<'a>, target: &'a ast::Expr) -> bool {
    match target {
        ast::Expr::Name(name) => hands_on(cx, region, &name.id, DEEPEST),
        ast::Expr::Tuple(parts) => parts.elts.iter().any(|part| is_handed_on(cx, region, part)),
        ast::Expr::Starred(all) => is_handed_on(cx, region, &all.value),
        ast::Expr::Subscript(item) => is_handed_on(cx, region, &item.value),
        _ => false,
    }
}

fn hands_on<'a>(cx: &Cx<'a>, region: &Region<'a>, name: &str, depth: usize) -> bool {
    let Some(next) = depth.checked_sub(1) else { return false };
    let mut reads: Vec<&'a ast::Expr> = Vec::new();
    let around = region.function.map_or(&cx.file.suite[..], std::slice::from_ref);
    for stmt in around {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(read @ ast::Expr::Name(own)) = node
                && own.id.as_str() == name
                && own.ctx.is_load()
                && region.range.contains_range(own.range)
            {
                reads.push(read);
            }
        });
    }
    reads.into_iter().any(|read| match closure_around(cx, region, read, name) {
        Some(Node::Expr(lambda)) => leaves(cx, region, lambda, true, next),
        Some(Node::Stmt(ast::Stmt::FunctionDef(def))) => is_read_outside(cx, region, &def.name) || hands_on(cx, region, &def.name, next),
        Some(_) => false,
        None => {
            let mut part = read;
            while let Some(Node::Expr(up @ ast::Expr::Subscript(item))) = cx.parent(part)
                && std::ptr::eq(&*item.value, part)
            {
                part = up;
            }
            leaves(cx, region, part, is_filled_after(cx, region, read, name), next)
        }
    })
}

/// The outermost function within a region that reads a name of the region.
fn closure_around<'a>(cx: &Cx<'a>, region: &Region<'a>, read: &'a ast::Expr, name: &str) -> Option<Node<'a>> {
    let mut found = None;
    for up in cx.ancestors(Node::Expr(read)) {
        let is_own = match up {
            Node::Expr(ast::Expr::Lambda(lambda)) => {
                let args = &lambda.args;
                args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).any(|arg| arg.def.arg.as_str() == name)
            }
            Node::Stmt(stmt @ ast::Stmt::FunctionDef(def)) => {
                if region.function.is_some_and(|function| std::ptr::eq(function, stmt)) {
                    return found;
                }
                receiver::has_parameter(def, name) || !views::bindings(&def.body, name).is_empty()
            }
            _ => continue,
        };
        // The function's own variable of that name.
        if is_own {
            return None;
        }
        let range = match up {
            Node::Expr(expr) => expr.range(),
            Node::Stmt(stmt) => stmt.range(),
        };
        if region.range.contains_range(range) {
            found = Some(up);
        }
    }
    found
}

fn is_read_outside<'a>(cx: &Cx<'a>, region: &Region<'a>, name: &str) -> bool {
    let mut found = false;
    let around = region.function.map_or(&cx.file.suite[..], std::slice::from_ref);
    for stmt in around {
        Node::Stmt(stmt).walk(&mut |node| {
            found |= matches!(node, Node::Expr(ast::Expr::Name(own))
                if own.id.as_str() == name && own.ctx.is_load() && !region.range.contains_range(own.range));
        });
    }
    found
}

/// Whether an expression stands within what gathers it, and that leaves the region.
pub(in crate::rules) fn is_gathered<'a>(cx: &Cx<'a>, region: &Region<'a>, expr: &'a ast::Expr) -> bool {
    leaves(cx, region, expr, false, DEEPEST)
}

/// What takes an expression in as it is, within a larger one: a display, a choice, an argument of what gathers.
fn taker<'a>(cx: &Cx<'a>, up: Node<'a>, inner: &'a ast::Expr) -> Option<(&'a ast::Expr, bool)> {
    let Node::Expr(up) = up else { return None };
    let gathers = match up {
        ast::Expr::Tuple(_) | ast::Expr::List(_) | ast::Expr::Set(_) | ast::Expr::Dict(_) | ast::Expr::Starred(_) => false,
        ast::Expr::IfExp(choice) if !std::ptr::eq(&*choice.test, inner) => false,
        ast::Expr::ListComp(e) if std::ptr::eq(&*e.elt, inner) => false,
        ast::Expr::GeneratorExp(e) if std::ptr::eq(&*e.elt, inner) => false,
        ast::Expr::DictComp(e) if std::ptr::eq(&*e.value, inner) => false,
        ast::Expr::Call(call) if !std::ptr::eq(&*call.func, inner) && gathers(cx, call) => true,
        _ => return None,
    };
    Some((up, gathers))
}

fn leaves<'a>(cx: &Cx<'a>, region: &Region<'a>, expr: &'a ast::Expr, mut gathered: bool, depth: usize) -> bool {
    let mut inner = expr;
    let mut up = cx.parent(inner);
    while let Some((next, gathers)) = up.and_then(|up| taker(cx, up, inner)) {
        gathered |= gathers;
        inner = next;
        up = cx.parent(inner);
    }
    let is_taken = |target: &'a ast::Expr| match target {
        ast::Expr::Attribute(_) => true,
        target => is_used_outside(cx, region, target) || is_name_handed_on(cx, region, target, depth),
    };
    match up {
        _ if !gathered => false,
        Some(Node::Stmt(ast::Stmt::Return(_))) => true,
        Some(Node::Stmt(ast::Stmt::Assign(assign))) => assign.targets.iter().any(is_taken),
        Some(Node::Stmt(ast::Stmt::AnnAssign(assign))) => is_taken(&assign.target),
        Some(Node::Stmt(ast::Stmt::AugAssign(assign))) => is_taken(&assign.target),
        Some(Node::Expr(ast::Expr::NamedExpr(named))) => is_taken(&named.target),
        Some(Node::Expr(ast::Expr::Yield(_))) => true,
        Some(Node::Expr(ast::Expr::Call(call))) if !std::ptr::eq(&*call.func, inner) => match &*call.func {
            ast::Expr::Attribute(method) => KEEPERS.contains(&method.attr.as_str()) && is_taken(&method.value),
            _ => false,
        },
        _ => false,
    }
}

fn is_name_handed_on<'a>(cx: &Cx<'a>, region: &Region<'a>, target: &'a ast::Expr, depth: usize) -> bool {
    match target {
        ast::Expr::Name(name) => hands_on(cx, region, &name.id, depth),
        ast::Expr::Subscript(item) => is_name_handed_on(cx, region, &item.value, depth),
        ast::Expr::Tuple(parts) => parts.elts.iter().any(|part| is_name_handed_on(cx, region, part, depth)),
        _ => false,
    }
}

/// Whether a value is made where it stands, and is no name or part of something else, which its binding speaks for. What one after the other is given is told by
/// the whole.
pub(in crate::rules) fn is_made_here(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    match value {
        ast::Expr::BinOp(_) | ast::Expr::UnaryOp(_) => true,
        ast::Expr::Call(call) => {
            let is_walked = matches!(last_name(&call.func), Some("keys" | "items" | "values"));
            !is_walked && !builtin_calls::is_mapped(cx, call) && !builtin_calls::is_generated(cx, call)
        }
        _ => false,
    }
}

/// Whether a name that is read is filled later, so that another list in its place would miss it: `rows` of `d = {"rows": rows}` and `rows.append(h)`.
pub(super) fn is_filled_after<'a>(cx: &Cx<'a>, region: &Region<'a>, read: &'a ast::Expr, name: &str) -> bool {
    let around = region.function.map_or(&cx.file.suite[..], std::slice::from_ref);
    let is_name = |value: &ast::Expr| views::is_same_name(value, name) && value.range().start() > read.range().end();
    let mut found = false;
    for stmt in around {
        Node::Stmt(stmt).walk(&mut |node| {
            found |= match node {
                Node::Expr(ast::Expr::Subscript(item)) => !item.ctx.is_load() && is_name(&item.value) && !cx.kind(&item.value).is_tensor(),
                Node::Expr(ast::Expr::Call(call)) => {
                    matches!(&*call.func, ast::Expr::Attribute(method) if is_name(&method.value) && KEEPERS.contains(&method.attr.as_str()))
                }
                _ => false,
            };
        });
    }
    found && is_container(cx, region, name)
}

/// Whether a name is bound once, to a list or dictionary that is made there.
fn is_container<'a>(cx: &Cx<'a>, region: &Region<'a>, name: &str) -> bool {
    let body = region.function.and_then(|function| t2m_syntax::node::suites(function).into_iter().next()).unwrap_or(&cx.file.suite);
    match views::bindings(body, name)[..] {
        [(Node::Stmt(ast::Stmt::Assign(_)), value)] => match value {
            ast::Expr::List(_) | ast::Expr::Dict(_) | ast::Expr::ListComp(_) | ast::Expr::DictComp(_) => true,
            ast::Expr::Call(call) => {
                matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if matches!(name.as_str(), "list" | "dict" | "set"))
            }
            _ => false,
        },
        _ => false,
    }
}
