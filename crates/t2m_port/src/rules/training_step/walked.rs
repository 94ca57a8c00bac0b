//! Updates by hand in loops that keep values of their own, such as momentum: `for p, v in zip(model.parameters(), velocities): v.mul_(0.9).add_(p.grad); p.sub_(lr * v)`.
//! The loop stays, and goes over the gradients as well.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::clearing::{self, cleared};
use super::events::{is_name, method};
use super::gradient_reads::Loop;
use super::model::is_place;
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::gradient_names;
use crate::names::Uses;
use crate::rules::SuiteClaims;

/// The loop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk<'a> {
    pub(super) stmt: &'a ast::Stmt,
    /// What is behind it in its suite.
    behind: &'a [ast::Stmt],
    pub(super) found: Loop<'a>,
    /// Whose parameters; a list of arrays has itself.
    pub(super) model: &'a ast::Expr,
    pub(super) is_list: bool,
    /// The statements that clear the gradient of one parameter, at the end of its turn.
    clears: &'a [ast::Stmt],
    /// Whether it leaves out parameters that have no gradient.
    pub(super) asks: bool,
}

/// A suite with such a loop, where nothing else has to do with gradients but what clears them at the end.
pub(super) fn in_suite<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt]) -> Option<Walk<'a>> {
    let at = suite.iter().position(|stmt| stmt.is_for_stmt() && super::holds(stmt, &mut is_any_gradient))?;
    let walk = of(cx, &suite[at])?;
    let is_zero = |stmt: &'a ast::Stmt| cleared(cx, stmt).is_some_and(|whose| cx.source(whose) == cx.source(walk.model));
    let behind = &suite[at + 1..];
    let is_free = |stmt: &'a ast::Stmt| !super::holds(stmt, &mut |expr| is_of_gradients(cx, expr));
    let is_known = suite[..at].iter().all(is_free) && behind.iter().all(|stmt| is_free(stmt) || is_zero(stmt));
    is_known.then_some(Walk { behind, ..walk })
}

fn is_any_gradient(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Attribute(e) if e.attr.as_str() == "grad")
}

/// Whether an expression reads, clears or takes gradients, or switches them.
fn is_of_gradients<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    matches!(expr, ast::Expr::Attribute(e) if gradient_names::is_of_gradients(&e.attr) && cx.qualified(expr).is_none())
}

pub(super) fn of<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<Walk<'a>> {
    let ast::Stmt::For(walk) = stmt else { return None };
    if !walk.orelse.is_empty() {
        return None;
    }
    let mut taken = Loop::all_of(cx, &walk.target, &walk.iter).into_iter().filter(|one| reads_gradient(&walk.body, one.parameter));
    let found = taken.next().filter(|_| taken.next().is_none())?;
    let parameter = found.parameter;
    let listed = method(cx, found.iter, if found.name.is_some() { "named_parameters" } else { "parameters" });
    let model = match listed.filter(super::MethodCall::is_bare) {
        Some(call) if is_place(call.receiver) => call.receiver,
        None if found.name.is_none() && found.iter.is_name_expr() => found.iter,
        _ => return None,
    };
    let is_list = std::ptr::eq(model, found.iter);
    // `with torch.no_grad():` around all of it
    let body = match &walk.body[..] {
        [ast::Stmt::With(with)] if with.items.iter().all(|item| crate::rules::contexts::is_no_grad(cx, &item.context_expr)) => &with.body,
        body => body,
    };
    let work = (0..=body.len()).find(|at| body[*at..].is_empty() || clearing::clears_all(&body[*at..], parameter))?;
    let (work, clears) = body.split_at(work);
    let mut own = Body { cx, parameter, alias: alias(work, parameter), reads: 0, asks: false, changes: false, is_known: true };
    own.suite(work, clears);
    (own.is_known && own.changes).then_some(Walk { stmt, behind: &[], found, model, is_list, clears, asks: own.asks })
}

fn reads_gradient(body: &[ast::Stmt], parameter: &str) -> bool {
    body.iter().any(|stmt| {
        super::holds(stmt, &mut |expr| matches!(expr, ast::Expr::Attribute(e) if is_any_gradient(expr) && is_name(&e.value, parameter)))
    })
}

/// `grad` of `grad = p.grad`, `p.grad.data`
fn alias<'a>(work: &'a [ast::Stmt], parameter: &str) -> Option<&'a str> {
    let mut found = None;
    node::statements(work, &mut |stmt| {
        if let ast::Stmt::Assign(s) = stmt
            && let [ast::Expr::Name(name)] = &s.targets[..]
            && gradient_of(&s.value, parameter)
        {
            found = Some(name.id.as_str());
        }
    });
    found
}

