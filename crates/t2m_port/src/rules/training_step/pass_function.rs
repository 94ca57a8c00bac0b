//! A backward pass in a function of its own, between `zero_grad` and `step`: `self.backward_G()`. In the port the function gives its loss, and the step
//! that calls it differentiates the call.

use t2m_semantic::{Entity, FunctionId};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec, node};

use super::clearing::cleared;
use super::events::{self, MethodCall, is_name, method};
use super::phase::{self, Place};
use super::{is_tape, one_element, scaler, steps_of};
use crate::claim::StmtClaim;
use crate::cx::{Cx, contains_word};
use crate::receiver;
use crate::rules::SuiteClaims;
use crate::storage;

/// How many functions pass a call on: `backward_D_A` calls `backward_D_basic`.
const DEPTH: usize = 3;

/// How a function ends that runs a backward pass.
enum End<'a> {
    /// `self.loss_D.backward()`
    Pass(&'a ast::Stmt, &'a ast::Expr),
    /// `loss.backward()` in front of `return loss`
    Given(&'a ast::Stmt),
    /// `self.backward_D_basic(...)`
    Call(&'a ast::Stmt, &'a ast::Expr),
    /// `self.loss_D_A = self.backward_D_basic(...)`, of a function that gives its loss
    Kept(&'a ast::Stmt, &'a ast::Expr),
    /// `return self.backward_D_basic(...)`
    Returned(&'a ast::Stmt),
}

impl<'a> End<'a> {
    /// The call of another such function.
    fn passed_on(&self) -> Option<(&'a ast::Stmt, &'a ast::Expr)> {
        match *self {
            Self::Call(stmt, call) => Some((stmt, call)),
            Self::Kept(stmt, _) | Self::Returned(stmt) => called_in(stmt).map(|call| (stmt, call)),
            Self::Pass(..) | Self::Given(_) => None,
        }
    }
}

/// The call that is a whole statement, or the whole value of one.
fn called_in(stmt: &ast::Stmt) -> Option<&ast::Expr> {
    let value = match stmt {
        ast::Stmt::Expr(s) => &s.value,
        ast::Stmt::Assign(s) if s.targets.len() == 1 => &s.value,
        ast::Stmt::Return(s) => s.value.as_ref()?,
        _ => return None,
    };
    value.is_call_expr().then_some(value)
}

/// A call that runs a backward pass of its own.
pub(super) fn run<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<MethodCall<'a>> {
    run_within(cx, expr, DEPTH)
}

fn run_within<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, depth: usize) -> Option<MethodCall<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let may_be_it = match &*call.func {
        ast::Expr::Attribute(e) => is_name(&e.value, "self"),
        func => func.is_name_expr(),
    };
    if depth == 0 || !may_be_it || !cx.text_has(".backward(") {
        return None;
    }
    let (_, def) = definition(cx, &call.func)?;
    end(cx, def, depth)?;
    Some(MethodCall { receiver: expr, call, runs: Some(def) })
}

/// The function of this file that is called by its name, or on `self`.
fn definition<'a>(cx: &Cx<'a>, func: &'a ast::Expr) -> Option<(FunctionId, &'a ast::StmtFunctionDef)> {
    let id = match func {
        ast::Expr::Attribute(e) => cx.project_facts.lookup_method(receiver::class_of(cx, &e.value)?, &e.attr)?,
        func => match cx.entity(func)? {
            Entity::Function(id) => *id,
            _ => return None,
        },
    };
    let function = cx.project_facts.function(id);
    (function.file == cx.id).then(|| storage::function_at(&cx.file.suite, function.range).map(|def| (id, def)))?
}

