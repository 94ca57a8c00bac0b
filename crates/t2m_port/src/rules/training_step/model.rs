//! Which model a training step trains: the one whose parameters its optimizer was built from.

use std::collections::BTreeSet;

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Node, NodeId};

use super::events::{self, argument, method, parameters_of};
use super::mentions::Mentions;
use crate::cx::Cx;

/// The definitions around a suite, innermost first.
pub(super) struct Scopes<'a> {
    pub(super) functions: Vec<&'a ast::Stmt>,
    pub(super) class: Option<&'a ast::StmtClassDef>,
    pub(super) module: &'a [ast::Stmt],
}

impl<'a> Scopes<'a> {
    pub(super) fn around(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Self {
        let mut scopes = Self { functions: Vec::new(), class: None, module: &cx.file.suite };
        for node in cx.ancestors(Node::Stmt(stmt)) {
            match node {
                Node::Stmt(def @ (ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_))) if scopes.class.is_none() => {
                    scopes.functions.push(def);
                }
                Node::Stmt(ast::Stmt::ClassDef(class)) if scopes.class.is_none() => scopes.class = Some(class),
                _ => {}
            }
        }
        scopes
    }

    /// The body in which the suite's names live.
    pub(super) fn body(&self) -> &'a [ast::Stmt] {
        self.functions.first().map_or(self.module, |def| body(def))
    }

    /// The bodies in which names are looked up, innermost first.
    pub(super) fn bodies(&self) -> Vec<&'a [ast::Stmt]> {
        self.functions.iter().map(|def| body(def)).chain([self.module]).collect()
    }

    fn is_parameter(&self, name: &str) -> bool {
        self.functions.first().is_some_and(|def| has_parameter(def, name))
    }

    /// The values that `place` (a name or `self.x`) is bound to, each with the function that binds it.
    pub(super) fn values(&self, cx: &Cx<'a>, place: &ast::Expr) -> Vec<&'a ast::Expr> {
        let mut values = Vec::new();
        match place {
            ast::Expr::Name(name) => {
                let bodies = self.functions.iter().map(|def| (body(def), has_parameter(def, &name.id))).chain([(self.module, false)]);
                for (suite, is_parameter) in bodies {
                    assigned(cx, suite, cx.source(place), &mut values);
                    if is_parameter || !values.is_empty() {
                        break;
                    }
                }
            }
            ast::Expr::Attribute(_) => {
                for method in self.class.into_iter().flat_map(|class| &class.body) {
                    if matches!(method, ast::Stmt::FunctionDef(_)) {
                        assigned(cx, body(method), cx.source(place), &mut values);
                    }
                }
            }
            _ => {}
        }
        values
    }
}

pub(super) fn body(def: &ast::Stmt) -> &[ast::Stmt] {
    match def {
        ast::Stmt::FunctionDef(s) => &s.body,
        ast::Stmt::AsyncFunctionDef(s) => &s.body,
        _ => &[],
    }
}

pub(super) fn has_parameter(def: &ast::Stmt, name: &str) -> bool {
    let args = match def {
        ast::Stmt::FunctionDef(s) => &s.args,
        ast::Stmt::AsyncFunctionDef(s) => &s.args,
        _ => return false,
    };
    args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).any(|arg| arg.def.arg.as_str() == name)
}

/// The values assigned to `place` in a body, nested functions left out.
fn assigned<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], place: &str, values: &mut Vec<&'a ast::Expr>) {
    for stmt in suite {
        match stmt {
            ast::Stmt::Assign(s) if s.targets.iter().any(|target| cx.source(target) == place) => values.push(&s.value),
            ast::Stmt::AnnAssign(s) if cx.source(&*s.target) == place => values.extend(s.value.as_deref()),
            ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_) => {}
            _ => t2m_syntax::node::suites(stmt).into_iter().for_each(|suite| assigned(cx, suite, place, values)),
        }
    }
}

