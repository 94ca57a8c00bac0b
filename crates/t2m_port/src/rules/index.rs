//! Indexing: masks, which MLX does not read, and writes that would land in a copy.

use t2m_semantic::kind::{DType, NumpyKind};
use t2m_semantic::{Entity, Evidence, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, TextRange};

use super::{Hook, Rule, Shape, stale_view};
use crate::carried_views;
use crate::changed_slices;
use crate::claim::{Claim, StmtClaim};
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::given_views;
use crate::global_views;
use crate::held_views;
use crate::in_place;
use crate::joined_index;
use crate::leading_ones;
use crate::list_indices::may_be_empty;
use crate::masks::{bound_values, holds_truths, is_any_index, is_mask, selects_for_its_class, sounds_like_items, sounds_like_mask};
use crate::member_views;
use crate::names::{Module, Uses};
use crate::numpy_indices::{is_dealt, is_made_of_numpy, is_of_numpy, is_part_of_numpy};
use crate::reached;
use crate::receiver;
use crate::unknown_arrays;
use crate::views;

pub(super) const EXPR: Rule =
    Rule { name: "index", doc: include_str!("index.md"), hook: Hook::Expr(&[Shape::Subscript, Shape::Other], read) };
pub(super) const STMT: Rule = Rule { name: "index-write", doc: include_str!("index_write.md"), hook: Hook::Stmt(write) };

/// `x[mask]`: as many items as the mask has.
fn read<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let subscript = match expr {
        ast::Expr::Subscript(subscript) => subscript,
        ast::Expr::Tuple(tuple) => return positions(cx, expr, tuple),
        _ => return None,
    };
    if !matches!(subscript.ctx, ast::ExprContext::Load) || !needs_helper(cx, subscript) {
        return None;
    }
    let (getitem, uses) = cx.member(Module::Compat, "getitem");
    Some(Claim::build(call(getitem, subscript), Prec::Atom).uses(uses))
}

/// `x[:, (0, 2)]`: MLX takes positions in a list.
fn positions<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, tuple: &'a ast::ExprTuple) -> Option<Claim<'a>> {
    let Some(Node::Expr(index @ ast::Expr::Tuple(entries))) = cx.parent(expr) else { return None };
    let Some(Node::Expr(ast::Expr::Subscript(subscript))) = cx.parent(index) else { return None };
    // What takes a slice is no dictionary, and NumPy takes lists as well.
    let owner = cx.kind(&subscript.value);
    let is_array = owner.is_tensor() || owner.is_unknown() && entries.elts.iter().any(|entry| matches!(entry, ast::Expr::Slice(_)));
    let is_index = std::ptr::eq(&*subscript.slice, index) && is_array;
    if !is_index || tuple.elts.is_empty() || tuple.elts.iter().any(|item| matches!(item, ast::Expr::Starred(_))) {
        return None;
    }
    let mut pieces = vec![Piece::text("[")];
    for (i, item) in tuple.elts.iter().enumerate() {
        if i > 0 {
            pieces.push(Piece::text(", "));
        }
        pieces.push(Piece::Expr(item, Prec::Named));
    }
    pieces.push(Piece::text("]"));
    Some(Claim::build(pieces, Prec::Atom))
}

fn write<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let claim = written(cx, stmt)?;
    // No later rule is asked about a statement that is written anew.
    let stale = if claim.is_partial() { None } else { stale_view::found(cx, stmt) };
    Some(stale.into_iter().fold(claim, StmtClaim::finding))
}

