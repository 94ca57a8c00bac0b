//! Calls in front of the forward pass whose values nothing asks for: `callbacks.before(model, i)`, `self.maybe_freeze()`. What they change of weights, or
//! of what is trained, has to stand before gradients are taken; inside of the loss function it is lost or comes late.

use t2m_semantic::{Entity, FunctionId};
use t2m_syntax::ast;
use t2m_syntax::{Node, node};

use super::events::walk;
use super::kept::{self, Keeping};
use super::mentions::Mentions;
use super::model::is_place;
use crate::receiver;

/// Whether a statement that uses the model stays in front of the loss function: all that it does with it is to hand it to functions which
/// leave nothing that the loss, in `rest`, could carry gradients from.
pub(super) fn stays<'a>(mentions: &Mentions<'_, 'a>, stmt: &'a ast::Stmt, rest: &'a [ast::Stmt]) -> bool {
    let inner = |stmts: &'a [ast::Stmt]| stmts.iter().all(|stmt| !mentions.differentiates(stmt) || stays(mentions, stmt, rest));
    match stmt {
        ast::Stmt::Expr(s) => matches!(&*s.value, ast::Expr::Call(call) if leaves_nothing(mentions, call, rest)),
        ast::Stmt::If(_) | ast::Stmt::While(_) | ast::Stmt::Try(_) => node::suites(stmt).into_iter().all(inner),
        // `for p in model.parameters(): losses.append(p.norm())`
        ast::Stmt::For(s) => !mentions.in_expr(&s.iter) && node::suites(stmt).into_iter().all(inner),
        ast::Stmt::With(s) => !s.items.iter().any(|item| mentions.in_expr(&item.context_expr)) && inner(&s.body),
        _ => false,
    }
}

/// The model, one of its parts or its list of parameters: no value that it gives.
fn is_plain<'a>(mentions: &Mentions<'_, 'a>, expr: &'a ast::Expr) -> bool {
    match expr {
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) => kept::KEPT.lists.contains(method.attr.as_str()) && is_plain(mentions, &method.value),
            func => {
                mentions.cx.entity(func).is_some_and(|entity| matches!(entity, Entity::Builtin(_)))
                    && call.args.iter().all(|arg| is_plain(mentions, arg))
            }
        },
        ast::Expr::Subscript(item) => is_plain(mentions, &item.value) && !mentions.in_expr(&item.slice),
        ast::Expr::List(list) => list.elts.iter().all(|item| is_plain(mentions, item)),
        ast::Expr::Tuple(tuple) => tuple.elts.iter().all(|item| is_plain(mentions, item)),
        ast::Expr::Starred(starred) => is_plain(mentions, &starred.value),
        expr if is_place(expr) => !mentions.cx.kind(expr).is_tensor(),
        expr => !mentions.in_expr(expr),
    }
}

fn leaves_nothing<'a>(mentions: &Mentions<'_, 'a>, call: &'a ast::ExprCall, rest: &'a [ast::Stmt]) -> bool {
    let mut arguments = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
    if !arguments.all(|argument| is_plain(mentions, argument)) || mentions.is_name(&call.func) {
        return false;
    }
    let called = definitions(mentions, call);
    if let Some(first) = called.first() {
        return match first {
            Called::Nested(def) => !Keeping::of(mentions.cx).in_nested(def),
            Called::Project(_) => called.iter().all(|one| matches!(one, Called::Project(id) if !Keeping::of(mentions.cx).in_function(*id))),
        };
    }
    match &*call.func {
        // `model.encode(x)` may keep what it gives; then the loss asks the model for it.
        ast::Expr::Attribute(method) if mentions.is_below(&method.value) => !mentions.is_run(call) && only_called(mentions, rest),
        ast::Expr::Attribute(method) => !kept::KEPT.grows.contains(method.attr.as_str()),
        _ => true,
    }
}

enum Called<'a> {
    Project(FunctionId),
    /// A function inside of a function.
    Nested(&'a ast::StmtFunctionDef),
}

/// What a call may run: the function that it names, a method of a known class and those that override it, else all methods of that name.
fn definitions<'a>(mentions: &Mentions<'_, 'a>, call: &'a ast::ExprCall) -> Vec<Called<'a>> {
    let cx = mentions.cx;
    match (cx.entity(&call.func), &*call.func) {
        (Some(Entity::Function(id)), _) => vec![Called::Project(*id)],
        (Some(_), _) => Vec::new(),
        (None, ast::Expr::Attribute(method)) => {
            let class = receiver::class_of(cx, &method.value);
            kept::methods(cx, class, &method.attr).into_iter().map(Called::Project).collect()
        }
        (None, func) => match mentions.named_function(func) {
            Some(ast::Stmt::FunctionDef(def)) => vec![Called::Nested(def)],
            _ => Vec::new(),
        },
    }
}

/// Whether all that is left of a step does with the model is to call it with values: nothing is asked for that it kept.
fn only_called<'a>(mentions: &Mentions<'_, 'a>, rest: &'a [ast::Stmt]) -> bool {
    let mut all = true;
    walk(rest, &mut |node| {
        let Node::Expr(expr @ (ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_))) = node else { return };
        if !mentions.is_name(expr) || mentions.is_probe(expr) {
            return;
        }
        // `model` of `model.encoder(x)`
        let mut callee = expr;
        while let Some(Node::Expr(up @ ast::Expr::Attribute(_))) = mentions.cx.parent(callee) {
            callee = up;
        }
        let takes = matches!(mentions.cx.parent(callee), Some(Node::Expr(ast::Expr::Call(call)))
            if std::ptr::eq(&*call.func, callee) && !call.args.is_empty());
        all &= takes;
    });
    all
}
