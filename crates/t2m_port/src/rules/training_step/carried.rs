//! What an earlier pass of the same suite computed with the model, and this one goes on from: `fake` of a GAN, which the critic's pass takes detached.
//! PyTorch walks back through the graph that was kept; the loss function computes it again, with the same random numbers and running statistics.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use t2m_semantic::Kind;
use t2m_semantic::tables::read_names;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec, TextSize};

use super::carried_attributes;
use super::clearing::cleared;
use super::events::{self, is_name, statement};
use super::flow::{self, Flow, Names};
use super::mentions::Mentions;
use super::model::{self, Scopes, Trained};
use super::phase::{self, Place, Update};
use super::taint::Taint;
use super::{Step, build, idle, region, repeats};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::effects;
use crate::names::Module;

/// Assignments that the loss function writes once more.
pub(super) struct Carried<'a> {
    /// The first statement of this pass.
    pub(super) start: usize,
    /// In their order, each with its value and its target, if it has one.
    pub(super) again: Vec<(&'a ast::Stmt, Option<&'a ast::Expr>, &'a ast::Expr)>,
    pub(super) names: Names<'a>,
    /// The names that their values are made of.
    pub(super) reads: Names<'a>,
    /// What the state in front of the first pass is called, where a pass draws numbers or changes statistics.
    pub(super) state: Option<String>,
}

/// The names of earlier passes whose gradients the loss needs, and where the statements begin that read them; `start` is the first use of the model.
fn needed<'a>(
    mentions: &Mentions<'_, 'a>,
    place: &Place<'a>,
    start: usize,
    end: &dyn Fn(usize) -> usize,
    loss: &'a ast::Expr,
) -> Option<(usize, Names<'a>)> {
    let Place { forward, from, upto, .. } = *place;
    let reads = |start: usize| {
        let mut flow = Flow::of(&forward[start..end(start).max(start)]);
        flow.read(loss);
        flow.exposed
    };
    let carries = |at: TextSize| Taint::before(mentions, forward, at, false).names().clone();
    let at_start = if start == upto { place.own().range().start() } else { forward[start].range().start() };
    reads(start).intersection(&carries(at_start)).next()?;
    let carried = carries(forward[from].range().start());
    let is_reader = |stmt: &'a ast::Stmt| Flow::of(std::slice::from_ref(stmt)).exposed.intersection(&carried).next().is_some();
    let start = (from..start).find(|&at| is_reader(&forward[at])).unwrap_or(start);
    Some((start, reads(start).intersection(&carried).copied().collect()))
}

/// What this pass goes on from; why it can't be computed again.
pub(super) fn of<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    place: &Place<'a>,
    updates: &[Update<'a>],
    (start, end): (usize, &dyn Fn(usize) -> usize),
    loss: &'a ast::Expr,
) -> Result<Option<Carried<'a>>, String> {
    let Place { forward, from, upto, guard, .. } = *place;
    if from == 0 || guard.is_some() || updates.is_empty() {
        return Ok(None);
    }
    let Some((start, mut open)) = needed(mentions, place, start, end, loss) else {
        return carried_attributes::of(cx, mentions, place, updates, (start, end));
    };
    let mut found = Carried { start, again: Vec::new(), names: Names::new(), reads: Names::new(), state: None };
    for at in (0..from).rev() {
        let stmt = &forward[at];
        let bound = Flow::of(std::slice::from_ref(stmt)).bound;
        let Some(name) = open.intersection(&bound).next().copied() else { continue };
        let own = Assigned::of(stmt).ok_or_else(|| format!("`{name}` is not simply assigned before another pass"))?;
        can_repeat(cx, mentions, own.value)?;
        own.stays(cx, mentions, &forward[at + 1..upto], &found)?;
        open.retain(|name| !bound.contains(name));
        let tainted = Taint::before(mentions, forward, stmt.range().start(), false);
        let (carried, plain): (Names<'a>, Names<'a>) = own.names(cx, mentions).into_iter().partition(|name| tainted.names().contains(name));
        open.extend(carried);
        found.reads.extend(plain);
        found.names.extend(bound);
        found.again.insert(0, (stmt, Some(own.target), own.value));
        keeps_model(cx, mentions, &forward[at + 1..start], &found, updates)?;
    }
    if let Some(name) = open.first() {
        return Err(format!("`{name}` is computed from `{}` outside of the block with `backward`", mentions.model));
    }
    note_state(cx, mentions, &mut found)?;
    Ok(Some(found))
}

