//! `if pred.item() != target.item(): continue` between the first use of an array and `backward`: nothing is computed from its gradient in such a
//! turn, so that the test may follow the gradient. The statement stays where it is, and the function ends in front of it.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use super::events::{leaves, walk};
use super::flow::{self, Flow, Names};
use crate::cx::Cx;
use crate::effects;
use crate::views;

/// What stands between the statements of the function and `backward`.
pub(super) struct LeftEarly<'a> {
    /// How many statements belong to the function.
    pub(super) before: usize,
    /// Values of the function that the conditions read.
    pub(super) read: Names<'a>,
    /// The loss, where it is computed behind a condition: the function gives it at once.
    pub(super) loss: Option<Loss<'a>>,
}

pub(super) struct Loss<'a> {
    pub(super) stmt: &'a ast::Stmt,
    pub(super) value: &'a ast::Expr,
    pub(super) is_read: bool,
}

/// Whether a statement only leaves the turn, the loop or the function, or does nothing.
pub(super) fn is_exit<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let ast::Stmt::If(branch) = stmt else { return false };
    let is_leaving = matches!(branch.body.last(), Some(ast::Stmt::Continue(_) | ast::Stmt::Break(_) | ast::Stmt::Return(_)));
    is_leaving && branch.orelse.is_empty() && leaves(std::slice::from_ref(stmt), false).is_some() && effects::is_pure(cx, &branch.test)
}

impl<'a> LeftEarly<'a> {
    /// What the statements up to `backward` are, `rest` being those of their suite behind it.
    pub(super) fn of(
        cx: &Cx<'a>,
        stmts: &'a [ast::Stmt],
        loss: &'a ast::Expr,
        (body, rest): (&'a [ast::Stmt], &'a [ast::Stmt]),
        is_zero: &dyn Fn(&'a ast::Stmt) -> bool,
    ) -> Option<Self> {
        let before = stmts.iter().position(|stmt| is_exit(cx, stmt))?;
        let mut found = Self { before, read: Names::new(), loss: None };
        for stmt in &stmts[before..] {
            if is_zero(stmt) {
                continue;
            }
            if is_exit(cx, stmt) {
                flow::loads_of_stmt(stmt, &mut found.read);
            } else if found.loss.is_none() {
                found.loss = Some(Loss::of(cx, &stmts[..before], stmt, loss, (body, rest))?);
            } else {
                return None;
            }
        }
        // A second condition reads the loss that the first one left out.
        if let (Some(_), ast::Expr::Name(name)) = (&found.loss, loss) {
            found.read.remove(name.id.as_str());
        }
        Some(found)
    }
}

impl<'a> Loss<'a> {
    /// `loss = F.nll_loss(output, target)`, computed in each turn now: that changes nothing, and no turn that is left reads it.
    fn of(
        cx: &Cx<'a>,
        before: &'a [ast::Stmt],
        stmt: &'a ast::Stmt,
        loss: &'a ast::Expr,
        (body, rest): (&'a [ast::Stmt], &'a [ast::Stmt]),
    ) -> Option<Self> {
        let (ast::Stmt::Assign(assign), ast::Expr::Name(name)) = (stmt, loss) else { return None };
        let name = name.id.as_str();
        let is_own = matches!(&assign.targets[..], [target] if views::is_same_name(target, name));
        if !is_own || !cx.owns_its_lines(stmt) || !only_computes(cx, &assign.value) || Flow::of(before).bound.contains(name) {
            return None;
        }
        let behind = TextRange::new(stmt.range().end(), rest.last().unwrap_or(stmt).range().end());
        let (mut is_read, mut elsewhere) = (false, flow::declared(body).contains(name));
        walk(body, &mut |node| {
            if let Node::Expr(expr @ ast::Expr::Name(other)) = node
                && other.id.as_str() == name
                && other.ctx.is_load()
                && !std::ptr::eq(expr, loss)
            {
                is_read = true;
                elsewhere |= !behind.contains_range(expr.range());
            }
        });
        (!elsewhere).then_some(Self { stmt, value: &assign.value, is_read })
    }
}

/// Whether an expression has no effects; the losses of torch have none either.
fn only_computes<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let mut computes = true;
    Node::Expr(value).walk(&mut |node| match node {
        Node::Expr(ast::Expr::Call(call)) => {
            let is_loss = matches!(cx.kind(&call.func), Kind::Layer(name) if name.ends_with("Loss"));
            computes &= is_loss || effects::is_pure_call(cx, call);
        }
        Node::Expr(ast::Expr::NamedExpr(_) | ast::Expr::Await(_) | ast::Expr::Yield(_) | ast::Expr::YieldFrom(_)) => computes = false,
        _ => {}
    });
    computes
}
