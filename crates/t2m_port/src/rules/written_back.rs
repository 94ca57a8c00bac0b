//! `erase(images[i])`, where the function writes to its argument: an item is a copy in MLX, which is stored again behind the call. Where nothing tells whether
//! `images` is a tensor, the run asks.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec};

use super::{Hook, Rule};
use crate::aliases::{self, DEEPEST_CALL};
use crate::callee::callee;
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::names::Module;
use crate::{called_values, imports, in_place, stale_views, views, written_arguments};

pub(super) const RULE: Rule = Rule { name: "written-back", doc: include_str!("written_back.md"), hook: Hook::Stmt(stmt) };

fn stmt<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let value = match stmt {
        ast::Stmt::Expr(statement) => &*statement.value,
        ast::Stmt::Assign(assign) => &*assign.value,
        _ => return None,
    };
    let ast::Expr::Call(call) = value else { return None };
    let item = item(cx, call)?;
    let name = cx.fresh_name("item");
    let mut claim = StmtClaim::edit(vec![Edit::text(item.range(), name.clone())]);
    claim.decision.before = vec![format!("{name} = {}", cx.source(item))];
    let ast::Expr::Subscript(part) = item else { return None };
    if cx.kind(&part.value).is_tensor() {
        claim.decision.after = vec![vec![Piece::Expr(item, Prec::Atom), Piece::text(format!(" = {name}"))]];
        return Some(claim);
    }
    let (put_back, uses) = cx.member(Module::Compat, "put_back");
    let owner = cx.source(&*part.value);
    let index = match &*part.slice {
        slice @ ast::Expr::Slice(_) => index_text(cx, slice),
        ast::Expr::Tuple(entries) => format!("({})", entries.elts.iter().map(|entry| index_text(cx, entry)).collect::<Vec<_>>().join(", ")),
        index => cx.source(index).to_owned(),
    };
    claim.decision.after = vec![vec![Piece::text(format!("{put_back}({owner}, {index}, {name})"))]];
    Some(claim.uses(uses))
}

/// An index as a value: `slice(1, None)` of `1:`.
fn index_text<'a>(cx: &Cx<'a>, entry: &'a ast::Expr) -> String {
    let ast::Expr::Slice(slice) = entry else { return cx.source(entry).to_owned() };
    let bound = |bound: &'a Option<Box<ast::Expr>>| bound.as_deref().map_or("None", |bound| cx.source(bound));
    let (lower, upper) = (bound(&slice.lower), bound(&slice.upper));
    match &slice.step {
        Some(step) => format!("slice({lower}, {upper}, {})", cx.source(&**step)),
        None => format!("slice({lower}, {upper})"),
    }
}

/// The argument that the function of a call writes to, where it is an item of a tensor by numbers, and the call is a statement that reads the tensor nowhere
/// else.
pub(super) fn item<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<&'a ast::Expr> {
    if !call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value)).any(ast::Expr::is_subscript_expr) {
        return None;
    }
    let stmt = cx.statement(&call.func).filter(|stmt| match stmt {
        ast::Stmt::Expr(statement) => statement.value.range() == call.range,
        ast::Stmt::Assign(assign) => assign.value.range() == call.range && matches!(assign.targets[..], [ast::Expr::Name(_)]),
        _ => false,
    })?;
    let of_interest = |arg: &'a ast::Expr| owner(cx, arg).is_some();
    let mut changed = written_arguments::changed_arguments(cx, call, of_interest);
    if changed.is_empty() {
        changed = called_values::changed_arguments(cx, call, of_interest);
    }
    let [item] = changed[..] else { return None };
    if stmt.is_assign_stmt() && may_be_given_back(cx, call, item) {
        return None;
    }
    let owner = owner(cx, item)?;
    let ast::Expr::Name(name) = owner else { return None };
    let mut is_read = false;
    Node::Stmt(stmt).walk(&mut |node| {
        if let Node::Expr(read) = node {
            is_read |= views::is_same_name(read, &name.id) && read.range() != owner.range() && !views::is_metadata(cx, read);
        }
    });
    let is_alone = in_place::lost_write(cx, owner, owner).is_none() && stale_views::stale_view(cx, owner, item).is_none();
    (!is_read && is_alone && cx.owns_its_lines(stmt)).then_some(item)
}

/// Whether what a call gives may be the argument, a view of it, or an object that keeps it.
fn may_be_given_back<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, item: &'a ast::Expr) -> bool {
    let Some(callee) = callee(cx, call).filter(|callee| callee.function.name != "__init__") else { return true };
    let summary = aliases::summary(cx, callee.function, Vec::new(), DEEPEST_CALL);
    let mut own = callee.numbered(call).filter(|(_, arg)| std::ptr::eq(*arg, item));
    own.any(|(param, _)| summary.returned.iter().any(|alias| alias.is_of_parameter(param)))
}

/// `images` of `images[i]` and `images[0, :n]`
fn owner<'a>(cx: &Cx<'a>, arg: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Subscript(item) = arg else { return None };
    let is_number = |bound: &'a ast::Expr| cx.kind(bound) == Kind::Int && cx.is_simple(bound);
    let is_plain = |entry: &'a ast::Expr| match entry {
        ast::Expr::Slice(slice) => [&slice.lower, &slice.upper, &slice.step].into_iter().flatten().all(|bound| is_number(bound)),
        entry => is_number(entry) || views::is_ellipsis(entry),
    };
    let entries = match &*item.slice {
        ast::Expr::Tuple(entries) => &entries.elts[..],
        entry => std::slice::from_ref(entry),
    };
    let may_be_tensor = || {
        let is_open = cx.kind(&item.value).is_unknown() && cx.entity(&item.value).is_none() && imports::imports_torch(cx);
        is_open && entries.iter().all(|entry| !views::is_ellipsis(entry) || entries.len() > 1)
    };
    let is_owner = item.value.is_name_expr() && (cx.kind(&item.value).is_tensor() || may_be_tensor());
    (is_owner && entries.iter().all(is_plain)).then_some(&*item.value)
}