/// Gives the state in front of the first pass a name, where that is needed.
pub(super) fn note_state<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, found: &mut Carried<'a>) -> Result<(), String> {
    if has_state(cx, mentions, found)? {
        found.state = Some(build::unused(cx, &["first_pass", "same_pass", "first_forward_pass"]));
    }
    Ok(())
}

/// `fake = netG(noise)`
struct Assigned<'a> {
    target: &'a ast::Expr,
    value: &'a ast::Expr,
}

impl<'a> Assigned<'a> {
    fn of(stmt: &'a ast::Stmt) -> Option<Self> {
        let ast::Stmt::Assign(s) = stmt else { return None };
        let [target] = &s.targets[..] else { return None };
        let is_plain = match target {
            ast::Expr::Name(_) => true,
            ast::Expr::Tuple(e) => e.elts.iter().all(|e| matches!(e, ast::Expr::Name(_))),
            _ => false,
        };
        is_plain.then_some(Self { target, value: &s.value })
    }

    /// The names that the value is made of, without the model's and those of libraries.
    fn names(&self, cx: &Cx<'a>, mentions: &Mentions<'_, 'a>) -> Names<'a> {
        let mut names = Names::new();
        flow::loads(self.value, &mut names);
        let mut modules = Names::new();
        Node::Expr(self.value).walk(&mut |node| {
            if let Node::Expr(expr @ ast::Expr::Name(name)) = node
                && (mentions.is_name(expr) || cx.entity(expr).is_some() && cx.qualified(expr).is_some())
            {
                modules.insert(name.id.as_str());
            }
        });
        names.retain(|name| !modules.contains(name) && *name != "self");
        names
    }

    /// What the value is made of has to be the same behind `between`.
    fn stays(&self, cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, between: &'a [ast::Stmt], found: &Carried<'a>) -> Result<(), String> {
        let mut needed = self.names(cx, mentions);
        flow::targets(self.target, &mut needed);
        let is_own = |stmt: &ast::Stmt| found.again.iter().any(|(own, ..)| std::ptr::eq(*own, stmt));
        let mut bound_here = Names::new();
        flow::targets(self.target, &mut bound_here);
        for stmt in between {
            // A later assignment that is written again too may give the name another value.
            let allowed = if is_own(stmt) { bound_here.clone() } else { Names::new() };
            let needed: Names<'a> = needed.difference(&allowed).copied().collect();
            if region::decides(cx, stmt, self.value, &needed) {
                return Err(format!("its loss goes on from `{}`, and `{}` changes that", cx.snippet(self.value), cx.snippet(stmt)));
            }
        }
        let mut attributes = Names::new();
        Node::Expr(self.value).walk(&mut |node| {
            if let Node::Expr(expr @ ast::Expr::Attribute(e)) = node
                && is_name(&e.value, "self")
                && !mentions.is_name(expr)
            {
                attributes.insert(e.attr.as_str());
            }
        });
        match attributes.into_iter().find(|name| may_change(mentions.scopes, name)) {
            Some(name) => Err(format!("its loss goes on from `{}`, and `self.{name}` may change", cx.snippet(self.value))),
            None => Ok(()),
        }
    }
}

/// Whether a value is the same when it is computed again, the model's own state aside.
pub(super) fn can_repeat<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, value: &'a ast::Expr) -> Result<(), String> {
    let mut is_same = !cx.source(value).contains('#');
    Node::Expr(value).walk(&mut |node| match node {
        Node::Expr(ast::Expr::Call(call)) => {
            let has_generator = call.keywords.iter().any(|keyword| keyword.arg.as_deref().is_none_or(|name| name == "generator"));
            is_same &= !has_generator && (mentions.is_run(call) || effects::is_pure_call(cx, call) || repeats::gives_same(cx, call));
        }
        Node::Expr(
            ast::Expr::NamedExpr(_)
            | ast::Expr::Await(_)
            | ast::Expr::Yield(_)
            | ast::Expr::YieldFrom(_)
            | ast::Expr::Lambda(_)
            | ast::Expr::ListComp(_)
            | ast::Expr::GeneratorExp(_)
            | ast::Expr::DictComp(_)
            | ast::Expr::SetComp(_),
        ) => is_same = false,
        _ => {}
    });
    match is_same {
        true => Ok(()),
        false => Err(format!("its loss goes on from `{}`, which may not be the same when it is computed again", cx.snippet(value))),
    }
}

