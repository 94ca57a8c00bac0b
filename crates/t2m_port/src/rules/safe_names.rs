//! Names of members that a program computes, of which its text tells that they mean the same in MLX: `for name in ("head", "fc")`.

use t2m_semantic::{ClassId, Entity};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::unported::{is_taken, layers_have, modules_differ, modules_lack};
use crate::cx::Cx;
use crate::survey::Store;
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
    if is_parameter(cx, name, &variable.id) {
        return false;
    }
    let walked = cx.ancestors(Node::Expr(name)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::For(walk)) if binds(&walk.target) => Some((&*walk.target, &*walk.iter, &walk.body[..])),
        Node::Expr(
            ast::Expr::ListComp(ast::ExprListComp { generators, .. })
            | ast::Expr::SetComp(ast::ExprSetComp { generators, .. })
            | ast::Expr::GeneratorExp(ast::ExprGeneratorExp { generators, .. })
            | ast::Expr::DictComp(ast::ExprDictComp { generators, .. }),
        ) => generators.iter().find(|all| binds(&all.target)).map(|all| (&all.target, &all.iter, &[][..])),
        _ => None,
    });
    if let Some((target, iter, body)) = walked {
        return fits(target, iter) && stores(body, &variable.id) == 0 && holds_safe(cx, iter, DEPTH);
    }
    let body = views::enclosing_body(cx, name);
    let bound = views::bindings(body, &variable.id);
    !bound.is_empty()
        && stores(body, &variable.id) == bound.len()
        && bound.iter().all(|(at, value)| matches!(at, Node::Stmt(ast::Stmt::Assign(_))) && is_safe(cx, value))
}

/// Whether a text has a part of its own, in front or behind: `f"layer{i}"`, `name + "_proj"`.
pub(super) fn is_told(part: &ast::Expr) -> bool {
    receiver::string(part).is_some_and(|text| !text.is_empty() && !text.starts_with('_'))
}

/// The same of a text with places to fill, in front of the first one: `"layer%d" % i`, but not `"%s" % name`.
pub(super) fn is_template(text: &ast::Expr) -> bool {
    is_told(text) && receiver::string(text).is_some_and(|text| !text.starts_with(['{', '%']))
}

fn is_safe(cx: &Cx<'_>, text: &ast::Expr) -> bool {
    match text {
        ast::Expr::Constant(_) => receiver::string(text).is_some_and(|name| !differs(cx, name)),
        ast::Expr::JoinedStr(text) => text.values.first().is_some_and(is_told),
        ast::Expr::BinOp(operation) => is_template(&operation.left),
        ast::Expr::Call(call) => {
            matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "format" && is_template(&method.value))
        }
        _ => false,
    }
}

/// Whether callers may give a name its value.
fn is_parameter<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &str) -> bool {
    cx.scopes(expr).any(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => receiver::takes(&def.args, name),
        Node::Stmt(ast::Stmt::AsyncFunctionDef(def)) => receiver::takes(&def.args, name),
        Node::Expr(ast::Expr::Lambda(lambda)) => receiver::takes(&lambda.args, name),
        _ => false,
    })
}