fn written<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (targets, value, op): (&[ast::Expr], _, _) = match stmt {
        ast::Stmt::Assign(assign) => (&assign.targets, &*assign.value, None),
        ast::Stmt::AugAssign(assign) => (std::slice::from_ref(&*assign.target), &*assign.value, Some(assign.op)),
        _ => return None,
    };
    if let [target] = targets
        && let Some(claim) = joined(cx, stmt, target, value)
    {
        return Some(claim);
    }
    if let Some(finding) = targets.iter().find_map(|target| lost(cx, target, op.is_some())) {
        return Some(StmtClaim::todo(finding));
    }
    if let ([ast::Expr::Subscript(subscript)], None) = (targets, op)
        && let Some(claim) = whole(cx, subscript, value)
    {
        return Some(claim);
    }
    let masked = |target: &'a ast::Expr| match target {
        ast::Expr::Subscript(subscript) if needs_helper(cx, subscript) => Some(subscript),
        ast::Expr::Subscript(subscript) if matches!(behind_array(cx, subscript, value), Some(Behind::More)) => Some(subscript),
        _ => None,
    };
    let Some(subscript) = targets.iter().find_map(masked) else {
        let is_assigned = matches!(stmt, ast::Stmt::Assign(_));
        let (pieces, uses) = super::stored_value(cx, stmt, Some(value), vec![Piece::Expr(value, Prec::Tuple)]);
        let is_wrapped = is_assigned && pieces.len() > 1;
        let whole = targets.iter().filter_map(|target| match target {
            ast::Expr::Subscript(subscript) => match behind_array(cx, subscript, value)? {
                Behind::Whole(range) => Some(Edit::text(range, "")),
                Behind::More => None,
            },
            _ => None,
        });
        let whole = whole.chain(
            targets
                .iter()
                .filter(|_| is_assigned)
                .filter_map(|target| leading_ones::whole_axes(cx, target, value).map(|range| Edit::text(range, ""))),
        );
        let mut edits: Vec<Edit<'a>> = whole.collect();
        if is_wrapped {
            edits.push(Edit::new(value.range(), pieces));
        }
        return (!edits.is_empty()).then(|| {
            let claim = StmtClaim::edit(edits);
            if is_wrapped { claim.uses(uses) } else { claim }
        });
    };
    if targets.len() > 1 {
        let reason = "a write to masked items beside other targets; write one assignment each";
        return Some(StmtClaim::todo(Finding::todo(codes::IN_PLACE_VALUE, stmt.range(), reason)));
    }
    let Some(op) = op else {
        return Some(fill(cx, subscript, value).unwrap_or_else(|| {
            let (setitem, uses) = cx.member(Module::Compat, "setitem");
            let mut pieces = call(setitem, subscript);
            pieces.pop();
            let (value, more) = super::stored_value(cx, stmt, Some(value), vec![Piece::Expr(value, Prec::Named)]);
            pieces.push(Piece::text(", "));
            pieces.extend(value);
            pieces.push(Piece::text(")"));
            StmtClaim::replace(pieces).uses(uses).uses(more)
        }));
    };
    if !cx.is_pure(&subscript.value) || !cx.is_pure(&subscript.slice) {
        let reason = "the target of an augmented assignment would be evaluated twice; bind it to a name first";
        return Some(StmtClaim::todo(Finding::todo(codes::EVALUATION, stmt.range(), reason)));
    }
    let (setitem, uses) = cx.member(Module::Compat, "setitem");
    let (getitem, more) = cx.member(Module::Compat, "getitem");
    let mut pieces = call(setitem, subscript);
    pieces.pop();
    pieces.push(Piece::text(", "));
    pieces.extend(call(getitem, subscript));
    pieces.extend([Piece::text(format!(" {} ", sign(op))), Piece::Expr(value, Prec::Unary), Piece::text(")")]);
    Some(StmtClaim::replace(pieces).uses(uses).uses(more))
}

/// What stands behind the last array of an index.
enum Behind {
    /// Axes that are taken whole, `x[i, :]`: the text that may go.
    Whole(TextRange),
    More,
}

