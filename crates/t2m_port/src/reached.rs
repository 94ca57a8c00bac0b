//! Which functions of the project gradients may flow through: those that a `forward` or a loss reaches by calls, by name, in any file.
//!
//! Names over-approximate: a function counts that only shares its name with one that is called. That costs a needless `stop_gradient`, never a wrong gradient.

use std::sync::OnceLock;

use rustc_hash::FxHashSet;
use t2m_semantic::{Facts, FileId, FunctionId, Project};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, SourceFile, TextRange};

use crate::cx::{Cx, holds};
use crate::open_functions;
use crate::reached_methods::{self, ReachedMethods};
use crate::receiver;
use crate::rules::last_name;
use crate::storage;
use crate::survey::Survey;

/// Computed once, by the first file that asks.
pub(crate) struct Reached<'a> {
    project: &'a Project,
    names: OnceLock<FxHashSet<&'a str>>,
    /// Without what only prepares a step: see [`Reached::holds_loss`].
    in_losses: OnceLock<FxHashSet<&'a str>>,
    changing: OnceLock<FxHashSet<&'a str>>,
    methods: OnceLock<ReachedMethods>,
    trains: OnceLock<bool>,
    open: OnceLock<FxHashSet<&'a str>>,
    handed: OnceLock<FxHashSet<&'a str>>,
}

impl<'a> Reached<'a> {
    pub(crate) fn new(project: &'a Project) -> Self {
        Self {
            project,
            names: OnceLock::new(),
            in_losses: OnceLock::new(),
            changing: OnceLock::new(),
            methods: OnceLock::new(),
            trains: OnceLock::new(),
            open: OnceLock::new(),
            handed: OnceLock::new(),
        }
    }

    /// Whether a function of this name may run inside of code that is differentiated.
    pub(crate) fn contains(&self, survey: &Survey<'a>, name: &str) -> bool {
        is_root(name) || self.names.get_or_init(|| reach(self.project, survey, None)).contains(name)
    }

    /// The same, but for functions that are called beside a step for what they do, not for a value: `init_weights(model)`, in front of the loss.
    pub(crate) fn holds_loss(&self, survey: &Survey<'a>, name: &str) -> bool {
        is_root(name) || self.in_losses.get_or_init(|| reach(self.project, survey, Some(self))).contains(name)
    }

    /// What gradients may flow through of classes that are no modules, too.
    pub(crate) fn methods(&self, facts: &'a Facts, survey: &Survey<'a>) -> &ReachedMethods {
        self.methods.get_or_init(|| ReachedMethods::new(self.project, facts, survey, &|name| self.contains(survey, name)))
    }

    /// Whether callers of functions of this name are not all shown: see `open_functions`.
    pub(crate) fn is_open(&self, survey: &Survey<'a>, name: &str) -> bool {
        self.open.get_or_init(|| open_functions::names(self.project, survey)).contains(name)
    }

    /// Whether whoever has an object or a function as a value may call functions of this name: see `open_functions`.
    pub(crate) fn is_handed(&self, survey: &Survey<'a>, name: &str) -> bool {
        self.handed.get_or_init(|| open_functions::handed(survey)).contains(name)
    }

    /// Whether any file of the project takes gradients.
    fn trains(&self) -> bool {
        *self.trains.get_or_init(|| self.project.files.iter().any(|file| records(&file.source.text)))
    }

    /// Whether methods of this name only change the parameters of their module: `critic.clip_weights()`.
    pub(crate) fn only_changes_parameters(&self, name: &str) -> bool {
        self.changing.get_or_init(|| parameter_changes(self.project)).contains(name)
    }
}

/// `forward` and what is like it, and losses.
pub(crate) fn is_root(name: &str) -> bool {
    name.starts_with("forward") || name == "__call__" || name == "training_step" || name.to_lowercase().ends_with("loss")
}

/// Whether an expression may run inside of code that is differentiated: in a `forward` or what it calls, in a loss, beside a `backward`.
pub(crate) fn is_differentiated_at<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    runs_within(cx, expr, is_differentiated)
}

/// The same by calls alone: functions that are values are left out.
pub(crate) fn is_called_differentiated_at<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    runs_within(cx, expr, is_called_differentiated)
}

