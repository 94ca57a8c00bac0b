//! Views that a loop carries from turn to turn: a turn binds one, then its tensor changes, and what stands above the binding reads it in the next turn.

use t2m_semantic::Kind;
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use crate::cx::Cx;
use crate::held_views::Bound;
use crate::index_places::{components, differ, is_beside};
use crate::taken_views::{Holder, Taken};
use crate::turns::{self, Turn};
use crate::{held_views, views};

/// A view of `base` that is on its way to where it is read, when `at` changes the base.
pub(crate) struct Carried<'t, 'a> {
    pub(crate) base: &'a ast::Expr,
    pub(crate) taken: &'t Taken<'a>,
    pub(crate) holder: &'t Holder<'a>,
    pub(crate) at: &'a ast::Expr,
}

impl<'a> Carried<'_, 'a> {
    /// Whether a way leads from the binding to the write and from there to one of the reads, round a loop that holds them all.
    pub(crate) fn is_stale(&self, cx: &Cx<'a>, reads: &dyn Fn(&'a str) -> Vec<&'a ast::Expr>) -> bool {
        let ast::Expr::Name(name) = self.holder.expr else { return false };
        let turns = turns::around(cx, self.at, self.taken.place);
        if turns.is_empty() || views::is_same_name(self.base, &name.id) {
            return false;
        }
        let name = name.id.as_str();
        let written = self.at.range().start();
        let reads: Vec<&'a ast::Expr> = reads(name).into_iter().filter(|read| !leaves_values(cx, read)).collect();
        turns.iter().any(|turn| {
            let is_read = |read: &&'a ast::Expr| {
                turn.leads(written, read.range().start(), &|stmt| turns::binds(stmt, name) || self.puts_anew(cx, stmt, read))
            };
            self.is_taken_before(cx, turn, name) && reads.iter().any(is_read)
        })
    }

    fn is_taken_before(&self, cx: &Cx<'a>, turn: &Turn<'a>, name: &str) -> bool {
        let ends = |stmt: &'a ast::Stmt| turns::binds(stmt, name) || self.replaces_base(cx, stmt);
        let (bound, written) = (self.taken.place.start(), self.at.range().start());
        let is_within =
            || turn.leads_within(bound, written, &ends) && !self.is_apart(cx, &|taken, at| differ(taken, at) || is_beside(taken, at));
        let is_next = |taken: &ast::Expr, at: &ast::Expr| {
            let counts = turn.counter().is_some_and(|counter| views::is_same_name(taken, counter) && views::is_same_name(at, counter));
            counts || differ(taken, at)
        };
        is_within() || turn.leads_round(bound, written, &ends) && !self.is_apart(cx, &is_next)
    }

    /// Whether a statement puts another tensor into the base.
    fn replaces_base(&self, cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
        match self.base {
            ast::Expr::Name(base) => turns::binds(stmt, &base.id),
            base => {
                let is_it = |target: &'a ast::Expr| target.is_attribute_expr() && cx.source(target) == cx.source(base);
                matches!(stmt, ast::Stmt::Assign(assign) if assign.targets.iter().any(is_it))
            }
        }
    }

    /// Whether a statement puts something else where the read takes the view from: `found["a"] = ...`, or `rows.append(...)` in front of `rows[-1]`.
    fn puts_anew(&self, cx: &Cx<'a>, stmt: &'a ast::Stmt, read: &'a ast::Expr) -> bool {
        match stmt {
            ast::Stmt::Assign(_) => puts(cx, stmt, cx.source(read), self.holder.key),
            ast::Stmt::Expr(_) => {
                let is_last = matches!(cx.parent(read), Some(Node::Expr(ast::Expr::Subscript(item))) if cx.source(&*item.slice) == "-1");
                is_last && held_views::added(stmt).is_some_and(|(list, _)| list == cx.source(read))
            }
            _ => false,
        }
    }

    /// Whether the view and the write are of places that are told apart by one of their indices.
    pub(crate) fn is_apart(&self, cx: &Cx<'a>, tells: &dyn Fn(&ast::Expr, &ast::Expr) -> bool) -> bool {
        let ast::Expr::Subscript(write) = self.at else { return false };
        if cx.source(&*write.value) != cx.source(self.base) {
            return false;
        }
        let (mut is_apart, mut count) = (true, 0);
        Node::Stmt(self.taken.stmt).walk(&mut |node| {
            if let Node::Expr(read) = node
                && (read.is_name_expr() || read.is_attribute_expr())
                && cx.source(read) == cx.source(self.base)
            {
                count += 1;
                let item = match cx.parent(read) {
                    Some(Node::Expr(ast::Expr::Subscript(item))) if std::ptr::eq(&*item.value, read) => Some(item),
                    _ => None,
                };
                is_apart &=
                    item.is_some_and(|item| components(&item.slice).iter().zip(components(&write.slice)).any(|(own, at)| tells(own, at)));
            }
        });
        is_apart && count > 0
    }
}