/// A write whose value has no gradient in MLX: its scatter gives updates that end in axes behind the arrays the shape of one of them.
fn behind_array<'a>(cx: &Cx<'a>, subscript: &'a ast::ExprSubscript, value: &'a ast::Expr) -> Option<Behind> {
    let ast::Expr::Tuple(index) = &*subscript.slice else { return None };
    let last = index.elts.iter().rposition(|entry| cx.kind(entry).is_tensor())?;
    let (before, behind) = index.elts.split_at(last + 1);
    let has_gradient = !cx.kind(value).is_number() && cx.kind(&subscript.value) != Kind::Ndarray;
    if behind.is_empty() || !has_gradient || !reached::is_differentiated_at(cx, &subscript.value) {
        return None;
    }
    let is_whole =
        |entry: &ast::Expr| matches!(entry, ast::Expr::Slice(all) if all.lower.is_none() && all.upper.is_none() && all.step.is_none());
    match behind.iter().all(is_whole) {
        true => Some(Behind::Whole(TextRange::new(before.last()?.end(), behind.last()?.end()))),
        false => Some(Behind::More),
    }
}

/// `x[0][1] = y`
fn joined<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, target: &'a ast::Expr, value: &'a ast::Expr) -> Option<StmtClaim<'a>> {
    let (owner, pieces) = joined_index::joined(cx, target)?;
    if let Some(finding) = in_place::lost_write(cx, target, owner) {
        return Some(StmtClaim::todo(finding));
    }
    let mut edits = vec![Edit::new(target.range(), pieces)];
    let (stored, uses) = match stmt {
        ast::Stmt::Assign(_) => super::stored_value(cx, stmt, Some(value), vec![Piece::Expr(value, Prec::Tuple)]),
        _ => (Vec::new(), Uses::default()),
    };
    if stored.len() > 1 {
        edits.push(Edit::new(value.range(), stored));
    }
    Some(StmtClaim::edit(edits).uses(uses))
}

/// `x[...] = y`, `x[None] = y`: an MLX array takes the dtype of `y`.
fn whole<'a>(cx: &Cx<'a>, subscript: &'a ast::ExprSubscript, value: &'a ast::Expr) -> Option<StmtClaim<'a>> {
    let is_whole = match &*subscript.slice {
        ast::Expr::Constant(constant) => matches!(constant.value, ast::Constant::Ellipsis | ast::Constant::None),
        ast::Expr::Tuple(tuple) => tuple.elts.is_empty(),
        _ => false,
    };
    let owner = cx.kind(&subscript.value);
    if !is_whole || keeps_dtype(&owner, &cx.kind(value)) || !(owner.is_tensor() || owner.is_unknown()) {
        return None;
    }
    if matches!(owner, Kind::Tensor(tensor) if tensor.rank.is_some_and(|rank| rank > 0)) {
        return Some(StmtClaim::edit(vec![Edit::text(subscript.slice.range(), ":")]));
    }
    let (setitem, uses) = cx.member(Module::Compat, "setitem");
    let mut pieces = call(setitem, subscript);
    pieces.pop();
    pieces.extend([Piece::text(", "), Piece::Expr(value, Prec::Named), Piece::text(")")]);
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// Whether an array keeps its dtype where all of it becomes a number: not where integers become 1.5, nor where truths become 1.
fn keeps_dtype(owner: &Kind, value: &Kind) -> bool {
    let dtype = match owner {
        Kind::Tensor(tensor) => tensor.dtype,
        _ => None,
    };
    match value {
        Kind::Bool => true,
        Kind::Int => dtype.is_some_and(|dtype| dtype != DType::Bool),
        Kind::Float => dtype.is_some_and(crate::integers::is_float),
        _ => false,
    }
}

