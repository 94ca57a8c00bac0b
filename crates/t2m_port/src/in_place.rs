//! In-place methods: the row gives the new value, this file says how it is stored.
//!
//! `x[:] = value` overwrites the array object, so that every other name of it sees the change, as in PyTorch. Writing through a view would be lost:
//! that is a TODO, unless nobody can see it.

use t2m_semantic::tables::Section;
use t2m_semantic::tables::signature::Signature;
use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Decision, Node, Piece, Prec, node};

use crate::chained_writes;
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::diagonal_write;
use crate::finding::Finding;
use crate::fresh_values;
use crate::helpers::Helpers;
use crate::joined_index;
use crate::names::{Module, Uses};
use crate::receiver;
use crate::stored_back::is_stored_back;
use crate::unread_base::is_unread;
use crate::{
    axisless, given_views, global_views, held_views, kept_views, member_views, replaced_values, reshaped_write, rules, same_object,
    sliced_write, storage, views,
};

/// Stores the `value` that a row made for the call `expr` in `target`. Another shape or dtype can only be bound anew.
pub(crate) fn store<'a>(
    cx: &Cx<'a>,
    rebind: bool,
    expr: &'a ast::Expr,
    target: &'a ast::Expr,
    value: Claim<'a>,
) -> Result<Claim<'a>, Finding> {
    let value = in_order(cx, expr, target, value)?;
    let value = replaced_values::whole(cx, expr, target, value)?;
    // `x.mul_(a).add_(b)`: the outer call stores.
    if is_receiver_of_in_place(cx, expr) {
        return Ok(value);
    }
    write(cx, rebind, expr, target, value)
}

/// The value of a call that is not the first of its chain: an argument may read what the ones before it have written.
fn in_order<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, target: &'a ast::Expr, value: Claim<'a>) -> Result<Claim<'a>, Finding> {
    match value {
        Claim { decision: Some(Decision::Build(pieces, prec)), uses, findings } => {
            let (pieces, more) = chained_writes::ordered(cx, expr, root(cx, target), pieces)?;
            Ok(Claim { decision: Some(Decision::Build(pieces, prec)), uses, findings }.uses(more))
        }
        value => Ok(value),
    }
}

