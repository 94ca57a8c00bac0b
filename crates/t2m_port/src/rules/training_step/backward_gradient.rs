//! `loss.backward()` and `x.grad` without an optimizer: the statements that compute the loss from `x` become a function, which `mx.grad` differentiates with
//! respect to `x`. Attacks, saliency maps, gradient descent by hand.
//!
//! What has no such shape keeps the TODO of the training step.

use rustc_hash::FxHashSet;
use t2m_semantic::FileId;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::node::suites;
use t2m_syntax::{Nest, Node, Piece, Prec, TextRange};

use super::depends::{made_from, tainted};
use super::events::leaves;
use super::events::{MethodCall, statement, walk};
use super::flow::{self, Flow, Names};
use super::input_gradient::{is_number, movable, reads};
use super::left_early::{self, LeftEarly};
use super::model::{self, Scopes};
use super::{build, clearing, in_order, is_tape, turn_inputs};
use crate::claim::StmtClaim;
use crate::cx::{Cx, contains_word};
use crate::names::{Module, Uses};
use crate::receiver;
use crate::rules::freeze_loop::switch;
use crate::rules::{Hook, Rule, SuiteClaims, data, last_name};
use crate::{reached, views};

pub(in crate::rules) const RULE: Rule =
    Rule { name: "backward-gradient", doc: include_str!("../backward_gradient.md"), hook: Hook::Suite(gradients) };

fn gradients<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt]) -> SuiteClaims<'a> {
    let passes = |at: &usize| statement(cx, &suite[*at], "backward").is_some();
    let all: Vec<usize> = (0..suite.len()).filter(passes).collect();
    let [at] = all[..] else { return Vec::new() };
    if !cx.text_has(".grad") {
        return Vec::new();
    }
    Gradient::find(cx, suite, at).map_or_else(|_| Vec::new(), |gradient| gradient.claims(cx))
}

/// What stands in the way of a pass that would be a gradient with respect to arrays, if it is one.
pub(super) fn obstacle<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], at: usize) -> Option<String> {
    Gradient::find(cx, suite, at).err().flatten()
}

struct Gradient<'a> {
    own: &'a ast::Stmt,
    loss: &'a ast::Expr,
    /// The loss as the function gives it: most often the name.
    value: &'a ast::Expr,
    inputs: Vec<&'a str>,
    run: &'a [ast::Stmt],
    /// `x.grad`, where it is read.
    read: Vec<(&'a ast::Expr, &'a str)>,
    /// What clears gradients that MLX doesn't keep.
    cleared: Vec<&'a ast::Stmt>,
    live: Vec<&'a str>,
    is_number: bool,
    /// Whether code around it is differentiated.
    is_stopped: bool,
    /// Whether other statements stand between the function and `backward`.
    is_apart: bool,
}