fn gradient_of(expr: &ast::Expr, parameter: &str) -> bool {
    match expr {
        ast::Expr::Attribute(e) if e.attr.as_str() == "data" => gradient_of(&e.value, parameter),
        ast::Expr::Attribute(e) => e.attr.as_str() == "grad" && is_name(&e.value, parameter),
        _ => false,
    }
}

/// What is done in a turn of the loop.
struct Body<'c, 'a> {
    cx: &'c Cx<'a>,
    parameter: &'a str,
    /// A name of the gradient.
    alias: Option<&'a str>,
    /// How often its values are read.
    reads: usize,
    asks: bool,
    /// Whether the parameter gets other values.
    changes: bool,
    is_known: bool,
}

impl<'a> Body<'_, 'a> {
    fn suite(&mut self, work: &'a [ast::Stmt], clears: &[ast::Stmt]) {
        self.is_known &= !work.is_empty();
        node::statements(work, &mut |stmt| match stmt {
            // A turn that ends early clears nothing.
            ast::Stmt::If(branch) if matches!(branch.body[..], [ast::Stmt::Continue(_)]) => {
                self.is_known &= clears.is_empty() || self.is_without_gradient(&branch.test);
            }
            ast::Stmt::Continue(_) => {
                let is_asked = matches!(self.cx.parent(stmt), Some(Node::Stmt(ast::Stmt::If(branch))) if branch.body.len() == 1);
                self.is_known &= is_asked;
            }
            ast::Stmt::Return(_) | ast::Stmt::Break(_) | ast::Stmt::FunctionDef(_) | ast::Stmt::ClassDef(_) | ast::Stmt::Delete(_) => {
                self.is_known = false;
            }
            _ => {}
        });
        for stmt in work {
            Node::Stmt(stmt).walk(&mut |node| {
                if let Node::Expr(expr) = node {
                    self.expr(expr);
                }
            });
        }
        // Its values may have changed under the other name.
        self.is_known &= self.reads > 0 && (self.alias.is_none() || self.reads == 1);
    }

    /// `p.grad is None`, `not p.requires_grad`
    fn is_without_gradient(&self, test: &ast::Expr) -> bool {
        match test {
            ast::Expr::Compare(e) => matches!(e.ops[..], [ast::CmpOp::Is]) && gradient_of(&e.left, self.parameter),
            ast::Expr::UnaryOp(e) => {
                let is_switch = |expr: &ast::Expr| matches!(expr, ast::Expr::Attribute(e) if e.attr.as_str() == "requires_grad" && is_name(&e.value, self.parameter));
                e.op == ast::UnaryOp::Not && is_switch(&e.operand)
            }
            _ => false,
        }
    }

    fn expr(&mut self, expr: &'a ast::Expr) {
        match expr {
            ast::Expr::Name(name) if name.id.as_str() == self.parameter => self.parameter_at(expr),
            ast::Expr::Name(name) if Some(name.id.as_str()) == self.alias => {
                self.is_known &= matches!(name.ctx, ast::ExprContext::Store) || self.is_operand(expr);
            }
            ast::Expr::Attribute(e) if is_of_gradients(self.cx, expr) => {
                self.is_known &=
                    matches!(e.attr.as_str(), "grad" | "requires_grad") && is_name(&e.value, self.parameter) && e.ctx.is_load();
            }
            _ => {}
        }
    }

    /// How the parameter is used: its values, or a change of it.
    fn parameter_at(&mut self, name: &'a ast::Expr) {
        let Some(Node::Expr(up @ ast::Expr::Attribute(e))) = self.cx.parent(name) else {
            // `p = p - lr * v` gives its name to another array, which `is_operand` knows nothing of.
            self.changes |= self.is_changed(name);
            self.is_known &= self.is_operand(name);
            return;
        };
        match e.attr.as_str() {
            "grad" => self.gradient_at(up),
            "requires_grad" => {}
            // `p.data = ..`
            "data" if !e.ctx.is_load() => self.changes = true,
            "data" => {
                self.changes |= self.is_changed(up);
                self.is_known &= self.is_operand(up);
            }
            _ => {
                self.changes |= self.is_changed(name);
                self.is_known &= self.is_operand(name);
            }
        }
    }

    fn gradient_at(&mut self, gradient: &'a ast::Expr) {
        match self.cx.parent(gradient) {
            Some(Node::Expr(ast::Expr::Compare(e))) if matches!(e.ops[..], [ast::CmpOp::Is | ast::CmpOp::IsNot]) => self.asks = true,
            Some(Node::Stmt(ast::Stmt::If(_))) => self.asks = true,
            Some(Node::Expr(data @ ast::Expr::Attribute(e))) if e.attr.as_str() == "data" => self.gradient_at(data),
            Some(Node::Stmt(ast::Stmt::Assign(s))) if s.value.range() == gradient.range() => {
                self.reads += 1;
                self.is_known &= matches!(&s.targets[..], [ast::Expr::Name(name)] if Some(name.id.as_str()) == self.alias);
            }
            _ => {
                self.reads += 1;
                // What changes a gradient in place is another statement's matter.
                self.is_known &= self.is_operand(gradient) && !self.is_changed(gradient);
            }
        }
    }

    /// Whether an array changes in place: `p.add_(v)`, `p -= v`, `p[:] -= v`.
    fn is_changed(&self, array: &'a ast::Expr) -> bool {
        match self.cx.parent(array) {
            Some(Node::Expr(up @ ast::Expr::Attribute(e))) => {
                is_in_place(&e.attr)
                    && matches!(self.cx.parent(up), Some(Node::Expr(ast::Expr::Call(call))) if std::ptr::eq(&*call.func, up))
            }
            Some(Node::Expr(item @ ast::Expr::Subscript(e))) => {
                std::ptr::eq(&*e.value, array) && (!e.ctx.is_load() || self.is_changed(item))
            }
            Some(Node::Stmt(ast::Stmt::AugAssign(s))) => std::ptr::eq(&*s.target, array),
            _ => false,
        }
    }

    /// Whether nothing keeps an array where it stands, or looks at which array it is: it is computed with, or changes.
    fn is_operand(&self, array: &'a ast::Expr) -> bool {
        match self.cx.parent(array) {
            Some(Node::Expr(ast::Expr::BinOp(_) | ast::Expr::UnaryOp(_))) | Some(Node::Stmt(ast::Stmt::AugAssign(_))) => true,
            Some(Node::Expr(up @ ast::Expr::Attribute(e))) => {
                let is_called = matches!(self.cx.parent(up), Some(Node::Expr(ast::Expr::Call(call))) if std::ptr::eq(&*call.func, up));
                match e.attr.as_str() {
                    "data" => e.ctx.is_load() && self.is_operand(up),
                    name if is_in_place(name) => match self.cx.parent(up) {
                        Some(Node::Expr(call @ ast::Expr::Call(_))) if is_called => {
                            matches!(self.cx.parent(call), Some(Node::Stmt(ast::Stmt::Expr(_)))) || self.is_operand(call)
                        }
                        _ => false,
                    },
                    name => gradient_names::gives_new_value(name),
                }
            }
            Some(Node::Expr(up @ ast::Expr::Call(call))) => {
                // `seen.add(p)` keeps it.
                let is_dropped = matches!(self.cx.parent(up), Some(Node::Stmt(ast::Stmt::Expr(_))));
                let is_new = |name: &str| gradient_names::gives_new_value(name) || name.ends_with("_like");
                let is_function = self
                    .cx
                    .qualified(&call.func)
                    .is_some_and(|name| name.starts_with("torch.") && name.rsplit_once('.').is_some_and(|(_, last)| is_new(last)));
                let is_method = matches!(&*call.func, ast::Expr::Attribute(e) if is_in_place(&e.attr) || !is_dropped && gradient_names::gives_new_value(&e.attr));
                is_function || is_method
            }
            Some(Node::Expr(item @ ast::Expr::Subscript(e))) => {
                std::ptr::eq(&*e.value, array) && self.is_changed(array) && (!e.ctx.is_load() || self.is_operand(item))
            }
            _ => false,
        }
    }
}