/// Writes a value to what the chain `expr` changes.
pub(crate) fn write<'a>(
    cx: &Cx<'a>,
    rebind: bool,
    expr: &'a ast::Expr,
    target: &'a ast::Expr,
    value: Claim<'a>,
) -> Result<Claim<'a>, Finding> {
    let rebind = rebind || chain_binds_anew(cx, target);
    let target = root(cx, target);
    if let Some(changed) = changed_below(cx, target) {
        let changed = cx.snippet(changed);
        let reason = format!("this writes to a part of what `{changed}` changes, which has to be written first");
        return Err(Finding::todo(codes::IN_PLACE_VALUE, expr.range(), reason).help("write each call as a statement of its own"));
    }
    if fresh_values::is_fresh(cx, target) {
        return match lost_cast(cx, expr, target) {
            Some(finding) => Err(finding),
            None => Ok(unseen_write(cx, expr, target).into_iter().fold(value, Claim::finding)),
        };
    }
    if is_overwritten(cx, target) || is_unseen(cx, expr, target) {
        return Ok(value);
    }
    if let Some(stored) = store_diagonal(cx, expr, target, &value) {
        return stored;
    }
    if let Some(stored) = store_reshaped(cx, rebind, expr, target, &value) {
        return stored;
    }
    let joined = joined_index::joined(cx, target).or_else(|| sliced(cx, rebind, expr, target));
    if let Some(finding) = lost_write(cx, expr, joined.as_ref().map_or(target, |(owner, _)| owner)) {
        return Err(finding);
    }
    if rebind && let Some(finding) = lost_shape(cx, expr, target) {
        return Err(finding);
    }
    if matches!(target, ast::Expr::Subscript(_))
        && cx.claim(target).is_some_and(|claim| matches!(claim.decision, Some(Decision::Build(..))))
    {
        let reason = "whether this index selects a copy or writes to the tensor itself is not known";
        return Err(Finding::todo(codes::IN_PLACE_VALUE, expr.range(), reason).help("assign the items: `x[index] = ...`"));
    }
    let Claim { decision: Some(Decision::Build(pieces, prec)), uses, .. } = value else {
        return Err(Finding::todo(codes::INTERNAL, expr.range(), "an in-place row must build its value"));
    };
    let is_statement = matches!(cx.parent(expr), Some(Node::Stmt(ast::Stmt::Expr(_))));
    if is_statement {
        if rules::is_own_weight(target) && cx.statement(expr).is_some_and(|stmt| rules::weight_without_gradient(cx, stmt).is_some()) {
            return Ok(assigned_by(cx, "assign_data_", target, pieces, prec).uses(uses));
        }
        let (value, more) = match cx.statement(expr) {
            Some(stmt) => rules::stored_value(cx, stmt, None, pieces),
            None => (pieces, Uses::default()),
        };
        // An item of a tensor is assigned; an item of a container is an array with other names.
        let is_assigned = rebind || joined.is_some() || matches!(target, ast::Expr::Subscript(item) if !is_container_item(cx, item));
        if !is_assigned && may_lack_axes(cx, target) {
            return Ok(assigned_by_helper(cx, target, value, prec).uses(uses).uses(more));
        }
        let mut stored = joined.map_or_else(|| vec![Piece::Expr(target, Prec::Atom)], |(_, pieces)| pieces);
        let whole = if is_gradient(cx, target) { "[...] = " } else { "[:] = " };
        stored.push(Piece::text(if is_assigned { " = " } else { whole }));
        stored.extend(value);
        return Ok(Claim::build(stored, Prec::Tuple).uses(uses).uses(more));
    }
    // An item of a tensor is a copy in MLX.
    let is_copy = matches!(target, ast::Expr::Subscript(item) if !is_container_item(cx, item));
    if rebind || is_copy || !cx.is_simple(target) {
        return Err(Finding::todo(
            codes::IN_PLACE_VALUE,
            expr.range(),
            "the result of an in-place method is used in an expression; write it as a statement of its own",
        ));
    }
    Ok(assigned_by_helper(cx, target, pieces, prec).uses(uses))
}

/// `c.view(-1).pow_(2).sum()`, `c[1:].mul_(2).sum()`, where nobody reads `c` any more.
pub(crate) fn is_unseen<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, target: &'a ast::Expr) -> bool {
    let is_statement = matches!(cx.parent(expr), Some(Node::Stmt(ast::Stmt::Expr(_))));
    let is_view = matches!(target, ast::Expr::Call(_) | ast::Expr::Subscript(_)) && !is_statement;
    is_view && views::base(cx, target).is_some_and(|base| is_unread(cx, base, expr))
}

/// `x[:, 1:] = xywh2xyxy(x[:, 1:].mul_(scale))`: what is written to the items of a tensor is written over at once, and nothing else of it is read.
pub(crate) fn is_overwritten<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> bool {
    let ast::Expr::Subscript(items) = target else { return false };
    let Some(ast::Stmt::Assign(assign)) = cx.statement(target) else { return false };
    let [ast::Expr::Subscript(to)] = &assign.targets[..] else { return false };
    let Some(owner) = items.value.as_name_expr().filter(|_| cx.kind(&items.value).is_tensor()) else { return false };
    let mut reads = 0;
    Node::Expr(&assign.value)
        .walk(&mut |node| reads += usize::from(matches!(node, Node::Expr(part) if views::is_same_name(part, &owner.id))));
    let is_alone = || same_object::other_names(cx, owner, target).is_empty();
    cx.source(to) == cx.source(items) && reads == 1 && cx.is_pure(&items.slice) && is_alone()
}

/// `x.t_()`, which binds the name anew, where another name of the same tensor is used: that keeps the old shape.
fn lost_shape<'a>(cx: &Cx<'a>, at: &'a ast::Expr, target: &'a ast::Expr) -> Option<Finding> {
    let ast::Expr::Name(name) = target else { return None };
    let other = views::alias_read_after(cx, name, at).or_else(|| views::other_name(cx, name, at))?;
    let reason =
        format!("`{other}` is the same tensor as `{}`, whose shape changes here; in MLX `{other}` would keep the old one", name.id);
    Some(Finding::todo(codes::WRITE_THROUGH_VIEW, at.range(), reason).help(format!("bind `{other}` anew behind the change")))
}

