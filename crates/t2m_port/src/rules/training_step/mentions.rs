//! Whether code uses the model: names it, or one of its other names, or calls a function of this file that does.

use std::collections::BTreeSet;

use t2m_syntax::Node;
use t2m_syntax::ast;

use super::events::{self, is_name};
use super::model::{Scopes, body, has_parameter, is_callee, is_place};
use super::unnamed;
use crate::cx::Cx;
use crate::rules::contexts::is_no_grad;

/// Finds uses of a model.
pub(super) struct Mentions<'c, 'a> {
    pub(super) cx: &'c Cx<'a>,
    pub(super) scopes: &'c Scopes<'a>,
    /// One of the models that are trained.
    pub(super) model: &'c str,
    /// The others.
    others: &'c [String],
    /// What else the model is called here, and names of its parts: `head` of `head = model.head`.
    aliases: Vec<Alias<'a>>,
    /// The modules that hold a model and run it: `net` of `net.head`.
    owners: Vec<&'c str>,
}

/// Which uses count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sees {
    All,
    /// Those that record gradients.
    Recorded,
    /// Those of them that are more than a look at what the model keeps.
    Runs,
}

struct Alias<'a> {
    name: &'a str,
    is_whole: bool,
}

/// What a program calls on a model without using its output.
const HARMLESS: &[&str] = &["train", "eval", "zero_grad", "to", "cuda", "cpu", "requires_grad_"];
/// Attributes that say something about a model.
const PROBES: &[&str] = &["training", "device", "dtype", "config", "args", "hparams"];
/// Methods that give the module that they are called on.
const SAME_MODULE: &[&str] = &["to", "cuda", "cpu", "float", "half", "train", "eval", "requires_grad_"];
/// Functions that give a module which runs their argument.
const WRAPPERS: &[&str] = &["torch.compile", "torch.nn.DataParallel", "torch.nn.parallel.DistributedDataParallel"];

impl<'c, 'a> Mentions<'c, 'a> {
    pub(super) fn of(cx: &'c Cx<'a>, scopes: &'c Scopes<'a>, models: &'c [String]) -> Self {
        let (model, others) = models.split_first().map_or(("", models), |(model, others)| (model.as_str(), others));
        let owners = models.iter().flat_map(|model| around(model)).filter(|owner| is_called(cx, scopes, owner)).collect();
        let mut mentions = Self { cx, scopes, model, others, aliases: Vec::new(), owners };
        for name in models.iter().flat_map(|model| unnamed::names(cx, scopes, model)) {
            mentions.add(name, true);
        }
        let suites = scopes.bodies();
        // An alias of an alias is rare.
        for _ in 0..2 {
            for suite in &suites {
                mentions.collect(suite);
            }
        }
        mentions
    }

    pub(super) fn models(&self) -> Vec<String> {
        std::iter::once(self.model.to_owned()).chain(self.others.iter().cloned()).collect()
    }

    /// All names of the whole model.
    pub(super) fn names(&self) -> Vec<&str> {
        let models = std::iter::once(self.model).chain(self.others.iter().map(String::as_str));
        models.chain(self.aliases.iter().filter(|alias| alias.is_whole).map(|alias| alias.name)).collect()
    }

    /// The models, and the modules that they are parts of: whoever clears their gradients clears its own.
    pub(super) fn names_and_owners(&self) -> Vec<&str> {
        self.names().into_iter().chain(self.owners.iter().copied()).collect()
    }

    /// The model, or something below it: `model.fc.weight`, `model.parameters()`.
    pub(super) fn is_below(&self, expr: &ast::Expr) -> bool {
        let inner = match expr {
            ast::Expr::Attribute(e) => &e.value,
            ast::Expr::Subscript(e) => &e.value,
            ast::Expr::Call(e) => &e.func,
            _ => return self.is_name(expr),
        };
        self.is_name(expr) || self.is_below(inner)
    }

    /// An array of the model: `model.fc.weight`, `model.fc.weight.data`; a number that the model keeps is none.
    pub(super) fn in_place(&self, place: &ast::Expr) -> bool {
        let kind = self.cx.kind(place);
        let ast::Expr::Attribute(e) = place else { return !self.is_name(place) || kind.is_tensor() };
        matches!(e.attr.as_str(), "requires_grad" | "data" | "weight" | "bias")
            || kind.is_tensor()
            || self.cx.project_facts.is_module(&kind)
    }

    pub(super) fn is_statement(&self, call: &'a ast::ExprCall) -> bool {
        let func = self.cx.parent(&*call.func).and_then(|call| self.cx.parent(call));
        matches!(func, Some(Node::Stmt(ast::Stmt::Expr(_))))
    }

    pub(super) fn is_on_self(&self, expr: &ast::Expr) -> bool {
        is_name(expr, "self") && self.model.starts_with("self")
    }

    /// The outermost modules that the step changes: statistics of all their layers are evaluated.
    pub(super) fn outermost(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for model in self.models() {
            let outer = around(&model).filter(|owner| self.owners.contains(owner)).last().unwrap_or(&model);
            if !found.iter().any(|known| known == outer) {
                found.push(outer.to_owned());
            }
        }
        found
    }

