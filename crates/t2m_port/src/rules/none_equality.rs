//! `x == None`: an MLX array is compared with numbers and arrays alone, and a dtype of MLX with anything but `None`.

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Node, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::receiver;
use crate::views;

pub(super) const RULE: Rule =
    Rule { name: "none-equality", doc: include_str!("none_equality.md"), hook: Hook::Expr(&[Shape::Operation], compared) };

fn compared<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Compare(compare) = expr else { return None };
    if let Some(claim) = absent_dtype(cx, compare) {
        return Some(claim);
    }
    let ([op], [ast::Expr::Constant(right)]) = (compare.ops.as_slice(), compare.comparators.as_slice()) else { return None };
    let sign = match op {
        ast::CmpOp::Eq => " is None",
        ast::CmpOp::NotEq => " is not None",
        _ => return None,
    };
    let may_be_tensor = |kind: &Kind| kind.is_tensor() || kind.is_unknown() || kind.is_layer();
    if !right.value.is_none() || !may_be_tensor(&cx.kind(&compare.left)) {
        return None;
    }
    Some(Claim::build(vec![Piece::Expr(&compare.left, Prec::BitOr), Piece::text(sign)], Prec::Compare))
}

/// `dtype == torch.float16`, `dtype in (torch.float16, torch.bfloat16)` of a `dtype` that may be `None`.
fn absent_dtype<'a>(cx: &Cx<'a>, compare: &'a ast::ExprCompare) -> Option<Claim<'a>> {
    let ([op], [second]) = (compare.ops.as_slice(), compare.comparators.as_slice()) else { return None };
    let (is_equal, is_item) = match op {
        ast::CmpOp::Eq => (true, false),
        ast::CmpOp::NotEq => (false, false),
        ast::CmpOp::In => (true, true),
        ast::CmpOp::NotIn => (false, true),
        _ => return None,
    };
    let is_dtype = |expr: &ast::Expr| cx.kind(expr) == Kind::DType;
    let is_of_dtypes = |side: &ast::Expr| match side {
        ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => {
            is_item && !elts.is_empty() && elts.iter().all(is_dtype)
        }
        single => !is_item && is_dtype(single),
    };
    // `torch.float16 == dtype`
    let (left, right) = match cx.kind(&compare.left) {
        Kind::DType if !is_item => (second, &*compare.left),
        _ => (&*compare.left, second),
    };
    let is_of_dtypes = is_of_dtypes(right);
    let may_be_absent = match cx.kind(left) {
        Kind::Optional(_) => true,
        Kind::Unknown => has_default_none(cx, left) || is_bound_to_none(cx, left),
        _ => false,
    };
    if !is_of_dtypes || !may_be_absent || !cx.is_simple(left) {
        return None;
    }
    let (guard, sign, prec) = match (is_equal, is_item) {
        (true, true) => (" is not None and ", " in ", Prec::And),
        (true, false) => (" is not None and ", " == ", Prec::And),
        (false, true) => (" is None or ", " not in ", Prec::Or),
        (false, false) => (" is None or ", " != ", Prec::Or),
    };
    let side = |expr| Piece::Expr(expr, Prec::BitOr);
    Some(Claim::build(vec![side(left), Piece::text(guard), side(left), Piece::text(sign), side(right)], prec))
}

/// `d` of `d = None`, which is something else by now or not, and of `d = dtype if flag else None`.
fn is_bound_to_none<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = expr else { return false };
    views::bindings(views::enclosing_body(cx, expr), &name.id).iter().any(|(_, value)| match value {
        ast::Expr::IfExp(choice) => receiver::is_none(&choice.body) || receiver::is_none(&choice.orelse),
        value => receiver::is_none(value),
    })
}

/// A parameter of the function around it that is `None` where the caller says nothing, and stays so.
pub(super) fn has_default_none<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = expr else { return false };
    // Ex) `dtype = dtype or x.dtype`
    if !views::bindings(views::enclosing_body(cx, expr), &name.id).is_empty() {
        return false;
    }
    let args = cx.ancestors(Node::Expr(expr)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(&*def.args),
        Node::Stmt(ast::Stmt::AsyncFunctionDef(def)) => Some(&*def.args),
        _ => None,
    });
    let mut all = args.into_iter().flat_map(|args| args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs));
    all.any(|arg| arg.def.arg == name.id && arg.default.as_deref().is_some_and(receiver::is_none))
}