/// `add_`
fn is_in_place(name: &str) -> bool {
    name.ends_with('_') && !name.starts_with('_') && !matches!(name, "requires_grad_" | "detach_" | "set_" | "resize_")
}

impl<'a> Walk<'a> {
    /// `for (p, p_grad), v in zip(compat.parameters_with_gradients(model, grads), velocities):`
    pub(super) fn claims(&self, cx: &Cx<'a>, gradients: &str) -> SuiteClaims<'a> {
        let (text, uses) = match self.is_list {
            true => (format!("zip({}, {gradients})", cx.source(self.model)), Uses::default()),
            false => self.found.iterated(cx, gradients),
        };
        let mut claim = StmtClaim::edit(self.found.edits(cx, &text).into()).uses(uses);
        claim.inner.push((self.found.iter.range(), text));
        let mut claims = vec![(self.stmt, claim)];
        let zeros = self.behind.iter().filter(|stmt| cleared(cx, stmt).is_some());
        claims.extend(self.clears.iter().chain(zeros).map(|gone| (gone, StmtClaim::delete())));
        claims
    }

    /// Whether zeros stay as gradients, so that none of them is missing in the next turn.
    pub(super) fn leaves_zeros(&self, cx: &Cx<'a>) -> bool {
        self.clears.iter().chain(self.behind).any(|stmt| clearing::leaves_zeros(cx, stmt))
    }

    /// Whether the gradients are cleared on the way.
    pub(super) fn clears(&self, cx: &Cx<'a>) -> bool {
        !self.clears.is_empty() || self.behind.iter().any(|stmt| cleared(cx, stmt).is_some())
    }
}