/// A number written to the items of a mask that has all dimensions of the tensor: `x[:] = mx.where(mask, 0, x)`.
fn fill<'a>(cx: &Cx<'a>, subscript: &'a ast::ExprSubscript, value: &'a ast::Expr) -> Option<StmtClaim<'a>> {
    let (Kind::Tensor(tensor), Kind::Tensor(mask)) = (cx.kind(&subscript.value), cx.kind(&subscript.slice)) else { return None };
    let same_rank = tensor.rank.is_some_and(|rank| rank > 0) && tensor.rank == mask.rank;
    let is_number = matches!(cx.kind(value), Kind::Int | Kind::Float);
    if !same_rank || mask.dtype != Some(DType::Bool) || !is_number || !cx.is_simple(&subscript.value) || !cx.is_pure(value) {
        return None;
    }
    let (choose, uses) = cx.member(Module::Core, "where");
    Some(
        StmtClaim::replace(vec![
            Piece::Expr(&subscript.value, Prec::Atom),
            Piece::text(format!("[:] = {choose}(")),
            Piece::Expr(&subscript.slice, Prec::Named),
            Piece::text(", "),
            Piece::Expr(value, Prec::Named),
            Piece::text(", "),
            Piece::Expr(&subscript.value, Prec::Named),
            Piece::text(")"),
        ])
        .uses(uses),
    )
}

/// What a property's setter gets is stored by it.
fn is_property<'a>(cx: &Cx<'a>, member: &'a ast::ExprAttribute) -> bool {
    receiver::class_of(cx, &member.value).is_some_and(|class| cx.project_facts.lookup_method(class, &member.attr).is_some())
}

fn may_be_tensor(kind: &Kind) -> bool {
    matches!(kind, Kind::Optional(inner) if inner.is_tensor()) || kind.is_unknown()
}

/// A write that would not reach the tensor that PyTorch changes. What may be a list or a dictionary is written in place in both.
fn lost<'a>(cx: &Cx<'a>, target: &'a ast::Expr, augmented: bool) -> Option<Finding> {
    // `n = x.numpy()` shares its memory too.
    let known = |expr| is_tensor(cx, expr) || cx.kind(expr) == Kind::Ndarray;
    match target {
        ast::Expr::Subscript(subscript) => match &*subscript.value {
            owner @ ast::Expr::Name(_) if known(owner) => in_place::lost_write(cx, target, owner),
            inner if is_tensor(cx, inner) => in_place::lost_write(cx, target, target),
            // `rows[0] += 1` of `rows = [x[0], x[1]]`
            ast::Expr::Name(_) if augmented && is_tensor(cx, target) => in_place::lost_write(cx, target, target),
            ast::Expr::Name(name)
                if augmented
                    && cx.kind(target).is_unknown()
                    && held_views::holds_certain_view(cx, name, Some(&subscript.slice), target) =>
            {
                in_place::lost_write(cx, target, target)
            }
            // What is viewed is no list, whatever else it may be.
            owner @ ast::Expr::Name(name)
                if cx.kind(owner).is_unknown() && may_be_view(cx, name, target) || global_views::base(cx, name, target).is_some() =>
            {
                in_place::lost_write(cx, target, owner)
            }
            // `self.row[0] = 1` of what is kept
            owner @ ast::Expr::Attribute(kept) if receiver::class_of(cx, &kept.value).is_some() && may_be_tensor(&cx.kind(owner)) => {
                in_place::lost_write(cx, target, owner)
            }
            // `self.rows[0] += 1` of `self.rows = [x[0], x[1]]`
            owner @ ast::Expr::Attribute(_) if augmented && cx.kind(target).is_unknown() && held_views::is_container(cx, owner) => {
                in_place::lost_write(cx, target, target)
            }
            // `box.corner[0] = 1`, where the property gives a view
            inner @ ast::Expr::Attribute(_) if cx.kind(inner).is_unknown() && member_views::owner(cx, inner).is_some() => {
                in_place::lost_write(cx, target, inner)
            }
            // `halves(x)[0][:] = 1`
            ast::Expr::Subscript(inner) if given_views::item(cx, inner).is_some() => in_place::lost_write(cx, target, &subscript.value),
            // A slice of a list is a copy: nobody writes to its items.
            ast::Expr::Subscript(slice) if cx.kind(&slice.value).is_unknown() && matches!(&*slice.slice, ast::Expr::Slice(_)) => {
                in_place::lost_write(cx, target, target)
            }
            inner if cx.kind(inner).is_unknown() && views::is_explicit(cx, inner) => in_place::lost_write(cx, target, target),
            _ => None,
        },
        // `row[0], row[1] = a, b`
        ast::Expr::Tuple(targets) => targets.elts.iter().find_map(|target| lost(cx, target, augmented)),
        ast::Expr::Name(_) if augmented && known(target) => in_place::lost_write(cx, target, target),
        ast::Expr::Name(name) if augmented && crate::detached_values::is_bound_to_detached(cx, name, target) => {
            in_place::lost_write(cx, target, target)
        }
        // `global ROW`, which another function binds to a view
        ast::Expr::Name(name) if augmented && global_views::base(cx, name, target).is_some() => in_place::lost_write(cx, target, target),
        // `self.row += 1` of `self.row = self.rows[0]`
        ast::Expr::Attribute(kept)
            if augmented
                && receiver::class_of(cx, &kept.value).is_some()
                && (known(target) || may_be_tensor(&cx.kind(target)))
                && !is_property(cx, kept) =>
        {
            in_place::lost_write(cx, target, target)
        }
        // `row.data += 1` of a row
        ast::Expr::Attribute(_) if augmented && known(target) && crate::storage::is_alias(cx, target) => {
            in_place::lost_write(cx, target, target)
        }
        ast::Expr::Name(name)
            if augmented
                && (cx.kind(target).is_unknown() || carried_views::may_be_none_first(cx, target))
                && (may_be_view(cx, name, target) || unknown_arrays::is_changed_for_its_owner(cx, name, target)) =>
        {
            in_place::lost_write(cx, target, target)
        }
        _ => None,
    }
}

