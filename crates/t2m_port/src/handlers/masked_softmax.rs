//! The softmax of a row that is masked as a whole is NaN. Where the program takes the NaN out again, `masked_fill` keeps its gradient out in PyTorch;
//! `mx.where` multiplies it by zero, and it stays NaN.
//!
//! Ex) `w = scores.masked_fill(mask, -inf).softmax(-1)` and then `w.masked_fill(mask, 0)`

use t2m_syntax::ast;
use t2m_syntax::{Node, Piece, Prec};

use super::Call;
use crate::claim::Claim;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::views;

pub(super) fn masked_softmax<'a>(cx: &Cx<'a>, call: &Call<'_, 'a>) -> Result<Option<Claim<'a>>, Finding> {
    let (Some(input), Some(dim)) = (call.argument("input").or(call.receiver), call.argument("dim")) else { return Ok(None) };
    if !is_cleaned(cx, call.call) {
        return Ok(None);
    }
    let (helper, uses) = cx.member(Module::Compat, "masked_softmax");
    let mut pieces =
        vec![Piece::text(format!("{helper}(")), Piece::Expr(input, Prec::Test), Piece::text(", "), Piece::Expr(dim, Prec::Test)];
    if let Some(dtype) = call.argument("dtype") {
        pieces.extend([Piece::text(", dtype="), Piece::Expr(dtype, Prec::Test)]);
    }
    pieces.push(Piece::text(")"));
    Ok(Some(Claim::build(pieces, Prec::Atom).uses(uses)))
}

/// Whether a function that masks by infinity takes NaN out of the result, directly or under a name.
fn is_cleaned<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let body = views::enclosing_body(cx, &call.func);
    let masks = |text: &str| ["-inf", ".inf", "\"inf", "'inf"].iter().any(|infinity| text.contains(infinity));
    if !body.iter().any(|stmt| masks(cx.source(stmt))) {
        return false;
    }
    let mut ups = cx.ancestors(Node::Expr(&call.func)).skip(1).peekable();
    let mut name = None;
    for up in &mut ups {
        match up {
            Node::Expr(up) if cleans(up) => return true,
            Node::Expr(_) => {}
            Node::Stmt(ast::Stmt::Assign(assign)) => {
                name = match &assign.targets[..] {
                    [ast::Expr::Name(name)] => Some(name.id.as_str()),
                    _ => None,
                };
                break;
            }
            _ => return false,
        }
    }
    let Some(name) = name else { return false };
    let is_name = |expr: &ast::Expr| matches!(expr, ast::Expr::Name(other) if other.id.as_str() == name);
    let mut found = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(expr @ ast::Expr::Call(clean)) = node else { return };
            let method = matches!(&*clean.func, ast::Expr::Attribute(method) if is_name(&method.value));
            found |= cleans(expr) && (method || clean.args.iter().any(is_name));
        });
    }
    found
}

/// A call that takes NaN out of what it gets: `torch.nan_to_num(w)`, `w.masked_fill(mask, 0)`, `w.isnan()`.
fn cleans(expr: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = expr else { return false };
    let ast::Expr::Attribute(function) = &*call.func else { return false };
    match function.attr.as_str() {
        "nan_to_num" | "nan_to_num_" | "isnan" => true,
        "masked_fill" | "masked_fill_" => call.args.last().is_some_and(is_zero),
        _ => false,
    }
}

fn is_zero(expr: &ast::Expr) -> bool {
    let ast::Expr::Constant(constant) = expr else { return false };
    match &constant.value {
        ast::Constant::Int(value) => value.to_string() == "0",
        ast::Constant::Float(value) => *value == 0.0,
        _ => false,
    }
}
