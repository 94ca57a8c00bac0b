//! Whether a function keeps values that may carry gradients behind its end, in an attribute, a list or a global name: `self.fake = self.net(x)`.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use t2m_semantic::tables::read_names;
use t2m_semantic::{ClassId, Entity, FileId, FunctionId};
use t2m_syntax::Node;
use t2m_syntax::ast;

use super::events::walk;
use super::flow::{self, Names};
use crate::cx::Cx;
use crate::rules::contexts::is_no_grad;
use crate::storage;

/// What carries gradients out of a function, by the last names of methods and attributes (`mappings/names/kept.toml`).
#[derive(Debug, Default, Deserialize)]
pub(super) struct KeptNames {
    /// Methods that give what a module or a dictionary holds.
    pub(super) lists: FxHashSet<String>,
    /// Methods that put their arguments into something.
    pub(super) grows: FxHashSet<String>,
    plain: FxHashSet<String>,
    weights: FxHashSet<String>,
    aspects: FxHashSet<String>,
    arrays: FxHashSet<String>,
}

pub(super) static KEPT: LazyLock<KeptNames> = LazyLock::new(|| read_names("kept"));

pub(super) struct Keeping<'c, 'a> {
    cx: &'c Cx<'a>,
    visited: FxHashSet<FunctionId>,
}

impl<'c, 'a> Keeping<'c, 'a> {
    pub(super) fn of(cx: &'c Cx<'a>) -> Self {
        Self { cx, visited: FxHashSet::default() }
    }

    pub(super) fn in_nested(&mut self, def: &'a ast::StmtFunctionDef) -> bool {
        self.in_body(&def.body, (self.cx.id, None))
    }

    /// The same for those that the function calls.
    pub(super) fn in_function(&mut self, id: FunctionId) -> bool {
        if !self.visited.insert(id) {
            return false;
        }
        let function = self.cx.project_facts.function(id);
        let suite = &self.cx.project.file(function.file).source.suite;
        let Some(def) = storage::function_at(suite, function.range) else { return true };
        let is_recorded = function.file != self.cx.id || !def.decorator_list.iter().any(|decorator| is_no_grad(self.cx, decorator));
        is_recorded && self.in_body(&def.body, (function.file, function.class))
    }

    fn in_body(&mut self, body: &'a [ast::Stmt], at: (FileId, Option<ClassId>)) -> bool {
        let mut scope = Scope { cx: self.cx, at, carrying: Names::new(), shared: Names::new() };
        // A name of a name is rare.
        for _ in 0..2 {
            walk(body, &mut |node| scope.learn(node));
        }
        let mut keeps = false;
        let mut called = Vec::new();
        walk(body, &mut |node| {
            keeps |= scope.keeps(node);
            if let Node::Stmt(ast::Stmt::Expr(s)) = node
                && let ast::Expr::Call(call) = &*s.value
            {
                called.extend(scope.called(call));
            }
        });
        keeps || called.into_iter().any(|id| self.in_function(id))
    }
}

/// Methods of a name: of a class and the classes that override it, where the class is known, else all of the project.
pub(super) fn methods(cx: &Cx<'_>, class: Option<ClassId>, name: &str) -> Vec<FunctionId> {
    let facts = cx.project_facts;
    let of_name = facts.functions().filter(|(_, function)| function.name == name);
    match class {
        Some(class) => {
            let own = facts.lookup_method(class, name);
            let overrides = of_name.filter(|(_, function)| function.class.is_some_and(|other| facts.is_subclass(other, class)));
            own.into_iter().chain(overrides.map(|(id, _)| id).filter(|id| own != Some(*id))).collect()
        }
        None => of_name.filter(|(_, function)| function.class.is_some()).map(|(id, _)| id).collect(),
    }
}

/// The names of one function.
struct Scope<'c, 'a> {
    cx: &'c Cx<'a>,
    at: (FileId, Option<ClassId>),
    /// Local names of values that may carry gradients.
    carrying: Names<'a>,
    /// `global` and `nonlocal` names.
    shared: Names<'a>,
}