/// `x[[0, 1]].zero_()` as a statement: nobody sees the copy that it changes.
fn unseen_write<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, target: &'a ast::Expr) -> Option<Finding> {
    let ast::Expr::Subscript(items) = target else { return None };
    let is_statement = matches!(cx.parent(expr), Some(Node::Stmt(ast::Stmt::Expr(_))));
    let reason =
        format!("PyTorch changes a copy of the selected items here, and so does the port: `{}` stays as it is", cx.snippet(&*items.value));
    is_statement.then(|| {
        Finding::note(codes::IN_PLACE_VALUE, expr.range(), reason).help("to change the tensor, assign the items: `x[index] = ...`")
    })
}

/// `x.diagonal().add_(y)`, as a statement or as a value.
fn store_diagonal<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, target: &'a ast::Expr, value: &Claim<'a>) -> Option<Result<Claim<'a>, Finding>> {
    let is_statement = matches!(cx.parent(expr), Some(Node::Stmt(ast::Stmt::Expr(_))));
    let diagonal = diagonal_write::diagonal(cx, target)?;
    if let Some(finding) = lost_write(cx, expr, diagonal.base) {
        return Some(Err(finding));
    }
    let Some(Decision::Build(pieces, prec)) = &value.decision else { return None };
    if !is_statement {
        let (stored, uses) = diagonal.by(cx, "diagonal_assign_", pieces.clone(), *prec);
        return Some(Ok(Claim::build(stored, Prec::Atom).uses(value.uses.clone()).uses(uses)));
    }
    let (whole, uses) = diagonal.by(cx, "diagonal_scatter", pieces.clone(), *prec);
    let mut stored = vec![Piece::Expr(diagonal.base, Prec::Atom), Piece::text("[:] = ")];
    stored.extend(whole);
    Some(Ok(Claim::build(stored, Prec::Tuple).uses(value.uses.clone()).uses(uses)))
}

/// `x.view(-1).add_(y)` as a statement.
fn store_reshaped<'a>(
    cx: &Cx<'a>,
    rebind: bool,
    expr: &'a ast::Expr,
    target: &'a ast::Expr,
    value: &Claim<'a>,
) -> Option<Result<Claim<'a>, Finding>> {
    let is_statement = matches!(cx.parent(expr), Some(Node::Stmt(ast::Stmt::Expr(_))));
    let base = reshaped_write::base(cx, target).filter(|base| is_statement && !rebind && !may_lack_axes(cx, base))?;
    if let Some(finding) = lost_write(cx, expr, base).or_else(|| rules::stale_name(cx, base, expr)) {
        return Some(Err(finding));
    }
    let Some(Decision::Build(pieces, prec)) = &value.decision else { return None };
    let stored = reshaped_write::put_back(base, pieces.clone(), *prec);
    Some(Ok(Claim::build(stored, Prec::Tuple).uses(value.uses.clone())))
}

/// `x.narrow(1, 0, 2).add_(y)` as a statement, where no view of `x` is read behind it.
fn sliced<'a>(cx: &Cx<'a>, rebind: bool, expr: &'a ast::Expr, target: &'a ast::Expr) -> Option<(&'a ast::Expr, Vec<Piece<'a>>)> {
    let is_statement = matches!(cx.parent(expr), Some(Node::Stmt(ast::Stmt::Expr(_))));
    let indexed = (is_statement && !rebind).then(|| sliced_write::indexed(cx, target))??;
    rules::stale_name(cx, indexed.0, expr).is_none().then_some(indexed)
}

/// `compat.assign_(target, value)`
pub(crate) fn assigned_by_helper<'a>(cx: &Cx<'a>, target: &'a ast::Expr, value: Vec<Piece<'a>>, prec: Prec) -> Claim<'a> {
    assigned_by(cx, "assign_", target, value, prec)
}

