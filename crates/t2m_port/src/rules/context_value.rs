//! Contexts of torch that are kept in a name, chosen, entered later or called: `nullcontext()` takes their place.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec};

use super::contexts::{AUTOCAST, NO_GRAD, autocast_note, is_disabled, is_entered_alone};
use super::no_grad::switches_off;
use super::places::new_text;
use super::{Hook, Rule, Shape};
use crate::asked_gradients;
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::{Module, Uses};
use crate::reached::is_differentiated_at;

pub(super) const RULE: Rule = Rule {
    name: "context-value",
    doc: include_str!("context_value.md"),
    hook: Hook::Expr(&[Shape::Call, Shape::Name, Shape::Attribute, Shape::Other], context),
};

fn context<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let (func, call) = match expr {
        ast::Expr::IfExp(choice) => return same_on_both_sides(cx, expr, choice),
        ast::Expr::Call(call) => (&*call.func, Some(call)),
        other => (other, None),
    };
    if let (Some(call), ast::Expr::Call(inner)) = (call, func) {
        return called(cx, call, inner);
    }
    if let Some(call) = call.filter(|call| is_partial(cx, call)) {
        return partial(cx, expr, call);
    }
    let name = cx.qualified(func)?;
    if asked_gradients::is_switch(name) && asked_gradients::keeps(cx, expr) {
        return kept(cx, expr, name);
    }
    let is_autocast = AUTOCAST.contains(&name);
    if !is_autocast && !NO_GRAD.contains(&name) && name != "torch.enable_grad" || is_part(cx, expr) {
        return None;
    }
    let is_pure = call.is_none_or(|call| call.args.iter().chain(call.keywords.iter().map(|kw| &kw.value)).all(|arg| cx.is_pure(arg)));
    if !is_pure {
        return None;
    }
    if let Some(finding) = unclear(cx, expr, name) {
        return Some(Claim::todo(finding));
    }
    let (mut text, uses) = null_context(cx);
    if call.is_some() {
        text.push_str("()");
    }
    let claim = Claim::text(text, Prec::Atom).uses(uses);
    let is_off = call.is_some_and(|call| is_disabled(cx, call));
    Some(if is_autocast && !is_off { claim.finding(autocast_note(expr.range())) } else { claim })
}

/// `ctx = nullcontext() if on_cpu else torch.autocast("cuda")`: nothing is left to choose.
fn same_on_both_sides<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, choice: &'a ast::ExprIfExp) -> Option<Claim<'a>> {
    if !matches!(cx.parent(expr), Some(Node::Stmt(ast::Stmt::Assign(_)))) || !cx.is_pure(&choice.test) {
        return None;
    }
    let is_own = |side: &&ast::Expr| {
        let func = match side {
            ast::Expr::Call(call) if call.args.is_empty() && call.keywords.is_empty() => &*call.func,
            side => side,
        };
        cx.is_qualified(func, "contextlib.nullcontext") && cx.claim(side).is_none()
    };
    let (own, other) = match (&*choice.body, &*choice.orelse) {
        (body, orelse) if is_own(&body) => (body, orelse),
        (body, orelse) if is_own(&orelse) => (orelse, body),
        // `torch.enable_grad if train else torch.no_grad`
        (body, orelse) => return same_contexts(cx, body, orelse),
    };
    let claim = cx.claim(other).filter(|_| new_text(cx, other) == Some(cx.source(own)))?;
    let same = Claim::build(vec![Piece::Expr(own, Prec::Tuple)], cx.prec(own));
    Some(Claim { findings: claim.findings.clone(), ..same })
}

fn same_contexts<'a>(cx: &Cx<'a>, body: &'a ast::Expr, orelse: &'a ast::Expr) -> Option<Claim<'a>> {
    let (text, _) = null_context(cx);
    let new = new_text(cx, body).filter(|new| new.strip_suffix("()").unwrap_or(new) == text)?;
    let other = cx.claim(orelse).filter(|_| new_text(cx, orelse) == Some(new))?;
    let same = Claim::build(vec![Piece::Expr(body, Prec::Tuple)], Prec::Atom);
    Some(Claim { findings: other.findings.clone(), ..same })
}

/// A value that switches gradients off for nobody knows which arrays.
fn unclear<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &str) -> Option<Finding> {
    let is_unclear = NO_GRAD.contains(&name) && (is_differentiated_at(cx, expr) || outlives(cx, expr)) && !is_entered_alone(cx, expr);
    is_unclear.then(|| {
        let reason = format!("`{name}` is a value here, and nothing says which arrays lose their gradient by it");
        let help = "write `with torch.no_grad() if CONDITION else nullcontext():` where it is entered, and port again";
        Finding::todo(codes::NO_GRAD_CHANGE, expr.range(), reason).help(help)
    })
}

