//! Objects of classes of the file, and what their attributes hold.

use std::rc::Rc;

use t2m_semantic::ClassId;
use t2m_syntax::Node;
use t2m_syntax::ast;

use super::flow::Term;
use super::form;
use super::frames::{Frame, Val};
use crate::cx::Cx;
use crate::receiver;

/// An object of a class of the file, as `self` of a frame.
#[derive(Clone)]
pub(super) struct Object<'a> {
    pub(super) class: ClassId,
    /// The call that makes it.
    pub(super) made: Option<Val<'a>>,
    /// How it is called where the pattern is looked for: `self`, `self.rotary`.
    pub(super) path: Option<Val<'a>>,
}

/// How an attribute is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    Plain,
    /// Not among the weights.
    Buffer,
    /// Loaded with the weights, and then what it was made of is no proof.
    SavedBuffer,
}

impl<'a> Object<'a> {
    /// What is put into an attribute, if that is one thing, by one method of the class itself.
    pub(super) fn stored(&self, cx: &Cx<'a>, name: &str) -> Option<(Val<'a>, Stored)> {
        let info = cx.project_facts.class(self.class);
        if info.file != cx.id || info.mro.len() > 1 || !info.subclasses.is_empty() || cx.shared.survey.binds(self.class, name) {
            return None;
        }
        let mut outside = cx.project.ids().flat_map(|file| cx.shared.survey.stores_from_outside(file));
        if outside.any(|stmt| targets_attribute(stmt, name)) {
            return None;
        }
        let (_, class) = cx.shared.survey.class_statements(cx.id).iter().find(|(id, _)| *id == self.class)?;
        let mut found = None;
        for stmt in &class.body {
            let ast::Stmt::FunctionDef(def) = stmt else { continue };
            for (at, value, how) in stores(def, name)? {
                if receiver::is_none(value) {
                    continue;
                }
                if found.replace((def, stmt, at, value, how)).is_some() {
                    return None;
                }
            }
        }
        let (def, stmt, at, value, how) = found?;
        let made = self.made.as_ref().filter(|_| def.name.as_str() == "__init__");
        let call = match made.map(|made| (made, made.expr())) {
            Some((made, ast::Expr::Call(call))) => Some((made, call)),
            _ => None,
        };
        let nowhere = Val { term: Term { expr: value, at }, frame: Rc::new(Frame::nowhere(stmt)), item: None };
        let around = made.unwrap_or(&nowhere);
        let frame = around.frame_of(def, stmt, call, Some(self.clone()))?;
        Some((Val { term: Term { expr: value, at }, frame: Rc::new(frame), item: None }, how))
    }

    /// The attribute that keeps what a parameter of the constructor was given.
    pub(super) fn keeps(&self, cx: &Cx<'a>, param: &Val<'a>, name: &str) -> Option<String> {
        let ast::Stmt::FunctionDef(def) = param.frame.flow.function else { return None };
        def.body.iter().find_map(|stmt| {
            let (target, value) = receiver::assignment(stmt)?;
            let (ast::Expr::Attribute(target), ast::Expr::Name(value)) = (target, value) else { return None };
            (value.id.as_str() == name && self.stored(cx, &target.attr).is_some()).then(|| target.attr.to_string())
        })
    }
}

/// A place, a value and how it is kept.
type Store<'a> = (usize, &'a ast::Expr, Stored);

/// What a method puts into `self.name` at its top level; `None` if it does so in other ways.
fn stores<'a>(def: &'a ast::StmtFunctionDef, name: &str) -> Option<Vec<Store<'a>>> {
    let mut found = Vec::new();
    for (at, stmt) in def.body.iter().enumerate() {
        if let Some((ast::Expr::Attribute(target), value)) = receiver::assignment(stmt)
            && target.attr.as_str() == name
        {
            found.push((at, value, Stored::Plain));
            continue;
        }
        if let ast::Stmt::Expr(only) = stmt
            && let ast::Expr::Call(call) = &*only.value
            && let Some(value) = registered(call, name)
        {
            let is_saved = !receiver::argument(call, 2, "persistent").is_some_and(form::is_false);
            found.push((at, value, if is_saved { Stored::SavedBuffer } else { Stored::Buffer }));
            continue;
        }
        let mut elsewhere = false;
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Stmt(stmt) => elsewhere |= targets_attribute(stmt, name),
            Node::Expr(ast::Expr::Call(call)) => elsewhere |= registered(call, name).is_some() || is_written(call, name),
            _ => {}
        });
        if elsewhere {
            return None;
        }
    }
    Some(found)
}

fn registered<'a>(call: &'a ast::ExprCall, name: &str) -> Option<&'a ast::Expr> {
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let is_it = method.attr.as_str() == "register_buffer" && receiver::argument(call, 0, "name").and_then(receiver::string) == Some(name);
    if is_it { receiver::argument(call, 1, "tensor") } else { None }
}

/// `self.name.mul_(2)`
fn is_written(call: &ast::ExprCall, name: &str) -> bool {
    match &*call.func {
        ast::Expr::Attribute(method) if method.attr.ends_with('_') => {
            matches!(&*method.value, ast::Expr::Attribute(of) if of.attr.as_str() == name)
        }
        _ => false,
    }
}

/// Whether a statement sets an attribute of this name, or an item of it.
fn targets_attribute(stmt: &ast::Stmt, name: &str) -> bool {
    let targets: Vec<&ast::Expr> = match stmt {
        ast::Stmt::Assign(assign) => assign.targets.iter().collect(),
        ast::Stmt::AnnAssign(assign) => vec![&assign.target],
        ast::Stmt::AugAssign(assign) => vec![&assign.target],
        ast::Stmt::Delete(delete) => delete.targets.iter().collect(),
        _ => Vec::new(),
    };
    let mut found = false;
    for target in targets {
        Node::Expr(target).walk(&mut |node| {
            found |= matches!(node, Node::Expr(ast::Expr::Attribute(target)) if target.attr.as_str() == name);
        });
    }
    found
}
