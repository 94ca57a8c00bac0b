//! Conditions that are known once torch is gone: `torch.cuda.is_available()`, `torch.jit.is_scripting()`. The branch that PyTorch takes on a machine
//! without accelerator, run eagerly, is the one that stays.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, TextRange, TextSize, ranges};

use super::places::{new_text, residual};
use super::{Hook, Rule, Shape};
use crate::claim::{Claim, StmtClaim};
use crate::cx::Cx;
use crate::receiver;

pub(super) const EXPR: Rule =
    Rule { name: "fold", doc: include_str!("fold.md"), hook: Hook::Expr(&[Shape::Operation, Shape::Other], expression) };
pub(super) const STMT: Rule = Rule { name: "fold", doc: include_str!("fold.md"), hook: Hook::Stmt(statement) };

/// What an expression is known to be, if something that torch would have said at run time is part of it.
fn truth<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<bool> {
    if let Some(text) = new_text(cx, expr) {
        return match text {
            "True" => Some(true),
            "False" => Some(false),
            "0" => Some(false),
            _ => None,
        };
    }
    let left = residual(cx, expr);
    if !std::ptr::eq(left, expr) {
        return literal(left).or_else(|| truth(cx, left));
    }
    match expr {
        ast::Expr::UnaryOp(unary) if unary.op == ast::UnaryOp::Not => truth(cx, &unary.operand).map(|known| !known),
        ast::Expr::Name(name) => constant_value(cx, name.id.as_str(), expr).and_then(|value| truth(cx, value)),
        _ => None,
    }
}

fn literal(expr: &ast::Expr) -> Option<bool> {
    match expr {
        ast::Expr::Constant(constant) => match constant.value {
            ast::Constant::Bool(value) => Some(value),
            ast::Constant::None => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The one value that the file gives a name, above its use: `use_cuda = torch.cuda.is_available()`.
fn constant_value<'a>(cx: &Cx<'a>, name: &str, at: &'a ast::Expr) -> Option<&'a ast::Expr> {
    // Most conditions ask a parameter.
    if receiver::is_parameter_around(cx, at, name) {
        return None;
    }
    let assign = cx.only_assignment(name)?;
    let is_above = assign.range.end() < at.range().start();
    (is_above && !cx.facts.imports().iter().any(|import| import.local == name)).then_some(&*assign.value)
}

fn expression<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    match expr {
        ast::Expr::Compare(compare) => Some(Claim::text(if compares_layout(cx, compare)? { "True" } else { "False" }, Prec::Atom)),
        ast::Expr::IfExp(choice) if let Some(same) = same_result(cx, choice) => {
            Some(Claim::build(vec![Piece::Expr(same, Prec::Tuple)], cx.prec(same)))
        }
        ast::Expr::IfExp(choice) => {
            // What decides a chain stands before what it leaves out: `False and f()`.
            if !cx.is_pure(&choice.test) && new_truth(cx, &choice.test).is_none() {
                return None;
            }
            let known = truth(cx, &choice.test)?;
            let taken = if known { &*choice.body } else { &*choice.orelse };
            Some(Claim::build(vec![Piece::Expr(taken, Prec::Tuple)], cx.prec(taken)))
        }
        ast::Expr::UnaryOp(unary) if unary.op == ast::UnaryOp::Not => {
            let known = !new_truth(cx, &unary.operand)?;
            Some(Claim::text(if known { "True" } else { "False" }, Prec::Atom))
        }
        ast::Expr::BoolOp(chain) => {
            // `False and x` is `False`; `x and False` is as false as `x` or `False`, and `True and x` is `x`.
            let deciding = chain.op == ast::BoolOp::Or;
            if !chain.values.iter().any(|value| new_truth(cx, value).is_some()) {
                return None;
            }
            let mut rest: Vec<&'a ast::Expr> = Vec::new();
            for value in &chain.values {
                match new_truth(cx, value) {
                    Some(known) if known == deciding => {
                        if rest.iter().all(|value| cx.is_pure(value)) {
                            return Some(Claim::text(if known { "True" } else { "False" }, Prec::Atom));
                        }
                        rest.push(value);
                        break;
                    }
                    Some(_) => {}
                    None => rest.push(value),
                }
            }
            if rest.len() == chain.values.len() {
                return None;
            }
            let (word, prec) = if deciding { (" or ", Prec::Or) } else { (" and ", Prec::And) };
            match &rest[..] {
                [] => Some(Claim::text(if deciding { "False" } else { "True" }, Prec::Atom)),
                [only] => Some(Claim::build(vec![Piece::Expr(only, Prec::Tuple)], cx.prec(only))),
                // What stays, stays on its lines.
                [.., last] if rest.iter().all(|value| new_truth(cx, value).is_none()) => {
                    let mut edits = Vec::new();
                    let mut start = None;
                    for value in &chain.values {
                        let own = ranges::own_parens(cx.file, value, expr.range());
                        let is_kept = rest.iter().any(|kept| std::ptr::eq(*kept, value));
                        match (is_kept, start) {
                            (true, Some(from)) => {
                                edits.push(Edit::delete(TextRange::new(from, own.start())));
                                start = None;
                            }
                            (false, None) => start = Some(own.start()),
                            _ => {}
                        }
                    }
                    if start.is_some() {
                        let end = ranges::own_parens(cx.file, last, expr.range()).end();
                        edits.push(Edit::delete(TextRange::new(end, expr.range().end())));
                    }
                    Some(Claim::edit(edits))
                }
                _ => {
                    let mut pieces = Vec::new();
                    for (i, value) in rest.iter().enumerate() {
                        if i > 0 {
                            pieces.push(Piece::text(word));
                        }
                        pieces.push(Piece::Expr(value, prec));
                    }
                    Some(Claim::build(pieces, prec))
                }
            }
        }
        _ => None,
    }
}

/// `x.layout == torch.sparse_coo`: MLX's arrays are dense, as `torch.strided` says.
fn compares_layout<'a>(cx: &Cx<'a>, compare: &'a ast::ExprCompare) -> Option<bool> {
    let ([op], [layout]) = (&compare.ops[..], &compare.comparators[..]) else { return None };
    let ast::Expr::Attribute(asked) = &*compare.left else { return None };
    let is_asked = asked.attr.as_str() == "layout" && cx.entity(&compare.left).is_none() && cx.is_pure(&asked.value);
    let kind = cx.kind(&asked.value);
    let is_dense = cx.qualified(layout).filter(|_| is_asked && (kind.is_tensor() || kind.is_unknown()))?.strip_prefix("torch.")?;
    let is_dense = match is_dense {
        "strided" => true,
        name if name.starts_with("sparse_") => false,
        _ => return None,
    };
    match op {
        ast::CmpOp::Eq | ast::CmpOp::Is => Some(is_dense),
        ast::CmpOp::NotEq | ast::CmpOp::IsNot => Some(!is_dense),
        _ => None,
    }
}

/// `model.module if hasattr(model, "module") else model`, where both have become the same.
fn same_result<'a>(cx: &Cx<'a>, choice: &'a ast::ExprIfExp) -> Option<&'a ast::Expr> {
    let (one, other) = (residual(cx, &choice.body), residual(cx, &choice.orelse));
    let has_changed = !std::ptr::eq(one, &*choice.body) || !std::ptr::eq(other, &*choice.orelse);
    let is_same = || cx.is_simple(one) && cx.source(one) == cx.source(other) && cx.claim(one).is_none() && cx.claim(other).is_none();
    (has_changed && is_same() && asks_only(cx, &choice.test)).then_some(one)
}

/// Whether a test only looks: `hasattr(self.model, "module")`, `isinstance(model, DDP)`.
fn asks_only<'a>(cx: &Cx<'a>, test: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = test else { return cx.is_pure(test) };
    let is_question = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if matches!(name.as_str(), "hasattr" | "isinstance"));
    is_question && call.args.iter().all(|arg| cx.is_pure(arg)) || cx.is_pure(test)
}