impl<'a> Gradient<'a> {
    /// The gradient of a pass; where it is none that can be written, perhaps why.
    fn find(cx: &Cx<'a>, suite: &'a [ast::Stmt], at: usize) -> Result<Self, Option<String>> {
        let own = &suite[at];
        let call = statement(cx, own, "backward").filter(|call| call.is_bare() && is_tape(cx, call)).ok_or(None)?;
        let MethodCall { receiver: loss, .. } = call;
        let scopes = Scopes::around(cx, own);
        let body = scopes.body();
        let mut found = Self {
            own,
            loss,
            value: loss,
            inputs: Vec::new(),
            run: &[],
            read: Vec::new(),
            cleared: Vec::new(),
            live: Vec::new(),
            is_number: false,
            is_stopped: false,
            is_apart: false,
        };
        found.look_for_gradients(cx, suite, at, body).ok_or(None)?;
        if found.inputs.is_empty() {
            return Err(None);
        }
        if let Some(input) = found.inputs.iter().find(|name| !found.is_fresh(cx, suite, at, body, name)) {
            return Err(Some(format!(
                "gradients of `{input}` from before would add up: make it anew in front of the pass, `{input} = {input}.detach().clone()`, or clear them"
            )));
        }
        if !leaves_no_gradients(cx, own, body) {
            return Err(Some("it gives gradients of weights too, which a step of the project may take".into()));
        }
        let inputs = found.inputs.clone();
        let is_bound = |stmt: &ast::Stmt| binds(stmt, &inputs);
        let first = suite[..at].iter().rposition(is_bound).map_or(0, |bound| bound + 1);
        let cleared_before = found.cleared.clone();
        let is_cleared = |stmt: &ast::Stmt| cleared_before.iter().any(|own| std::ptr::eq(*own, stmt));
        let is_first = |stmt: &'a ast::Stmt| !is_cleared(stmt) && !left_early::is_exit(cx, stmt) && reads(cx, stmt, &inputs);
        let start = (first..at).find(|at| is_first(&suite[*at])).unwrap_or(at);
        let is_zero = |stmt: &&'a ast::Stmt| statement(cx, stmt, "zero_grad").is_some() || is_cleared(stmt);
        found.cleared.extend(suite[first..at].iter().filter(|stmt| statement(cx, stmt, "zero_grad").is_some()));
        let is_wanted = |stmt: &&'a ast::Stmt| {
            switch(stmt).is_some_and(|(target, _)| matches!(target, ast::Expr::Name(name) if inputs.contains(&name.id.as_str())))
        };
        found.cleared.extend(suite[first..start].iter().filter(is_wanted));
        // `x.requires_grad = True` above the loop: all that is done with its gradient is here.
        let mut wanted: Vec<&'a ast::Stmt> = Vec::new();
        t2m_syntax::node::statements(body, &mut |stmt| {
            let is_set = is_wanted(&stmt) && matches!(stmt, ast::Stmt::Assign(own) if cx.source(&*own.value) == "True");
            if is_set && stmt.range().end() <= own.range().start() && !found.cleared.iter().any(|known| std::ptr::eq(*known, stmt)) {
                wanted.push(stmt);
            }
        });
        wanted.retain(|stmt| {
            switch(stmt)
                .is_some_and(|(target, _)| matches!(target, ast::Expr::Name(name) if !is_of_other_function(cx, target, &name.id, body)))
        });
        found.cleared.extend(wanted);
        let early = LeftEarly::of(cx, &suite[start..at], loss, (body, &suite[at + 1..]), &|stmt| is_zero(&stmt));
        let upto = early.as_ref().map_or(at, |early| start + early.before);
        let end = suite[start..upto].iter().rposition(|stmt| !is_zero(&stmt)).map_or(start, |last| start + last + 1);
        let run = &suite[start..end];
        if early.is_some() && run.is_empty() || run.iter().any(|stmt| is_zero(&stmt)) || !movable(cx, run) || !cx.owns_its_lines(own) {
            let leaving = leaves(&suite[start..at], false);
            return Err(leaving.map(|(_, word)| {
                format!(
                    "`{word}` stands between the first use of `{}` and `backward`, which can't move into a function",
                    inputs.join("` and `")
                )
            }));
        }
        if let Some(LeftEarly { loss: Some(late), .. }) = &early {
            found.value = late.value;
        }
        let loss = found.value;
        let mut flow = Flow::of(run);
        flow.read(loss);
        let whole = TextRange::new(run.first().unwrap_or(own).range().start(), own.range().end());
        let moved = run.last().filter(|_| early.is_some()).map_or(whole, |last| TextRange::new(whole.start(), last.range().end()));
        let outside = tainted(body, moved, &inputs);
        let is_own = |name: &&str| inputs.contains(name);
        let mut used = Names::new();
        flow::loads(loss, &mut used);
        let made = made_from(run, &inputs);
        let is_made = |name: &&str| made.contains(name) || run.is_empty() && is_own(name);
        if flow.exposed.iter().any(|name| outside.contains(name) && !is_own(name)) || !used.iter().any(is_made) {
            return Err(None);
        }
        let declared = flow::declared(body);
        let mut live = flow::read_afterwards(body, whole, &flow.bound);
        if let Some(early) = &early {
            live.extend(early.read.intersection(&flow.bound));
        }
        let is_loose = |name: &&str| flow.exposed.contains(*name) || !flow.definite.contains(*name);
        if flow.bound.iter().any(|name| declared.contains(name) || flow.exposed.contains(name)) || live.iter().any(is_loose) {
            return Err(None);
        }
        found.run = run;
        found.live = in_order(run, live);
        found.is_number = is_number(cx, loss, run);
        if let Some(early) = early {
            found.is_apart = true;
            if let Some(late) = early.loss {
                if late.is_read && !found.is_number {
                    return Err(None);
                }
                if let (true, ast::Expr::Name(name)) = (late.is_read, found.loss) {
                    found.live.push(name.id.as_str());
                }
                found.cleared.push(late.stmt);
            }
        }
        found.is_stopped = scopes.function().is_some_and(|def| reached::is_differentiated(cx, def));
        Ok(found)
    }

    /// All that the function does with gradients of arrays: it reads them behind the pass, in the same suite.
    fn look_for_gradients(&mut self, cx: &Cx<'a>, suite: &'a [ast::Stmt], at: usize, body: &'a [ast::Stmt]) -> Option<()> {
        let mut is_known = true;
        let mut gradients: Vec<(&'a ast::Expr, &'a ast::ExprAttribute)> = Vec::new();
        walk(body, &mut |node| match node {
            Node::Expr(expr @ ast::Expr::Attribute(e)) if e.attr.as_str() == "grad" && cx.qualified(expr).is_none() => {
                gradients.push((expr, e))
            }
            Node::Stmt(ast::Stmt::Expr(_)) | Node::Expr(_) | Node::Stmt(_) => {}
        });
        for (expr, gradient) in gradients {
            let (ast::Expr::Name(name), Some(stmt)) = (&*gradient.value, cx.statement(expr)) else { return None };
            if is_of_other_function(cx, expr, &name.id, body) {
                continue;
            }
            // `w.grad = None`, `if w.grad is not None: w.grad.zero_()` before the pass
            if let Some(before) = suite[..at].iter().find(|stmt| stmt.range().contains_range(expr.range())) {
                if !clears_before(before, &name.id) {
                    return None;
                }
                if !self.cleared.iter().any(|own| std::ptr::eq(*own, before)) {
                    self.cleared.push(before);
                }
                continue;
            }
            let top = (at + 1..suite.len()).find(|place| suite[*place].range().contains_range(expr.range()))?;
            // Another array may stand behind the name by then.
            is_known &= !suite[at + 1..top].iter().any(|stmt| rebinds(stmt, &name.id));
            if !self.inputs.contains(&name.id.as_str()) {
                self.inputs.push(&name.id);
            }
            if clears(stmt, expr) {
                self.cleared.push(stmt);
            } else {
                is_known &= gradient.ctx.is_load() && !is_called_in_place(cx, expr);
                self.read.push((expr, &name.id));
            }
        }
        (is_known && !self.read.is_empty()).then_some(())
    }

    /// Whether each pass starts without gradients of an array: it is made anew, or they are cleared.
    fn is_fresh(&self, cx: &Cx<'a>, suite: &'a [ast::Stmt], at: usize, body: &'a [ast::Stmt], name: &str) -> bool {
        let is_made = |suite: &'a [ast::Stmt], name: &str| {
            suite.iter().any(|stmt| match stmt {
                ast::Stmt::Assign(assign) => {
                    let is_new = matches!(&*assign.value, ast::Expr::Call(_) | ast::Expr::BinOp(_) | ast::Expr::Tuple(_))
                        && !is_same_array(&assign.value);
                    is_new && assign.targets.iter().any(|target| holds_name(target, name))
                }
                _ => false,
            })
        };
        let is_cleared_behind = || self.is_cleared_behind(cx, &suite[at + 1..], body, name);
        let is_cleared_before =
            || self.cleared.iter().any(|stmt| stmt.range().end() <= self.own.range().start() && clears_before(stmt, name));
        is_made(&suite[..at], name)
            || is_cleared_before()
            || turn_inputs::is_of_turn(cx, suite, name)
            || is_cleared_behind() && is_made(body, name)
    }

    /// Whether each turn that goes on clears the gradients of an array behind the pass: under no condition, and left by none before.
    fn is_cleared_behind(&self, cx: &Cx<'a>, behind: &'a [ast::Stmt], body: &'a [ast::Stmt], name: &str) -> bool {
        let gradient = format!("{name}.grad");
        // The `break` of a loop that runs once leaves the gradients to nobody.
        let runs_once = body.iter().any(|stmt| suites(stmt).into_iter().any(|suite| suite.iter().any(|own| std::ptr::eq(own, self.own))));
        let goes_on = |stmt: &'a ast::Stmt| {
            let mut goes_on = true;
            if leaves(std::slice::from_ref(stmt), false).is_some() {
                Node::Stmt(stmt).walk(&mut |node| match node {
                    Node::Stmt(ast::Stmt::Continue(_)) => goes_on = false,
                    Node::Stmt(ast::Stmt::Break(_)) => goes_on &= runs_once,
                    _ => {}
                });
            }
            goes_on
        };
        let is_always = |up: &'a ast::Stmt| match up {
            ast::Stmt::With(_) => true,
            ast::Stmt::If(_) => clearing::clears_all(std::slice::from_ref(up), name),
            _ => false,
        };
        self.cleared.iter().filter(|stmt| cx.source(**stmt).starts_with(&gradient)).any(|stmt| {
            let Some(top) = behind.iter().position(|own| own.range().contains_range(stmt.range())) else { return false };
            let above = cx.ancestors(Node::Stmt(stmt)).take_while(|up| behind[top].range().contains_range(up.range()));
            behind[..=top].iter().all(goes_on) && above.into_iter().all(|up| matches!(up, Node::Stmt(up) if is_always(up)))
        })
    }

    fn claims(&self, cx: &Cx<'a>) -> SuiteClaims<'a> {
        let names: Vec<String> = self
            .inputs
            .iter()
            .map(|name| build::unused(cx, &[&format!("{name}_grad"), &format!("grad_of_{name}"), &format!("{name}_gradient")]))
            .collect();
        let mut claims: SuiteClaims<'a> = self.cleared.iter().map(|stmt| (*stmt, StmtClaim::delete())).collect();
        for (expr, input) in &self.read {
            let Some(stmt) = cx.statement(expr) else { continue };
            let found = claims.iter().position(|(other, _)| std::ptr::eq(*other, stmt)).unwrap_or_else(|| {
                // `x.data -= lr * x.grad` is stored as elsewhere.
                claims.push((stmt, data::write(cx, stmt).unwrap_or_else(StmtClaim::keep)));
                claims.len() - 1
            });
            let name = self.inputs.iter().position(|name| name == input).map_or_else(String::new, |at| names[at].clone());
            claims[found].1.inner.push((expr.range(), name));
        }
        claims.push((self.own, self.pass(cx, &names)));
        claims
    }

    /// The function, and its gradients.
    fn pass(&self, cx: &Cx<'a>, names: &[String]) -> StmtClaim<'a> {
        let inputs = self.inputs.join(", ");
        let argnums = match self.inputs.len() {
            1 => String::new(),
            n => format!(", argnums=({})", (0..n).map(|at| at.to_string()).collect::<Vec<_>>().join(", ")),
        };
        let (grad, uses) = cx.member(Module::Core, if self.live.is_empty() { "grad" } else { "value_and_grad" });
        if self.run.is_empty() {
            let mut pieces = vec![Piece::text(format!("{} = {grad}(lambda {inputs}: ", names.join(", ")))];
            pieces.push(Piece::Expr(self.value, if self.is_number { Prec::Test } else { Prec::Atom }));
            pieces.push(Piece::text(format!("{}{argnums})({inputs})", if self.is_number { "" } else { ".sum()" })));
            let (call, uses) = self.stopped(cx, pieces, names, uses);
            return StmtClaim::replace(call).uses(uses);
        }
        let own = if let ast::Expr::Name(name) = self.loss { format!("{}_of", name.id) } else { "value_of".to_owned() };
        let function = build::unused(cx, &[&own, "outputs_of", "function_of"]);
        let is_value = |name: &&str| self.is_number && matches!(self.loss, ast::Expr::Name(loss) if loss.id.as_str() == *name);
        let more: String = self.live.iter().filter(|name| !is_value(name)).map(|name| format!(", {name}")).collect();
        let mut footer = vec![Piece::text("return "), Piece::Expr(self.value, if self.is_number { Prec::Test } else { Prec::Atom })];
        if !self.is_number {
            footer.push(Piece::text(".sum()"));
        }
        footer.push(Piece::text(more.clone()));
        let value = self.live.iter().copied().find(|name| is_value(name)).unwrap_or("_");
        let value = if more.is_empty() { value.to_owned() } else { format!("({value}{more})") };
        let all = names.join(", ");
        let mut line = match (self.live.is_empty(), names.len()) {
            (true, _) => all.clone(),
            (false, 1) => format!("{value}, {all}"),
            (false, _) => format!("{value}, ({all})"),
        };
        line += &format!(" = {grad}({function}{argnums})({inputs})");
        let (call, uses) = self.stopped(cx, vec![Piece::text(line)], names, uses);
        let (mut claim, below) = if self.is_apart { (StmtClaim::delete(), Some(call)) } else { (StmtClaim::replace(call), None) };
        claim.nest = Some(Nest { header: format!("def {function}({inputs}):"), stmts: self.run, footer, below, first: Vec::new() });
        claim.uses(uses)
    }

    /// The line that takes the gradients, which are constants for what is differentiated around it.
    fn stopped(&self, cx: &Cx<'a>, mut call: Vec<Piece<'a>>, names: &[String], mut uses: Uses) -> (Vec<Piece<'a>>, Uses) {
        if self.is_stopped {
            let (stop, more) = cx.member(Module::Core, "stop_gradient");
            uses.extend(&more);
            for name in names {
                call.extend([Piece::NewLine(0), Piece::text(format!("{name} = {stop}({name})"))]);
            }
        }
        (call, uses)
    }
}

/// Whether a name is one of another function's own, which stands in the body.
fn is_of_other_function<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &str, body: &'a [ast::Stmt]) -> bool {
    let range = TextRange::new(
        body.first().map_or(expr.range().start(), |stmt| stmt.range().start()),
        body.last().map_or(expr.range().end(), |stmt| stmt.range().end()),
    );
    let inside = cx.ancestors(Node::Expr(expr)).take_while(|up| range.contains_range(up.range()));
    inside.into_iter().any(|up| match up {
        Node::Stmt(def @ ast::Stmt::FunctionDef(_)) => {
            let own = Flow::of(model::body(def)).bound;
            (own.contains(name) || model::has_parameter(def, name)) && !flow::declared(model::body(def)).contains(name)
        }
        _ => false,
    })
}

