//! What a step uses of a model: all of it, or some of its layers and methods.

use t2m_syntax::Node;
use t2m_syntax::ast;

use super::events;
use super::idle::{Sure, Used};
use super::mentions::Mentions;
use super::model::body;

pub(super) struct Part<'a> {
    /// It is called, or passed on, on each path.
    pub(super) is_whole: bool,
    /// The names and attributes that the step uses on each path.
    pub(super) used: Used<'a>,
}

impl<'a> Part<'a> {
    pub(super) fn of(mentions: &Mentions<'_, 'a>, run: &'a [ast::Stmt], loss: &'a ast::Expr) -> Self {
        let mut used = Sure::with(run, Some(loss), false);
        let mut whole = Sure::with(run, Some(loss), true);
        let mut names_it = false;
        let mut look = |node: Node<'a>| names_it |= matches!(node, Node::Expr(expr) if mentions.is_name(expr));
        run.iter().for_each(|stmt| Node::Stmt(stmt).walk(&mut look));
        Node::Expr(loss).walk(&mut look);
        // What the step's own functions do with it: `self.compute_loss(batch)`.
        let mut bodies: Vec<&'a [ast::Stmt]> = Vec::new();
        let mut called = |node: Node<'a>| {
            if let Node::Expr(ast::Expr::Call(call)) = node
                && let Some(def) = mentions.named_function(&call.func)
            {
                bodies.push(body(def));
            }
        };
        events::walk(run, &mut called);
        Node::Expr(loss).walk(&mut called);
        for suite in bodies {
            used.extend(Sure::of(suite));
            whole.extend(Sure::with(suite, None, true));
            mentions.with_called(suite, &mut look);
        }
        let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
        let is_used = |name: &&str| {
            let name = last(name);
            whole.contains(&(true, name.as_str())) || whole.contains(&(false, name.as_str()))
        };
        Self { is_whole: !names_it || mentions.names_and_owners().iter().any(is_used), used }
    }
}