/// What the expression has become, not what a name in it stands for.
fn new_truth(cx: &Cx<'_>, expr: &ast::Expr) -> Option<bool> {
    match new_text(cx, expr)? {
        "True" => Some(true),
        "False" => Some(false),
        _ => None,
    }
}

fn statement<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::If(choice) = stmt else { return None };
    let Some(known) = known(cx, choice) else {
        // The branches above are gone: this one opens the statement.
        let promoted = is_elif(cx, choice) && opens(cx, stmt);
        let start = choice.range.start();
        let word = TextRange::new(start, start + TextSize::new("elif".len() as u32));
        return promoted.then(|| StmtClaim::edit(vec![Edit::text(word, "if")]));
    };
    let taken = if known { &choice.body } else { &choice.orelse };
    if !is_elif(cx, choice) && vanishes(cx, choice) {
        return Some(StmtClaim::delete());
    }
    if let [ast::Stmt::If(next)] = &taken[..]
        && is_elif(cx, next)
    {
        let gone = TextRange::new(choice.range.start(), next.range.start());
        return Some(StmtClaim::edit(vec![Edit::delete(gone)]));
    }
    if !opens(cx, stmt) {
        return (!taken.is_empty()).then(|| StmtClaim::replace(vec![Piece::text("else:"), Piece::NewLine(1), Piece::Suite(taken, 1)]));
    }
    if taken.is_empty() {
        return Some(StmtClaim::delete());
    }
    Some(StmtClaim::replace(vec![Piece::Suite(taken, 0)]))
}

/// What the condition is known to be, where the other branch may go.
fn known<'a>(cx: &Cx<'a>, choice: &'a ast::StmtIf) -> Option<bool> {
    let known = truth(cx, &choice.test).filter(|_| cx.is_pure(&choice.test))?;
    let dropped = if known { &choice.orelse } else { &choice.body };
    (!dropped.iter().any(changes_the_function)).then_some(known)
}

/// Whether no branch is taken, down to the last `elif`.
fn vanishes<'a>(cx: &Cx<'a>, choice: &'a ast::StmtIf) -> bool {
    match known(cx, choice) {
        Some(false) => match &choice.orelse[..] {
            [] => true,
            [ast::Stmt::If(next)] => is_elif(cx, next) && vanishes(cx, next),
            _ => false,
        },
        _ => false,
    }
}

fn is_elif(cx: &Cx<'_>, choice: &ast::StmtIf) -> bool {
    cx.source(choice).starts_with("elif")
}

/// Whether nothing of the statement is left above this branch.
fn opens<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let ast::Stmt::If(choice) = stmt else { return true };
    if !is_elif(cx, choice) {
        return true;
    }
    match cx.parent(stmt) {
        Some(Node::Stmt(up @ ast::Stmt::If(above))) => known(cx, above) == Some(false) && opens(cx, up),
        _ => false,
    }
}

/// `yield` makes a function a generator, and `global` speaks for the whole function, wherever they stand.
fn changes_the_function(stmt: &ast::Stmt) -> bool {
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| {
        found |= matches!(
            node,
            Node::Expr(ast::Expr::Yield(_) | ast::Expr::YieldFrom(_) | ast::Expr::Await(_))
                | Node::Stmt(ast::Stmt::Global(_) | ast::Stmt::Nonlocal(_))
        );
    });
    found
}