    fn collect(&mut self, suite: &'a [ast::Stmt]) {
        for stmt in suite {
            match stmt {
                ast::Stmt::Assign(s) => s.targets.iter().for_each(|target| self.pair(target, &s.value)),
                ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_) => {}
                _ => t2m_syntax::node::suites(stmt).into_iter().for_each(|suite| self.collect(suite)),
            }
        }
    }

    fn pair(&mut self, target: &'a ast::Expr, value: &'a ast::Expr) {
        if let (ast::Expr::Tuple(targets), ast::Expr::Tuple(values)) = (target, value) {
            if targets.elts.len() == values.elts.len() {
                targets.elts.iter().zip(&values.elts).for_each(|(target, value)| self.pair(target, value));
            }
            return;
        }
        let (value, is_wrapped) = unwrapped(self.cx, value);
        let (own, other) = (self.cx.source(target), self.cx.source(value));
        if !is_place(target) || own == other {
            return;
        }
        let is_model = |text: &str| self.names().contains(&text);
        if is_model(own) && is_place(value) && !is_wrapped {
            self.add(other, true);
        } else if is_model(other) {
            self.add(own, true);
        } else if self.is_part(value) && self.is_module(value, own) {
            self.add(own, false);
        }
    }

    fn is_module(&self, value: &ast::Expr, name: &str) -> bool {
        let kind = self.cx.kind(value);
        if !kind.is_unknown() {
            return self.cx.project_facts.is_module(&kind);
        }
        is_called(self.cx, self.scopes, name)
    }

    fn add(&mut self, name: &'a str, is_whole: bool) {
        if name != self.model && !self.others.iter().any(|other| other == name) && !self.aliases.iter().any(|alias| alias.name == name) {
            self.aliases.push(Alias { name, is_whole });
        }
    }

    /// `model.body` and `model.blocks[0]`
    pub(super) fn is_part(&self, expr: &ast::Expr) -> bool {
        let base = match expr {
            ast::Expr::Attribute(e) if !PROBES.contains(&e.attr.as_str()) => &e.value,
            ast::Expr::Subscript(e) => &e.value,
            _ => return false,
        };
        self.names().contains(&self.cx.source(&**base)) || self.is_part(base)
    }

    pub(super) fn in_stmt(&self, stmt: &'a ast::Stmt) -> bool {
        self.below(Node::Stmt(stmt), Sees::All, &mut BTreeSet::new())
    }

    pub(super) fn in_expr(&self, expr: &'a ast::Expr) -> bool {
        self.below(Node::Expr(expr), Sees::All, &mut BTreeSet::new())
    }

    /// Whether gradients may flow from the statement to the model: a use without gradients gives constants.
    pub(super) fn differentiates(&self, stmt: &'a ast::Stmt) -> bool {
        self.below(Node::Stmt(stmt), Sees::Recorded, &mut BTreeSet::new())
    }

    /// Whether the model runs here, or its weights are read: `model.saved_outputs` only holds what it gave before.
    pub(super) fn runs(&self, run: &'a [ast::Stmt], loss: &'a ast::Expr) -> bool {
        let nodes = run.iter().map(Node::Stmt).chain([Node::Expr(loss)]);
        nodes.into_iter().any(|node| self.below(node, Sees::Runs, &mut BTreeSet::new()))
    }

    fn below(&self, node: Node<'a>, sees: Sees, visited: &mut BTreeSet<&'a str>) -> bool {
        match node {
            Node::Stmt(ast::Stmt::With(with))
                if sees != Sees::All && with.items.iter().any(|item| is_no_grad(self.cx, &item.context_expr)) =>
            {
                return false;
            }
            Node::Stmt(def @ ast::Stmt::FunctionDef(_)) if sees != Sees::All && records_nothing(self.cx, def) => return false,
            Node::Expr(expr @ (ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_))) if self.is_name(expr) => {
                return !(self.is_probe(expr) || sees == Sees::Runs && self.is_state(expr));
            }
            // `self.compute_loss(batch)` and `compute_loss(batch)`
            Node::Expr(ast::Expr::Call(call)) => {
                let called = self.function(&call.func).filter(|_| visited.insert(self.cx.source(&*call.func)));
                if called.is_some_and(|def| {
                    !(sees != Sees::All && records_nothing(self.cx, def))
                        && body(def).iter().any(|stmt| self.below(Node::Stmt(stmt), sees, visited))
                }) {
                    return true;
                }
            }
            _ => {}
        }
        node.children().into_iter().any(|child| self.below(child, sees, visited))
    }

    pub(super) fn is_name(&self, expr: &ast::Expr) -> bool {
        let text = self.cx.source(expr);
        text == self.model
            || self.owners.contains(&text)
            || self.others.iter().any(|other| other == text)
            || self.aliases.iter().any(|alias| alias.name == text)
    }

    /// `next(model.parameters()).device`, `model.config.size`, `model.eval()`: a question about the model, or its mode, not its output.
    pub(super) fn is_probe(&self, expr: &'a ast::Expr) -> bool {
        let Some(Node::Expr(up @ ast::Expr::Attribute(e))) = self.cx.parent(expr) else { return false };
        let name = e.attr.as_str();
        if !is_callee(self.cx, up) {
            return PROBES.contains(&name);
        }
        let is_alone =
            self.cx.parent(up).and_then(|call| self.cx.parent(call)).is_some_and(|node| matches!(node, Node::Stmt(ast::Stmt::Expr(_))));
        name == "state_dict" || is_alone && HARMLESS.contains(&name)
    }

    /// `model.saved_outputs`: a value that is no weight and no part that runs.
    fn is_state(&self, expr: &'a ast::Expr) -> bool {
        let mut place = expr;
        while let Some(Node::Expr(up @ (ast::Expr::Attribute(_) | ast::Expr::Subscript(_)))) = self.cx.parent(place) {
            if matches!(up, ast::Expr::Subscript(e) if !std::ptr::eq(&*e.value, place)) {
                break;
            }
            place = up;
        }
        let kind = self.cx.kind(place);
        !std::ptr::eq(place, expr) && !is_callee(self.cx, place) && !kind.is_tensor() && !self.cx.project_facts.is_module(&kind)
    }

    /// Visits some statements, and the functions of this file that they call.
    pub(super) fn with_called(&self, stmts: &'a [ast::Stmt], visit: &mut dyn FnMut(Node<'a>)) {
        let mut open: Vec<&'a [ast::Stmt]> = vec![stmts];
        let mut visited = BTreeSet::new();
        while let Some(suite) = open.pop() {
            events::walk(suite, &mut |node| {
                visit(node);
                if let Node::Expr(ast::Expr::Call(call)) = node
                    && let Some(def) = self.function(&call.func)
                    && visited.insert(self.cx.source(&*call.func))
                {
                    open.push(body(def));
                }
            });
        }
    }

    /// Whether a call runs the model: `model(x)`, `model.encode(x)`.
    pub(super) fn is_run(&self, call: &ast::ExprCall) -> bool {
        match &*call.func {
            func if self.is_name(func) => true,
            ast::Expr::Attribute(e) => {
                (self.is_name(&e.value) || self.is_part(&e.value))
                    && ["forward", "encode", "decode", "embed"].iter().any(|name| e.attr.starts_with(name))
                    || self.is_part(&call.func) && self.cx.project_facts.is_module(&self.cx.kind(&call.func))
            }
            _ => false,
        }
    }

    /// The function of this file that a call runs, if it can use the model without being given it.
    fn function(&self, callee: &ast::Expr) -> Option<&'a ast::Stmt> {
        // A function that gets the model as a parameter names it in the call.
        self.named_function(callee).filter(|def| matches!(callee, ast::Expr::Attribute(_)) || !self.takes_model(def))
    }

    fn takes_model(&self, def: &ast::Stmt) -> bool {
        has_parameter(def, self.model) || self.others.iter().any(|other| has_parameter(def, other))
    }

    /// The function of this file that a call runs.
    pub(super) fn named_function(&self, callee: &ast::Expr) -> Option<&'a ast::Stmt> {
        let named = |suite: &'a [ast::Stmt], name: &str| {
            suite.iter().find(|stmt| matches!(stmt, ast::Stmt::FunctionDef(def) if def.name.as_str() == name))
        };
        match callee {
            ast::Expr::Attribute(e) if is_name(&e.value, "self") => named(&self.scopes.class?.body, &e.attr),
            ast::Expr::Name(name) => self.scopes.bodies().into_iter().find_map(|suite| named(suite, &name.id)),
            _ => None,
        }
    }
}

