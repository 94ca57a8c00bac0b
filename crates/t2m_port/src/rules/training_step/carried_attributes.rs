//! What an earlier pass goes on from in attributes: `self.fake = self.netG(self.real)`, most often in a method of its own, `self.forward()`, in front of
//! the critic's pass. The generator's loss reads `self.fake` where no graph leads back to `self.netG`, so the loss function computes it again.

use std::collections::BTreeSet;

use t2m_syntax::Node;
use t2m_syntax::ast;

use super::called::definition;
use super::carried::{self, Carried};
use super::events::{self, is_name};
use super::flow::{self, Flow, Names};
use super::incoming;
use super::mentions::Mentions;
use super::phase::{Place, Update};

use crate::cx::Cx;
use crate::imports::is_docstring;

/// Names of attributes of `self`.
type Attributes<'a> = BTreeSet<&'a str>;

/// The attributes that some statements and the methods that they call read and bind.
#[derive(Default)]
struct Use<'a> {
    read: Attributes<'a>,
    stored: Attributes<'a>,
    /// Those that may be changed in place, and those of which a method is called.
    changed: Attributes<'a>,
    /// Whether the object itself goes to others, who may change whatever they like.
    hands_over: bool,
}

impl<'a> Use<'a> {
    fn of(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, stmts: &'a [ast::Stmt]) -> Self {
        let mut found = Self::default();
        let mut inherited = Vec::new();
        mentions.with_called(stmts, &mut |node| {
            found.note(cx, node);
            if let Node::Expr(ast::Expr::Call(call)) = node
                && own_attribute(&call.func).is_some()
                && mentions.named_function(&call.func).is_none()
            {
                inherited.extend(definition(cx, call));
            }
        });
        inherited.into_iter().for_each(|(def, _)| events::walk(&def.body, &mut |node| found.note(cx, node)));
        found
    }

    fn note(&mut self, cx: &Cx<'a>, node: Node<'a>) {
        match node {
            Node::Expr(expr @ ast::Expr::Attribute(e)) => {
                let Some(name) = own_attribute(expr) else { return };
                if e.ctx.is_load() {
                    self.read.insert(name)
                } else {
                    self.stored.insert(name)
                };
            }
            Node::Expr(ast::Expr::Subscript(e)) if !e.ctx.is_load() => self.changed.extend(own_attribute(&e.value)),
            Node::Expr(ast::Expr::Call(call)) => {
                if let ast::Expr::Attribute(method) = &*call.func {
                    // `self.config.update(k=2)`, `self.schedule.step()`, but no `self.fake.detach()`
                    if !cx.tables.lookup(&format!("Tensor.{}", method.attr)).any(|(row, _)| !row.in_place) {
                        self.changed.extend(own_attribute(&method.value));
                    }
                }
                self.hands_over |= call.args.iter().any(|arg| is_name(arg, "self"));
            }
            Node::Stmt(ast::Stmt::Assign(assign)) => self.hands_over |= is_name(&assign.value, "self"),
            _ => {}
        }
    }
}

/// `fake` of `self.fake`
fn own_attribute(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::Attribute(e) if is_name(&e.value, "self") => Some(e.attr.as_str()),
        _ => None,
    }
}

