//! Context managers of the project that switch gradients off: who enters one is in a region without gradients.

use rustc_hash::FxHashMap;
use t2m_semantic::{ClassId, Facts, FileFacts, FileId, FunctionId, Kind, Project};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use crate::cx::Cx;
use crate::receiver;
use crate::rules::{NO_GRAD, last_name};

/// What is known of a manager that switches gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switching {
    Off,
    /// By what is known at run time.
    Perhaps,
}

#[derive(Debug, Default)]
pub(crate) struct GradManagers {
    functions: FxHashMap<FunctionId, Switching>,
    classes: FxHashMap<ClassId, Switching>,
}

impl GradManagers {
    pub(crate) fn new(project: &Project, facts: &Facts) -> Self {
        let mut managers = Self::default();
        for file in project.ids() {
            let source = &project.file(file).source;
            if source.text.contains("contextmanager") || source.text.contains("__enter__") {
                t2m_syntax::node::statements(&source.suite, &mut |stmt| managers.note(facts, file, stmt));
            }
        }
        managers
    }

    fn note(&mut self, facts: &Facts, file: FileId, stmt: &ast::Stmt) {
        let ast::Stmt::FunctionDef(def) = stmt else { return };
        let Some(id) = facts.function_of_stmt(file, stmt) else { return };
        if def.decorator_list.iter().any(|decorator| last_name(decorator) == Some("contextmanager")) {
            self.functions.extend(at_yield(facts.file(file), &def.body).map(|switching| (id, switching)));
        } else if def.name.as_str() == "__enter__"
            && let Some(class) = facts.function(id).class
        {
            self.classes.extend(
                def.body.iter().filter_map(|stmt| switched(facts.file(file), stmt)).next_back().map(|switching| (class, switching)),
            );
        }
    }

    /// Whether a place is in such a manager: what it switches is said where it is entered.
    pub(crate) fn hold(&self, facts: &Facts, file: FileId, expr: &ast::Expr) -> bool {
        let Some(id) = facts.enclosing_function(file, expr.range()) else { return false };
        self.functions.contains_key(&id) || facts.function(id).class.is_some_and(|class| self.classes.contains_key(&class))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.functions.is_empty() && self.classes.is_empty()
    }

    /// What a context or decorator of the project switches: `frozen(net)`, `Off()`.
    pub(crate) fn switching(&self, cx: &Cx<'_>, expr: &ast::Expr) -> Option<Switching> {
        self.of_call(cx.project_facts, cx.facts, expr)
    }

    pub(crate) fn of_call(&self, project: &Facts, facts: &FileFacts, expr: &ast::Expr) -> Option<Switching> {
        let ast::Expr::Call(call) = expr else { return None };
        if self.is_empty() {
            return None;
        }
        match facts.fact(&call.func).kind {
            Kind::Function(function) => self.functions.get(&function).copied(),
            Kind::Class(class) => project.class(class).mro.iter().find_map(|class| self.classes.get(class)).copied(),
            _ => None,
        }
    }
}

/// How gradients are switched where a suite yields.
fn at_yield(facts: &FileFacts, body: &[ast::Stmt]) -> Option<Switching> {
    let mut current = None;
    for stmt in body {
        if !yields(stmt) {
            current = switched(facts, stmt).or(current);
            continue;
        }
        return match stmt {
            ast::Stmt::With(with) => {
                with.items.iter().rev().find_map(|item| of_call(facts, &item.context_expr)).or_else(|| at_yield(facts, &with.body))
            }
            stmt => {
                t2m_syntax::node::suites(stmt).into_iter().find(|suite| suite.iter().any(yields)).and_then(|suite| at_yield(facts, suite))
            }
        }
        .or(current);
    }
    None
}

fn yields(stmt: &ast::Stmt) -> bool {
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| found |= matches!(node, Node::Expr(ast::Expr::Yield(_) | ast::Expr::YieldFrom(_))));
    found
}

/// `torch.set_grad_enabled(False)`, as a statement.
fn switched(facts: &FileFacts, stmt: &ast::Stmt) -> Option<Switching> {
    match stmt {
        ast::Stmt::Expr(stmt) => of_call(facts, &stmt.value),
        _ => None,
    }
}

fn of_call(facts: &FileFacts, expr: &ast::Expr) -> Option<Switching> {
    let ast::Expr::Call(call) = expr else { return None };
    let name = facts.qualified(&call.func).filter(|name| NO_GRAD.contains(name))?;
    let says = |value: bool, mode: &ast::Expr| matches!(mode, ast::Expr::Constant(constant) if constant.value.as_bool() == Some(&value));
    match (name, receiver::argument(call, 0, "mode")) {
        (_, None) => Some(Switching::Off),
        ("torch.set_grad_enabled", Some(mode)) if says(true, mode) => None,
        ("torch.set_grad_enabled", Some(mode)) if says(false, mode) => Some(Switching::Off),
        ("torch.inference_mode", Some(mode)) if says(true, mode) => Some(Switching::Off),
        ("torch.inference_mode", Some(mode)) if says(false, mode) => None,
        _ => Some(Switching::Perhaps),
    }
}