/// How a function ends, if all that it does is to compute a loss and walk back from it.
fn end<'a>(cx: &Cx<'a>, def: &'a ast::StmtFunctionDef, depth: usize) -> Option<End<'a>> {
    let tape = |stmt: &'a ast::Stmt| match stmt {
        ast::Stmt::Expr(s) => {
            method(cx, &s.value, "backward").filter(|call| call.is_bare() && is_tape(cx, call) && scaler::of(cx, call).is_none())
        }
        _ => None,
    };
    let calls = |stmt: &'a ast::Stmt| called_in(stmt).and_then(|call| run_within(cx, call, depth - 1));
    let gives = |call: &MethodCall<'a>| call.runs.and_then(|def| end(cx, def, depth - 1)).is_some_and(|end| end.gives_loss());
    let (last, before) = def.body.split_last()?;
    let found = if let Some(call) = tape(last) {
        End::Pass(last, call.receiver)
    } else if let (ast::Stmt::Return(s), Some(pass)) = (last, before.last())
        && let (Some(call), Some(value)) = (tape(pass), &s.value)
    {
        let is_loss =
            matches!(call.receiver, ast::Expr::Name(_) | ast::Expr::Attribute(_)) && cx.source(call.receiver) == cx.source(&**value);
        is_loss.then_some(End::Given(pass))?
    } else {
        let call = calls(last)?;
        match last {
            ast::Stmt::Assign(s) if gives(&call) => {
                let target = s.targets.first().filter(|target| matches!(target, ast::Expr::Name(_) | ast::Expr::Attribute(_)));
                End::Kept(last, target?)
            }
            ast::Stmt::Return(_) if gives(&call) => End::Returned(last),
            ast::Stmt::Expr(_) => End::Call(last, call.receiver),
            _ => return None,
        }
    };
    // What runs another pass on the way loses its gradients.
    let is_other = |stmt: &'a ast::Stmt| node::suites(stmt).is_empty() && calls(stmt).is_some();
    let mut passes_before = false;
    node::statements(before, &mut |stmt| passes_before |= is_other(stmt));
    (!passes_before && only_computes(cx, def)).then_some(found)
}

impl End<'_> {
    fn gives_loss(&self) -> bool {
        matches!(self, Self::Given(_) | Self::Returned(_))
    }
}

/// Whether a function runs one pass at its end, and neither steps nor clears.
fn only_computes<'a>(cx: &Cx<'a>, def: &'a ast::StmtFunctionDef) -> bool {
    let last = def.body.last().map(Ranged::range);
    let (mut passes, mut is_plain) = (0, def.decorator_list.is_empty());
    events::walk(&def.body, &mut |node| match node {
        Node::Expr(ast::Expr::Yield(_) | ast::Expr::YieldFrom(_) | ast::Expr::Await(_)) => is_plain = false,
        Node::Expr(ast::Expr::Attribute(e)) => match e.attr.as_str() {
            "backward" => passes += 1,
            "step" | "zero_grad" | "grad" => is_plain = false,
            _ => {}
        },
        Node::Stmt(stmt @ ast::Stmt::Return(_)) => is_plain &= Some(stmt.range()) == last,
        Node::Stmt(ast::Stmt::Global(_) | ast::Stmt::Nonlocal(_) | ast::Stmt::FunctionDef(_) | ast::Stmt::ClassDef(_)) => is_plain = false,
        Node::Stmt(ast::Stmt::With(with)) => {
            is_plain &= !with.items.iter().any(|item| crate::rules::contexts::is_no_grad(cx, &item.context_expr));
        }
        Node::Expr(ast::Expr::Call(call)) if last.is_none_or(|last| !last.contains_range(call.range)) => is_plain &= !trains(cx, call),
        _ => {}
    });
    is_plain && passes <= 1
}

/// Whether a call may run a whole step of another: `self.auxiliary.learn(z.detach())`. A method of what is not known is any of the project that is called so.
fn trains<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let name = match &*call.func {
        // The pass itself is counted.
        ast::Expr::Attribute(method) if method.attr.as_str() != "backward" => method.attr.as_str(),
        ast::Expr::Name(function) => function.id.as_str(),
        _ => return false,
    };
    cx.qualified(&call.func).is_none()
        && cx.project_facts.functions().any(|(_, function)| {
            let text = || &cx.project.file(function.file).source.text[function.range];
            function.name == name && (text().contains(".backward(") || text().contains(".step("))
        })
}

/// The statements that call a function, if nothing else runs it.
fn calls_of<'a>(cx: &Cx<'a>, id: FunctionId, def: &'a ast::StmtFunctionDef) -> Option<Vec<&'a ast::Stmt>> {
    let name = def.name.as_str();
    let facts = cx.project_facts;
    let is_overridden = facts.function(id).class.is_some_and(|own| {
        facts.classes().any(|(other, class)| other != own && class.mro.contains(&own) && class.methods.contains_key(name))
    });
    let mut calls = Vec::new();
    let mut is_known = !is_overridden;
    events::walk(&cx.file.suite, &mut |node| {
        let Node::Expr(expr) = node else { return };
        match uses(cx, id, name, expr) {
            Some(true) => {}
            Some(false) => return,
            None => return is_known = false,
        }
        let call = cx.parent(expr).filter(|up| matches!(up, Node::Expr(ast::Expr::Call(call)) if std::ptr::eq(&*call.func, expr)));
        match call.and_then(|call| cx.parent(call)) {
            Some(Node::Stmt(stmt)) => calls.push(stmt),
            _ => is_known = false,
        }
    });
    let elsewhere = cx.project.ids().filter(|other| {
        *other != cx.id && contains_word(&cx.project.file(*other).source.text, name) && cx.shared.are_connected(facts, cx.id, *other)
    });
    for other in elsewhere {
        let there = Cx::new(cx.project, facts, cx.tables, other, cx.shared);
        events::walk(&there.file.suite, &mut |node| {
            is_known &= !matches!(node, Node::Expr(expr) if uses(&there, id, name, expr) != Some(false));
        });
    }
    (is_known && !calls.is_empty()).then_some(calls)
}