/// A context under which the project may ask whether gradients are on: the helper module's own sets the flag.
fn kept<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &str) -> Option<Claim<'a>> {
    match cx.parent(expr) {
        Some(Node::Expr(ast::Expr::Call(call))) if std::ptr::eq(&*call.func, expr) => return None,
        Some(Node::Expr(ast::Expr::Attribute(_))) => return None,
        Some(Node::Stmt(stmt @ ast::Stmt::Expr(_))) if switches_off(cx, stmt) => return None,
        Some(Node::Stmt(ast::Stmt::Expr(_))) => {}
        _ if asked_gradients::is_entered(cx, expr) => {}
        _ => {
            if let Some(finding) = unclear(cx, expr, name) {
                return Some(Claim::todo(finding));
            }
        }
    }
    let (text, uses) = cx.member(Module::Compat, name.rsplit('.').next()?);
    Some(match expr {
        ast::Expr::Call(call) => Claim::edit(vec![Edit::text(call.func.range(), text)]).uses(uses),
        _ => Claim::text(text, Prec::Atom).uses(uses),
    })
}

/// `partial(torch.autocast, "cuda", enabled=False)`
fn partial<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let (context, rest) = call.args.split_first()?;
    let is_pure = rest.iter().chain(call.keywords.iter().map(|keyword| &keyword.value)).all(|arg| cx.is_pure(arg));
    cx.qualified(context).filter(|name| AUTOCAST.contains(name) && is_pure)?;
    let (text, uses) = null_context(cx);
    let claim = Claim::text(text, Prec::Atom).uses(uses);
    Some(if is_disabled(cx, call) { claim } else { claim.finding(autocast_note(expr.range())) })
}

fn is_partial(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    cx.is_qualified(&call.func, "functools.partial")
}

/// `torch.no_grad()(f)`: a function whose results carry no gradient.
fn called<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, context: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let name = switch(cx, &context.func)?;
    let ([function], [], []) = (&call.args[..], &call.keywords[..], &context.args[..]) else { return None };
    if !context.keywords.is_empty() {
        return None;
    }
    let (mut pieces, mut uses) = (Vec::new(), Uses::default());
    let is_kept = asked_gradients::is_switch(name) && asked_gradients::keeps(cx, &context.func);
    if is_kept {
        let (text, own) = cx.member(Module::Compat, name.rsplit('.').next()?);
        pieces.push(Piece::text(format!("{text}()(")));
        uses.extend(&own);
    }
    match name {
        "torch.enable_grad" if is_kept => pieces.push(Piece::Expr(function, Prec::Named)),
        "torch.enable_grad" => pieces.push(Piece::Expr(function, Prec::Atom)),
        name if NO_GRAD.contains(&name) => {
            let (text, own) = cx.member(Module::Compat, "without_gradient");
            pieces.extend([Piece::text(format!("{text}(")), Piece::Expr(function, Prec::Named), Piece::text(")")]);
            uses.extend(&own);
        }
        _ => return None,
    }
    if is_kept {
        pieces.push(Piece::text(")"));
    }
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// `torch.no_grad`, or one of two that do the same: `torch.inference_mode if IS_NEW else torch.no_grad`.
fn switch<'a>(cx: &Cx<'a>, func: &'a ast::Expr) -> Option<&'a str> {
    let ast::Expr::IfExp(choice) = func else { return cx.qualified(func) };
    let names = [switch(cx, &choice.body)?, switch(cx, &choice.orelse)?];
    (names.iter().all(|name| NO_GRAD.contains(name)) && cx.is_pure(&choice.test)).then_some(names[0])
}

/// The name of a call, or of a longer name: the whole is asked too. And what is no value.
fn is_part<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match cx.parent(expr) {
        Some(Node::Expr(ast::Expr::Call(call))) => {
            let is_first = call.args.first().is_some_and(|first| std::ptr::eq(first, expr));
            std::ptr::eq(&*call.func, expr)
                || is_first && is_partial(cx, call) && cx.qualified(expr).is_some_and(|name| AUTOCAST.contains(&name))
        }
        Some(Node::Expr(ast::Expr::Attribute(_))) => true,
        // A statement of its own switches: see `no-op`.
        Some(Node::Stmt(ast::Stmt::Expr(_))) => true,
        _ => false,
    }
}

/// What outlives the function: `self.context = torch.no_grad()`.
fn outlives<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    cx.ancestors(Node::Expr(expr)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::Assign(assign)) => Some(!assign.targets.iter().all(|target| matches!(target, ast::Expr::Name(_)))),
        Node::Stmt(ast::Stmt::Return(_)) => Some(true),
        Node::Stmt(_) => Some(false),
        Node::Expr(_) => None,
    }) == Some(true)
}

/// `nullcontext` by the name that the file has for it.
fn null_context(cx: &Cx<'_>) -> (String, Uses) {
    let own = cx.facts.imports().iter().find(|import| {
        import.at_module_level && matches!(&import.entity, Some(Entity::Library(name)) if *name == "contextlib.nullcontext")
    });
    match own {
        Some(import) => (import.local.to_string(), Uses::default()),
        None => cx.member(Module::Contextlib, "nullcontext"),
    }
}