/// What this pass goes on from, if it is kept in attributes; why it can't be computed again.
pub(super) fn of<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    place: &Place<'a>,
    updates: &[Update<'a>],
    (start, end): (usize, &dyn Fn(usize) -> usize),
) -> Result<Option<Carried<'a>>, String> {
    let Place { forward, from, upto, .. } = *place;
    if mentions.scopes.class.is_none() {
        return Ok(None);
    }
    let each: Vec<Use<'a>> = forward[..from].iter().map(|stmt| Use::of(cx, mentions, std::slice::from_ref(stmt))).collect();
    let mut tainted = Attributes::new();
    let carries: Vec<bool> = each
        .iter()
        .zip(forward)
        .map(|(own, stmt)| {
            let is_tainted = !own.stored.is_empty() && (mentions.differentiates(stmt) || !own.read.is_disjoint(&tainted));
            if is_tainted {
                tainted.extend(&own.stored);
            }
            is_tainted
        })
        .collect();
    if tainted.is_empty() {
        return Ok(None);
    }
    let own = place.own();
    // A count of steps, or a loss as a number, carries none.
    let carried = incoming::names_before(cx, mentions, &mentions.models(), forward.get(from).unwrap_or(own));
    tainted.retain(|name| carried.iter().any(|place| place.strip_prefix("self.") == Some(*name)));
    let passes = || std::iter::once(own).chain(place.joined());
    let reads_them = |stmt: &'a ast::Stmt| !Use::of(cx, mentions, std::slice::from_ref(stmt)).read.is_disjoint(&tainted);
    let start = (from..start).find(|&at| reads_them(&forward[at])).unwrap_or(start);
    let run = forward[start..end(start).max(start)].iter().chain(passes());
    let (mut open, mut bound) = (Attributes::new(), Attributes::new());
    for stmt in run {
        let own = Use::of(cx, mentions, std::slice::from_ref(stmt));
        open.extend(own.read.intersection(&tainted).filter(|name| !bound.contains(*name) && !own.stored.contains(*name)));
        bound.extend(own.stored);
    }
    if open.is_empty() {
        return Ok(None);
    }
    let mut found = Carried { start, again: Vec::new(), names: Names::new(), reads: Names::new(), state: None };
    for at in (0..from).rev() {
        let (stmt, own) = (&forward[at], &each[at]);
        if own.stored.is_disjoint(&open) {
            continue;
        }
        open.retain(|name| !own.stored.contains(name));
        if !carries[at] {
            continue;
        }
        let (target, value) = repeated(cx, mentions, stmt)?;
        let mut names = Names::new();
        flow::loads(value, &mut names);
        for (stmt, between) in forward[at + 1..upto].iter().map(|stmt| (stmt, Use::of(cx, mentions, std::slice::from_ref(stmt)))) {
            if found.again.iter().any(|(own, ..)| std::ptr::eq(*own, stmt)) {
                continue;
            }
            let meets = |attributes: &Attributes<'a>| !attributes.is_disjoint(&own.read) || !attributes.is_disjoint(&own.stored);
            if between.hands_over
                || meets(&between.stored)
                || meets(&between.changed)
                || !Flow::of(std::slice::from_ref(stmt)).bound.is_disjoint(&names)
            {
                return Err(format!("its loss goes on from `{}`, and `{}` changes that", cx.snippet(value), cx.snippet(stmt)));
            }
        }
        open.extend(own.read.intersection(&tainted).filter(|name| !own.stored.contains(*name)));
        mentions.with_called(std::slice::from_ref(stmt), &mut |node| {
            if let Node::Expr(expr @ ast::Expr::Attribute(e)) = node
                && own_attribute(expr).is_some()
                && e.ctx.is_store()
            {
                found.names.insert(cx.source(expr));
            }
        });
        found.again.insert(0, (stmt, target, value));
        carried::keeps_model(cx, mentions, &forward[at + 1..start], &found, updates)?;
    }
    carried::note_state(cx, mentions, &mut found)?;
    Ok(Some(found))
}

/// The target and value of a statement that may run once more: `self.fake = self.netG(self.real)`, or `self.forward()` of such statements.
fn repeated<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, stmt: &'a ast::Stmt) -> Result<(Option<&'a ast::Expr>, &'a ast::Expr), String> {
    let refused = || Err(format!("its loss goes on from `{}`, which may not be the same when it is computed again", cx.snippet(stmt)));
    match stmt {
        ast::Stmt::Assign(s) if matches!(&s.targets[..], [target] if is_plain(target)) => {
            carried::can_repeat(cx, mentions, &s.value)?;
            Ok((s.targets.first(), &s.value))
        }
        ast::Stmt::Expr(s) => {
            let ast::Expr::Call(call) = &*s.value else { return refused() };
            let is_bare = call.args.is_empty() && call.keywords.is_empty();
            let Some(ast::Stmt::FunctionDef(def)) = mentions.named_function(&call.func).filter(|_| is_bare) else { return refused() };
            let body = &def.body[usize::from(def.body.first().is_some_and(is_docstring))..];
            for stmt in body {
                match stmt {
                    ast::Stmt::Assign(s) if s.targets.iter().all(is_plain) => carried::can_repeat(cx, mentions, &s.value)?,
                    _ => return refused(),
                }
            }
            if def.decorator_list.is_empty() { Ok((None, &s.value)) } else { refused() }
        }
        _ => refused(),
    }
}

/// `self.fake`, `fake`, `self.fake, self.mask`
fn is_plain(target: &ast::Expr) -> bool {
    match target {
        ast::Expr::Tuple(e) => e.elts.iter().all(is_plain),
        target => target.is_name_expr() || own_attribute(target).is_some(),
    }
}