/// `x.grad.zero_()`, `x.grad.data.zero_()`, `x.grad = None`
fn clears(stmt: &ast::Stmt, gradient: &ast::Expr) -> bool {
    match stmt {
        ast::Stmt::Assign(assign) => {
            matches!(&assign.targets[..], [target] if std::ptr::eq(target, gradient)) && receiver::is_none(&assign.value)
        }
        ast::Stmt::Expr(stmt) => {
            matches!(&*stmt.value, ast::Expr::Call(call) if call.args.is_empty() && matches!(&*call.func, ast::Expr::Attribute(e) if e.attr.as_str() == "zero_"))
        }
        _ => false,
    }
}

fn clears_before(stmt: &ast::Stmt, name: &str) -> bool {
    match stmt {
        ast::Stmt::If(_) | ast::Stmt::Assign(_) | ast::Stmt::Expr(_) => clearing::clears_all(std::slice::from_ref(stmt), name),
        _ => false,
    }
}

/// `x.grad.mul_(2)`, `x.grad.data.clamp_(0, 1)`
fn is_called_in_place<'a>(cx: &Cx<'a>, gradient: &'a ast::Expr) -> bool {
    let mut up = gradient;
    while let Some(Node::Expr(above @ ast::Expr::Attribute(member))) = cx.parent(up) {
        if member.attr.ends_with('_') {
            return true;
        }
        up = above;
    }
    false
}