fn assigned_by<'a>(cx: &Cx<'a>, helper: &str, target: &'a ast::Expr, value: Vec<Piece<'a>>, prec: Prec) -> Claim<'a> {
    let (assign, compat) = cx.member(Module::Compat, helper);
    let mut call = vec![Piece::text(format!("{assign}(")), Piece::Expr(target, Prec::Named), Piece::text(", ")];
    if prec == Prec::Tuple {
        call.push(Piece::text("("));
        call.extend(value);
        call.push(Piece::text(")"));
    } else {
        call.extend(value);
    }
    call.push(Piece::text(")"));
    Claim::build(call, Prec::Atom).uses(compat)
}

/// A tensor without axes, which MLX's `x[:]` refuses: one that is known to be so, and what stands for many tensors, such as all parameters of a model.
pub(crate) fn may_lack_axes<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> bool {
    let rank = match cx.kind(target) {
        Kind::Tensor(tensor) => tensor.rank,
        Kind::Optional(inner) => match *inner {
            Kind::Tensor(tensor) => tensor.rank,
            _ => None,
        },
        _ => None,
    };
    match (rank, target) {
        (Some(rank), _) => rank == 0,
        (None, ast::Expr::Subscript(item)) => is_container_item(cx, item),
        (None, ast::Expr::Name(name)) => {
            let bindings = views::bindings(views::enclosing_body(cx, target), &name.id);
            axisless::is_given(cx, name)
                || bindings.iter().any(|(node, value)| match (node, own_value(node, value, &name.id)) {
                    (Node::Stmt(ast::Stmt::For(_)), iterated) => !cx.kind(iterated).is_tensor(),
                    (_, ast::Expr::Subscript(item)) => is_container_item(cx, item),
                    // `u = t`
                    (_, ast::Expr::Name(other)) => views::bindings(views::enclosing_body(cx, target), &other.id)
                        .iter()
                        .any(|(node, value)| matches!(node, Node::Stmt(ast::Stmt::Assign(_))) && axisless::may_be_one_number(cx, value)),
                    (Node::Stmt(ast::Stmt::Assign(_)), whole) if axisless::may_be_one_number(cx, whole) => cx.entity(whole).is_none(),
                    // `nn.Parameter(torch.tensor(2.0))`
                    (_, ast::Expr::Call(call)) if cx.is_qualified(&call.func, "torch.nn.Parameter") => {
                        call.args.first().is_some_and(|data| has_no_axes(cx, data))
                    }
                    // `data = model.scale.data`
                    (_, kept) if storage::owner(cx, kept).is_attribute_expr() => may_lack_axes(cx, storage::owner(cx, kept)),
                    _ => false,
                })
        }
        (None, ast::Expr::Attribute(attribute)) => axisless::is_parameter(cx, attribute),
        _ => false,
    }
}

/// `p.grad.data`: one of the parameters may be a single number, which `[:]` raises on.
fn is_gradient<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> bool {
    matches!(storage::owner(cx, target), ast::Expr::Attribute(owner) if owner.attr.as_str() == "grad" && owner.value.is_name_expr())
}

/// What the name itself is bound to: `state["b"]` of `a, b = state["a"], state["b"]`.
fn own_value<'a>(node: &Node<'a>, value: &'a ast::Expr, id: &str) -> &'a ast::Expr {
    let Node::Stmt(ast::Stmt::Assign(assign)) = node else { return value };
    let mut pairs = assign.targets.iter().flat_map(|target| views::pairs_of(target, value));
    pairs.find(|(target, _)| views::is_same_name(target, id)).map_or(value, |(_, own)| own)
}

fn has_no_axes(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    matches!(cx.kind(value), Kind::Tensor(tensor) if tensor.rank == Some(0))
}

pub(crate) fn is_container_item(cx: &Cx<'_>, item: &ast::ExprSubscript) -> bool {
    cx.kind(&item.slice) == Kind::Str
        || matches!(cx.kind(&item.value), Kind::List(_) | Kind::Seq(_) | Kind::Tuple(_) | Kind::Dict(..) | Kind::Instance(_))
}

/// Whether the statement reads the values of the name elsewhere: `x + self.relu(x)`.
pub(crate) fn is_read_beside<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, argument: &'a ast::Expr, name: &ast::ExprName) -> bool {
    let mut found = false;
    if !node::suites(stmt).is_empty() {
        return false;
    }
    Node::Stmt(stmt).walk(&mut |node| {
        if let Node::Expr(read @ ast::Expr::Name(other)) = node {
            let is_other = other.id == name.id && other.ctx.is_load() && read.range() != argument.range();
            found |= is_other && !asks_for_shape(cx, read) && !is_done(cx, read, argument) && !is_apart(cx, read, argument);
        }
    });
    found
}