fn runs_within<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, is_differentiated: impl Fn(&Cx<'a>, &'a ast::Stmt) -> bool) -> bool {
    let functions = cx.ancestors(Node::Expr(expr)).filter_map(|up| match up {
        Node::Stmt(stmt @ (ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_))) => Some(stmt),
        _ => None,
    });
    let mut outermost = None;
    for function in functions {
        if is_differentiated(cx, function) {
            return true;
        }
        outermost = Some(function);
    }
    match outermost {
        Some(function) => records(cx.source(function)) && !is_beside_losses(cx, expr.range(), function),
        None => cx.file.suite.iter().any(|stmt| !is_definition(stmt) && records(cx.source(stmt))),
    }
}

/// Whether an expression is in a function of no class, in a project that takes no gradients itself: who imports the function may.
pub(crate) fn is_left_to_callers<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let mut around = cx.ancestors(Node::Expr(expr)).filter_map(|up| match up {
        Node::Stmt(stmt) if is_definition(stmt) => Some(stmt),
        _ => None,
    });
    let is_function = |stmt: &ast::Stmt| !matches!(stmt, ast::Stmt::ClassDef(_));
    around.next().is_some_and(is_function) && around.all(is_function) && !cx.shared.reached.trains()
}

/// Whether a place is in no loss function, though it is in a function with training steps, which are all ported: what is computed there is a constant for the losses.
pub(crate) fn is_beside_losses<'a>(cx: &Cx<'a>, place: TextRange, function: &'a ast::Stmt) -> bool {
    is_outside_of_losses(cx, place, &[function])
}

/// The same for the statements of a script, its definitions left out.
pub(crate) fn is_beside_losses_of_script<'a>(cx: &Cx<'a>, place: TextRange) -> bool {
    let own: Vec<&'a ast::Stmt> = cx.file.suite.iter().filter(|stmt| !is_definition(stmt)).collect();
    is_outside_of_losses(cx, place, &own)
}

fn is_outside_of_losses<'a>(cx: &Cx<'a>, place: TextRange, around: &[&'a ast::Stmt]) -> bool {
    let steps: usize = around.iter().map(|stmt| cx.source(*stmt).matches(BACKWARD).count()).sum();
    // What `torch.autograd.grad` gives may be part of a loss elsewhere.
    if steps == 0 || around.iter().any(|stmt| cx.source(*stmt).contains(GRAD)) {
        return false;
    }
    let nests = cx.stmts.values().filter_map(|(claim, _)| claim.nest.as_ref());
    let losses = nests.filter_map(|nest| Some(TextRange::new(nest.stmts.first()?.range().start(), nest.stmts.last()?.range().end())));
    let losses: Vec<TextRange> = losses.filter(|loss| around.iter().any(|stmt| stmt.range().contains_range(*loss))).collect();
    losses.len() == steps && !losses.iter().any(|loss| loss.contains_range(place))
}

pub(crate) fn is_definition(stmt: &ast::Stmt) -> bool {
    matches!(stmt, ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_))
}

const BACKWARD: &str = ".backward(";
const GRAD: &str = "autograd.grad(";

pub(crate) fn records(text: &str) -> bool {
    [BACKWARD, GRAD].iter().any(|call| holds(text, call))
}

/// Whether gradients may flow through a function: `forward` of a module and the methods that it calls, losses, functions that those call, and functions that
/// are values: `losses[kind](out, y)`.
pub(crate) fn is_differentiated<'a>(cx: &Cx<'a>, function: &'a ast::Stmt) -> bool {
    is_called_differentiated(cx, function)
        || cx.shared.reached.trains() && (is_handed(cx, function) || is_value_differentiated(cx, function))
}

fn is_called_differentiated<'a>(cx: &Cx<'a>, function: &'a ast::Stmt) -> bool {
    runs_differentiated(cx, function, |name| cx.shared.is_reached(name))
}

fn is_handed<'a>(cx: &Cx<'a>, function: &'a ast::Stmt) -> bool {
    let id = cx.project_facts.function_of_stmt(cx.id, function);
    id.is_some_and(|id| cx.shared.methods_reached(cx.project_facts).is_handed(id)) && !open_functions::is_off(function)
}

/// Whether gradients may flow through a method of a class that is no module.
pub(crate) fn is_method_differentiated<'a>(cx: &Cx<'a>, function: &'a ast::Stmt) -> bool {
    plain_method(cx, function).is_some_and(|id| cx.shared.methods_reached(cx.project_facts).contains(id))
}

