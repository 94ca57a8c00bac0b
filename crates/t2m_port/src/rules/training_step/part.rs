//! What a step uses of a model: all of it, or some of its layers and methods.

use t2m_syntax::Node;
use t2m_syntax::ast;

use super::mentions::Mentions;
use super::model::body;
use super::sure::{Sure, Used};

pub(super) struct Part<'a> {
    /// It is called, or passed on, on each path.
    pub(super) is_whole: bool,
    /// The names and attributes that the step uses on each path.
    pub(super) used: Used<'a>,
}

impl<'a> Part<'a> {
    pub(super) fn of(mentions: &Mentions<'_, 'a>, run: &'a [ast::Stmt], loss: &'a ast::Expr) -> Self {
        let reach = Sure::of_run(mentions.cx, Some(mentions), run, loss);
        let mut names_it = false;
        let mut look = |node: Node<'a>| names_it |= matches!(node, Node::Expr(expr) if mentions.is_name(expr));
        mentions.with_called(run, &mut look);
        Node::Expr(loss).walk(&mut look);
        Node::Expr(loss).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node
                && let Some(def) = mentions.named_function(&call.func)
            {
                mentions.with_called(body(def), &mut look);
            }
        });
        let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
        let is_used = |name: &&str| {
            let name = last(name);
            reach.whole.contains(&(true, name.as_str())) || reach.whole.contains(&(false, name.as_str()))
        };
        Self { is_whole: !names_it || mentions.names_and_owners().iter().any(is_used), used: reach.used }
    }
}