/// `F.relu(x, inplace=True) if active else x`: only one of them is evaluated, or the condition before it.
fn is_apart<'a>(cx: &Cx<'a>, read: &'a ast::Expr, argument: &'a ast::Expr) -> bool {
    cx.ancestors(Node::Expr(argument)).any(|up| {
        let Node::Expr(ast::Expr::IfExp(choice)) = up else { return false };
        let is_within = |part: &ast::Expr, expr: &ast::Expr| part.range().contains_range(expr.range());
        let branches = [&*choice.body, &*choice.orelse];
        let own = branches.iter().find(|branch| is_within(branch, argument));
        choice.range.contains_range(read.range()) && own.is_some_and(|own| !is_within(own, read))
    })
}

/// Ex) `x.shape`, `x.size(0)`
fn asks_for_shape<'a>(cx: &Cx<'a>, read: &'a ast::Expr) -> bool {
    matches!(cx.parent(read), Some(Node::Expr(ast::Expr::Attribute(attribute)))
        if matches!(attribute.attr.as_str(), "shape" | "size" | "dtype" | "device" | "ndim" | "dim"))
}

/// Whether a call has taken the value before the argument is evaluated: `self.fc(x) + self.relu(x)`.
fn is_done<'a>(cx: &Cx<'a>, read: &'a ast::Expr, argument: &'a ast::Expr) -> bool {
    cx.ancestors(Node::Expr(read)).any(|up| matches!(up, Node::Expr(ast::Expr::Call(call)) if call.range.end() <= argument.range().start()))
}

/// The argument of `F.relu(x, inplace=True)` whose change is read: by the same line, by a later one, or by the caller who gave it.
pub(crate) fn seen_write<'a>(cx: &Cx<'a>, signature: &Signature, call: &'a ast::ExprCall) -> Option<&'a ast::Expr> {
    let (at, flag) = signature.param("inplace")?;
    let asked = receiver::argument(call, at, &flag.name).is_some_and(|value| cx.source(value) == "True");
    let target = call.args.first().filter(|_| asked)?;
    let ast::Expr::Name(name) = target else { return is_seen_view(cx, call, target).then_some(target) };
    let stmt = cx.statement(target)?;
    let stored = matches!(stmt, ast::Stmt::Assign(assign) if assign.targets.iter().any(|t| views::is_same_name(t, &name.id)));
    let read = is_read_beside(cx, stmt, target, name)
        || views::alias_read_after(cx, name, target).is_some()
        || !stored && !matches!(stmt, ast::Stmt::Return(_)) && views::read_after(cx, name, target)
        || is_callers(cx, target, name);
    read.then_some(target)
}

/// Whether somebody reads the tensor whose view is changed: `F.relu(x[0], inplace=True)` as a statement, or in front of what reads `x`.
fn is_seen_view<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, target: &'a ast::Expr) -> bool {
    let Some(base) = views::base(cx, target).filter(|base| cx.kind(base).is_tensor() && !fresh_values::is_fresh(cx, base)) else {
        return false;
    };
    let is_statement = cx.statement(target).is_some_and(|stmt| matches!(stmt, ast::Stmt::Expr(stmt) if stmt.value.range() == call.range));
    is_statement || matches!(base, ast::Expr::Name(name) if views::read_after(cx, name, target))
}

/// Whether a name is still what the caller gave: a parameter that nothing has bound anew before.
fn is_callers<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &ast::ExprName) -> bool {
    let in_lambda =
        |up: Node<'a>| matches!(up, Node::Expr(ast::Expr::Lambda(lambda)) if lambda.args.args.iter().any(|arg| arg.def.arg == name.id));
    if cx.ancestors(Node::Expr(at)).any(in_lambda) {
        return true;
    }
    let is_before = |(_, value): &(Node<'a>, &'a ast::Expr)| value.range().end() < at.range().start();
    receiver::is_parameter_around(cx, at, &name.id) && !views::bindings(views::enclosing_body(cx, at), &name.id).iter().any(is_before)
}