/// The same, where what the method gives is used on the way: it is called for more than what it does.
pub(crate) fn is_value_differentiated<'a>(cx: &Cx<'a>, function: &'a ast::Stmt) -> bool {
    plain_method(cx, function).is_some_and(|id| cx.shared.methods_reached(cx.project_facts).gives_value(id))
}

fn plain_method<'a>(cx: &Cx<'a>, function: &'a ast::Stmt) -> Option<FunctionId> {
    let class = receiver::class_of_body(cx, function)?;
    reached_methods::is_plain(cx.project_facts, class).then(|| cx.project_facts.function_of_stmt(cx.id, function))?
}

/// Whether a weight that a function changes may be one that gradients are taken of meanwhile. A constructor's are not in use yet, and those of a function that
/// prepares a step are changed in front of it.
pub(crate) fn is_in_loss<'a>(cx: &Cx<'a>, function: &'a ast::Stmt) -> bool {
    let is_constructor = matches!(function, ast::Stmt::FunctionDef(def) if def.name.as_str() == "__init__");
    !is_constructor && runs_differentiated(cx, function, |name| cx.shared.holds_loss(name))
}

fn runs_differentiated<'a>(cx: &Cx<'a>, function: &'a ast::Stmt, is_reached: impl Fn(&str) -> bool) -> bool {
    let name = match function {
        ast::Stmt::FunctionDef(def) => def.name.as_str(),
        ast::Stmt::AsyncFunctionDef(def) => def.name.as_str(),
        _ => return false,
    };
    if is_root(name) {
        return true;
    }
    // Optimizers, schedulers and pipelines share names of methods with modules.
    let class = receiver::class_of_body(cx, function);
    if class.is_some_and(|class| reached_methods::is_plain(cx.project_facts, class)) {
        return false;
    }
    is_reached(name)
}

/// Ex) `FocalLoss`, `SetCriterion`
pub(crate) fn is_loss(class: &str) -> bool {
    let name = class.to_lowercase();
    name.ends_with("loss") || name.ends_with("criterion")
}

fn reach<'a>(project: &'a Project, survey: &Survey<'a>, in_losses: Option<&Reached<'a>>) -> FxHashSet<&'a str> {
    // Over all functions of a name.
    let calls = survey.calls_by_name();
    let before_backward = called_before_backward(project, in_losses);
    let mut open: Vec<&str> = calls.keys().copied().filter(|name| is_root(name) || before_backward.contains(name)).collect();
    let mut reached: FxHashSet<&str> = open.iter().copied().collect();
    while let Some(name) = open.pop() {
        for called in calls.get(name).into_iter().flatten() {
            if calls.contains_key(called) && reached.insert(called) {
                open.push(called);
            }
        }
    }
    reached
}

/// What training steps call: names in the statements of a suite up to the last that calls `backward`.
fn called_before_backward<'a>(project: &'a Project, in_losses: Option<&Reached<'a>>) -> FxHashSet<&'a str> {
    let mut names = FxHashSet::default();
    before_backward(project, in_losses, &mut |_, stmt| called_names(stmt, &mut names));
    names
}

/// Tells the statements of all training steps of a project.
pub(crate) fn in_steps<'a>(project: &'a Project, found: &mut dyn FnMut(FileId, &'a ast::Stmt)) {
    before_backward(project, None, found);
}

fn before_backward<'a>(project: &'a Project, in_losses: Option<&Reached<'a>>, found: &mut dyn FnMut(FileId, &'a ast::Stmt)) {
    fn collect<'a>(source: &'a SourceFile, suite: &'a [ast::Stmt], in_losses: Option<&Reached<'a>>, found: &mut dyn FnMut(&'a ast::Stmt)) {
        let is_simple = |stmt: &ast::Stmt| t2m_syntax::node::suites(stmt).is_empty();
        // Each pass has statements of its own in front of it.
        let mut from = 0;
        for (last, _) in suite.iter().enumerate().filter(|(_, stmt)| is_simple(stmt) && records(source.slice(stmt.range()))) {
            let own = &suite[from..=last];
            let loss = in_losses.map_or(0, |_| first_of_loss(own));
            let counts = |(at, stmt): &(usize, &ast::Stmt)| *at >= loss || !in_losses.is_some_and(|reached| only_prepares(reached, stmt));
            own.iter().enumerate().filter(counts).for_each(|(_, stmt)| found(stmt));
            from = last + 1;
        }
        suite.iter().flat_map(t2m_syntax::node::suites).for_each(|inner| collect(source, inner, in_losses, found));
    }
    for id in project.ids().filter(|id| records(&project.file(*id).source.text)) {
        let source = &project.file(id).source;
        collect(source, &source.suite, in_losses, &mut |stmt| found(id, stmt));
    }
}