fn may_be_view<'a>(cx: &Cx<'a>, name: &'a ast::ExprName, at: &'a ast::Expr) -> bool {
    views::is_bound_to_view(cx, name, at)
        || unknown_arrays::may_be_item(cx, name, at)
        || held_views::holds_certain_view(cx, name, None, at)
        || carried_views::holds_certain_view(cx, name, at)
        || changed_slices::is_part(cx, name, at)
}

/// More than an assumption: a parameter of `forward` may be a number, or a list of tensors.
pub(super) fn is_tensor(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    let fact = cx.fact(expr);
    fact.kind.is_tensor() && fact.evidence > Evidence::Assumed
}

/// Whether MLX does not take this index, or not in every case: masks, NumPy arrays, and arrays whose dtype is not known.
pub(super) fn needs_helper<'a>(cx: &Cx<'a>, subscript: &'a ast::ExprSubscript) -> bool {
    let owner = cx.kind(&subscript.value);
    if !owner.is_tensor() && !owner.is_unknown() {
        return false;
    }
    let entries = match &*subscript.slice {
        ast::Expr::Tuple(tuple) => tuple.elts.as_slice(),
        single => std::slice::from_ref(single),
    };
    if is_apart(cx, entries) || stands_for_tuple(cx, &subscript.slice, owner.is_tensor()) {
        return true;
    }
    let is_several = matches!(&*subscript.slice, ast::Expr::Tuple(_));
    entries.iter().any(|entry| match entry {
        // Ex) `x[[True, False]]`, `x[:, []]`
        ast::Expr::List(list) if list.elts.is_empty() || list.elts.iter().any(|item| cx.kind(item) == Kind::Bool) => owner.is_tensor(),
        ast::Expr::Tuple(tuple) if !tuple.elts.is_empty() => false,
        // Lists take no range; what else may be indexed by one, the helper leaves to its own rules. Ex) `y_hat[range(len(y)), y]`
        ast::Expr::Call(call) if matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name == "range") => true,
        entry => match cx.kind(entry) {
            Kind::Tensor(tensor) => match tensor.dtype {
                Some(DType::Bool | DType::UInt8) => true,
                Some(_) => false,
                // A number that the tensor holds selects in both.
                None if tensor.rank == Some(0) => false,
                None => {
                    sounds_like_mask(entry)
                        || is_mask(cx, entry)
                        || owner.is_tensor() && is_tensor(cx, entry)
                        || is_made_of_numpy(cx, entry)
                }
            },
            // What is differentiated is no array of NumPy's.
            Kind::Ndarray => {
                owner.is_tensor()
                    || is_given_to_torch(cx, &subscript.value)
                    || is_dealt(cx, entry)
                    || reached::is_differentiated_at(cx, entry)
            }
            Kind::Bool => owner.is_tensor(),
            Kind::Numpy(NumpyKind { is_number, .. }) => {
                !is_number && (owner.is_tensor() || is_given_to_torch(cx, &subscript.value)) || is_dealt(cx, entry)
            }
            // Ex) a parameter `chosen: list[bool]`. Nothing but an array takes a list.
            Kind::List(items) | Kind::Seq(items) if *items == Kind::Bool => true,
            Kind::List(items) | Kind::Seq(items) if items.is_unknown() && bound_values(cx, entry).any(holds_truths) => true,
            Kind::List(_) => may_be_empty(cx, entry),
            // Ex) `x[np.triu_indices(n)]`
            Kind::Tuple(items) => owner.is_tensor() && (is_several || items.contains(&Kind::Ndarray)),
            Kind::Unknown => {
                sounds_like_mask(entry)
                    || is_mask(cx, entry)
                    || is_of_numpy(cx, entry)
                    || is_dealt(cx, entry)
                    || is_part_of_numpy(cx, entry) && (owner.is_tensor() || is_given_to_torch(cx, &subscript.value))
                    || may_be_empty(cx, entry)
                    || selects_for_its_class(cx, entry)
                    || is_tensor(cx, &subscript.value) && (sounds_like_items(entry) || is_any_index(cx, entry))
            }
            _ => false,
        },
    })
}