/// An in-place method of a fresh tensor, whose row would need the tensor twice: `torch.empty(3).uniform_()` is `compat.uniform_(mx.zeros((3,)))`.
pub(crate) fn by_helper<'a>(cx: &Cx<'a>, name: &str, expr: &'a ast::Expr, call: &'a ast::ExprCall) -> Claim<'a> {
    let method = name.rsplit('.').next().unwrap_or(name);
    let ast::Expr::Attribute(attribute) = &*call.func else {
        return Claim::todo(Finding::todo(
            codes::EVALUATION,
            expr.range(),
            format!("`{name}`: the tensor would be evaluated twice; bind it to a name first"),
        ));
    };
    // Helpers take PyTorch's arguments by their names.
    let is_plain = |keyword: &ast::Keyword| keyword.arg.as_deref().is_some_and(|name| Helpers::embedded().takes(method, name));
    let fits = Helpers::embedded().contains(method) && fresh_values::is_fresh(cx, &attribute.value) && call.keywords.iter().all(is_plain);
    if !fits {
        return Claim::todo(Finding::todo(
            codes::EVALUATION,
            expr.range(),
            format!("`{name}`: the tensor would be evaluated twice; bind it to a name first"),
        ));
    }
    let (helper, uses) = cx.member(Module::Compat, method);
    let mut pieces = vec![Piece::text(format!("{helper}(")), Piece::Expr(&attribute.value, Prec::Named)];
    for arg in &call.args {
        pieces.push(Piece::text(", "));
        pieces.push(Piece::Expr(arg, Prec::Named));
    }
    for keyword in &call.keywords {
        let name = keyword.arg.as_deref().unwrap_or_default();
        pieces.extend([Piece::text(format!(", {name}=")), Piece::Expr(&keyword.value, Prec::Test)]);
    }
    pieces.push(Piece::text(")"));
    Claim::build(pieces, Prec::Atom).uses(uses)
}

/// The tensor below a chain of in-place calls, `.data` and `.detach()`: those are the same memory.
pub(crate) fn root<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> &'a ast::Expr {
    let target = storage::owner(cx, target);
    match written_method(cx, target) {
        Some(method) => root(cx, &method.value),
        None => written_argument(cx, target).map_or(target, |written| root(cx, written)),
    }
}

/// `y.exp_` of `y.exp_()`
pub(crate) fn written_method<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::ExprAttribute> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    (is_in_place_method(cx, &method.attr) && cx.entity(&call.func).is_none()).then_some(method)
}

/// `y` of `torch.exp_(y)`, `F.relu(y, inplace=True)` and `nn.init.ones_(y)`, which give `y` back.
pub(crate) fn written_argument<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Call(call) = expr else { return None };
    let name = cx.qualified(&call.func)?;
    let is_asked = |signature: &Signature| {
        let flag = signature.param("inplace");
        flag.is_some_and(|(at, flag)| receiver::argument(call, at, &flag.name).is_some_and(|value| cx.source(value) == "True"))
    };
    let is_written = is_initialiser(cx, expr)
        || cx.tables.lookup(name).any(|(row, signature)| row.section != Section::Class && (row.in_place || is_asked(signature)));
    is_written.then(|| receiver::argument(call, 0, "tensor").or_else(|| views::first_argument(call)))?
}

/// `nn.init.ones_(y)`, whose helper writes on the spot.
pub(crate) fn is_initialiser(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    expr.as_call_expr()
        .is_some_and(|call| cx.qualified(&call.func).is_some_and(|name| name.starts_with("torch.nn.init.") && name.ends_with('_')))
}

/// Whether the call gives the tensor another shape or dtype, so that the name is bound anew: `x.unsqueeze_(0)`.
pub(crate) fn binds_anew(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    let method = expr.as_call_expr().and_then(|call| call.func.as_attribute_expr());
    method.is_some_and(|method| cx.tables.lookup(&format!("Tensor.{}", method.attr)).any(|(row, _)| row.rebind))
}

