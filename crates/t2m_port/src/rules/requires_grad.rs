//! `p.requires_grad` of one parameter: in MLX the module that holds an array knows whether it is trained.

use t2m_semantic::{Entity, Evidence, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec};

use super::freeze_loop::switch;
use super::hook_module::is_given_to_hook;
use super::{Hook, Rule, Shape, is_configuration, trained_by};
use crate::claim::{Claim, StmtClaim};
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::fresh_values;
use crate::names::Module;
use crate::receiver;
use crate::storage;
use crate::views;

pub(super) const READ: Rule =
    Rule { name: "requires-grad", doc: include_str!("requires_grad.md"), hook: Hook::Expr(&[Shape::Attribute, Shape::Call], read) };
pub(super) const ITEM: Rule = Rule { name: "requires-grad", doc: include_str!("requires_grad.md"), hook: Hook::Stmt(item) };
pub(super) const WRITE: Rule = Rule { name: "requires-grad", doc: include_str!("requires_grad.md"), hook: Hook::Stmt(write) };

/// `p.requires_grad = flag`
fn write<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    if let Some(claim) = detached(cx, stmt) {
        return Some(claim);
    }
    let (target, flag) = switch(stmt)?;
    if let Some(module) = module_of(cx, target) {
        let (text, uses) = cx.member(Module::Compat, "set_requires_grad");
        let mut pieces =
            vec![Piece::text(format!("{text}(")), Piece::Expr(module, Prec::Named), Piece::text(", "), Piece::Expr(target, Prec::Named)];
        match flag {
            Some(flag) => pieces.extend([Piece::text(", "), Piece::Expr(flag, Prec::Named), Piece::text(")")]),
            None => pieces.push(Piece::text(")")),
        }
        return Some(StmtClaim::replace(pieces).uses(uses));
    }
    if matches!(stmt, ast::Stmt::Assign(_)) && flag.is_some_and(is_false) && is_never_trained(cx, target) {
        return Some(StmtClaim::delete());
    }
    if flag.is_some_and(is_false) && is_put_back(cx, stmt, target) {
        return Some(StmtClaim::delete());
    }
    // What asks for its gradient is ported, or a TODO itself.
    if matches!(stmt, ast::Stmt::Assign(_))
        && flag.is_some_and(is_true)
        && matches!(target, ast::Expr::Name(_))
        && is_never_trained(cx, target)
    {
        return Some(StmtClaim::delete());
    }
    // `x.requires_grad_()` of an array that is no parameter has a row.
    let is_meant = matches!(stmt, ast::Stmt::Assign(_)) || cx.kind(target) == Kind::Parameter;
    if !is_meant || !may_be_array(cx, target) {
        return None;
    }
    if matches!(cx.kind(target), Kind::Parameter | Kind::Unknown) && cx.is_pure(target) {
        return Some(decided_at_run_time(cx, target, flag));
    }
    let reason =
        "an MLX array has no `requires_grad`: a module freezes its arrays, and `mx.grad` is told what it differentiates with respect to";
    Some(StmtClaim::todo(Finding::todo(codes::FROZEN_PARAMETER, stmt.range(), reason)))
}

/// `x.requires_grad_(False)` behind the last gradient with respect to `x`, an array: nothing asks for another one.
fn is_put_back<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, target: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = target else { return false };
    if !cx.text_has("autograd.grad(") || !matches!(cx.kind(target), Kind::Tensor(_) | Kind::Unknown) {
        return false;
    }
    let (mut is_asked, mut is_asked_later) = (false, false);
    for part in views::enclosing_body(cx, target) {
        Node::Stmt(part).walk(&mut |node| {
            let Node::Expr(ast::Expr::Call(call)) = node else { return };
            let takes_gradient = cx.is_qualified(&call.func, "torch.autograd.grad");
            let is_later = call.range.start() > stmt.range().end();
            let method = matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "backward");
            is_asked_later |= is_later && (takes_gradient || method);
            let mut given = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
            is_asked |= takes_gradient && !is_later && given.any(|arg| views::is_same_name(arg, &name.id));
        });
    }
    let is_repeated = cx.ancestors(Node::Stmt(stmt)).any(|up| matches!(up, Node::Stmt(ast::Stmt::For(_) | ast::Stmt::While(_))));
    is_asked && !is_asked_later && !is_repeated
}