/// `x.requires_grad_()` is `x`.
pub(super) fn is_same_array(value: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "requires_grad_" && matches!(&*method.value, ast::Expr::Name(_)))
}

pub(super) fn holds_name(target: &ast::Expr, name: &str) -> bool {
    match target {
        ast::Expr::Tuple(all) => all.elts.iter().any(|one| holds_name(one, name)),
        one => views::is_same_name(one, name),
    }
}

fn binds(stmt: &ast::Stmt, names: &[&str]) -> bool {
    Flow::of(std::slice::from_ref(stmt)).bound.iter().any(|name| names.contains(name))
}

/// Whether a statement gives a name another value; `w -= ...` counts as well.
fn rebinds(stmt: &ast::Stmt, name: &str) -> bool {
    let is_update = matches!(stmt, ast::Stmt::With(_) | ast::Stmt::AugAssign(_));
    !is_update && binds(stmt, &[name])
}

/// Whether the gradients of weights that the pass gives besides reach no optimizer: each step of the project clears them behind it.
fn leaves_no_gradients<'a>(cx: &Cx<'a>, own: &'a ast::Stmt, body: &'a [ast::Stmt]) -> bool {
    let mut steps = false;
    walk(body, &mut |node| steps |= matches!(node, Node::Expr(ast::Expr::Attribute(e)) if e.attr.as_str() == "step"));
    if steps {
        return false;
    }
    let mut calls: FxHashSet<&str> = FxHashSet::default();
    let function = match Scopes::around(cx, own).function() {
        Some(ast::Stmt::FunctionDef(def)) => Some(def.name.as_str()),
        _ => None,
    };
    calls.extend(function);
    loop {
        let before = calls.len();
        let callers = cx.shared.survey.calls().filter(|(_, called)| called.iter().any(|name| calls.contains(name))).map(|(name, _)| name);
        let more: Vec<&str> = callers.collect();
        calls.extend(more);
        if calls.len() == before {
            break;
        }
    }
    // Files that have nothing to do with this one share no weights with it.
    let names_it = |text: &str| function.is_some_and(|name| contains_word(text, name) && !text.contains(&format!("def {name}(")));
    let concerns = |id: FileId| cx.shared.are_connected(cx.project_facts, cx.id, id) || names_it(&cx.project.file(id).source.text);
    let steps = cx.project.ids().filter(|id| cx.project.file(*id).source.text.contains(".step("));
    steps.into_iter().all(|id| !concerns(id) || clears_first(&cx.project.file(id).source.suite, &calls))
}

