//! `x[0][mask] = y`: PyTorch writes through the view `x[0]`, which is a copy in MLX. So the copy is changed and put back: `x[0] = compat.with_items(x[0], mask, y)`.

use t2m_semantic::Kind;
use t2m_semantic::kind::DType;
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, index, stale_view, stored_value};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::in_place;
use crate::names::Module;
use crate::unknown_arrays;
use crate::{held_views, imports, joined_index, masks, receiver, tensors_around, views};

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
    let (owner, indices) = chain(cx, target);
    let [before @ .., _] = &indices[..] else { return None };
    let is_plain = before.iter().all(|index| cx.is_pure(index)) && (op.is_none() || cx.is_pure(&outer.slice));
    // Numbers are joined into one index.
    if before.is_empty() || !cx.is_simple(owner) || !is_plain || joined_index::joined(cx, target).is_some() {
        return None;
    }
    let is_tensor = index::is_tensor(cx, owner);
    let inner = outer.value.as_subscript_expr().filter(|inner| std::ptr::eq(&*inner.value, owner));
    let is_view = is_tensor && inner.is_some() && views::base(cx, &outer.value).is_some_and(|base| std::ptr::eq(base, owner));
    let is_open = || match is_tensor {
        true => before.iter().all(|index| is_unclear(cx, index)),
        false => may_be_tensor(cx, owner, &indices, value),
    };
    if !is_view && !is_open() {
        return None;
    }
    match in_place::lost_write(cx, target, owner) {
        // What is a view itself is left to the rule about items.
        Some(_) if is_tensor => return None,
        Some(finding) => return Some(StmtClaim::todo(finding)),
        None => {}
    }
    let put_back = inner.filter(|inner| is_view || inner.slice.is_slice_expr());
    let (mut pieces, mut uses) = if let Some(inner) = put_back {
        let (with_items, uses) = cx.member(Module::Compat, "with_items");
        let mut pieces =
            vec![Piece::Expr(owner, Prec::Atom), Piece::text("["), Piece::Expr(&inner.slice, Prec::Tuple), Piece::text("] = ")];
        pieces.extend(index::call(with_items, outer));
        (pieces, uses)
    } else {
        let (set_nested, uses) = cx.member(Module::Compat, "set_nested");
        let mut pieces = vec![Piece::text(format!("{set_nested}(")), Piece::Expr(owner, Prec::Test)];
        for index in &indices {
            pieces.push(Piece::text(", "));
            pieces.extend(index::index_pieces(index));
        }
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

/// `x`, and `i` and `j` of `x[i][j]`; an item of a list stands for itself.
fn chain<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> (&'a ast::Expr, Vec<&'a ast::Expr>) {
    let (mut owner, mut indices) = (target, Vec::new());
    while let ast::Expr::Subscript(item) = owner {
        if !indices.is_empty() && held_views::is_container(cx, &item.value) {
            break;
        }
        indices.insert(0, &*item.slice);
        owner = &item.value;
    }
    (owner, indices)
}

/// A position that may be a number, as an item of a tensor is, or an array that selects a copy.
fn is_unclear<'a>(cx: &Cx<'a>, index: &'a ast::Expr) -> bool {
    let is_value = || match index {
        ast::Expr::Name(name) => !sounds_like_key(&name.id),
        ast::Expr::Attribute(_) | ast::Expr::Subscript(_) | ast::Expr::BinOp(_) | ast::Expr::Call(_) => true,
        _ => false,
    };
    match cx.kind(index) {
        Kind::Tensor(tensor) => tensor.rank.is_none_or(|rank| rank == 0) && tensor.dtype != Some(DType::Bool),
        kind => kind.is_number() || kind.is_unknown() && is_value(),
    }
}

/// Dictionaries are asked by such: `state[param][key]`.
fn sounds_like_key(name: &str) -> bool {
    ["key", "name", "param"].iter().any(|word| name.contains(word))
}

/// Whether what is not known may be a tensor, and is no list of lists: by the index that is written at, or by what the owner is asked for.
fn may_be_tensor<'a>(cx: &Cx<'a>, owner: &'a ast::Expr, indices: &[&'a ast::Expr], value: &'a ast::Expr) -> bool {
    let kind = cx.kind(owner);
    let [before @ .., inner] = indices else { return false };
    if !kind.is_tensor() && !kind.is_unknown() || !imports::imports_torch(cx) {
        return false;
    }
    let is_key = |index: &&'a ast::Expr| {
        matches!(cx.kind(index), Kind::Str | Kind::None)
            || matches!(index, ast::Expr::List(_))
            || cx.kind(index).is_tensor() && !is_unclear(cx, index)
    };
    if before.iter().any(is_key) {
        return false;
    }
    let is_of_arrays = match inner {
        ast::Expr::Tuple(entries) => {
            entries.elts.iter().any(|entry| entry.is_slice_expr() || views::is_ellipsis(entry) || cx.kind(entry).is_tensor())
        }
        // Lists take sequences alone.
        ast::Expr::Slice(_) => cx.kind(value).is_number() || cx.kind(value).is_tensor(),
        // Neither lists nor dictionaries are asked by lists: `x[i][[0, 2]] = 5`.
        ast::Expr::List(_) => true,
        inner => {
            let is_array = |kind: Kind| kind.is_tensor() || matches!(kind, Kind::List(_) | Kind::Seq(_) | Kind::Ndarray);
            views::is_ellipsis(inner) || is_array(cx.kind(inner)) || masks::is_mask(cx, inner)
        }
    };
    let is_asked =
        || matches!(owner, ast::Expr::Name(name) if unknown_arrays::is_asked_as_array(cx, views::enclosing_body(cx, owner), &name.id));
    // Nobody writes to a slice of a list, which is a copy.
    let is_slice = before.iter().any(|index| index.is_slice_expr());
    is_slice || kind.is_tensor() || is_of_arrays || is_asked() || is_table(cx, owner, indices, value)
}

/// `table[s][a] += r` of what somebody else made: tensors are written so as lists are, where there are tensors at all.
fn is_table<'a>(cx: &Cx<'a>, owner: &'a ast::Expr, indices: &[&'a ast::Expr], value: &'a ast::Expr) -> bool {
    let holds = cx.kind(value);
    let is_item = holds.is_number() || holds.is_tensor() || holds.is_unknown();
    let made_here = |name: &ast::ExprName| {
        views::bindings(views::enclosing_body(cx, owner), &name.id)
            .iter()
            .any(|(_, value)| value.is_list_comp_expr() || value.is_list_expr())
    };
    let is_made = matches!(owner, ast::Expr::Name(name) if made_here(name));
    let is_given = || matches!(owner, ast::Expr::Name(name) if receiver::is_parameter_around(cx, owner, &name.id));
    is_item
        && !is_made
        && indices.iter().all(|index| is_unclear(cx, index))
        && (is_given() || tensors_around::has_tensors_around(cx, owner))
}