/// Whether an expression is the function, if that is known.
fn uses<'a>(there: &Cx<'a>, id: FunctionId, name: &str, expr: &'a ast::Expr) -> Option<bool> {
    let is_it = |found: Option<FunctionId>| Some(found == Some(id));
    match expr {
        ast::Expr::Attribute(e) if e.attr.as_str() == name => match there.entity(expr) {
            Some(Entity::Function(found)) => is_it(Some(*found)),
            Some(_) => Some(false),
            None => match receiver::class_of(there, &e.value) {
                Some(class) => is_it(there.project_facts.lookup_method(class, name)),
                // Ex) `loss.backward()`
                None if name == "backward" => Some(false),
                None => None,
            },
        },
        ast::Expr::Name(own) if own.id.as_str() == name => match there.entity(expr) {
            Some(Entity::Function(found)) => is_it(Some(*found)),
            _ => Some(false),
        },
        // `getattr(self, "backward_G")`
        ast::Expr::Constant(text) if text.value.as_str().is_some_and(|text| text == name) => None,
        _ => Some(false),
    }
}

/// The statements of steps that come to a function, by whatever functions stand between.
fn roots<'a>(cx: &Cx<'a>, id: FunctionId, def: &'a ast::StmtFunctionDef, depth: usize) -> Option<Vec<&'a ast::Stmt>> {
    let mut found = Vec::new();
    for stmt in calls_of(cx, id, def)? {
        match passes_on(cx, stmt) {
            Some((id, caller)) if depth > 0 => found.extend(roots(cx, id, caller, depth - 1)?),
            Some(_) => return None,
            None => found.push(stmt),
        }
    }
    Some(found)
}

/// The function around a statement, if it ends with it and is such a function itself.
fn passes_on<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<(FunctionId, &'a ast::StmtFunctionDef)> {
    let Some(Node::Stmt(outer @ ast::Stmt::FunctionDef(def))) = cx.parent(Node::Stmt(stmt)) else { return None };
    let (own, _) = end(cx, def, DEPTH)?.passed_on()?;
    let id = cx.project_facts.function_of_stmt(cx.id, outer)?;
    std::ptr::eq(own, stmt).then_some((id, def))
}

/// The passes of a phase that are calls, in functions of their own.
fn runs<'c, 'a>(
    cx: &'c Cx<'a>,
    places: &'c [(Place<'a>, MethodCall<'a>)],
) -> impl Iterator<Item = (&'a ast::Stmt, MethodCall<'a>)> + use<'c, 'a> {
    let stmts = places.iter().flat_map(|(place, _)| std::iter::once(place.own()).chain(place.joined()));
    stmts.filter_map(|stmt| events::statement(cx, stmt, "backward").filter(|call| call.runs.is_some()).map(|call| (stmt, call)))
}

/// Whether a phase has such a pass.
pub(super) fn is_in<'a>(cx: &Cx<'a>, places: &[(Place<'a>, MethodCall<'a>)]) -> bool {
    runs(cx, places).next().is_some()
}

/// Why the functions that the passes of a phase call can't be ported: other code may run them.
pub(super) fn check<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], places: &[(Place<'a>, MethodCall<'a>)]) -> Result<(), String> {
    let is_here = |stmt: &ast::Stmt| suite.iter().any(|own| std::ptr::eq(own, stmt));
    for (_, call) in runs(cx, places) {
        let mut func = Some(&*call.call.func);
        while let Some((id, def)) = func.and_then(|func| definition(cx, func)) {
            if !roots(cx, id, def, DEPTH).is_some_and(|roots| roots.into_iter().all(is_here)) {
                return Err(format!("`{}` runs its backward pass, and other code calls it as well", def.name));
            }
            func = end(cx, def, DEPTH).and_then(|end| end.passed_on()).and_then(|(_, call)| call.as_call_expr()).map(|call| &*call.func);
        }
    }
    match is_in(cx, places) && !is_cleared_between(cx, suite, places) {
        true => Err("gradients of several passes may add up: the optimizer's are not cleared between them".into()),
        false => Ok(()),
    }
}