/// Where the array that `backward` ends a suite with is first bound.
fn first_of_loss(suite: &[ast::Stmt]) -> usize {
    let Some((backward, before)) = suite.split_last() else { return 0 };
    let mut loss = None;
    Node::Stmt(backward).walk(&mut |node| {
        if let Node::Expr(ast::Expr::Attribute(method)) = node
            && method.attr.as_str() == "backward"
            && let ast::Expr::Name(name) = &*method.value
        {
            loss = Some(name.id.as_str());
        }
    });
    let binds = |stmt: &ast::Stmt| {
        let mut found = false;
        Node::Stmt(stmt).walk(&mut |node| {
            found |= matches!(node, Node::Expr(ast::Expr::Name(name)) if name.ctx.is_store() && Some(name.id.as_str()) == loss);
        });
        found
    };
    before.iter().position(binds).unwrap_or(before.len())
}

/// Ex) `init_weights(model)`, `critic.clip_weights()`; another method may keep what it computes.
fn only_prepares(reached: &Reached<'_>, stmt: &ast::Stmt) -> bool {
    let ast::Stmt::Expr(stmt) = stmt else { return false };
    let ast::Expr::Call(call) = &*stmt.value else { return false };
    match &*call.func {
        ast::Expr::Name(_) => true,
        ast::Expr::Attribute(method) => reached.only_changes_parameters(&method.attr),
        _ => false,
    }
}

/// The names of methods whose bodies, in all classes that have them, are loops over `self.parameters()` which change those.
fn parameter_changes(project: &Project) -> FxHashSet<&str> {
    let (mut changes, mut others) = (FxHashSet::default(), FxHashSet::default());
    for file in &project.files {
        t2m_syntax::node::statements(&file.source.suite, &mut |stmt| {
            if let ast::Stmt::FunctionDef(def) = stmt {
                let kind = if changes_own_parameters(&def.body) { &mut changes } else { &mut others };
                kind.insert(def.name.as_str());
            }
        });
    }
    changes.retain(|name| !others.contains(name));
    changes
}

fn changes_own_parameters(body: &[ast::Stmt]) -> bool {
    let is_own = |iter: &ast::Expr| {
        let ast::Expr::Call(call) = iter else { return false };
        let ast::Expr::Attribute(method) = &*call.func else { return false };
        matches!(method.attr.as_str(), "parameters" | "named_parameters")
            && matches!(&*method.value, ast::Expr::Name(name) if name.id.as_str() == "self")
    };
    let is_text = |stmt: &ast::Stmt| matches!(stmt, ast::Stmt::Expr(s) if s.value.is_constant_expr());
    body.iter().any(|stmt| !is_text(stmt))
        && body.iter().all(|stmt| match stmt {
            ast::Stmt::For(s) => is_own(&s.iter) && s.orelse.is_empty() && s.body.iter().all(is_weight_change),
            ast::Stmt::With(s) => changes_own_parameters(&s.body),
            stmt => is_text(stmt),
        })
}

/// `p.data.clamp_(-c, c)`, `p.data = p.data.clamp(-c, c)`
fn is_weight_change(stmt: &ast::Stmt) -> bool {
    match stmt {
        ast::Stmt::Expr(s) => matches!(&*s.value, ast::Expr::Call(call)
            if matches!(&*call.func, ast::Expr::Attribute(method) if storage::is_in_place(&method.attr))),
        ast::Stmt::Assign(s) => matches!(&s.targets[..], [ast::Expr::Attribute(target)] if target.attr.as_str() == "data"),
        ast::Stmt::If(s) => s.body.iter().chain(&s.orelse).all(is_weight_change),
        _ => false,
    }
}

/// Names that a statement calls.
pub(crate) fn called_names<'a>(stmt: &'a ast::Stmt, names: &mut FxHashSet<&'a str>) {
    Node::Stmt(stmt).walk(&mut |node| {
        if let Node::Expr(ast::Expr::Call(call)) = node {
            names.extend(last_name(&call.func));
        }
    });
}