/// The same for one of the calls of a chain: `x.unsqueeze_(0).mul_(2)`.
fn chain_binds_anew<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let expr = storage::owner(cx, expr);
    written_method(cx, expr).is_some_and(|method| binds_anew(cx, expr) || chain_binds_anew(cx, &method.value))
}

/// `y.exp_()` of `y.exp_()[0]` and `y.exp_().view(-1)`: what is written to is a part of what a call has changed, which nothing has stored.
fn changed_below<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let inner = match target {
        ast::Expr::Subscript(item) => &*item.value,
        ast::Expr::Attribute(part) => &*part.value,
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) if cx.entity(&call.func).is_none() => &*method.value,
            _ => return None,
        },
        _ => return None,
    };
    let below = root(cx, inner);
    if !std::ptr::eq(below, storage::owner(cx, inner)) && !is_initialiser(cx, inner) && !fresh_values::is_fresh(cx, below) {
        return Some(inner);
    }
    changed_below(cx, below)
}

pub(crate) fn is_in_place_method(cx: &Cx<'_>, name: &str) -> bool {
    cx.tables.lookup(&format!("Tensor.{name}")).any(|(row, _)| row.in_place)
}

pub(crate) fn is_receiver_of_in_place<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let Some(Node::Expr(method @ ast::Expr::Attribute(attribute))) = cx.parent(expr) else { return false };
    is_in_place_method(cx, &attribute.attr)
        && matches!(cx.parent(method), Some(Node::Expr(ast::Expr::Call(call))) if std::ptr::eq(&*call.func, method))
}

/// `x.float().mul_(2)`, whose cast may be `x` itself, which is read afterwards.
fn lost_cast<'a>(cx: &Cx<'a>, at: &'a ast::Expr, target: &'a ast::Expr) -> Option<Finding> {
    let base = views::shared(cx, target).filter(|_| views::base(cx, target).is_none())?;
    let ast::Expr::Name(name) = base else { return None };
    // `x = x.float().mul_(2)`: the name stands for the result from then on.
    let is_rebound = matches!(cx.parent(at), Some(Node::Stmt(ast::Stmt::Assign(assign))) if assign.targets.iter().any(|target| views::is_same_name(target, &name.id)));
    if is_rebound {
        return None;
    }
    let is_statement = matches!(cx.parent(at), Some(Node::Stmt(ast::Stmt::Expr(_))));
    let mut is_read_beside = false;
    if let Some(stmt) = cx.statement(at) {
        Node::Stmt(stmt).walk(&mut |node| {
            is_read_beside |=
                matches!(node, Node::Expr(read) if read.range().start() > at.range().end() && views::is_same_name(read, &name.id));
        });
    }
    if !is_statement && !is_read_beside && !views::read_after(cx, name, at) {
        return None;
    }
    let base = cx.snippet(base);
    let reason = format!("where the cast changes nothing it gives `{base}` itself, which this writes to; an MLX cast is a copy");
    Some(Finding::todo(codes::WRITE_THROUGH_VIEW, at.range(), reason).help("take `.clone()` of the cast, or write to the tensor itself"))
}

/// `x = x.view(-1)` of a parameter, and then `x[0] = 1`.
fn lost_by_caller(name: &str, at: &ast::Expr) -> Finding {
    let reason = format!(
        "this writes through a view of the `{name}` that the caller passed; an MLX view is a copy, so the caller's array would keep its values"
    );
    Finding::todo(codes::WRITE_THROUGH_VIEW, at.range(), reason)
        .help(format!("give `{name}` back and let the caller take it, or copy it first"))
}