/// Whether the gradients of what a phase trains are cleared behind the passes of others: these may leave some there, which no call shows.
fn is_cleared_between<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], places: &[(Place<'a>, MethodCall<'a>)]) -> bool {
    let own: Vec<usize> = places
        .iter()
        .flat_map(|(place, _)| std::iter::once(place.own()).chain(place.joined()))
        .filter_map(|pass| suite.iter().position(|stmt| std::ptr::eq(stmt, pass)))
        .collect();
    let (Some(&first), Some(&last)) = (own.iter().min(), own.iter().max()) else { return true };
    let is_pass = |stmt: &'a ast::Stmt| events::statement(cx, stmt, "backward").is_some();
    let steps =
        |stmts: &'a [ast::Stmt]| stmts.iter().filter_map(|stmt| events::statement(cx, stmt, "step")).map(|step| cx.source(step.receiver));
    // Passes in front of one step add up by intent.
    let is_one = |at: usize| {
        let (from, to) = (at.min(first), at.max(last));
        let mut behind = steps(&suite[to..]);
        let next = behind.next();
        steps(&suite[from..to]).next().is_none() && behind.all(|step| Some(step) == next)
    };
    let others = || suite.iter().enumerate().filter(|(at, stmt)| !own.contains(at) && is_pass(stmt) && !is_one(*at)).map(|(at, _)| at);
    if others().next().is_none() {
        return true;
    }
    let Some(step) = suite[last..].iter().find_map(|stmt| events::statement(cx, stmt, "step")) else { return true };
    let from = others().filter(|at| *at < first).max().map_or(0, |at| at + 1);
    suite[from..first].iter().any(|stmt| cleared(cx, stmt).is_some_and(|whose| cx.source(whose) == cx.source(step.receiver)))
}

/// The claims on a function's body that only computes a loss and walks back from it, where the steps that call it are ported; else why they are not.
pub(super) fn claims<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt]) -> Option<Result<SuiteClaims<'a>, String>> {
    if !cx.text_has(".backward(") || !matches!(suite.last()?, ast::Stmt::Expr(_) | ast::Stmt::Assign(_) | ast::Stmt::Return(_)) {
        return None;
    }
    let Some(Node::Stmt(outer @ ast::Stmt::FunctionDef(def))) = cx.parent(Node::Stmt(suite.first()?)) else { return None };
    let end = end(cx, def, DEPTH).filter(|_| std::ptr::eq(&*def.body, suite))?;
    let id = cx.project_facts.function_of_stmt(cx.id, outer)?;
    let roots = roots(cx, id, def, DEPTH)?;
    let around = suite_of(cx, roots.first()?)?;
    let phases = phase::of_suite(cx, around);
    let is_pass = |root: &ast::Stmt| phases.iter().any(|places| runs(cx, places).any(|(stmt, _)| std::ptr::eq(stmt, root)));
    if !roots.iter().all(|root| is_pass(root)) {
        return None;
    }
    for (places, steps) in steps_of(cx, around, phases) {
        if is_in(cx, &places)
            && let Err(reason) = steps
        {
            return Some(Err(reason));
        }
    }
    Some(Ok(end.claims(cx, suite)))
}

/// The statements among which one stands.
fn suite_of<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<&'a [ast::Stmt]> {
    let suites = match cx.parent(Node::Stmt(stmt)) {
        Some(Node::Stmt(outer)) => node::suites(outer),
        _ => vec![&cx.file.suite[..]],
    };
    suites.into_iter().find(|suite| suite.iter().any(|own| std::ptr::eq(own, stmt)))
}

impl<'a> End<'a> {
    fn claims(self, cx: &Cx<'a>, suite: &'a [ast::Stmt]) -> SuiteClaims<'a> {
        match self {
            Self::Pass(stmt, loss) => {
                let is_vector = one_element::is_vector(cx, suite, loss);
                let mut pieces = vec![Piece::text("return "), Piece::Expr(loss, if is_vector { Prec::Atom } else { Prec::Named })];
                pieces.extend(is_vector.then(|| Piece::text(".squeeze()")));
                vec![(stmt, StmtClaim::replace(pieces))]
            }
            Self::Given(stmt) => vec![(stmt, StmtClaim::delete())],
            Self::Call(stmt, call) => vec![(stmt, StmtClaim::replace(vec![Piece::text("return "), Piece::Expr(call, Prec::Named)]))],
            Self::Kept(stmt, target) => {
                let mut claim = StmtClaim::keep();
                claim.decision.after = vec![vec![Piece::text(format!("return {}", cx.source(target)))]];
                vec![(stmt, claim)]
            }
            Self::Returned(_) => Vec::new(),
        }
    }
}