/// Whether a name that is not known is a tensor by its use: `F.normalize(x)`, `(x > 0).numpy()`.
fn is_given_to_torch<'a>(cx: &Cx<'a>, owner: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = owner else { return false };
    let mut found = false;
    let holds = |expr: &ast::Expr| {
        let mut holds = false;
        Node::Expr(expr).walk(&mut |node| holds |= matches!(node, Node::Expr(part) if views::is_same_name(part, &name.id)));
        holds
    };
    for stmt in views::enclosing_body(cx, owner) {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(ast::Expr::Call(call)) = node else { return };
            found |= match cx.qualified(&call.func) {
                Some(function) => {
                    function.starts_with("torch.nn.functional.") && call.args.iter().any(|arg| views::is_same_name(arg, &name.id))
                }
                None => matches!(&*call.func, ast::Expr::Attribute(method)
                    if super::only_tensors_have(&method.attr) && holds(&method.value)
                        || method.attr.as_str() == "numpy" && views::is_same_name(&method.value, &name.id)),
            };
        });
    }
    found
}

/// `x[[i, j]]`, `x[[slice(1, None), 0]]`: PyTorch takes a list of anything but numbers for a tuple, MLX for positions.
fn stands_for_tuple<'a>(cx: &Cx<'a>, index: &'a ast::Expr, of_tensor: bool) -> bool {
    let is_entry = |kind: &Kind| match kind {
        Kind::Unknown => of_tensor,
        kind => !kind.is_number() && !matches!(kind, Kind::Bool | Kind::Str),
    };
    match index {
        ast::Expr::List(list) => list.elts.iter().any(|item| match item {
            ast::Expr::List(_) | ast::Expr::Tuple(_) => true,
            ast::Expr::Constant(item) => matches!(item.value, ast::Constant::None | ast::Constant::Ellipsis),
            item => is_entry(&cx.kind(item)),
        }),
        index => matches!(cx.kind(index), Kind::List(item) if is_entry(&item)),
    }
}