/// `self.fc.weight.detach_()`: a parameter is a leaf, which PyTorch trains no more from then on.
fn detached<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let target = super::freeze_loop::detached(stmt)?;
    if cx.kind(target) != Kind::Parameter && module_of(cx, target).is_none() {
        return None;
    }
    if matches!(target, ast::Expr::Name(_)) {
        let (text, uses) = cx.member(Module::Compat, "requires_grad_any");
        let pieces = vec![Piece::text(format!("{text}(")), Piece::Expr(target, Prec::Named), Piece::text(", False)")];
        return Some(StmtClaim::replace(pieces).uses(uses));
    }
    let reason = "a parameter that is detached in place is trained no more: in MLX its module freezes it, `module.freeze(keys=[...])`";
    Some(StmtClaim::todo(Finding::todo(codes::FROZEN_PARAMETER, stmt.range(), reason)))
}

/// `for p in parameters: p.requires_grad_(True)`: the parameters may have been frozen.
fn item<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (target @ ast::Expr::Name(name), flag) = switch(stmt)? else { return None };
    let is_item = cx.ancestors(Node::Stmt(stmt)).any(|up| matches!(up, Node::Stmt(ast::Stmt::For(walk)) if binds(&walk.target, &name.id)));
    let is_meant = is_item && stmt.is_expr_stmt() && cx.kind(target).is_tensor() && module_of(cx, target).is_none();
    is_meant.then(|| decided_at_run_time(cx, target, flag))
}

/// At run time an array tells which module holds it.
fn decided_at_run_time<'a>(cx: &Cx<'a>, target: &'a ast::Expr, flag: Option<&'a ast::Expr>) -> StmtClaim<'a> {
    let (text, uses) = cx.member(Module::Compat, "requires_grad_any");
    let mut pieces = vec![Piece::text(format!("{text}(")), Piece::Expr(target, Prec::Named)];
    if let Some(flag) = flag {
        pieces.extend([Piece::text(", "), Piece::Expr(flag, Prec::Named)]);
    }
    pieces.push(Piece::text(")"));
    StmtClaim::replace(pieces).uses(uses)
}

/// `p.requires_grad`, `x.requires_grad_(False)`
fn read<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    if let ast::Expr::Call(call) = expr {
        return switched_off(cx, call).or_else(|| switched(cx, call));
    }
    let ast::Expr::Attribute(attribute) = expr else { return None };
    if attribute.attr.as_str() != "requires_grad" || !attribute.ctx.is_load() || cx.entity(expr).is_some() {
        return None;
    }
    let target = &*attribute.value;
    if let Some(module) =
        module_of(cx, target).or_else(|| holder(cx, target)).or_else(|| item_of(cx, target)).or_else(|| hooked(cx, target))
    {
        let (text, uses) = cx.member(Module::Compat, "requires_grad");
        return Some(
            Claim::build(
                vec![
                    Piece::text(format!("{text}(")),
                    Piece::Expr(module, Prec::Named),
                    Piece::text(", "),
                    Piece::Expr(target, Prec::Named),
                    Piece::text(")"),
                ],
                Prec::Atom,
            )
            .uses(uses),
        );
    }
    if let Some(module) = gathered_from(cx, target) {
        let (text, uses) = cx.member(Module::Compat, "requires_grad");
        let pieces = vec![Piece::text(format!("{text}({module}, ")), Piece::Expr(target, Prec::Named), Piece::text(")")];
        return Some(Claim::build(pieces, Prec::Atom).uses(uses));
    }
    if !may_be_array(cx, target) {
        return None;
    }
    let reason = "an MLX array does not know whether it is trained: the module that holds it does, in `trainable_parameters()`";
    Some(Claim::todo(Finding::todo(codes::FROZEN_PARAMETER, expr.range(), reason)))
}

/// `module` of `module.weight`, where a hook is given the module.
fn hooked<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Attribute(weight) = target else { return None };
    (matches!(weight.attr.as_str(), "weight" | "bias") && is_given_to_hook(cx, &weight.value)).then_some(&*weight.value)
}

/// `torch.rand(3).requires_grad_(False)`: nobody would train it.
fn switched_off<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let flag = match (&call.args[..], &call.keywords[..]) {
        ([flag], []) => flag,
        ([], [keyword]) if keyword.arg.as_deref() == Some("requires_grad") => &keyword.value,
        _ => return None,
    };
    let array = &*method.value;
    (method.attr.as_str() == "requires_grad_" && is_false(flag) && is_never_trained(cx, array))
        .then(|| Claim::build(vec![Piece::Expr(array, Prec::Tuple)], cx.prec(array)))
}

