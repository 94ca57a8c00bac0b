//! Updates without an optimizer: `for p in model.parameters(): p.data.add_(p.grad, alpha=-lr)`. One expression says what each parameter becomes.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, TextRange, node};

use super::MethodCall;
use super::build::unused;
use super::clearing::{self, cleared};
use super::events::{argument, is_name, method, parameters_of};
use super::model::is_place;
use super::trained;
use super::update_function::{self, Called};
use super::walked::{self, Walk};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::names::{Module, Uses};
use crate::rules::SuiteClaims;
use crate::rules::contexts::is_no_grad;

/// The update of all parameters of a model.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByHand<'a> {
    /// Whose parameters; a list of arrays has itself.
    pub(super) model: &'a ast::Expr,
    pub(super) is_list: bool,
    /// Whether their gradients are cleared on the way.
    pub(super) clears: bool,
    /// Whether it moves a parameter whose gradient is zero.
    pub(super) moves_idle: bool,
    parameter: &'a str,
    /// The statement that changes one parameter.
    change: &'a ast::Stmt,
    value: Value<'a>,
    /// Where it stands in a function of its own.
    called: Option<Called<'a>>,
}

/// What a parameter becomes.
#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    /// Something is added or taken away, times a factor if there is one.
    Moved {
        is_less: bool,
        factor: Option<&'a ast::Expr>,
        by: &'a ast::Expr,
    },
    Given(&'a ast::Expr),
    /// The loop stays.
    Walked(Walk<'a>),
}

pub(super) fn of<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<ByHand<'a>> {
    if let ast::Stmt::Expr(_) = stmt {
        let called = update_function::called(cx, stmt)?;
        let update = shape(cx, called.update)?;
        let is_known = if update.is_list { trained::arrays_of(cx, called.passed).is_some() } else { is_place(called.passed) };
        return is_known.then_some(ByHand { model: called.passed, called: Some(called), ..update });
    }
    shape(cx, stmt).filter(|update| !update.is_list || trained::arrays_of(cx, update.model).is_some())
}

/// An update of whatever model or list.
pub(super) fn shape<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<ByHand<'a>> {
    match stmt {
        // `with torch.no_grad():`, where the gradients may be cleared as well
        ast::Stmt::With(with) if with.items.iter().all(|item| is_no_grad(cx, &item.context_expr)) => {
            if let Some(walk) = walked::in_suite(cx, &with.body).filter(|walk| one_of_all(cx, walk.stmt).is_none()) {
                return Some(by_walk(cx, walk));
            }
            let mut updates = with.body.iter().filter_map(|stmt| shape(cx, stmt));
            let mut update = updates.next().filter(|_| updates.next().is_none())?;
            let is_zero =
                |stmt: &ast::Stmt| cleared_model(cx, stmt, &with.body).is_some_and(|whose| cx.source(whose) == cx.source(update.model));
            let others: Vec<&ast::Stmt> = with.body.iter().filter(|stmt| shape(cx, stmt).is_none()).collect();
            update.clears |= others.iter().any(|stmt| is_zero(stmt));
            others.iter().all(|stmt| is_zero(stmt)).then_some(update)
        }
        ast::Stmt::For(_) => one_of_all(cx, stmt).or_else(|| walked::of(cx, stmt).map(|walk| by_walk(cx, walk))),
        _ => None,
    }
}

fn by_walk<'a>(cx: &Cx<'a>, walk: Walk<'a>) -> ByHand<'a> {
    let Walk { stmt, model, is_list, asks, found, .. } = walk;
    let (clears, parameter) = (walk.clears(cx), found.parameter);
    // Without that question, PyTorch refuses parameters that have no gradient.
    ByHand { model, is_list, clears, moves_idle: asks, parameter, change: stmt, value: Value::Walked(walk), called: None }
}

/// A loop whose change of a parameter is one expression.
fn one_of_all<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<ByHand<'a>> {
    match stmt {
        ast::Stmt::For(walk) if walk.orelse.is_empty() => {
            let (model, target) = match &*walk.target {
                ast::Expr::Tuple(pair) => {
                    let named = method(cx, &walk.iter, "named_parameters").filter(MethodCall::is_bare)?;
                    (named.receiver, pair.elts.last().filter(|_| pair.elts.len() == 2)?)
                }
                target => (parameters_of(cx, &walk.iter).unwrap_or(&walk.iter), target),
            };
            let ast::Expr::Name(parameter) = target else { return None };
            let is_list = std::ptr::eq(model, &*walk.iter);
            Some(ByHand { is_list, ..changed(cx, &walk.body, &parameter.id, model)? })
        }
        _ => None,
    }
}

fn cleared_model<'a>(cx: &Cx<'a>, stmt: &ast::Stmt, suite: &'a [ast::Stmt]) -> Option<&'a ast::Expr> {
    suite.iter().find(|own| std::ptr::eq(*own, stmt)).and_then(|own| cleared(cx, own))
}