/// How often statements bind a name in whatever way; all too often, where other scopes may.
pub(super) fn stores(body: &[ast::Stmt], name: &str) -> usize {
    let mut count = 0;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Expr(ast::Expr::Name(store)) if store.id.as_str() == name && !store.ctx.is_load() => count += 1,
            Node::Stmt(ast::Stmt::Global(ast::StmtGlobal { names, .. }) | ast::Stmt::Nonlocal(ast::StmtNonlocal { names, .. }))
                if names.iter().any(|other| other.as_str() == name) =>
            {
                count += 2
            }
            _ => {}
        });
    }
    count
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
            !elts.is_empty() && elts.iter().all(|item| is_safe(cx, item))
        }
        ast::Expr::ListComp(all) => is_safe(cx, &all.elt),
        ast::Expr::BinOp(both) => holds_safe(cx, &both.left, depth) && holds_safe(cx, &both.right, depth),
        ast::Expr::Subscript(part) => part.slice.is_slice_expr() && holds_safe(cx, &part.value, depth),
        ast::Expr::Call(call) => {
            is_call_of(cx, list, &["enumerate", "list", "tuple", "reversed", "sorted"])
                && call.args.first().is_some_and(|arg| holds_safe(cx, arg, depth))
        }
        ast::Expr::Name(name) => {
            let body = views::enclosing_body(cx, list);
            let bound = views::bindings(body, &name.id);
            let made: Vec<_> = bound.iter().map(|(_, value)| *value).filter(|value| !is_part_of(cx, value, list)).collect();
            !made.is_empty()
                && !is_parameter(cx, list, &name.id)
                && stores(body, &name.id) == bound.len()
                && bound.iter().all(|(at, _)| matches!(at, Node::Stmt(ast::Stmt::Assign(_))))
                && only_reads(cx, body, &|read| views::is_same_name(read, &name.id))
                && made.iter().all(|value| holds_safe(cx, value, depth))
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

/// Whether nothing can put more into a list: no method of it is called, and nobody else gets it.
pub(super) fn only_reads<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], is_list: &dyn Fn(&ast::Expr) -> bool) -> bool {
    let mut only_reads = true;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(read) = node else { return };
            only_reads &= !is_list(read)
                || match cx.parent(read) {
                    Some(Node::Stmt(ast::Stmt::Assign(assign))) => !assign.value.range().contains_range(read.range()),
                    Some(Node::Stmt(ast::Stmt::AnnAssign(assign))) => assign.target.range() == read.range(),
                    Some(Node::Stmt(ast::Stmt::For(_) | ast::Stmt::If(_) | ast::Stmt::Assert(_))) => true,
                    Some(Node::Expr(up)) => match up {
                        ast::Expr::Call(_) => is_call_of(cx, up, READERS),
                        ast::Expr::Subscript(item) => item.ctx.is_load(),
                        ast::Expr::Attribute(method) => matches!(method.attr.as_str(), "index" | "count" | "copy"),
                        ast::Expr::ListComp(_) | ast::Expr::SetComp(_) | ast::Expr::GeneratorExp(_) | ast::Expr::DictComp(_) => true,
                        ast::Expr::BinOp(_) | ast::Expr::Compare(_) | ast::Expr::Starred(_) | ast::Expr::FormattedValue(_) => true,
                        _ => false,
                    },
                    _ => false,
                };
        });
    }
    only_reads
}

/// Builtins that keep nothing of a list that they are called with.
const READERS: &[&str] = &["enumerate", "len", "list", "print", "reversed", "set", "sorted", "str", "tuple", "zip"];

/// What the methods of the class around, and of its bases and subclasses, give `self.names`. None, if it may get more in another way.
fn values_in_class<'a>(cx: &Cx<'a>, attribute: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let ast::Expr::Attribute(names) = attribute else { return Vec::new() };
    let Some(class) = receiver::self_class(cx, &names.value) else { return Vec::new() };
    let (facts, survey, name) = (cx.project_facts, &cx.shared.survey, names.attr.as_str());
    if survey.assigns(name) || survey.grows_outside(name) || survey.sets_by_name(name) || !survey.augmented_from_outside(name).is_empty() {
        return Vec::new();
    }
    let mut values = Vec::new();
    for class in receiver::family(cx, class) {
        let info = facts.class(class);
        let stores = survey.stores(class, name);
        if survey.binds(class, name) || info.methods.contains_key(name) || !stores.is_empty() && info.file != cx.id {
            return Vec::new();
        }
        for store in stores {
            let Store::Whole(value) = store else { return Vec::new() };
            values.push(*value);
        }
        let is_list = |read: &ast::Expr| matches!(read, ast::Expr::Attribute(read) if read.attr.as_str() == name);
        if class_body(cx, class).is_some_and(|body| !only_reads(cx, body, &is_list)) {
            return Vec::new();
        }
    }
    values
}

pub(super) fn class_body<'a>(cx: &Cx<'a>, class: ClassId) -> Option<&'a [ast::Stmt]> {
    cx.shared.survey.class_statements(cx.id).iter().find(|(found, _)| *found == class).map(|(_, def)| &def.body[..])
}

pub(super) fn is_call_of<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, names: &[&str]) -> bool {
    matches!(expr, ast::Expr::Call(call) if matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if names.contains(&name.as_str())))
}
