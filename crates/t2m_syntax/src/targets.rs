//! What may stand left of `=`. The parser takes any expression there, and Python does not.

use rustpython_ast::{self as ast, Ranged};

use crate::{TextSize, node};

/// Where something is assigned or deleted that can't be: `f(x) = 1`.
pub(crate) fn wrong(suite: &[ast::Stmt]) -> Option<TextSize> {
    let mut found = None;
    node::statements(suite, &mut |stmt| {
        let at = match stmt {
            ast::Stmt::Assign(s) => s.targets.iter().find_map(wrong_in),
            ast::Stmt::Delete(s) => s.targets.iter().find_map(wrong_in),
            ast::Stmt::AugAssign(s) => wrong_in(&s.target),
            ast::Stmt::AnnAssign(s) => wrong_in(&s.target),
            ast::Stmt::For(s) => wrong_in(&s.target),
            ast::Stmt::AsyncFor(s) => wrong_in(&s.target),
            ast::Stmt::With(s) => bound_by(&s.items),
            ast::Stmt::AsyncWith(s) => bound_by(&s.items),
            _ => None,
        };
        found = found.or(at);
    });
    found
}

fn bound_by(items: &[ast::WithItem]) -> Option<TextSize> {
    items.iter().filter_map(|item| item.optional_vars.as_deref()).find_map(wrong_in)
}

fn wrong_in(target: &ast::Expr) -> Option<TextSize> {
    match target {
        ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_) => None,
        ast::Expr::Tuple(e) => e.elts.iter().find_map(wrong_in),
        ast::Expr::List(e) => e.elts.iter().find_map(wrong_in),
        ast::Expr::Starred(e) => wrong_in(&e.value),
        other => Some(other.range().start()),
    }
}