/// Whether a method other than the constructor stores something in an attribute of `self`, or below it.
fn may_change(scopes: &Scopes<'_>, name: &str) -> bool {
    let Some(class) = scopes.class else { return true };
    let methods = class.body.iter().filter(|stmt| !matches!(stmt, ast::Stmt::FunctionDef(def) if def.name.as_str() == "__init__"));
    let mut found = false;
    for method in methods {
        Node::Stmt(method).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Attribute(e)) = node {
                found |= e.attr.as_str() == name && !matches!(e.ctx, ast::ExprContext::Load);
                // `self.z.normal_()`
                found |= e.attr.ends_with('_') && matches!(&*e.value, ast::Expr::Attribute(inner) if inner.attr.as_str() == name);
            }
            if let Node::Expr(ast::Expr::Subscript(e)) = node {
                found |= !matches!(e.ctx, ast::ExprContext::Load)
                    && matches!(&*e.value, ast::Expr::Attribute(inner) if inner.attr.as_str() == name);
            }
        });
    }
    found
}

/// Nothing between both passes may run the model, change its mode or its parameters.
pub(super) fn keeps_model<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    between: &'a [ast::Stmt],
    found: &Carried<'a>,
    updates: &[Update<'a>],
) -> Result<(), String> {
    let models = mentions.models();
    let meets = |a: &str, b: &str| a == b || a.starts_with(&format!("{b}.")) || b.starts_with(&format!("{a}."));
    let mut problem = None;
    for stmt in between.iter().filter(|stmt| !found.again.iter().any(|(own, ..)| std::ptr::eq(*own, *stmt))) {
        events::walk(std::slice::from_ref(stmt), &mut |node| match node {
            Node::Expr(expr @ (ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_)))
                if mentions.is_name(expr) && cx.statement(expr).is_none_or(|stmt| cleared(cx, stmt).is_none()) =>
            {
                problem = Some(stmt);
            }
            Node::Expr(ast::Expr::Call(call)) if mentions.named_function(&call.func).is_some() && mentions.in_expr(&call.func) => {
                problem = Some(stmt);
            }
            Node::Stmt(inner) => {
                let step = statement(cx, inner, "step").filter(|call| phase::is_optimizer(cx, between, call.receiver));
                let Some(step) = step else { return };
                let is_other = match model::of_optimizer(cx, mentions.scopes, step.receiver) {
                    Trained::Models(trained, _) => !trained.iter().any(|one| models.iter().any(|own| meets(one, own))),
                    _ => false,
                };
                if !is_other || updates.iter().any(|update| cx.source(update.optimizer) == cx.source(step.receiver)) {
                    problem = Some(stmt);
                }
            }
            _ => {}
        });
        if mentions.in_stmt(stmt) && cleared(cx, stmt).is_none() {
            problem = Some(stmt);
        }
    }
    match problem {
        Some(stmt) => {
            Err(format!("its loss goes on from what `{}` gave before, and `{}` may change the model", mentions.model, cx.snippet(stmt)))
        }
        None => Ok(()),
    }
}

/// What makes a second pass differ from the first (`mappings/names/passes.toml`).
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Passes {
    /// Parts of the names of layers and functions that draw numbers or keep statistics.
    pub(super) stateful: Vec<String>,
    /// Functions and methods that draw numbers, beside those with `rand` in their names.
    pub(super) random: FxHashSet<String>,
    /// Methods that change what they are called on, and functions that the reader sees.
    pub(super) keeping: FxHashSet<String>,
    /// Members of a model that a program looks at without running it.
    pub(super) looking: FxHashSet<String>,
    /// Libraries that only compute, by the stems of their names.
    pub(super) computing: Vec<String>,
}

pub(super) static PASSES: LazyLock<Passes> = LazyLock::new(|| read_names("passes"));

/// Whether a pass draws numbers or changes statistics; a class whose methods keep something else can't run twice.
fn has_state<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, found: &Carried<'a>) -> Result<bool, String> {
    let mut has_state = cx.project.ids().any(|id| PASSES.stateful.iter().any(|word| cx.project.file(id).source.text.contains(word)));
    let draws = |name: &str| name.contains("rand") || PASSES.random.contains(name);
    for (stmt, _, value) in &found.again {
        mentions.with_called(std::slice::from_ref(*stmt), &mut |node| {
            has_state |= matches!(node, Node::Expr(ast::Expr::Attribute(e)) if draws(&e.attr));
        });
        for model in mentions.models() {
            let kind = idle::kind_of(cx, std::slice::from_ref(*stmt), value, &model);
            has_state |= !matches!(kind, Kind::Instance(_) | Kind::Sequential | Kind::Layer(_));
            for def in idle::run_methods(cx, &kind) {
                let mut stores = false;
                events::walk(&def.body, &mut |node| match node {
                    Node::Expr(ast::Expr::Attribute(e)) => has_state |= draws(&e.attr),
                    Node::Expr(ast::Expr::Name(name)) => has_state |= draws(&name.id),
                    Node::Stmt(stmt) => stores |= builds_up(stmt),
                    _ => {}
                });
                if stores {
                    return Err(format!("its loss goes on from what `{model}` gave before, and its class keeps values of each pass"));
                }
            }
        }
    }
    Ok(has_state)
}

