//! `a.backward(retain_graph=True)`, then more of the forward pass, then `b.backward()` and one step: gradients add up, and both losses are computed from
//! the same parameters, so the two passes are one, of the sum. Nothing runs twice: dropout is drawn once, statistics are updated once.

use t2m_semantic::Entity;
use t2m_syntax::ast;
use t2m_syntax::{Node, Piece, Prec};

use super::events::{self, MethodCall, statement};
use super::flow::{self, Flow, Names};
use super::mentions::Mentions;
use super::phase::Place;
use super::{backward_arguments, build, called, clearing, loss_name, one_element, region, scaler};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::{effects, gradient_names, views, written_arguments};

/// A pass whose loss the function of a later one adds.
pub(super) struct Earlier<'a> {
    stmt: &'a ast::Stmt,
    pub(super) loss: &'a ast::Expr,
    /// The name of its value, where the loss is no name or is bound anew behind it.
    name: Option<String>,
    is_vector: bool,
}

/// The passes of a phase as one, if they have the same scaler.
pub(super) fn merged<'a>(cx: &Cx<'a>, places: &[(Place<'a>, MethodCall<'a>)]) -> Option<(Place<'a>, MethodCall<'a>)> {
    let ([(first, _), .., (last, call)], scaler) = (places, |call: &MethodCall<'a>| scaler::of(cx, call).map(|scaler| cx.source(scaler)))
    else {
        return None;
    };
    let is_plain = first.guard.is_none() && places.iter().all(|(place, _)| place.guard.is_none());
    let is_same = places.iter().all(|(_, other)| scaler(other) == scaler(call));
    (is_plain && is_same).then_some((Place { from: first.from, merged: true, ..*last }, *call))
}

/// The earlier passes of a place, and the index behind the last of them.
pub(super) fn of<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    place: &Place<'a>,
    start: usize,
) -> Result<(Vec<Earlier<'a>>, usize), String> {
    let Place { block, first, backward, from, .. } = *place;
    let mut found = Vec::new();
    let mut end = start;
    if !place.merged {
        return Ok((found, end));
    }
    for at in first..backward {
        let stmt = &block[at];
        let Some(pass) = statement(cx, stmt, "backward") else {
            keeps_gradients(cx, mentions, stmt)?;
            continue;
        };
        let (_, weight) = backward_arguments::of(cx, &pass)?;
        if weight.is_some() {
            return Err("`backward` has arguments".into());
        }
        if at < start {
            return Err(format!("`{}` comes from elsewhere", cx.snippet(pass.receiver)));
        }
        let mut read = Names::new();
        flow::loads(pass.receiver, &mut read);
        let is_made_here = Flow::of(&block[start..at]).bound.intersection(&read).next().is_some() || mentions.in_expr(pass.receiver);
        if !is_made_here || !effects::is_pure(cx, pass.receiver) && loss_name(pass.receiver).is_none() && !mentions.in_expr(pass.receiver) {
            return Err(format!("`{}` comes from elsewhere", cx.snippet(pass.receiver)));
        }
        let behind = &block[at + 1..backward];
        let same = with_other_names(cx, &block[..backward], &read);
        if let Some(changed) = behind.iter().find(|stmt| changes_in_place(cx, stmt, &same)) {
            return Err(format!("`{}` changes what an earlier pass is the gradient of", cx.snippet(changed)));
        }
        let stays = loss_name(pass.receiver).is_some() && !behind.iter().any(|stmt| region::decides(cx, stmt, pass.receiver, &read));
        let name =
            (!stays).then(|| build::unused(cx, &[&format!("pass_loss_{}", found.len() + 1), &format!("loss_of_pass_{}", found.len() + 1)]));
        let is_vector = one_element::is_vector(cx, &block[from..at], pass.receiver);
        found.push(Earlier { stmt, loss: pass.receiver, name, is_vector });
        end = at + 1;
    }
    Ok((found, end))
}

