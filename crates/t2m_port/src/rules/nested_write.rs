//! `x[0][mask] = y`: PyTorch writes through the view `x[0]`, which is a copy in MLX. So the copy is changed and put back: `x[0] = compat.with_items(x[0], mask, y)`.

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, index, stale_view, stored_value};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::in_place;
use crate::names::Module;
use crate::unknown_arrays;
use crate::{imports, joined_index, masks, views};

pub(super) const RULE: Rule = Rule { name: "nested-write", doc: include_str!("nested_write.md"), hook: Hook::Stmt(nested) };

fn nested<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (target, value, op) = match stmt {
        ast::Stmt::Assign(assign) => match &assign.targets[..] {
            [target] => (target, &*assign.value, None),
            _ => return None,
        },
        ast::Stmt::AugAssign(assign) => (&*assign.target, &*assign.value, Some(assign.op)),
        _ => return None,
    };
    let ast::Expr::Subscript(outer) = target else { return None };
    let ast::Expr::Subscript(inner) = &*outer.value else { return None };
    let owner = &*inner.value;
    let is_owner = matches!(owner, ast::Expr::Name(_) | ast::Expr::Attribute(_)) && cx.is_simple(owner);
    let is_plain = cx.is_pure(&inner.slice) && (op.is_none() || cx.is_pure(&outer.slice));
    // Numbers are joined into one index.
    if !is_owner || !is_plain || joined_index::joined(cx, target).is_some() {
        return None;
    }
    let is_tensor = index::is_tensor(cx, owner);
    let is_view = is_tensor && views::base(cx, &outer.value).is_some_and(|base| std::ptr::eq(base, owner));
    let is_open = || !is_tensor && may_be_tensor(cx, (owner, &inner.slice), (&outer.slice, value));
    if !is_view && !is_open() {
        return None;
    }
    match in_place::lost_write(cx, target, owner) {
        // What is a view itself is left to the rule about items.
        Some(_) if is_tensor => return None,
        Some(finding) => return Some(StmtClaim::todo(finding)),
        None => {}
    }
    let is_slice = inner.slice.is_slice_expr();
    let (mut pieces, mut uses) = if is_tensor || is_slice {
        let (with_items, uses) = cx.member(Module::Compat, "with_items");
        let mut pieces =
            vec![Piece::Expr(owner, Prec::Atom), Piece::text("["), Piece::Expr(&inner.slice, Prec::Tuple), Piece::text("] = ")];
        pieces.extend(index::call(with_items, outer));
        (pieces, uses)
    } else {
        let (set_nested, uses) = cx.member(Module::Compat, "set_nested");
        let mut pieces = index::call(set_nested, inner);
        pieces.pop();
        pieces.push(Piece::text(", "));
        pieces.extend(index::index_pieces(&outer.slice));
        pieces.push(Piece::text(")"));
        (pieces, uses)
    };
    pieces.pop();
    pieces.push(Piece::text(", "));
    let new = match op {
        None => vec![Piece::Expr(value, Prec::Named)],
        Some(op) => {
            let (getitem, more) = cx.member(Module::Compat, "getitem");
            uses.extend(&more);
            let mut new = index::call(getitem, outer);
            new.extend([Piece::text(format!(" {} ", index::sign(op))), Piece::Expr(value, Prec::Unary)]);
            new
        }
    };
    let (new, more) = stored_value(cx, stmt, Some(value), new);
    uses.extend(&more);
    pieces.extend(new);
    pieces.push(Piece::text(")"));
    let claim = StmtClaim::replace(pieces).uses(uses);
    Some(stale_view::found(cx, stmt).into_iter().fold(claim, StmtClaim::finding))
}

/// Whether what is not known may be a tensor, and is no list of lists: by the index that is written at, or by what the owner is asked for.
fn may_be_tensor<'a>(cx: &Cx<'a>, (owner, outer): (&'a ast::Expr, &'a ast::Expr), (inner, value): (&'a ast::Expr, &'a ast::Expr)) -> bool {
    let kind = cx.kind(owner);
    if !kind.is_tensor() && !kind.is_unknown() || !imports::imports_torch(cx) {
        return false;
    }
    let is_key = matches!(cx.kind(outer), Kind::Str | Kind::None) || matches!(outer, ast::Expr::List(_)) || cx.kind(outer).is_tensor();
    let is_of_arrays = match inner {
        ast::Expr::Tuple(entries) => {
            entries.elts.iter().any(|entry| entry.is_slice_expr() || views::is_ellipsis(entry) || cx.kind(entry).is_tensor())
        }
        // Lists take sequences alone.
        ast::Expr::Slice(_) => cx.kind(value).is_number() || cx.kind(value).is_tensor(),
        inner => views::is_ellipsis(inner) || cx.kind(inner).is_tensor() || masks::is_mask(cx, inner),
    };
    let is_asked =
        || matches!(owner, ast::Expr::Name(name) if unknown_arrays::is_asked_as_array(cx, views::enclosing_body(cx, owner), &name.id));
    // Nobody writes to a slice of a list, which is a copy.
    !is_key && (outer.is_slice_expr() || kind.is_tensor() || is_of_arrays || is_asked())
}