/// The body of the loop: one change of the parameter, under a question for its gradient perhaps.
fn changed<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], parameter: &'a str, model: &'a ast::Expr) -> Option<ByHand<'a>> {
    match body {
        [ast::Stmt::If(branch)] if branch.orelse.is_empty() && clearing::has_gradient(&branch.test, parameter) => {
            changed(cx, &branch.body, parameter, model)
        }
        [ast::Stmt::With(with)] if with.items.iter().all(|item| is_no_grad(cx, &item.context_expr)) => {
            changed(cx, &with.body, parameter, model)
        }
        [change, rest @ ..] => {
            let value = value(cx, change, parameter)?;
            let clears = !rest.is_empty();
            let parts: Vec<&'a ast::Expr> = match value {
                Value::Moved { factor, by, .. } => factor.into_iter().chain([by]).collect(),
                Value::Given(value) => vec![value],
                Value::Walked(_) => return None,
            };
            let (mut reads_gradient, mut is_known, mut reads_own) = (false, true, false);
            for part in parts {
                Node::Expr(part).walk(&mut |node| {
                    let Node::Expr(expr @ ast::Expr::Name(name)) = node else { return };
                    if name.id.as_str() != parameter {
                        return;
                    }
                    match outer_member(cx, expr) {
                        Some("grad") => reads_gradient = true,
                        Some("data") | None => reads_own = true,
                        Some(_) => is_known = false,
                    }
                });
            }
            let moves_idle = reads_own || matches!(value, Value::Given(_));
            (reads_gradient && is_known && (rest.is_empty() || clearing::clears_all(rest, parameter))).then_some(ByHand {
                model,
                is_list: false,
                clears,
                moves_idle,
                parameter,
                change,
                value,
                called: None,
            })
        }
        [] => None,
    }
}

/// `grad` of `p.grad`.
fn outer_member<'a>(cx: &Cx<'a>, name: &'a ast::Expr) -> Option<&'a str> {
    match cx.parent(name) {
        Some(Node::Expr(ast::Expr::Attribute(e))) => Some(e.attr.as_str()),
        _ => None,
    }
}

/// `p`, `p.data`
fn is_parameter(expr: &ast::Expr, parameter: &str) -> bool {
    match expr {
        ast::Expr::Attribute(e) => e.attr.as_str() == "data" && is_name(&e.value, parameter),
        expr => is_name(expr, parameter),
    }
}