/// The names with those that are bound to the same arrays, or to views of them: `both` of `both = loss`.
fn with_other_names<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], names: &Names<'a>) -> Names<'a> {
    let mut pairs: Vec<(&'a str, &'a str)> = Vec::new();
    for stmt in suite {
        Node::Stmt(stmt).walk(&mut |node| {
            let (targets, value): (&'a [ast::Expr], &'a ast::Expr) = match node {
                Node::Stmt(ast::Stmt::Assign(s)) => (&s.targets, &s.value),
                Node::Stmt(ast::Stmt::AnnAssign(s)) if let Some(value) = &s.value => (std::slice::from_ref(&*s.target), value),
                // `for t in (loss, other): ...`
                Node::Stmt(ast::Stmt::For(s)) => (std::slice::from_ref(&*s.target), &s.iter),
                // `losses.append(loss)`
                Node::Expr(ast::Expr::Call(call)) => {
                    let ast::Expr::Attribute(method) = &*call.func else { return };
                    if matches!(method.attr.as_str(), "append" | "extend" | "insert" | "setdefault" | "update")
                        && let Some(place) = place(cx, &method.value)
                    {
                        let mut held = Vec::new();
                        let args = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
                        args.for_each(|arg| holders(cx, arg, &mut held));
                        pairs.extend(held.into_iter().map(|held| (place, held)));
                    }
                    return;
                }
                Node::Expr(ast::Expr::NamedExpr(e)) => (std::slice::from_ref(&*e.target), &e.value),
                _ => return,
            };
            let mut bound: Vec<&'a str> = Vec::new();
            for (target, value) in targets.iter().flat_map(|target| views::pairs_of(target, value)) {
                let own: Vec<&'a str> = match target {
                    ast::Expr::Tuple(targets) => targets.elts.iter().filter_map(|target| place(cx, target)).collect(),
                    target => place(cx, target).into_iter().collect(),
                };
                let mut held = Vec::new();
                holders(cx, value, &mut held);
                pairs.extend(own.iter().flat_map(|own| held.iter().map(|held| (*own, *held))));
                bound.extend(own);
            }
            // `a = b = f(x)`
            pairs.extend(bound.windows(2).filter(|_| targets.len() > 1).map(|two| (two[0], two[1])));
        });
    }
    let mut all = names.clone();
    loop {
        let known = all.len();
        for (one, other) in &pairs {
            if all.contains(one) || all.contains(other) {
                all.extend([*one, *other]);
            }
        }
        if all.len() == known {
            return all;
        }
    }
}

/// What an array stands under: a name, also that of a list or dictionary, or the path of an attribute.
fn place<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Option<&'a str> {
    match target {
        ast::Expr::Name(name) => Some(&name.id),
        ast::Expr::Attribute(_) => Some(cx.source(target)),
        ast::Expr::Subscript(item) => place(cx, &item.value),
        ast::Expr::Starred(rest) => place(cx, &rest.value),
        _ => None,
    }
}

/// The places of which an expression may be one, hold one, or be a view.
fn holders<'a>(cx: &Cx<'a>, value: &'a ast::Expr, found: &mut Vec<&'a str>) {
    match value {
        ast::Expr::Name(name) => found.push(&name.id),
        ast::Expr::IfExp(e) => [&e.body, &e.orelse].into_iter().for_each(|e| holders(cx, e, found)),
        ast::Expr::BoolOp(e) => e.values.iter().for_each(|e| holders(cx, e, found)),
        ast::Expr::List(e) => e.elts.iter().for_each(|e| holders(cx, e, found)),
        ast::Expr::Tuple(e) => e.elts.iter().for_each(|e| holders(cx, e, found)),
        ast::Expr::Dict(e) => e.values.iter().for_each(|e| holders(cx, e, found)),
        ast::Expr::NamedExpr(e) => holders(cx, &e.value, found),
        ast::Expr::Subscript(e) => holders(cx, &e.value, found),
        ast::Expr::Starred(e) => holders(cx, &e.value, found),
        // `enumerate(losses)`, `dict(a=loss)`, `losses.values()`
        ast::Expr::Call(call) if is_collection(cx, call) => {
            let args = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
            args.for_each(|arg| holders(cx, arg, found));
        }
        ast::Expr::Call(call)
            if let ast::Expr::Attribute(method) = &*call.func
                && matches!(method.attr.as_str(), "items" | "values" | "copy" | "get" | "pop") =>
        {
            holders(cx, &method.value, found);
        }
        value
            if let below = views::below_views(value)
                && !std::ptr::eq(below, value) =>
        {
            holders(cx, below, found)
        }
        ast::Expr::Attribute(_) => found.push(cx.source(value)),
        _ => {}
    }
}

