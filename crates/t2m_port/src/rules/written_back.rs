//! `erase(images[i])`, where the function writes to its argument: an item is a copy in MLX, which is stored again behind the call.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::{in_place, stale_views, views, written_arguments};

pub(super) const RULE: Rule = Rule { name: "written-back", doc: include_str!("written_back.md"), hook: Hook::Stmt(stmt) };

fn stmt<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Expr(statement) = stmt else { return None };
    let ast::Expr::Call(call) = &*statement.value else { return None };
    let item = item(cx, call)?;
    let name = cx.fresh_name("item");
    let mut claim = StmtClaim::edit(vec![Edit::text(item.range(), name.clone())]);
    claim.decision.before = vec![format!("{name} = {}", cx.source(item))];
    claim.decision.after = vec![vec![Piece::Expr(item, Prec::Atom), Piece::text(format!(" = {name}"))]];
    Some(claim)
}

/// The argument that the function of a call writes to, where it is an item of a tensor by numbers, and the call is a statement that reads the tensor nowhere
/// else.
pub(super) fn item<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<&'a ast::Expr> {
    let stmt =
        cx.statement(&call.func).filter(|stmt| matches!(stmt, ast::Stmt::Expr(statement) if statement.value.range() == call.range))?;
    let [item] = written_arguments::changed_arguments(cx, call, |arg| owner(cx, arg).is_some())[..] else { return None };
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

/// `images` of `images[i]` and `images[0, :n]`
fn owner<'a>(cx: &Cx<'a>, arg: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Subscript(item) = arg else { return None };
    let is_number = |bound: &'a ast::Expr| cx.kind(bound) == Kind::Int && cx.is_simple(bound);
    let is_plain = |entry: &'a ast::Expr| match entry {
        ast::Expr::Slice(slice) => [&slice.lower, &slice.upper, &slice.step].into_iter().flatten().all(|bound| is_number(bound)),
        entry => is_number(entry),
    };
    let is_plain = match &*item.slice {
        ast::Expr::Tuple(entries) => entries.elts.iter().all(is_plain),
        entry => is_plain(entry),
    };
    (is_plain && item.value.is_name_expr() && cx.kind(&item.value).is_tensor()).then_some(&*item.value)
}
