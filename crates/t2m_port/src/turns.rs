//! Ways from one place to another that may lead round a loop: what stands above is reached again in the next turn.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, TextSize};

use crate::cx::Cx;
use crate::views;

/// What ends a way: a statement that gives what is followed another value.
pub(crate) type Ends<'e, 'a> = &'e dyn Fn(&'a ast::Stmt) -> bool;

/// The bodies of the loops around an expression that hold another place, too, innermost first.
pub(crate) fn around<'a>(cx: &Cx<'a>, at: &'a ast::Expr, other: TextRange) -> Vec<Turn<'a>> {
    let is_function = |up: &Node<'a>| matches!(up, Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_)));
    let within = cx.ancestors(Node::Expr(at)).take_while(|up| !is_function(up));
    let loops = within.filter_map(|up| match up {
        Node::Stmt(stmt @ ast::Stmt::For(ast::StmtFor { body, .. })) => Some(Turn { stmt, body, test: None }),
        Node::Stmt(stmt @ ast::Stmt::While(ast::StmtWhile { body, test, .. })) => Some(Turn { stmt, body, test: Some(test) }),
        _ => None,
    });
    loops.filter(|turn| turn.holds(at.range()) && turn.holds(other)).collect()
}

/// A loop, turn by turn.
#[derive(Clone, Copy)]
pub(crate) struct Turn<'a> {
    stmt: &'a ast::Stmt,
    body: &'a [ast::Stmt],
    test: Option<&'a ast::Expr>,
}

impl<'a> Turn<'a> {
    fn holds(&self, place: TextRange) -> bool {
        self.body.iter().any(|stmt| stmt.range().contains_range(place))
    }

    /// The name that a `for` loop gives another item in each turn.
    pub(crate) fn counter(&self) -> Option<&'a str> {
        match self.stmt {
            ast::Stmt::For(loop_) => loop_.target.as_name_expr().map(|name| name.id.as_str()),
            _ => None,
        }
    }

    /// Whether a way leads from behind the statement of one place to another, in the same turn or in the next one, that nothing ends.
    pub(crate) fn leads(&self, from: TextSize, to: TextSize, ends: Ends<'_, 'a>) -> bool {
        self.leads_within(from, to, ends) || self.leads_round(from, to, ends)
    }

    /// The same in one turn.
    pub(crate) fn leads_within(&self, from: TextSize, to: TextSize, ends: Ends<'_, 'a>) -> bool {
        let mut way = Way { from: Some(from), to, ends, is_there: false, continues: false, breaks: false };
        way.suite(self.body, false);
        way.is_there
    }

    /// The same from one turn into the next one.
    pub(crate) fn leads_round(&self, from: TextSize, to: TextSize, ends: Ends<'_, 'a>) -> bool {
        let mut way = Way { from: Some(from), to, ends, is_there: false, continues: false, breaks: false };
        (way.suite(self.body, false) || way.continues) && self.is_reached_anew(to, ends)
    }

    fn is_reached_anew(&self, to: TextSize, ends: Ends<'_, 'a>) -> bool {
        if self.test.is_some_and(|test| test.range().contains(to)) {
            return true;
        }
        // The loop itself takes the next item.
        if ends(self.stmt) {
            return false;
        }
        let mut way = Way { from: None, to, ends, is_there: false, continues: false, breaks: false };
        way.suite(self.body, true);
        way.is_there
    }
}

struct Way<'e, 'a> {
    from: Option<TextSize>,
    to: TextSize,
    ends: Ends<'e, 'a>,
    is_there: bool,
    /// A `continue`, a `break` of the innermost loop is on the way.
    continues: bool,
    breaks: bool,
}