/// `model.head.requires_grad_()` of what may be a module: a helper asks at run time.
fn switched<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let value = &*method.value;
    if method.attr.as_str() != "requires_grad_" || !cx.kind(value).is_unknown() || is_array_for_sure(cx, value) {
        return None;
    }
    let (text, uses) = cx.member(Module::Compat, "requires_grad_any");
    let mut pieces = vec![Piece::text(format!("{text}(")), Piece::Expr(value, Prec::Named)];
    for flag in &call.args {
        pieces.extend([Piece::text(", "), Piece::Expr(flag, Prec::Named)]);
    }
    for flag in &call.keywords {
        let name = flag.arg.as_deref()?;
        pieces.extend([Piece::text(format!(", {name}=")), Piece::Expr(&flag.value, Prec::Named)]);
    }
    pieces.push(Piece::text(")"));
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// Whether no module can be meant: it is computed here, by an operator or by PyTorch, or a name for a copy.
pub(crate) fn is_array_for_sure(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    match value {
        ast::Expr::BinOp(_) | ast::Expr::UnaryOp(_) | ast::Expr::Compare(_) => true,
        ast::Expr::Call(call) => is_copy(cx, call) || cx.qualified(&call.func).is_some_and(|name| name.starts_with("torch.")),
        ast::Expr::Name(name) => {
            let made = cx.only_assignment(&name.id).map(|assign| &*assign.value);
            matches!(made, Some(ast::Expr::Call(call)) if is_copy(cx, call))
        }
        _ => false,
    }
}

/// `x.clone()`: PyTorch's modules have no such method.
fn is_copy(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    matches!(method.attr.as_str(), "clone" | "detach")
        && cx.qualified(&call.func).is_none()
        && !cx.shared.has_method(cx.project_facts, &method.attr)
}

fn is_false(flag: &ast::Expr) -> bool {
    matches!(flag, ast::Expr::Constant(constant) if constant.value == ast::Constant::Bool(false))
}

fn is_true(flag: &ast::Expr) -> bool {
    matches!(flag, ast::Expr::Constant(constant) if constant.value == ast::Constant::Bool(true))
}

/// An array that was made or detached here, or that a model is called with, and no parameter.
fn is_never_trained<'a>(cx: &Cx<'a>, array: &'a ast::Expr) -> bool {
    let fact = cx.fact(array);
    if storage::detached(cx, array).is_some() {
        return true;
    }
    match fact.kind {
        Kind::Tensor(_) => matches!(fact.evidence, Evidence::Constructed | Evidence::Assumed) || fresh_values::is_fresh(cx, array),
        // `copy.deepcopy(model)` may be a module.
        Kind::Unknown => is_array_for_sure(cx, array),
        _ => false,
    }
}

/// Objects of other libraries have no such attribute; a class of the project says what it has.
fn may_be_array(cx: &Cx<'_>, target: &ast::Expr) -> bool {
    let kind = cx.kind(target);
    kind.is_tensor()
        || kind.is_unknown()
            && !matches!(target, ast::Expr::Name(name) if matches!(name.id.as_str(), "self" | "cls" | "args" | "config" | "cfg"))
}

/// The module whose parameters were gathered in a list or dict over which a loop or a comprehension goes: `for name, p in params.items()`.
fn gathered_from<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Option<String> {
    let ast::Expr::Name(name) = target else { return None };
    let iter = cx.ancestors(Node::Expr(target)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::For(stmt)) => binds(&stmt.target, &name.id).then_some(&*stmt.iter),
        Node::Expr(ast::Expr::ListComp(e)) => e.generators.iter().find(|g| binds(&g.target, &name.id)).map(|g| &g.iter),
        Node::Expr(ast::Expr::GeneratorExp(e)) => e.generators.iter().find(|g| binds(&g.target, &name.id)).map(|g| &g.iter),
        Node::Expr(ast::Expr::DictComp(e)) => e.generators.iter().find(|g| binds(&g.target, &name.id)).map(|g| &g.iter),
        _ => None,
    })?;
    let gathered = match iter {
        ast::Expr::Call(call) if call.args.is_empty() => match &*call.func {
            ast::Expr::Attribute(e) if matches!(e.attr.as_str(), "items" | "values") => &*e.value,
            _ => return None,
        },
        name => name,
    };
    let is_name = matches!(gathered, ast::Expr::Name(_)) && cx.entity(gathered).is_none();
    match &trained_by(cx, gathered).filter(|_| is_name)?.models[..] {
        [model] => Some(model.clone()),
        _ => None,
    }
}

/// The module of `named[key]`, where `named = dict(module.named_parameters())`.
fn item_of<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Subscript(item) = target else { return None };
    let ast::Expr::Name(name) = &*item.value else { return None };
    let scope = views::enclosing_body(cx, target);
    let [(Node::Stmt(ast::Stmt::Assign(_)), ast::Expr::Call(made))] = views::bindings(scope, &name.id)[..] else { return None };
    let ([named], []) = (&made.args[..], &made.keywords[..]) else { return None };
    let module = parameters_of(cx, named, "named_parameters").filter(|_| is_builtin(cx, made, "dict"))?;
    cx.is_pure(module).then_some(module)
}

