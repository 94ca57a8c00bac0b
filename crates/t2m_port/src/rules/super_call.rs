//! `super().state_dict()`: what PyTorch's module does is a helper of the port, which takes the module itself.

use t2m_semantic::tables::{Section, Then};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Prec, TextRange, ranges};

use super::unported::{layers_have, modules_differ, modules_lack};
use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "super-call", doc: include_str!("super_call.md"), hook: Hook::Expr(&[Shape::Call], super_call) };
pub(super) const BY_NAME: Rule =
    Rule { name: "super-call", doc: include_str!("super_call.md"), hook: Hook::Expr(&[Shape::Attribute], by_name) };

/// `nn.Linear.__init__(self, ...)` in a class that inherits `nn.Linear`: the port's layer takes the same arguments.
fn by_name<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Attribute(attribute) = expr else { return None };
    let method = attribute.attr.as_str();
    let name = cx.qualified(&attribute.value).filter(|name| name.starts_with("torch.nn.") && *name != "torch.nn.Module")?;
    let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr) else { return None };
    let is_own = matches!(call.args.first(), Some(ast::Expr::Name(first)) if own_name(cx, expr).as_deref() == Some(first.id.as_str()));
    let above = cx.ancestors(Node::Expr(expr)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::ClassDef(class)) => Some(&class.bases),
        _ => None,
    })?;
    let is_above = above.iter().any(|base| cx.qualified(base) == Some(name));
    let is_meant = matches!(method, "__init__" | "train" | "eval") || layers_have(method);
    (is_meant && is_own && is_above && receiver::is_callee(cx, expr)).then(|| Claim::edit(vec![]))
}

fn super_call<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    if receiver::is_super(cx, expr) {
        let Some(Node::Expr(up @ ast::Expr::Attribute(attribute))) = cx.parent(expr) else { return None };
        let method = attribute.attr.as_str();
        if !receiver::is_callee(cx, up) || !is_of_torch(cx, expr, method) || helper(cx, method).is_none() {
            return None;
        }
        return Some(Claim::text(own_name(cx, expr)?, Prec::Atom));
    }
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(attribute) = &*call.func else { return None };
    let method = attribute.attr.as_str();
    if let Some(claim) = past_layer(cx, call, &attribute.value, method) {
        return Some(claim);
    }
    if let Some(claim) = starred(cx, call, &attribute.value, method) {
        return Some(claim);
    }
    // The class above is one of the port's own layers.
    if layers_have(method) && receiver::is_super(cx, &attribute.value) {
        return Some(Claim::edit(vec![]));
    }
    let unsaid = receiver::is_super(cx, &attribute.value)
        && is_of_torch(cx, &attribute.value, method)
        && !cx.tables.contains(&format!("Module.{method}"))
        && !matches!(method, "to" | "register_buffer");
    if !unsaid || !(modules_lack(method) || modules_differ(method)) {
        return None;
    }
    let reason = format!("`super().{method}`: MLX's modules have no such method");
    Some(Claim::todo(Finding::todo(codes::MODULE_OVERRIDE, expr.range(), reason)))
}

/// `super(nn.Linear, self).__init__()` in a class that makes its own weights: PyTorch's layer stands on `nn.Module`, the port's on MLX's layer.
fn past_layer<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, object: &'a ast::Expr, method: &str) -> Option<Claim<'a>> {
    let ast::Expr::Call(above) = object else { return None };
    let [layer, ast::Expr::Name(own)] = &above.args[..] else { return None };
    let is_layer = cx.qualified(layer).is_some_and(|name| name.starts_with("torch.nn.") && name != "torch.nn.Module");
    let is_bare = call.args.is_empty() && call.keywords.is_empty();
    if method != "__init__" || !is_layer || !is_bare || !receiver::is_super(cx, object) {
        return None;
    }
    let (text, uses) = cx.member(Module::Nn, "Module");
    Some(Claim::text(format!("{text}.__init__({})", own.id), Prec::Atom).uses(uses))
}

/// `super().state_dict(*args, **kwargs)`: what came is passed on.
fn starred<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, object: &'a ast::Expr, method: &str) -> Option<Claim<'a>> {
    let is_starred = call.args.iter().any(|arg| matches!(arg, ast::Expr::Starred(_))) || call.keywords.iter().any(|kw| kw.arg.is_none());
    if !is_starred || !receiver::is_super(cx, object) || !is_of_torch(cx, object, method) {
        return None;
    }
    let (text, uses) = cx.member(Module::Compat, helper(cx, method)??);
    let within = ranges::call_arguments(cx.file, call)?;
    let own = format!("{}, ", own_name(cx, object)?);
    Some(Claim::edit(vec![Edit::text(call.func.range(), text), Edit::text(TextRange::empty(within.start()), own)]).uses(uses))
}

/// Whether `super().method` is the method of torch's own module: no class of the project between has one.
pub(crate) fn is_of_torch<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, method: &str) -> bool {
    let Some(class) = receiver::enclosing_class(cx, Node::Expr(expr)) else { return false };
    let facts = cx.project_facts;
    let above = facts.class(class).mro.iter().filter(|base| **base != class);
    receiver::makes_modules(cx, class)
        && (modules_lack(method) || modules_differ(method))
        && !above.into_iter().any(|base| facts.class(*base).methods.contains_key(method))
}

/// Where the port is a helper that walks the module, or the module itself: then `self` is the same as `super()`. The helper's name, if it is one.
fn helper<'c>(cx: &'c Cx<'_>, method: &str) -> Option<Option<&'c str>> {
    if method == "to" {
        return Some(Some("to_"));
    }
    let name = format!("Module.{method}");
    let mut found = None;
    for (row, _) in cx.tables.lookup(&name).filter(|(row, _)| row.section == Section::ModuleMethod) {
        for case in &row.cases {
            let Then::Template(text) = &case.then else { return None };
            match text.strip_prefix("compat.").and_then(|rest| rest.split_once('(')) {
                Some((helper, rest)) => found = Some(Some(helper).filter(|_| rest.starts_with("{input}"))),
                None if text == "{input}" => found = Some(None),
                None => return None,
            }
        }
    }
    found
}

/// The name of the instance: the first parameter of the method around it.
pub(crate) fn own_name<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<String> {
    let args = cx.ancestors(Node::Expr(expr)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(&def.args),
        Node::Stmt(ast::Stmt::AsyncFunctionDef(def)) => Some(&def.args),
        _ => None,
    })?;
    args.posonlyargs.iter().chain(&args.args).next().map(|arg| arg.def.arg.to_string())
}