impl<'a> Scope<'_, 'a> {
    fn learn(&mut self, node: Node<'a>) {
        match node {
            Node::Stmt(ast::Stmt::Assign(s)) if self.carries(&s.value) => {
                s.targets.iter().for_each(|target| flow::targets(target, &mut self.carrying));
            }
            Node::Stmt(ast::Stmt::For(s)) if self.carries(&s.iter) => flow::targets(&s.target, &mut self.carrying),
            Node::Stmt(ast::Stmt::AugAssign(s)) if self.carries(&s.value) => flow::targets(&s.target, &mut self.carrying),
            Node::Stmt(ast::Stmt::Global(s)) => self.shared.extend(s.names.iter().map(|name| name.as_str())),
            Node::Stmt(ast::Stmt::Nonlocal(s)) => self.shared.extend(s.names.iter().map(|name| name.as_str())),
            _ => {}
        }
    }

    fn keeps(&self, node: Node<'a>) -> bool {
        match node {
            Node::Stmt(ast::Stmt::Assign(s)) => s.targets.iter().any(|target| self.is_kept(target)) && self.carries(&s.value),
            Node::Stmt(ast::Stmt::AnnAssign(s)) => self.is_kept(&s.target) && s.value.as_deref().is_some_and(|value| self.carries(value)),
            Node::Stmt(ast::Stmt::AugAssign(s)) => self.is_kept(&s.target) && self.carries(&s.value),
            Node::Expr(ast::Expr::Call(call)) => {
                matches!(&*call.func, ast::Expr::Attribute(method) if KEPT.grows.contains(method.attr.as_str()))
                    && call.args.iter().any(|arg| self.carries(arg))
            }
            _ => false,
        }
    }

    /// A place that is there behind the function's end, and no weight.
    fn is_kept(&self, target: &ast::Expr) -> bool {
        match target {
            ast::Expr::Attribute(place) => !KEPT.weights.contains(place.attr.as_str()),
            ast::Expr::Subscript(item) => match &*item.value {
                ast::Expr::Attribute(place) => self.is_kept(&item.value) || place.attr.as_str() == "grad",
                _ => true,
            },
            ast::Expr::Name(name) => self.shared.contains(name.id.as_str()),
            ast::Expr::Tuple(tuple) => tuple.elts.iter().any(|target| self.is_kept(target)),
            _ => false,
        }
    }

    /// Whether a value may carry gradients: something gave it that may be a module.
    fn carries(&self, value: &'a ast::Expr) -> bool {
        let facts = self.cx.project_facts.file(self.at.0);
        match value {
            ast::Expr::Name(name) => self.carrying.contains(name.id.as_str()),
            ast::Expr::Attribute(place) if KEPT.aspects.contains(place.attr.as_str()) => false,
            ast::Expr::Attribute(place) if KEPT.arrays.contains(place.attr.as_str()) => true,
            ast::Expr::Compare(_) | ast::Expr::Lambda(_) | ast::Expr::JoinedStr(_) => false,
            ast::Expr::Call(call) => {
                let mut arguments = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
                match (facts.entity(&call.func), &*call.func) {
                    // `copy.deepcopy(..)`, `len(..)`: as its arguments.
                    (Some(Entity::Library(_) | Entity::Builtin(_) | Entity::Class(_)), _) => {
                        arguments.any(|argument| self.carries(argument))
                    }
                    (None, ast::Expr::Attribute(method)) if KEPT.plain.contains(method.attr.as_str()) => false,
                    (None, ast::Expr::Attribute(method)) if KEPT.lists.contains(method.attr.as_str()) => self.carries(&method.value),
                    _ => true,
                }
            }
            _ => Node::Expr(value).children().into_iter().any(|child| matches!(child, Node::Expr(child) if self.carries(child))),
        }
    }

    /// The functions of the project that a call may run.
    fn called(&self, call: &ast::ExprCall) -> Vec<FunctionId> {
        match (self.cx.project_facts.file(self.at.0).entity(&call.func), &*call.func) {
            (Some(Entity::Function(id)), _) => vec![*id],
            (None, ast::Expr::Attribute(method)) => {
                let is_own = matches!(&*method.value, ast::Expr::Name(name) if name.id.as_str() == "self");
                methods(self.cx, self.at.1.filter(|_| is_own), &method.attr)
            }
            _ => Vec::new(),
        }
    }
}
