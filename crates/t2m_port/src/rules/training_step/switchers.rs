//! Functions of the project that freeze or train parameters when they are called, themselves or through others: `trainer.freeze_backbone()`, the hooks of
//! callbacks. They are known by their names, since a callback's class seldom is.

use rustc_hash::{FxHashMap, FxHashSet};
use t2m_semantic::{Entity, Facts, FileFacts, FunctionId, Kind, Project};
use t2m_syntax::ast;
use t2m_syntax::{Node, node};

use super::model::has_parameter;
use crate::rules::freeze_loop::switch;
use crate::rules::last_name;
use crate::survey::Survey;

/// What a function may do to parameters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Says {
    trains: bool,
    freezes: bool,
    /// One of its arguments tells which.
    is_given: bool,
}

impl Says {
    fn or(self, other: Self) -> Self {
        Self { trains: self.trains || other.trains, freezes: self.freezes || other.freezes, is_given: self.is_given || other.is_given }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Switchers<'a> {
    by_name: FxHashMap<&'a str, Says>,
    functions: FxHashMap<FunctionId, Says>,
}

/// A hook that a callback's method calls, which a list of callbacks calls, and so on.
const DEPTH: usize = 6;

impl<'a> Switchers<'a> {
    pub(crate) fn new(project: &'a Project, facts: &'a Facts, survey: &Survey<'a>) -> Self {
        let mut found = Self::default();
        let names_it: Vec<bool> = project.files.iter().map(|file| file.source.text.contains("requires_grad")).collect();
        for (id, file, stmt) in survey.functions() {
            let ast::Stmt::FunctionDef(def) = stmt else { continue };
            if names_it[file.0 as usize] && !is_constructor(&def.name) {
                let own = own(facts.file(file), stmt, def);
                found.add(id, &def.name, own);
            }
        }
        for _ in 0..DEPTH {
            if found.by_name.is_empty() {
                break;
            }
            let called = |name: &&str| *name == "getattr" || found.by_name.contains_key(name);
            let callers: FxHashSet<&str> = survey.calls().filter(|(_, names)| names.iter().any(called)).map(|(caller, _)| caller).collect();
            let known = found.functions.clone();
            for (id, file, stmt) in survey.functions() {
                let ast::Stmt::FunctionDef(def) = stmt else { continue };
                if callers.contains(def.name.as_str()) && !is_constructor(&def.name) {
                    let called = found.below(facts.file(file), stmt, &def.body);
                    found.add(id, &def.name, called);
                }
            }
            if found.functions == known {
                break;
            }
        }
        found
    }

    fn add(&mut self, id: FunctionId, name: &'a str, says: Says) {
        if says != Says::default() {
            for known in [self.by_name.entry(name).or_default(), self.functions.entry(id).or_default()] {
                *known = known.or(says);
            }
        }
    }

    /// What the calls of a body do.
    fn below(&self, facts: &FileFacts, def: &'a ast::Stmt, body: &'a [ast::Stmt]) -> Says {
        let mut all = Says::default();
        for stmt in body {
            Node::Stmt(stmt).walk(&mut |node| {
                let Node::Expr(ast::Expr::Call(call)) = node else { return };
                let says = match facts.entity(&call.func) {
                    Some(Entity::Function(id)) => self.functions.get(id).copied(),
                    Some(_) => None,
                    None => self.called(call),
                };
                let Some(says) = says else { return };
                let passes_on = || arguments(call).any(|arg| matches!(arg, ast::Expr::Name(name) if has_parameter(def, &name.id)));
                all.trains |= says.trains;
                all.freezes |= says.freezes;
                match told(call) {
                    _ if !says.is_given => {}
                    Some(flag) => {
                        all.trains |= flag;
                        all.freezes |= !flag;
                    }
                    None if passes_on() => all.is_given = true,
                    None => (all.trains, all.freezes) = (true, true),
                }
            });
        }
        all
    }

    fn called(&self, call: &ast::ExprCall) -> Option<Says> {
        // `getattr(callback, name)(self)`
        if let ast::Expr::Call(inner) = &*call.func
            && matches!(&*inner.func, ast::Expr::Name(name) if name.id.as_str() == "getattr")
        {
            return self.by_name.values().copied().reduce(Says::or);
        }
        self.by_name.get(last_name(&call.func)?).copied()
    }

    /// What a call may say, one after the other: `None` where it may be both. It runs one of some functions, where those are known.
    pub(crate) fn says(&self, call: &ast::ExprCall, functions: &[FunctionId]) -> Vec<Option<bool>> {
        let says = match functions {
            [] => self.called(call),
            known => known.iter().filter_map(|id| self.functions.get(id).copied()).reduce(Says::or),
        };
        let Some(says) = says else { return Vec::new() };
        let given = says.is_given.then(|| told(call));
        let own = [says.trains.then_some(Some(true)), says.freezes.then_some(Some(false))];
        own.into_iter().flatten().chain(given).collect()
    }
}

/// What runs where nobody waits for it to change what is trained.
fn is_constructor(name: &str) -> bool {
    matches!(name, "__init__" | "__new__" | "__post_init__" | "__setstate__")
}

/// What the statements of a function say about parameters.
fn own(facts: &FileFacts, def: &ast::Stmt, function: &ast::StmtFunctionDef) -> Says {
    let mut says = Says::default();
    node::statements(&function.body, &mut |stmt| {
        let Some((target, flag)) = switch(stmt) else { return };
        if is_array(&facts.fact(target).kind) {
            return;
        }
        match flag {
            None => says.trains = true,
            Some(ast::Expr::Constant(c)) => match c.value {
                ast::Constant::Bool(true) => says.trains = true,
                _ => says.freezes = true,
            },
            Some(ast::Expr::Name(name)) if has_parameter(def, &name.id) => says.is_given = true,
            Some(_) => (says.trains, says.freezes) = (true, true),
        }
    });
    says
}

/// An array that is no parameter: `x.requires_grad_()` asks for its gradient.
pub(super) fn is_array(kind: &Kind) -> bool {
    kind.is_tensor() && *kind != Kind::Parameter
}

fn arguments(call: &ast::ExprCall) -> impl Iterator<Item = &ast::Expr> {
    call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value))
}

/// The flag that a call writes out, if there is one alone.
fn told(call: &ast::ExprCall) -> Option<bool> {
    let mut flags = arguments(call).filter_map(|arg| match arg {
        ast::Expr::Constant(c) => c.value.as_bool().copied(),
        _ => None,
    });
    flags.next().filter(|_| flags.next().is_none())
}
