//! Freezing: in MLX a module knows which of its arrays are trained, not the array.

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, attribute_name, training_step};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;
use crate::views;

pub(super) const RULE: Rule = Rule { name: "freeze-loop", doc: include_str!("freeze_loop.md"), hook: Hook::Stmt(freeze) };

fn freeze<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    if let ast::Stmt::For(for_loop) = stmt {
        if let Some(claim) = training_step::over_used_up(cx, for_loop) {
            return Some(claim);
        }
        if asks_for_gradients(cx, for_loop) {
            return Some(StmtClaim::delete());
        }
        let (module, parameter) = over_parameters(cx, for_loop)?;
        let [body] = &for_loop.body[..] else { return None };
        if for_loop.orelse.is_empty() && detached(body).is_some_and(|target| views::is_same_name(target, parameter)) {
            return Some(frozen(cx, module));
        }
        let (target, Some(flag)) = switch(body)? else { return None };
        if !for_loop.orelse.is_empty() || !matches!(target, ast::Expr::Name(name) if name.id.as_str() == parameter) || uses(flag, parameter)
        {
            return None;
        }
        return Some(switched(cx, module, flag));
    }
    // `self.fc.weight.requires_grad = False`
    let (target, flag) = switch(stmt)?;
    let flag = flag.map_or("True", |flag| cx.source(flag));
    let ast::Expr::Attribute(array) = target else { return None };
    let module = &*array.value;
    let is_known = receiver::is_module(cx, module);
    let may_be = matches!(cx.kind(module), Kind::Unknown) && matches!(array.attr.as_str(), "weight" | "bias");
    let is_array = cx.kind(target) == Kind::Parameter || matches!(array.attr.as_str(), "weight" | "bias");
    if !(is_known && is_array || may_be) {
        return None;
    }
    let method = match flag {
        "False" => ".freeze",
        "True" => ".unfreeze",
        _ => return None,
    };
    let name = attribute_name::ported(cx, array).unwrap_or_else(|| array.attr.to_string());
    let arguments = format!("{method}(keys=[\"{name}\"], recurse=False)");
    Some(StmtClaim::replace(vec![Piece::Expr(module, Prec::Atom), Piece::text(arguments)]))
}

/// `for p in params: p.requires_grad = True` over a list of arrays: what is differentiated is said where it is.
fn asks_for_gradients<'a>(cx: &Cx<'a>, walk: &'a ast::StmtFor) -> bool {
    let (ast::Expr::Name(name), [body]) = (&*walk.target, &walk.body[..]) else { return false };
    let Some((ast::Expr::Name(target), flag)) = switch(body) else { return false };
    target.id == name.id
        && flag.is_none_or(|flag| cx.source(flag) == "True")
        && walk.orelse.is_empty()
        && training_step::arrays_of(cx, &walk.iter).is_some()
}

fn switched<'a>(cx: &Cx<'a>, module: &'a ast::Expr, flag: &'a ast::Expr) -> StmtClaim<'a> {
    if cx.source(flag) == "False" && !may_be_list(cx, module) {
        return frozen(cx, module);
    }
    let (helper, used) = cx.member(Module::Compat, "requires_grad_");
    let mut pieces = vec![Piece::text(format!("{helper}(")), Piece::Expr(module, Prec::Test)];
    if cx.source(flag) != "True" {
        pieces.extend([Piece::text(", "), Piece::Expr(flag, Prec::Test)]);
    }
    pieces.push(Piece::text(")"));
    StmtClaim::replace(pieces).uses(used)
}

fn frozen<'a>(cx: &Cx<'a>, module: &'a ast::Expr) -> StmtClaim<'a> {
    if may_be_list(cx, module) {
        let (helper, used) = cx.member(Module::Compat, "requires_grad_");
        return StmtClaim::replace(vec![Piece::text(format!("{helper}(")), Piece::Expr(module, Prec::Test), Piece::text(", False)")])
            .uses(used);
    }
    StmtClaim::replace(vec![Piece::Expr(module, Prec::Atom), Piece::text(".freeze()")])
}