/// `net.encoder` and `net` of `net.encoder.fc`
fn around(place: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(place), |place| place.rsplit_once('.').map(|(owner, _)| owner)).skip(1)
}

/// Whether the function calls what has this name.
fn is_called<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, name: &str) -> bool {
    let mut found = false;
    events::walk(scopes.body(), &mut |node| {
        found |= matches!(node, Node::Expr(ast::Expr::Call(call)) if cx.source(&*call.func) == name);
    });
    found
}

/// A function whose calls leave no graph behind.
pub(super) fn records_nothing(cx: &Cx<'_>, def: &ast::Stmt) -> bool {
    matches!(def, ast::Stmt::FunctionDef(def) if def.decorator_list.iter().any(|decorator| is_no_grad(cx, decorator)))
}

/// The module inside of `model.to(device)`, `torch.compile(model)`; whether a function made a new one around it.
fn unwrapped<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> (&'a ast::Expr, bool) {
    let ast::Expr::Call(call) = value else { return (value, false) };
    match &*call.func {
        ast::Expr::Attribute(e) if SAME_MODULE.contains(&e.attr.as_str()) && cx.qualified(&call.func).is_none() => unwrapped(cx, &e.value),
        func if cx.qualified(func).is_some_and(|name| WRAPPERS.contains(&name)) => match call.args.first() {
            Some(inner) => (unwrapped(cx, inner).0, true),
            None => (value, false),
        },
        _ => (value, false),
    }
}