fn is_collection<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let is_one = |name: &str| matches!(name, "list" | "tuple" | "dict" | "set" | "zip" | "enumerate" | "reversed" | "iter" | "next");
    matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if is_one(name.as_static()))
}

/// `loss += penalty` and `loss.add_(penalty)`: the array itself would change.
fn changes_in_place<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, names: &Names<'a>) -> bool {
    let is_it = |expr: &'a ast::Expr| {
        // `losses[0] += 1`, `loss.data.mul_(2)`
        let mut at = views::below_views(expr);
        while let ast::Expr::Subscript(item) = at {
            at = views::below_views(&item.value);
        }
        match at {
            ast::Expr::Name(name) => names.contains(name.id.as_str()),
            ast::Expr::Attribute(_) => names.contains(cx.source(at)),
            _ => false,
        }
    };
    let mut changes = false;
    Node::Stmt(stmt).walk(&mut |node| match node {
        Node::Stmt(ast::Stmt::AugAssign(s)) => changes |= is_it(&s.target),
        Node::Expr(ast::Expr::Call(call)) => {
            changes |= matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.ends_with('_') && is_it(&method.value))
                || !written_arguments::changed_arguments(cx, call, is_it).is_empty();
        }
        Node::Expr(ast::Expr::Subscript(e)) => changes |= !e.ctx.is_load() && is_it(&e.value),
        _ => {}
    });
    changes
}

/// Nothing between two passes may see the gradients of the first, or change who has one.
fn keeps_gradients<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, stmt: &'a ast::Stmt) -> Result<(), String> {
    let mut is_seen = clearing::cleared(cx, stmt).is_some() || events::clip(cx, stmt).is_some();
    let mut open = vec![Node::Stmt(stmt)];
    let mut known: Vec<&ast::StmtFunctionDef> = Vec::new();
    while let Some(node) = open.pop() {
        let mut found = Vec::new();
        node.walk(&mut |node| match node {
            Node::Expr(ast::Expr::Attribute(e)) => is_seen |= gradient_names::is_of_gradients(&e.attr) && cx.qualified(&e.value).is_none(),
            Node::Expr(ast::Expr::Call(call)) => match called::definition_of(cx, call) {
                Some(def) if !known.iter().any(|other| std::ptr::eq(*other, def)) => {
                    known.push(def);
                    found.extend(def.body.iter().map(Node::Stmt));
                }
                Some(_) => {}
                // What is not known must not get the model.
                None if cx.qualified(&call.func).is_none() => {
                    let args = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
                    is_seen |= args.into_iter().any(|arg| mentions.is_name(arg));
                }
                None => is_seen |= cx.qualified(&call.func).is_some_and(|name| name.contains("clip_grad") || name.contains("autograd")),
            },
            _ => {}
        });
        open.extend(found);
    }
    match is_seen {
        true => Err(format!("`{}` stands between two passes, and may see or change their gradients", cx.snippet(stmt))),
        false => Ok(()),
    }
}

impl<'a> Earlier<'a> {
    /// What becomes of the pass.
    pub(super) fn claim(&self) -> (&'a ast::Stmt, StmtClaim<'a>) {
        let claim = match &self.name {
            Some(name) => StmtClaim::replace(vec![Piece::text(format!("{name} = ")), Piece::Expr(self.loss, Prec::Tuple)]),
            None => StmtClaim::delete(),
        };
        (self.stmt, claim)
    }

    /// Its part of the sum.
    pub(super) fn term(&self) -> Vec<Piece<'a>> {
        let value = match &self.name {
            Some(name) => Piece::text(name.clone()),
            None => Piece::Expr(self.loss, Prec::Atom),
        };
        vec![value, Piece::text(if self.is_vector { ".squeeze() + " } else { " + " })]
    }
}