/// `x[0, :, i]`: PyTorch selects by numbers first, MLX takes them for arrays, whose dimensions come first where a slice stands between.
fn is_apart(cx: &Cx<'_>, entries: &[ast::Expr]) -> bool {
    let (mut numbers, mut arrays, mut open) = (0, 0, 0);
    let mut runs = 0;
    let mut in_run = false;
    for entry in entries {
        let is_slice = match entry {
            ast::Expr::Slice(_) => true,
            ast::Expr::Constant(constant) => matches!(constant.value, ast::Constant::None | ast::Constant::Ellipsis),
            _ => false,
        };
        if !is_slice {
            match cx.kind(entry) {
                kind if kind.is_number() => numbers += 1,
                Kind::Tensor(tensor) if tensor.rank == Some(0) => numbers += 1,
                Kind::Tensor(_) | Kind::List(_) | Kind::Ndarray => arrays += 1,
                _ => open += 1,
            }
            runs += usize::from(!in_run);
        }
        in_run = !is_slice;
    }
    runs > 1 && arrays + open > 0 && (numbers > 0 && arrays + open > 0 || open > 0 && arrays + open > 1)
}

/// `helper(x, index)`.
pub(super) fn call<'a>(helper: String, subscript: &'a ast::ExprSubscript) -> Vec<Piece<'a>> {
    let mut pieces = vec![Piece::text(helper + "("), Piece::Expr(&subscript.value, Prec::Named), Piece::text(", ")];
    pieces.extend(index_pieces(&subscript.slice));
    pieces.push(Piece::text(")"));
    pieces
}

/// An index as an argument: `0, a:b` is `(0, slice(a, b))`.
pub(super) fn index_pieces(index: &ast::Expr) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    match index {
        ast::Expr::Tuple(tuple) => {
            pieces.push(Piece::text("("));
            for (i, entry) in tuple.elts.iter().enumerate() {
                if i > 0 {
                    pieces.push(Piece::text(", "));
                }
                pieces.extend(entry_pieces(entry));
            }
            pieces.push(Piece::text(if tuple.elts.len() == 1 { ",)" } else { ")" }));
        }
        single => pieces.extend(entry_pieces(single)),
    }
    pieces
}

/// An entry of an index as an argument: `a:b` is `slice(a, b)`.
fn entry_pieces(entry: &ast::Expr) -> Vec<Piece<'_>> {
    let ast::Expr::Slice(slice) = entry else { return vec![Piece::Expr(entry, Prec::Named)] };
    let mut pieces = vec![Piece::text("slice(")];
    let bounds = match (&slice.lower, &slice.upper, &slice.step) {
        (None, upper, None) => vec![upper],
        (lower, upper, None) => vec![lower, upper],
        (lower, upper, step) => vec![lower, upper, step],
    };
    for (i, bound) in bounds.into_iter().enumerate() {
        if i > 0 {
            pieces.push(Piece::text(", "));
        }
        pieces.push(bound.as_deref().map_or_else(|| Piece::text("None"), |bound| Piece::Expr(bound, Prec::Named)));
    }
    pieces.push(Piece::text(")"));
    pieces
}

/// How an operator is written.
pub(super) fn sign(op: ast::Operator) -> &'static str {
    match op {
        ast::Operator::Add => "+",
        ast::Operator::Sub => "-",
        ast::Operator::Mult => "*",
        ast::Operator::MatMult => "@",
        ast::Operator::Div => "/",
        ast::Operator::Mod => "%",
        ast::Operator::Pow => "**",
        ast::Operator::LShift => "<<",
        ast::Operator::RShift => ">>",
        ast::Operator::BitOr => "|",
        ast::Operator::BitXor => "^",
        ast::Operator::BitAnd => "&",
        ast::Operator::FloorDiv => "//",
    }
}