/// Whether what a statement leaves depends on what passes before it left: `self.count += 1`, `self.h = self.rnn(x, self.h)`, `self.features.append(x)`.
pub(super) fn builds_up(stmt: &ast::Stmt) -> bool {
    match stmt {
        ast::Stmt::AugAssign(s) => is_on_self(&s.target),
        ast::Stmt::Assign(s) => s.targets.iter().filter(|target| is_on_self(target)).any(|target| {
            let mut reads = matches!(target, ast::Expr::Subscript(_));
            Node::Expr(&s.value).walk(&mut |node| {
                reads |= matches!(node, Node::Expr(expr @ ast::Expr::Attribute(_)) if is_same_place(expr, target));
            });
            reads
        }),
        ast::Stmt::Expr(s) => matches!(&*s.value, ast::Expr::Call(call)
            if matches!(&*call.func, ast::Expr::Attribute(e) if is_on_self(&e.value)
                && (e.attr.ends_with('_') || matches!(e.attr.as_str(), "append" | "extend" | "add" | "update" | "pop" | "insert" | "appendleft")))),
        ast::Stmt::Global(_) | ast::Stmt::Nonlocal(_) => true,
        _ => false,
    }
}

/// Two attributes of the same names, in any file.
fn is_same_place(one: &ast::Expr, other: &ast::Expr) -> bool {
    match (one, other) {
        (ast::Expr::Name(one), ast::Expr::Name(other)) => one.id == other.id,
        (ast::Expr::Attribute(one), ast::Expr::Attribute(other)) => one.attr == other.attr && is_same_place(&one.value, &other.value),
        _ => false,
    }
}

/// `self.features`
fn is_on_self(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Attribute(e) => is_name(&e.value, "self") || is_on_self(&e.value),
        ast::Expr::Subscript(e) => is_on_self(&e.value),
        _ => false,
    }
}

/// Where the first pass stands in the loss function of another step, what the second one needs comes out of it.
pub(super) fn give(mut steps: Vec<&mut Step<'_>>) {
    for at in 1..steps.len() {
        let (before, rest) = steps.split_at_mut(at);
        let Some(carried) = rest.first().and_then(|step| step.carried.as_ref()) else { continue };
        for step in before {
            let bound = Flow::of(step.run()).bound;
            let is_inside = |stmt: &ast::Stmt| step.run().iter().any(|own| std::ptr::eq(own, stmt));
            let mut more: Vec<&str> = carried.reads.iter().copied().filter(|name| bound.contains(name)).collect();
            if carried.again.first().is_some_and(|(first, ..)| is_inside(first)) {
                step.given.extend(carried.state.clone());
            }
            more.retain(|name| !step.outputs.contains(name));
            step.outputs.extend(more);
        }
    }
}

impl<'a> Carried<'a> {
    /// `first_pass = compat.SamePass(netG)`, in front of the first pass.
    pub(super) fn noted(&self, cx: &Cx<'a>, models: &[String]) -> Option<(&'a ast::Stmt, StmtClaim<'a>)> {
        let (state, (first, ..)) = (self.state.as_ref()?, self.again.first()?);
        let (same_pass, uses) = cx.member(Module::Compat, "SamePass");
        let mut claim = StmtClaim::keep();
        claim.decision.before = vec![format!("{state} = {same_pass}({})", models.join(", "))];
        Some((first, claim.uses(uses)))
    }

    /// The first lines of the loss function, `level` levels deep.
    pub(super) fn lines(&self, level: usize) -> Vec<Piece<'a>> {
        let mut pieces = Vec::new();
        let deeper = level + usize::from(self.state.is_some());
        if let Some(state) = &self.state {
            pieces.extend([Piece::text(format!("with {state}:")), Piece::NewLine(deeper)]);
        }
        for (at, (_, target, value)) in self.again.iter().enumerate() {
            if at > 0 {
                pieces.push(Piece::NewLine(deeper));
            }
            pieces.extend(target.iter().flat_map(|target| [Piece::Expr(target, Prec::Tuple), Piece::text(" = ")]));
            pieces.push(Piece::Expr(value, Prec::Tuple));
        }
        pieces
    }
}
