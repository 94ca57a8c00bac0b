//! `a == b` of modules, `module in modules`: PyTorch's compare by identity, MLX's are dicts, which compare what they hold.

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule =
    Rule { name: "module-equality", doc: include_str!("module_equality.md"), hook: Hook::Expr(&[Shape::Operation, Shape::Call], compared) };

fn compared<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let compare = match expr {
        ast::Expr::Compare(compare) => compare,
        ast::Expr::Call(call) => return found(cx, call),
        _ => return None,
    };
    let ([op], [right]) = (&compare.ops[..], &compare.comparators[..]) else { return None };
    let left = &*compare.left;
    let side = |expr| Piece::Expr(expr, Prec::BitOr);
    let by_identity = |sign: &str| {
        let concerned = has_identity(cx, left) || has_identity(cx, right);
        concerned.then(|| Claim::build(vec![side(left), Piece::text(sign.to_owned()), side(right)], Prec::Compare))
    };
    let among_items = |before: &str, prec| {
        // A list of modules that is one comparison after the other; sets and dicts are asked by their hashes.
        if !has_identity(cx, left) {
            return None;
        }
        if !cx.is_simple(left) {
            let (helper, uses) = cx.member(Module::Compat, "is_one_of");
            let pieces = vec![
                Piece::text(format!("{before}{helper}(")),
                Piece::Expr(left, Prec::Test),
                Piece::text(", "),
                Piece::Expr(right, Prec::Test),
                Piece::text(")"),
            ];
            return Some(Claim::build(pieces, prec).uses(uses));
        }
        let item = if cx.snippet(left) == "item" || cx.snippet(right).contains("item") { "other" } else { "item" };
        let pieces = vec![
            Piece::text(format!("{before}any(")),
            side(left),
            Piece::text(format!(" is {item} for {item} in ")),
            side(right),
            Piece::text(")"),
        ];
        Some(Claim::build(pieces, prec))
    };
    match op {
        ast::CmpOp::Eq => by_identity(" is "),
        ast::CmpOp::NotEq => by_identity(" is not "),
        ast::CmpOp::In => among_items("", Prec::Atom),
        ast::CmpOp::NotIn => among_items("not ", Prec::Not),
        _ => None,
    }
}

/// `modules.index(module)` and `modules.count(module)` of a list.
fn found<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let (ast::Expr::Attribute(method), [module]) = (&*call.func, &call.args[..]) else { return None };
    let name = method.attr.as_str();
    let is_search = matches!(name, "index" | "count") && call.keywords.is_empty();
    if !is_search || !matches!(cx.kind(&method.value), Kind::List(_) | Kind::ModuleList(_)) || !has_identity(cx, module) {
        return None;
    }
    let list = Piece::Expr(&method.value, Prec::BitOr);
    let pieces = vec![
        Piece::text("[id(item) for item in "),
        list,
        Piece::text(format!("].{name}(id(")),
        Piece::Expr(module, Prec::Named),
        Piece::text("))"),
    ];
    Some(Claim::build(pieces, Prec::Atom))
}

/// A module whose class has no equality of its own.
pub(super) fn has_identity<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let has_own = receiver::class_of(cx, expr).is_some_and(|class| cx.project_facts.lookup_method(class, "__eq__").is_some());
    receiver::is_module(cx, expr) && !has_own
}