/// Whether what a turn binds a name to is still behind it at `at`, further up, in the next turn.
pub(crate) fn is_carried<'a>(cx: &Cx<'a>, name: &str, key: Option<&'a ast::Expr>, bound: &Bound<'a>, at: &'a ast::Expr) -> bool {
    let from = bound.value.range();
    // What is put into a container stays there until its item is put anew.
    let is_put = !bound.replaces();
    let ends = |stmt: &'a ast::Stmt| turns::binds(stmt, name) || is_put && puts(cx, stmt, name, key);
    turns::around(cx, at, from).iter().any(|turn| turn.leads_round(from.start(), at.range().start(), &ends))
}

/// Whether a name holds what a turn before has bound it to, a view for certain.
pub(crate) fn holds_certain_view<'a>(cx: &Cx<'a>, name: &'a ast::ExprName, at: &'a ast::Expr) -> bool {
    let mut bounds = held_views::bounds(cx, &name.id, None, at).into_iter().filter(|bound| bound.replaces());
    bounds.any(|bound| {
        let is_behind = bound.value.range().start() > at.range().start();
        is_behind && !bound.certain_bases(cx, None).is_empty() && is_carried(cx, &name.id, None, &bound, at)
    })
}

/// Whether a name is `None`, or some number, until the first turn has bound it.
pub(crate) fn may_be_none_first(cx: &Cx<'_>, name: &ast::Expr) -> bool {
    matches!(cx.kind(name), Kind::None | Kind::Optional(_) | Kind::Int | Kind::Float | Kind::Number)
}

/// Whether a statement puts something into a container under a literal key.
fn puts<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, name: &str, key: Option<&'a ast::Expr>) -> bool {
    let ast::Stmt::Assign(assign) = stmt else { return false };
    let key = key.filter(|key| key.is_constant_expr());
    assign.targets.iter().any(|target| {
        let ast::Expr::Subscript(item) = target else { return false };
        views::is_same_name(&item.value, name) && key.is_some_and(|key| cx.source(key) == cx.source(&*item.slice))
    })
}

/// Whether a name is read for something else than the values behind it: `rows.append(...)`, `found["a"] = ...`, `len(rows)`, `last is None`.
fn leaves_values<'a>(cx: &Cx<'a>, read: &'a ast::Expr) -> bool {
    let Some(Node::Expr(parent)) = cx.parent(read) else { return false };
    match parent {
        ast::Expr::Attribute(method) => matches!(method.attr.as_str(), "append" | "appendleft" | "extend" | "insert" | "clear"),
        ast::Expr::Subscript(item) => {
            item.ctx.is_store() && matches!(cx.statement(parent), Some(ast::Stmt::Assign(_))) || item.ctx.is_del()
        }
        ast::Expr::Compare(test) => test.ops.iter().all(|op| matches!(op, ast::CmpOp::Is | ast::CmpOp::IsNot)),
        ast::Expr::Call(call) => views::is_same_name(&call.func, "len"),
        _ => false,
    }
}
