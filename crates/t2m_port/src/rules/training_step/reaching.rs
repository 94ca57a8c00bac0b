//! Which of the assignments to a name can reach its use: `opt = Adam(a.parameters())`, a loop, `opt = Adam(b.parameters())`, another loop.

use t2m_syntax::TextRange;
use t2m_syntax::ast::{self, Ranged};

/// A value with the statement that assigns it.
pub(super) type Assigned<'a> = (&'a ast::Stmt, &'a ast::Expr);

/// The values of those assignments of a body that can reach a use in the body, which stands in no function inside of it.
pub(super) fn reaching<'a>(body: &'a [ast::Stmt], all: &[Assigned<'a>], at: TextRange) -> Vec<&'a ast::Expr> {
    let path = path(body, at);
    let is_sure = |stmt: &ast::Stmt| path.iter().any(|(suite, holder)| is_in(suite, stmt) && stmt.range().end() <= holder.range().start());
    // Every way to the use leads through it.
    let Some(last) = all.iter().map(|(stmt, _)| *stmt).filter(|stmt| is_sure(stmt)).max_by_key(|stmt| stmt.range().start()) else {
        return all.iter().map(|(_, value)| *value).collect();
    };
    let comes_round = |stmt: &ast::Stmt| {
        let loops = path.iter().map(|(_, holder)| *holder).filter(|holder| matches!(holder, ast::Stmt::For(_) | ast::Stmt::While(_)));
        loops.into_iter().any(|around| around.range().contains_range(stmt.range()) && !around.range().contains_range(last.range()))
    };
    let reaches = |stmt: &ast::Stmt| {
        let start = stmt.range().start();
        start == last.range().start() || start > last.range().start() && (start < at.start() || comes_round(stmt))
    };
    all.iter().filter(|(stmt, _)| reaches(stmt)).map(|(_, value)| *value).collect()
}

/// The suites around a place, outermost first, each with its statement that holds the place.
fn path(body: &[ast::Stmt], at: TextRange) -> Vec<(&[ast::Stmt], &ast::Stmt)> {
    let mut path = Vec::new();
    let mut next = Some(body);
    while let Some(suite) = next {
        let Some(holder) = suite.iter().find(|stmt| stmt.range().contains_range(at)) else { break };
        path.push((suite, holder));
        next = t2m_syntax::node::suites(holder).into_iter().find(|suite| suite.iter().any(|stmt| stmt.range().contains_range(at)));
    }
    path
}

fn is_in(suite: &[ast::Stmt], stmt: &ast::Stmt) -> bool {
    suite.iter().any(|one| std::ptr::eq(one, stmt))
}