fn binds(target: &ast::Expr, name: &str) -> bool {
    match target {
        ast::Expr::Name(found) => found.id.as_str() == name,
        ast::Expr::Tuple(tuple) => tuple.elts.iter().any(|target| binds(target, name)),
        _ => false,
    }
}

/// `self.fc` of `self.fc.weight`
fn holder<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Attribute(array) = target else { return None };
    let module = &*array.value;
    let is_array = cx.kind(target) == Kind::Parameter || matches!(array.attr.as_str(), "weight" | "bias");
    // What has a weight that is asked whether it is trained is a layer.
    let may_be_layer = || {
        matches!(array.attr.as_str(), "weight" | "bias")
            && cx.kind(module).is_unknown()
            && cx.entity(module).is_none()
            && !is_configuration(module)
    };
    (is_array && (receiver::is_module(cx, module) || may_be_layer()) && cx.is_simple(module)).then_some(module)
}

/// The module over whose parameters a loop or a comprehension around the name goes.
fn module_of<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Name(name) = target else { return None };
    let module = cx.ancestors(Node::Expr(target)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::For(stmt)) => walked(cx, &stmt.target, &stmt.iter, &name.id),
        Node::Expr(ast::Expr::ListComp(e)) => generated(cx, &e.generators, &name.id),
        Node::Expr(ast::Expr::GeneratorExp(e)) => generated(cx, &e.generators, &name.id),
        Node::Expr(ast::Expr::DictComp(e)) => generated(cx, &e.generators, &name.id),
        Node::Expr(ast::Expr::SetComp(e)) => generated(cx, &e.generators, &name.id),
        // Ex) `filter(lambda p: p.requires_grad, model.parameters())`
        Node::Expr(lambda @ ast::Expr::Lambda(e)) => match cx.parent(lambda) {
            Some(Node::Expr(ast::Expr::Call(call))) if is_builtin(cx, call, "filter") => match &e.args.args[..] {
                [parameter] if parameter.def.arg == name.id => parameters_of(cx, call.args.get(1)?, "parameters"),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })?;
    cx.is_pure(module).then_some(module)
}

fn generated<'a>(cx: &Cx<'a>, generators: &'a [ast::Comprehension], name: &str) -> Option<&'a ast::Expr> {
    generators.iter().find_map(|generator| walked(cx, &generator.target, &generator.iter, name))
}

/// `model` where a loop's `target` takes `name` from `model.parameters()`, `model.named_parameters()`, or those in `zip` and the like.
fn walked<'a>(cx: &Cx<'a>, target: &'a ast::Expr, iter: &'a ast::Expr, name: &str) -> Option<&'a ast::Expr> {
    let ast::Expr::Call(call) = iter else { return None };
    let names = match target {
        ast::Expr::Tuple(tuple) => tuple.elts.as_slice(),
        single => std::slice::from_ref(single),
    };
    if let Some(Entity::Builtin(builtin)) = cx.entity(&call.func) {
        return match builtin.as_str() {
            "enumerate" => walked(cx, names.get(1)?, call.args.first()?, name),
            "zip" => names.iter().zip(&call.args).find_map(|(target, iter)| walked(cx, target, iter, name)),
            "list" | "tuple" | "reversed" | "sorted" => walked(cx, target, call.args.first()?, name),
            "filter" => walked(cx, target, call.args.get(1)?, name),
            _ => None,
        };
    }
    let is_name = |target: &ast::Expr| matches!(target, ast::Expr::Name(found) if found.id.as_str() == name);
    match names {
        [single] if is_name(single) => parameters_of(cx, iter, "parameters"),
        [_, second] if is_name(second) => parameters_of(cx, iter, "named_parameters"),
        _ => None,
    }
}

/// `model` of `model.parameters()`
fn parameters_of<'a>(cx: &Cx<'a>, iter: &'a ast::Expr, method: &str) -> Option<&'a ast::Expr> {
    let ast::Expr::Call(call) = iter else { return None };
    let ast::Expr::Attribute(attribute) = &*call.func else { return None };
    let module = &*attribute.value;
    let may_be = receiver::is_module(cx, module) || matches!(cx.kind(module), Kind::Unknown) && cx.entity(module).is_none();
    (attribute.attr.as_str() == method && may_be).then_some(module)
}

fn is_builtin(cx: &Cx<'_>, call: &ast::ExprCall, name: &str) -> bool {
    matches!(cx.entity(&call.func), Some(Entity::Builtin(builtin)) if builtin == name)
}
