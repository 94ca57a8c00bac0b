//! Where the statements of a body put views, by what they are views of: found once for each body, asked for at each write.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, node};

use crate::cx::Cx;
use crate::{held_views, placed, views};

/// What a statement puts views of one tensor into.
pub(crate) struct Taken<'a> {
    pub(crate) stmt: &'a ast::Stmt,
    /// Where the view is taken.
    pub(crate) place: TextRange,
    pub(crate) holders: Vec<Holder<'a>>,
}

/// A name, an attribute, or a container that one of them stands for.
#[derive(Clone, Copy)]
pub(crate) struct Holder<'a> {
    pub(crate) expr: &'a ast::Expr,
    /// The key that the view has there.
    pub(crate) key: Option<&'a ast::Expr>,
}

pub(crate) type ByBase<'a> = FxHashMap<&'a str, Vec<Taken<'a>>>;

/// All views that the statements of a body take, by the text of their bases, in source order.
pub(crate) fn of_body<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt]) -> Rc<ByBase<'a>> {
    cx.taken_views.get(body, || {
        let mut found = ByBase::default();
        node::statements(body, &mut |stmt| of_statement(cx, stmt, &mut found));
        found
    })
}

/// Whether neither the function around `at` nor one around that takes any view.
pub(crate) fn are_none<'a>(cx: &Cx<'a>, at: &'a ast::Expr) -> bool {
    let mut is_taken = !of_body(cx, views::enclosing_body(cx, at)).is_empty();
    for up in cx.scopes(at) {
        if let Node::Stmt(ast::Stmt::FunctionDef(def)) = up {
            is_taken = is_taken || !of_body(cx, &def.body).is_empty();
        }
    }
    !is_taken
}

fn of_statement<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, found: &mut ByBase<'a>) {
    let mut put = |bases: &[&'a ast::Expr], place: TextRange, holders: &[Holder<'a>]| {
        let mut seen: Vec<&'a str> = Vec::new();
        for base in bases.iter().map(|base| cx.source(*base)) {
            if seen.contains(&base) {
                continue;
            }
            seen.push(base);
            let all = found.entry(base).or_default();
            match all.last_mut().filter(|last| std::ptr::eq(last.stmt, stmt)) {
                Some(last) => last.holders.extend(holders),
                None => all.push(Taken { stmt, place, holders: holders.to_vec() }),
            }
        }
    };
    for (target, value, is_items) in held_views::stored(stmt) {
        let parts = match target {
            ast::Expr::Tuple(tuple) if !is_items && tuple.elts.iter().all(ast::Expr::is_name_expr) => tuple.elts.as_slice(),
            _ => &[],
        };
        for (at, part) in parts.iter().enumerate() {
            put(&held_views::bases_of_part(cx, value, at), stmt.range(), &holders_of(part));
        }
        if !parts.is_empty() {
            continue;
        }
        let is_unpacked = target.is_tuple_expr() || target.is_list_expr();
        let bases = if is_items || is_unpacked { held_views::bases_of_items(cx, value) } else { held_views::bases(cx, value) };
        if !bases.is_empty() {
            put(&bases, if is_items { value.range() } else { stmt.range() }, &holders_of(target));
        }
    }
    for (target, value) in held_views::entered(stmt) {
        put(&held_views::bases_of_entered(cx, value), value.range(), &holders_of(target));
    }
    placed::placed(cx, stmt, &mut |placed| {
        let bases = if placed.is_items { held_views::bases_of_items(cx, placed.value) } else { held_views::bases(cx, placed.value) };
        put(&bases, stmt.range(), &[Holder { expr: placed.holder, key: placed.key }]);
    });
    if cx.text_has(":=") {
        placed::named(stmt, &mut |target, value| put(&held_views::bases(cx, value), stmt.range(), &[Holder { expr: target, key: None }]));
    }
}

fn holders_of(target: &ast::Expr) -> Vec<Holder<'_>> {
    match target {
        ast::Expr::Name(_) | ast::Expr::Attribute(_) => vec![Holder { expr: target, key: None }],
        ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => {
            elts.iter().flat_map(holders_of).collect()
        }
        _ => Vec::new(),
    }
}