impl<'a> Way<'_, 'a> {
    /// Whether the way leads behind the statements, given that it leads to them.
    fn suite(&mut self, suite: &'a [ast::Stmt], mut is_open: bool) -> bool {
        for stmt in suite {
            if is_open || self.from.is_some_and(|from| stmt.range().contains(from)) {
                is_open = self.stmt(stmt, is_open);
            }
        }
        is_open
    }

    /// An expression that is evaluated on the way.
    fn passes(&mut self, expr: &'a ast::Expr, is_open: bool) -> bool {
        self.is_there |= is_open && expr.range().contains(self.to);
        is_open || self.starts_in(expr.range())
    }

    fn starts_in(&self, range: TextRange) -> bool {
        self.from.is_some_and(|from| range.contains(from))
    }

    fn stmt(&mut self, stmt: &'a ast::Stmt, is_open: bool) -> bool {
        match stmt {
            ast::Stmt::If(choice) => {
                let is_open = self.passes(&choice.test, is_open);
                let body = self.suite(&choice.body, is_open);
                self.suite(&choice.orelse, is_open) || body
            }
            ast::Stmt::For(loop_) => {
                let starts_here = self.starts_in(loop_.iter.range());
                let is_open = self.passes(&loop_.iter, is_open) && (starts_here || !(self.ends)(stmt));
                self.inner_loop(&loop_.body, is_open) | self.suite(&loop_.orelse, is_open)
            }
            ast::Stmt::While(loop_) => {
                let starts_within = self.starts_in(stmt.range());
                let is_open = self.passes(&loop_.test, is_open);
                let is_endless = matches!(&*loop_.test, ast::Expr::Constant(constant) if constant.value == ast::Constant::Bool(true));
                self.inner_loop(&loop_.body, is_open) || is_open && !is_endless && !starts_within
            }
            ast::Stmt::With(with) => {
                let is_open = with.items.iter().fold(is_open, |is_open, item| self.passes(&item.context_expr, is_open));
                let is_kept = self.starts_in(stmt.range()) || !(self.ends)(stmt);
                self.suite(&with.body, is_open && is_kept)
            }
            ast::Stmt::Try(attempt) => {
                let body = self.suite(&attempt.body, is_open);
                let mut after = self.suite(&attempt.orelse, body);
                for ast::ExceptHandler::ExceptHandler(handler) in &attempt.handlers {
                    after |= self.suite(&handler.body, is_open);
                }
                self.suite(&attempt.finalbody, after)
            }
            ast::Stmt::Match(choice) => {
                let is_open = self.passes(&choice.subject, is_open);
                choice.cases.iter().fold(is_open, |after, case| self.suite(&case.body, is_open) || after)
            }
            ast::Stmt::Return(_) | ast::Stmt::Raise(_) => {
                self.is_there |= is_open && stmt.range().contains(self.to);
                false
            }
            ast::Stmt::Continue(_) => {
                self.continues = true;
                false
            }
            ast::Stmt::Break(_) => {
                self.breaks = true;
                false
            }
            _ => {
                self.is_there |= is_open && stmt.range().contains(self.to);
                self.starts_in(stmt.range()) || is_open && !(self.ends)(stmt)
            }
        }
    }

    /// A loop on the way turns at least once: empty ones are rare, and what they would leave is seldom meant.
    fn inner_loop(&mut self, body: &'a [ast::Stmt], is_open: bool) -> bool {
        let outer = (std::mem::take(&mut self.continues), std::mem::take(&mut self.breaks));
        let falls = self.suite(body, is_open);
        let is_left = falls || self.continues || self.breaks;
        (self.continues, self.breaks) = outer;
        is_left
    }
}

/// Whether a statement gives a name another value.
pub(crate) fn binds(stmt: &ast::Stmt, name: &str) -> bool {
    match stmt {
        ast::Stmt::Assign(assign) => assign.targets.iter().any(|target| views::binds(target, name)),
        ast::Stmt::AnnAssign(assign) => assign.value.is_some() && views::binds(&assign.target, name),
        ast::Stmt::For(loop_) => views::binds(&loop_.target, name),
        ast::Stmt::With(with) => {
            with.items.iter().any(|item| item.optional_vars.as_deref().is_some_and(|target| views::binds(target, name)))
        }
        ast::Stmt::Delete(deleted) => deleted.targets.iter().any(|target| views::binds(target, name)),
        _ => false,
    }
}