/// Whether a list stands for the module: `blocks[:2]`, an attribute that is a `ModuleList` of any class, or sounds like one of a class that isn't known.
fn may_be_list<'a>(cx: &Cx<'a>, module: &'a ast::Expr) -> bool {
    if matches!(cx.kind(module), Kind::ModuleList(_)) {
        return true;
    }
    // What is asked for `parameters()` is no item of arrays.
    match module {
        ast::Expr::Subscript(items) => items.slice.is_slice_expr() && !matches!(cx.kind(&items.value), Kind::Sequential | Kind::Layer(_)),
        ast::Expr::Attribute(attribute) if cx.kind(module).is_unknown() => {
            let name = attribute.attr.as_str();
            let mut kinds = cx.shared.kinds_of_attribute(cx.project_facts, name);
            let mut is_known = false;
            let is_list = kinds.any(|kind| {
                is_known |= !kind.is_unknown();
                matches!(kind, Kind::ModuleList(_))
            });
            is_list || !is_known && name.ends_with('s')
        }
        _ => false,
    }
}

/// `p` of `p.detach_()`: a leaf that is detached in place is trained no more.
pub(super) fn detached(stmt: &ast::Stmt) -> Option<&ast::Expr> {
    let ast::Stmt::Expr(statement) = stmt else { return None };
    let ast::Expr::Call(call) = &*statement.value else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    (method.attr.as_str() == "detach_" && call.args.is_empty()).then_some(&*method.value)
}

/// `for p in module.parameters():` and `for name, p in module.named_parameters():`: the module and the parameter's name.
fn over_parameters<'a>(cx: &Cx<'a>, stmt: &'a ast::StmtFor) -> Option<(&'a ast::Expr, &'a str)> {
    let ast::Expr::Call(call) = &*stmt.iter else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    if !call.args.is_empty() || !call.keywords.is_empty() {
        return None;
    }
    let module = &*method.value;
    if !receiver::is_module(cx, module) && !cx.kind(module).is_unknown() {
        return None;
    }
    match (method.attr.as_str(), &*stmt.target) {
        ("parameters", ast::Expr::Name(name)) => Some((module, &name.id)),
        // The loop goes, so its names must not be needed: `p.requires_grad = "head" in name` chooses one by one.
        ("named_parameters", ast::Expr::Tuple(pair)) => match &pair.elts[..] {
            [ast::Expr::Name(key), ast::Expr::Name(name)]
                if !stmt.body.iter().any(|body| switch(body).and_then(|(_, flag)| flag).is_some_and(|flag| uses(flag, &key.id))) =>
            {
                Some((module, &name.id))
            }
            _ => None,
        },
        _ => None,
    }
}

/// `x.requires_grad = flag` or `x.requires_grad_(flag)`, as a statement; no flag means `True`.
pub(super) fn switch(stmt: &ast::Stmt) -> Option<(&ast::Expr, Option<&ast::Expr>)> {
    match stmt {
        ast::Stmt::Assign(assign) => match &assign.targets[..] {
            [ast::Expr::Attribute(target)] if target.attr.as_str() == "requires_grad" => Some((&target.value, Some(&assign.value))),
            _ => None,
        },
        ast::Stmt::Expr(expr) => {
            let ast::Expr::Call(call) = &*expr.value else { return None };
            match (&*call.func, &call.args[..], &call.keywords[..]) {
                (ast::Expr::Attribute(method), [flag], []) if method.attr.as_str() == "requires_grad_" => Some((&method.value, Some(flag))),
                (ast::Expr::Attribute(method), [], [flag]) if method.attr.as_str() == "requires_grad_" => {
                    Some((&method.value, Some(&flag.value)))
                }
                (ast::Expr::Attribute(method), [], []) if method.attr.as_str() == "requires_grad_" => Some((&method.value, None)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn uses(expr: &ast::Expr, name: &str) -> bool {
    let mut found = false;
    t2m_syntax::Node::Expr(expr).walk(&mut |node| {
        found |= matches!(node, t2m_syntax::Node::Expr(ast::Expr::Name(n)) if n.id.as_str() == name);
    });
    found
}