/// Why writing to `target` would not reach the tensor that PyTorch changes.
pub(crate) fn lost_write<'a>(cx: &Cx<'a>, at: &'a ast::Expr, target: &'a ast::Expr) -> Option<Finding> {
    let lost = |base: &str| {
        let reason = format!("this writes through a view of `{base}`; an MLX view is a copy, so `{base}` would keep its values");
        Finding::todo(codes::WRITE_THROUGH_VIEW, at.range(), reason).help(format!("write to `{base}` itself, by index or as a new value"))
    };
    match target {
        ast::Expr::Name(name) => {
            let (bound, base) = views::shared_base(cx, name, None, at).or_else(|| global_views::base(cx, name, at))?;
            let is_stored = is_stored_back(cx, &name.id, base, at);
            let finding = || if base == name.id.as_str() { lost_by_caller(base, at) } else { lost(base) };
            (!is_stored).then(|| finding().because(bound, "it is bound to a view here"))
        }
        // `(x[0] if first else x[1]).zero_()`, `next(iter(x)).zero_()`
        ast::Expr::IfExp(_) | ast::Expr::BoolOp(_) | ast::Expr::NamedExpr(_) => lost_base(cx, target).map(|base| lost(&cx.snippet(base))),
        // `grid[0].add_(1)` of an object that gives a view of what it holds
        ast::Expr::Subscript(item) if let Some(object) = member_views::owner(cx, target) => {
            let takes_items = |class| cx.project_facts.lookup_method(class, "__setitem__").is_some();
            (!receiver::class_of(cx, &item.value).is_some_and(takes_items)).then(|| lost(&cx.snippet(object)))
        }
        // `halves(x)[0].add_(1)`
        ast::Expr::Subscript(item) if let Some(base) = given_views::item(cx, item) => Some(lost(&cx.snippet(base))),
        // `x[0].add_(1)` is written as `x[0] = ...`; `x[0][1].add_(1)` would write to a copy.
        ast::Expr::Subscript(subscript) => match &*subscript.value {
            // `parts["row"][0] = 1` of `parts = {"row": row}`
            ast::Expr::Subscript(item) if item.value.is_name_expr() && is_container_item(cx, item) => {
                let (bound, base) = views::shared_base(cx, item.value.as_name_expr()?, Some(&item.slice), at)?;
                Some(lost(base).because(bound, "it holds a view from here on"))
            }
            inner @ (ast::Expr::Subscript(_) | ast::Expr::Call(_)) => views::shared(cx, inner).map(|base| lost(&cx.snippet(base))),
            // `x.T[0].add_(1)`, but no `self.data[0] += 1`
            inner @ ast::Expr::Attribute(view) if cx.kind(&view.value).is_tensor() => match views::shared(cx, inner) {
                Some(base) if !std::ptr::eq(base, storage::owner(cx, inner)) => Some(lost(&cx.snippet(base))),
                // `row.data[0] += 1`
                _ => Some(storage::owner(cx, inner)).filter(|owner| owner.is_name_expr()).and_then(|owner| lost_write(cx, at, owner)),
            },
            ast::Expr::Name(_) if rules::is_cast_before(cx, at, target) => None,
            ast::Expr::Name(name) if is_container_item(cx, subscript) => {
                let (bound, base) = views::shared_base(cx, name, Some(&subscript.slice), at)?;
                Some(lost(base).because(bound, "it holds a view from here on"))
            }
            // `self.rows[0].add_(1)` of `self.rows[i] = self.x[i]`
            owner @ ast::Expr::Attribute(_)
                if held_views::is_container(cx, owner)
                    && let Some((bound, base)) = kept_views::base_of_item(cx, owner, at) =>
            {
                Some(lost(&base).because(bound, "it holds a view from here on"))
            }
            owner @ (ast::Expr::Name(_) | ast::Expr::Attribute(_)) => lost_write(cx, at, owner),
            _ => None,
        },
        ast::Expr::Call(call) => {
            let given = || lost_base(cx, target).filter(|_| matches!(cx.entity(&call.func), Some(Entity::Builtin(_))));
            views::base(cx, target).or_else(given).map(|base| lost(&cx.snippet(base)))
        }
        // `row.data += 1` of a row
        ast::Expr::Attribute(_) if storage::is_alias(cx, target) && storage::owner(cx, target).is_name_expr() => {
            lost_write(cx, at, storage::owner(cx, target))
        }
        ast::Expr::Attribute(_) => match views::base(cx, target) {
            Some(base) => Some(lost(&cx.snippet(base))),
            None => kept_views::base(cx, target, at).map(|(bound, base)| lost(&base).because(bound, "it is bound to a view here")),
        },
        _ => None,
    }
}

/// What a choice, or what a function of Python gives, may be a view of.
fn lost_base<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Option<&'a ast::Expr> {
    held_views::bases(cx, target).iter().copied().find(|base| !fresh_values::is_fresh(cx, base))
}
