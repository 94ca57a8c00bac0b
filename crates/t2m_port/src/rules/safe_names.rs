//! Names of members that a program computes, of which its text tells that they mean the same in MLX: `for name in ("head", "fc")`.

use t2m_semantic::Entity;
use t2m_syntax::ast;
use t2m_syntax::{Node, node};

use super::unported::{is_taken, layers_have, modules_differ, modules_lack};
use crate::cx::Cx;
use crate::{receiver, views};

/// How many names and attributes are followed.
const DEPTH: usize = 4;

/// Whether a name is one of such.
pub(super) fn is_one_of_safe<'a>(cx: &Cx<'a>, name: &'a ast::Expr) -> bool {
    let ast::Expr::Name(variable) = name else { return false };
    let binds = |target: &ast::Expr| match target {
        // `for i, name in enumerate(names)`
        ast::Expr::Tuple(pair) => matches!(&pair.elts[..], [_, last] if views::is_same_name(last, &variable.id)),
        target => views::is_same_name(target, &variable.id),
    };
    let fits = |target: &'a ast::Expr, iter: &'a ast::Expr| binds(target) && target.is_tuple_expr() == is_call_of(cx, iter, &["enumerate"]);
    let walked = cx.ancestors(Node::Expr(name)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::For(walk)) if binds(&walk.target) => Some((&*walk.target, &*walk.iter)),
        Node::Expr(
            ast::Expr::ListComp(ast::ExprListComp { generators, .. })
            | ast::Expr::SetComp(ast::ExprSetComp { generators, .. })
            | ast::Expr::GeneratorExp(ast::ExprGeneratorExp { generators, .. })
            | ast::Expr::DictComp(ast::ExprDictComp { generators, .. }),
        ) => generators.iter().find(|all| binds(&all.target)).map(|all| (&all.target, &all.iter)),
        _ => None,
    });
    if let Some((target, iter)) = walked {
        return fits(target, iter) && holds_safe(cx, iter, DEPTH);
    }
    let bound = views::bindings(views::enclosing_body(cx, name), &variable.id);
    !bound.is_empty() && bound.iter().all(|(at, value)| matches!(at, Node::Stmt(ast::Stmt::Assign(_))) && is_safe(cx, value))
}

/// Whether a text has a part of its own, in front or behind: `f"layer{i}"`, `name + "_proj"`.
pub(super) fn is_told(part: &ast::Expr) -> bool {
    receiver::string(part).is_some_and(|text| !text.is_empty() && !text.starts_with('_'))
}

fn is_safe(cx: &Cx<'_>, text: &ast::Expr) -> bool {
    match text {
        ast::Expr::Constant(_) => receiver::string(text).is_some_and(|name| !differs(cx, name)),
        ast::Expr::JoinedStr(text) => text.values.first().is_some_and(is_told),
        ast::Expr::BinOp(operation) => is_told(&operation.left),
        ast::Expr::Call(call) => {
            matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "format" && is_told(&method.value))
        }
        _ => false,
    }
}

fn differs(cx: &Cx<'_>, name: &str) -> bool {
    matches!(name, "weight" | "bias" | "inplace" | "dim" | "approximate" | "forward")
        || name.starts_with('_')
        || is_taken(name)
        || modules_lack(name)
        || modules_differ(name)
        || layers_have(name)
        || cx.tables.lookup(&format!("Layer.{name}")).next().is_some()
}

/// Whether all that a list holds are safe names.
fn holds_safe<'a>(cx: &Cx<'a>, list: &'a ast::Expr, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match list {
        ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => {
            elts.iter().all(|item| is_safe(cx, item))
        }
        ast::Expr::ListComp(all) => is_safe(cx, &all.elt),
        ast::Expr::BinOp(both) => holds_safe(cx, &both.left, depth) && holds_safe(cx, &both.right, depth),
        ast::Expr::Subscript(part) => part.slice.is_slice_expr() && holds_safe(cx, &part.value, depth),
        ast::Expr::Call(call) => {
            is_call_of(cx, list, &["enumerate", "list", "tuple", "reversed", "sorted"])
                && call.args.first().is_some_and(|arg| holds_safe(cx, arg, depth))
        }
        ast::Expr::Name(name) => {
            let bound = views::bindings(views::enclosing_body(cx, list), &name.id);
            let made: Vec<_> = bound.iter().map(|(_, value)| *value).filter(|value| !is_part_of(cx, value, list)).collect();
            !made.is_empty() && made.iter().all(|value| holds_safe(cx, value, depth))
        }
        ast::Expr::Attribute(_) => {
            let made = values_in_class(cx, list);
            let mut made = made.iter().filter(|value| !is_part_of(cx, value, list)).peekable();
            made.peek().is_some() && made.all(|value| holds_safe(cx, value, depth))
        }
        _ => false,
    }
}

/// `names[:n]` of `names = names[:n]`
fn is_part_of<'a>(cx: &Cx<'a>, value: &'a ast::Expr, list: &'a ast::Expr) -> bool {
    matches!(value, ast::Expr::Subscript(part) if part.slice.is_slice_expr() && cx.source(&*part.value) == cx.source(list))
}

/// What the methods of the class around give `self.names`. None, if it may get more in another way.
fn values_in_class<'a>(cx: &Cx<'a>, attribute: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let text = cx.source(attribute);
    let class = cx.ancestors(Node::Expr(attribute)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::ClassDef(def)) => Some(def),
        _ => None,
    });
    let Some(class) = class.filter(|_| text.starts_with("self.")) else { return Vec::new() };
    let grows = ["append", "extend", "insert"].iter().any(|method| cx.file.text.contains(&format!("{text}.{method}(")));
    let mut values = Vec::new();
    node::statements(&class.body, &mut |stmt| {
        if let ast::Stmt::Assign(assign) = stmt
            && assign.targets.iter().any(|target| cx.source(target) == text)
        {
            values.push(&*assign.value);
        }
    });
    if grows { Vec::new() } else { values }
}

fn is_call_of<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, names: &[&str]) -> bool {
    matches!(expr, ast::Expr::Call(call) if matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if names.contains(&name.as_str())))
}