/// What is known of the optimizer's model.
pub(super) enum Trained {
    /// As it is written where the step stands.
    Model(String),
    /// The optimizer comes from elsewhere.
    Unknown,
    /// It was built over something else than one model's parameters.
    Other(String),
}

/// The model of an optimizer, by its constructor in this file.
pub(super) fn of_optimizer<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, optimizer: &'a ast::Expr) -> Trained {
    let mut models: BTreeSet<String> = BTreeSet::new();
    let mut constructors = Vec::new();
    for value in scopes.values(cx, optimizer) {
        alternatives(value, &mut constructors);
    }
    for value in constructors {
        let ast::Expr::Call(call) = value else { continue };
        if !cx.qualified(&call.func).is_some_and(is_optimizer_class) {
            continue;
        }
        let Some(params) = argument(call, 0, "params") else { return Trained::Other("its arguments are starred".into()) };
        let Some(model) = resolved(cx, params) else {
            return Trained::Other(format!("it was built over `{}`, not over the parameters of one model", cx.snippet(params)));
        };
        match place(cx, scopes, model, optimizer) {
            Some(model) => models.insert(model),
            None => return Trained::Other(format!("its model `{}` has no name here", cx.snippet(model))),
        };
    }
    match models.len() {
        0 => Trained::Unknown,
        1 => models.pop_first().map_or(Trained::Unknown, Trained::Model),
        _ => Trained::Other("it is built over different models".into()),
    }
}

/// `torch.optim.Adam`, but no scheduler: those are in modules of their own.
fn is_optimizer_class(name: &str) -> bool {
    name.strip_prefix("torch.optim.").is_some_and(|class| !class.starts_with("lr_scheduler.") && !class.starts_with("swa_utils."))
}

/// `A if c else B`
fn alternatives<'a>(value: &'a ast::Expr, out: &mut Vec<&'a ast::Expr>) {
    if let ast::Expr::IfExp(e) = value {
        alternatives(&e.body, out);
        alternatives(&e.orelse, out);
    } else {
        out.push(value);
    }
}

/// The model of a parameter list, also through one name.
pub(crate) fn resolved<'a>(cx: &Cx<'a>, params: &'a ast::Expr) -> Option<&'a ast::Expr> {
    if let Some(model) = parameters_of(cx, params) {
        return Some(model);
    }
    let stmt = cx.statement(params)?;
    if !matches!(params, ast::Expr::Name(_)) {
        return None;
    }
    match Scopes::around(cx, stmt).values(cx, params)[..] {
        [value] => parameters_of(cx, value),
        _ => None,
    }
}

/// How `model`, named where the optimizer is made, is written where the step stands.
fn place<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, model: &'a ast::Expr, optimizer: &ast::Expr) -> Option<String> {
    let text = cx.source(model);
    let on_self = text == "self" || text.starts_with("self.");
    if on_self || matches!(optimizer, ast::Expr::Name(_)) {
        return is_place(model).then(|| text.to_owned());
    }
    // `self.optimizer = Adam(model.parameters())`: the method also has `self.model = model`.
    let class = scopes.class?;
    let mut found = None;
    let is_model = |value: &ast::Expr| {
        let moved = match value {
            ast::Expr::Call(call) => match &*call.func {
                ast::Expr::Attribute(e) if matches!(e.attr.as_str(), "to" | "cuda" | "float" | "train") => &e.value,
                _ => return false,
            },
            value => value,
        };
        cx.source(moved) == text
    };
    for stmt in &class.body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Stmt(ast::Stmt::Assign(s)) = node
                && let [target @ ast::Expr::Attribute(e)] = &s.targets[..]
                && events::is_name(&e.value, "self")
                && is_model(&s.value)
            {
                found = Some(cx.source(target).to_owned());
            }
        });
    }
    found
}

/// A name, or attributes of one.
pub(super) fn is_place(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Name(_) => true,
        ast::Expr::Attribute(e) => is_place(&e.value),
        _ => false,
    }
}