/// Whether each suite that steps an optimizer clears its gradients first, and calls none of these functions between.
fn clears_first(suite: &[ast::Stmt], calls: &FxHashSet<&str>) -> bool {
    fn is_call(stmt: &ast::Stmt, name: &str) -> bool {
        let ast::Stmt::Expr(stmt) = stmt else { return false };
        matches!(&*stmt.value, ast::Expr::Call(call) if last_name(&call.func) == Some(name))
    }
    let is_step = |stmt: &ast::Stmt| is_call(stmt, "step");
    let has_pass = suite.iter().any(|stmt| is_call(stmt, "backward"));
    let step = suite.iter().position(is_step);
    let is_clean = match step {
        Some(step) if has_pass => suite[..step].iter().rposition(|stmt| is_call(stmt, "zero_grad")).is_some_and(|zero| {
            !suite[zero..step].iter().any(|stmt| {
                let mut meets = false;
                Node::Stmt(stmt).walk(&mut |node| {
                    meets |= matches!(node, Node::Expr(ast::Expr::Call(call)) if last_name(&call.func).is_some_and(|name| calls.contains(name)));
                });
                meets
            })
        }),
        // A schedule steps behind an epoch.
        Some(step) => is_schedule(&suite[step]),
        None => true,
    };
    is_clean && suite.iter().flat_map(t2m_syntax::node::suites).all(|inner| clears_first(inner, calls))
}

/// `scheduler.step()`, by its name.
fn is_schedule(stmt: &ast::Stmt) -> bool {
    let ast::Stmt::Expr(stmt) = stmt else { return false };
    let ast::Expr::Call(call) = &*stmt.value else { return false };
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    last_name(&method.value).is_some_and(|name| name.to_lowercase().contains("sched"))
}