fn value<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, parameter: &str) -> Option<Value<'a>> {
    match stmt {
        ast::Stmt::AugAssign(s) if is_parameter(&s.target, parameter) => match s.op {
            ast::Operator::Add => Some(Value::Moved { is_less: false, factor: None, by: &s.value }),
            ast::Operator::Sub => Some(Value::Moved { is_less: true, factor: None, by: &s.value }),
            _ => None,
        },
        ast::Stmt::Assign(s) => {
            let [target @ ast::Expr::Attribute(_)] = &s.targets[..] else { return None };
            is_parameter(target, parameter).then_some(Value::Given(&s.value))
        }
        ast::Stmt::Expr(s) => {
            let ast::Expr::Call(call) = &*s.value else { return None };
            let ast::Expr::Attribute(method) = &*call.func else { return None };
            if !is_parameter(&method.value, parameter) || call.args.iter().any(|arg| matches!(arg, ast::Expr::Starred(_))) {
                return None;
            }
            match (method.attr.as_str(), &call.args[..]) {
                ("copy_", [value]) if call.keywords.is_empty() => Some(Value::Given(value)),
                (name @ ("add_" | "sub_"), [by]) => {
                    let alpha = argument(call, 1, "alpha").filter(|_| call.keywords.len() == 1);
                    if alpha.is_none() && !call.keywords.is_empty() {
                        return None;
                    }
                    Some(moved(name == "sub_", alpha, by))
                }
                // `p.data.add_(-lr, p.grad.data)`, as it was called once
                (name @ ("add_" | "sub_"), [alpha, by]) if call.keywords.is_empty() && !cx.kind(alpha).is_tensor() => {
                    Some(moved(name == "sub_", Some(alpha), by))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// `alpha=-lr` takes `lr` times as much away.
fn moved<'a>(is_less: bool, alpha: Option<&'a ast::Expr>, by: &'a ast::Expr) -> Value<'a> {
    match alpha {
        Some(ast::Expr::UnaryOp(e)) if e.op == ast::UnaryOp::USub => Value::Moved { is_less: !is_less, factor: Some(&e.operand), by },
        factor => Value::Moved { is_less, factor, by },
    }
}

impl<'a> ByHand<'a> {
    /// Whether it leaves out what has no gradient, as PyTorch does.
    pub(super) fn leaves_out_idle(&self, cx: &Cx<'a>) -> bool {
        matches!(self.value, Value::Walked(walk) if walk.asks && !walk.leaves_zeros(cx))
    }

    /// Whether the step that it belongs to is ported.
    pub(super) fn is_written(&self, cx: &Cx<'a>) -> bool {
        cx.stmt_claim(self.change).is_some_and(|claim| !claim.inner.is_empty())
    }

    /// `model.update(tree_map(lambda p, p_grad: p - lr * p_grad, model.trainable_parameters(), grads))`. Arrays of a list are changed where they are:
    /// `for p, p_grad in zip(params, grads["arrays"]): p -= lr * p_grad`
    pub(super) fn claims(&self, cx: &Cx<'a>, stmt: &'a ast::Stmt, gradients: &str) -> SuiteClaims<'a> {
        if let Some(called) = self.called {
            let given = match called.keyword {
                true => format!(", {}={gradients}", update_function::parameter(cx)),
                false => format!(", {gradients}"),
            };
            let call = StmtClaim::edit(vec![Edit::text(TextRange::empty(called.passed.range().end()), given)]);
            let inside = Self { model: called.model, called: None, ..*self };
            let mut claims = vec![(stmt, call)];
            claims.extend(inside.claims(cx, called.update, &update_function::parameter(cx)));
            return claims;
        }
        if let Value::Walked(walk) = self.value {
            return walk.claims(cx, gradients);
        }
        let parameter = self.parameter;
        let gradient = unused(cx, &[&format!("{parameter}_grad"), &format!("grad_of_{parameter}"), "gradient_of_parameter"]);
        let (pieces, uses) = if self.is_list { self.of_list(&gradient, gradients) } else { self.of_model(cx, &gradient, gradients) };
        // What reads the parameter and its gradient in the expression.
        let mut reads = StmtClaim::keep();
        Node::Stmt(self.change).walk(&mut |node| {
            let Node::Expr(expr @ ast::Expr::Attribute(e)) = node else { return };
            let is_gradient =
                |expr: &ast::Expr| matches!(expr, ast::Expr::Attribute(e) if e.attr.as_str() == "grad" && is_name(&e.value, parameter));
            if is_gradient(expr) || e.attr.as_str() == "data" && is_gradient(&e.value) {
                reads.inner.push((expr.range(), gradient.clone()));
            } else if is_parameter(expr, parameter) {
                reads.inner.push((expr.range(), parameter.to_owned()));
            }
        });
        let mut claims = vec![(stmt, StmtClaim::replace(pieces).uses(uses))];
        // Nothing else speaks for what is gone.
        node::statements(std::slice::from_ref(stmt), &mut |inner| {
            if !std::ptr::eq(inner, stmt) && !std::ptr::eq(inner, self.change) {
                claims.push((inner, StmtClaim::keep()));
            }
        });
        claims.push((self.change, reads));
        claims
    }

    fn of_model(&self, cx: &Cx<'a>, gradient: &str, gradients: &str) -> (Vec<Piece<'a>>, Uses) {
        let (parameter, model) = (self.parameter, cx.source(self.model));
        let (tree_map, uses) = cx.member(Module::Utils, "tree_map");
        let mut pieces = vec![Piece::text(format!("{model}.update({tree_map}(lambda {parameter}, {gradient}: "))];
        match self.value {
            Value::Given(value) => pieces.push(Piece::Expr(value, Prec::Test)),
            Value::Walked(_) => {}
            Value::Moved { is_less, factor, by } => {
                pieces.push(Piece::text(format!("{parameter} {} ", if is_less { "-" } else { "+" })));
                pieces.extend(times(factor, by, Prec::Term));
            }
        }
        pieces.push(Piece::text(format!(", {model}.trainable_parameters(), {gradients}))")));
        (pieces, uses)
    }

    fn of_list(&self, gradient: &str, gradients: &str) -> (Vec<Piece<'a>>, Uses) {
        let parameter = self.parameter;
        let mut pieces = vec![
            Piece::text(format!("for {parameter}, {gradient} in zip(")),
            Piece::Expr(self.model, Prec::Test),
            Piece::text(format!(", {gradients}):")),
            Piece::NewLine(1),
        ];
        match self.value {
            Value::Given(value) => pieces.extend([Piece::text(format!("{parameter}[...] = ")), Piece::Expr(value, Prec::Test)]),
            Value::Walked(_) => {}
            Value::Moved { is_less, factor, by } => {
                pieces.push(Piece::text(format!("{parameter} {}= ", if is_less { "-" } else { "+" })));
                pieces.extend(times(factor, by, Prec::Test));
            }
        }
        (pieces, Uses::default())
    }
}

fn times<'a>(factor: Option<&'a ast::Expr>, by: &'a ast::Expr, alone: Prec) -> Vec<Piece<'a>> {
    match factor {
        Some(factor) => vec![Piece::Expr(factor, Prec::Term), Piece::text(" * "), Piece::Expr(by, Prec::Unary)],
        None => vec![Piece::Expr(by, alone)],
    }
}