/// The model of a step whose optimizer comes from elsewhere: the only module that the statements use.
pub(super) fn by_use<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, stmts: &'a [ast::Stmt]) -> Result<String, String> {
    let mut modules: BTreeSet<&'a str> = BTreeSet::new();
    let mut called: BTreeSet<&'a str> = BTreeSet::new();
    let treated = treated_as_modules(cx, scopes.body());
    let lookup = Mentions::of(cx, scopes, "");
    // Attributes of `self` are the same in the methods that the statements call.
    let mut bodies = vec![(stmts, false)];
    let mut visited = BTreeSet::new();
    let mut at = 0;
    while let Some(&(suite, _)) = bodies.get(at) {
        at += 1;
        events::walk(suite, &mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node
                && let ast::Expr::Attribute(_) = &*call.func
                && let Some(def) = lookup.named_function(&call.func)
                && visited.insert(cx.source(&*call.func))
            {
                bodies.push((body(def), true));
            }
        });
    }
    let mut visit = |node: Node<'a>, in_method: bool| {
        let Node::Expr(expr) = node else { return };
        if in_method && !cx.source(expr).starts_with("self.") {
            return;
        }
        if !is_place(expr) || cx.entity(expr).is_some() || is_part(cx, expr) {
            return;
        }
        let text = cx.source(expr);
        if is_model(cx, expr) || treated.contains(text) {
            modules.insert(text);
        }
        if is_callee(cx, expr) && matches!(text, "model" | "net" | "network" | "self.model" | "self.net") {
            called.insert(text);
        }
    };
    for (suite, in_method) in bodies {
        events::walk(suite, &mut |node| visit(node, in_method));
    }
    if modules.is_empty() {
        modules = called;
    }
    match (modules.len(), modules.first()) {
        (1, Some(model)) => Ok((*model).to_owned()),
        (0, _) => Err("no model is known to be used between the start of the step and here".into()),
        _ => {
            let names: Vec<String> = modules.iter().map(|name| format!("`{name}`")).collect();
            Err(format!("{} are used, and the optimizer comes from elsewhere: which of them it trains is not known", names.join(" and ")))
        }
    }
}

/// Part of a longer chain that is a module itself: `self.net` of `self.net.head`; `self` of `self.net`.
fn is_part<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    matches!(cx.parent(expr), Some(Node::Expr(up @ ast::Expr::Attribute(_))) if is_model(cx, up))
        || events::is_name(expr, "self") && !is_callee(cx, expr)
}

pub(super) fn is_callee<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Call(call))) if NodeId::from(&*call.func) == NodeId::from(expr))
}

/// A module that is no loss.
fn is_model(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    let kind = cx.kind(expr);
    if !cx.project_facts.is_module(&kind) {
        return false;
    }
    match &kind {
        Kind::Layer(name) => !name.ends_with("Loss"),
        Kind::Instance(class) => !cx.project_facts.class(*class).name.ends_with("Loss"),
        Kind::Module => {
            let text = cx.source(expr).to_lowercase();
            !text.contains("loss") && !text.contains("crit")
        }
        _ => true,
    }
}

/// What the function calls `.train()`, `.eval()`, `.zero_grad()` or `.parameters()` on.
fn treated_as_modules<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt]) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    events::walk(body, &mut |node| {
        let Node::Expr(expr) = node else { return };
        for name in ["train", "eval", "parameters"] {
            if let Some(method) = method(cx, expr, name)
                && method.is_bare()
                && is_place(method.receiver)
                && cx.entity(method.receiver).is_none()
            {
                found.insert(cx.source(method.receiver));
            }
        }
    });
    found
}

impl Scopes<'_> {
    /// Whether a name is surely bound when the innermost function starts.
    pub(super) fn starts_with(&self, name: &str) -> bool {
        self.is_parameter(name)
    }
}
