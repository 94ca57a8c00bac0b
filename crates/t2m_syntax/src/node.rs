//! Nodes and their identity; the exhaustive child walker is in `children`.
//!
//! Only statements and expressions are nodes: keywords, parameters, `with` items, comprehensions, patterns and handlers are seen through, because their ranges are
//! not always their own. So are the parts of f-strings that carry the whole string's range.

use ast::Ranged;
use rustpython_ast as ast;

use crate::{TextRange, TextSize, children};

/// A borrowed statement or expression.
#[derive(Debug, Clone, Copy)]
pub enum Node<'a> {
    Stmt(&'a ast::Stmt),
    Expr(&'a ast::Expr),
}

/// Identity of a node inside of its file: class and range are unique among the nodes that [`Node::children`] yields,
/// except that an expression statement and its value differ by class alone.
///
/// One number, because there are many: the class, where the node starts, and where it ends. A text has less than 2 GiB.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u64);

impl NodeId {
    const STMT: u64 = 1 << 63;

    fn new(class: u64, range: TextRange) -> Self {
        Self(class | u64::from(range.start().to_u32()) << 32 | u64::from(range.end().to_u32()))
    }

    pub fn range(self) -> TextRange {
        let (start, end) = ((self.0 & !Self::STMT) >> 32, self.0 & u64::from(u32::MAX));
        TextRange::new(TextSize::new(start as u32), TextSize::new(end as u32))
    }

    pub fn is_stmt(self) -> bool {
        self.0 & Self::STMT != 0
    }
}

impl std::fmt::Debug for NodeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", if self.is_stmt() { "Stmt" } else { "Expr" }, self.range())
    }
}

impl<'a> From<&'a ast::Stmt> for Node<'a> {
    fn from(stmt: &'a ast::Stmt) -> Self {
        Self::Stmt(stmt)
    }
}

impl<'a> From<&'a ast::Expr> for Node<'a> {
    fn from(expr: &'a ast::Expr) -> Self {
        Self::Expr(expr)
    }
}

impl From<&ast::Stmt> for NodeId {
    fn from(stmt: &ast::Stmt) -> Self {
        Node::Stmt(stmt).id()
    }
}

impl From<&ast::Expr> for NodeId {
    fn from(expr: &ast::Expr) -> Self {
        Node::Expr(expr).id()
    }
}

impl<'a> Node<'a> {
    pub fn range(self) -> TextRange {
        match self {
            Self::Stmt(stmt) => stmt.range(),
            Self::Expr(expr) => expr.range(),
        }
    }

    /// Whether both are the same node of the same tree.
    pub fn is(self, other: Node<'_>) -> bool {
        match (self, other) {
            (Self::Stmt(a), Node::Stmt(b)) => std::ptr::eq(a, b),
            (Self::Expr(a), Node::Expr(b)) => std::ptr::eq(a, b),
            _ => false,
        }
    }

    pub fn id(self) -> NodeId {
        match self {
            Self::Stmt(stmt) => NodeId::new(NodeId::STMT, stmt.range()),
            Self::Expr(expr) => NodeId::new(0, expr.range()),
        }
    }

    /// The statements and expressions directly below, in source order.
    pub fn children(self) -> Vec<Node<'a>> {
        let mut children = Vec::new();
        self.for_each_child(&mut |child| children.push(child));
        children
    }

    /// Visits the statements and expressions directly below, in source order.
    pub fn for_each_child(self, visit: &mut dyn FnMut(Node<'a>)) {
        if children::are_in_source_order(self) {
            return children::each(self, visit);
        }
        let mut children = Vec::new();
        children::each(self, &mut |child| children.push(child));
        children.sort_by_key(|child| child.range().start());
        children.into_iter().for_each(visit);
    }

    /// This node and all below, parents before children, in source order.
    pub fn walk(self, visit: &mut dyn FnMut(Node<'a>)) {
        visit(self);
        self.for_each_child(&mut |child| child.walk(visit));
    }
}

/// These statements and all statements below, outer ones first, in source order.
pub fn statements<'a>(suite: &'a [ast::Stmt], visit: &mut dyn FnMut(&'a ast::Stmt)) {
    for stmt in suite {
        visit(stmt);
        each_suite(stmt, &mut |inner| statements(inner, visit));
    }
}

/// The suites of a compound statement, in source order; empty ones left out.
pub fn suites(stmt: &ast::Stmt) -> Vec<&[ast::Stmt]> {
    let mut suites = Vec::new();
    each_suite(stmt, &mut |suite| suites.push(suite));
    suites
}

/// Visits the suites of a compound statement, in source order; empty ones left out.
fn each_suite<'a>(stmt: &'a ast::Stmt, visit: &mut dyn FnMut(&'a [ast::Stmt])) {
    let mut suite = |suite: &'a [ast::Stmt]| {
        if !suite.is_empty() {
            visit(suite);
        }
    };
    let mut branches = |body, handlers: &'a [ast::ExceptHandler], orelse, finalbody| {
        suite(body);
        handlers.iter().for_each(|ast::ExceptHandler::ExceptHandler(handler)| suite(&handler.body));
        suite(orelse);
        suite(finalbody);
    };
    match stmt {
        ast::Stmt::FunctionDef(s) => suite(&s.body),
        ast::Stmt::AsyncFunctionDef(s) => suite(&s.body),
        ast::Stmt::ClassDef(s) => suite(&s.body),
        ast::Stmt::For(s) => branches(&s.body, &[], &s.orelse, &[]),
        ast::Stmt::AsyncFor(s) => branches(&s.body, &[], &s.orelse, &[]),
        ast::Stmt::While(s) => branches(&s.body, &[], &s.orelse, &[]),
        ast::Stmt::If(s) => branches(&s.body, &[], &s.orelse, &[]),
        ast::Stmt::With(s) => suite(&s.body),
        ast::Stmt::AsyncWith(s) => suite(&s.body),
        ast::Stmt::Match(s) => s.cases.iter().for_each(|case| suite(&case.body)),
        ast::Stmt::Try(s) => branches(&s.body, &s.handlers, &s.orelse, &s.finalbody),
        ast::Stmt::TryStar(s) => branches(&s.body, &s.handlers, &s.orelse, &s.finalbody),
        ast::Stmt::Return(_)
        | ast::Stmt::Delete(_)
        | ast::Stmt::Assign(_)
        | ast::Stmt::TypeAlias(_)
        | ast::Stmt::AugAssign(_)
        | ast::Stmt::AnnAssign(_)
        | ast::Stmt::Raise(_)
        | ast::Stmt::Assert(_)
        | ast::Stmt::Import(_)
        | ast::Stmt::ImportFrom(_)
        | ast::Stmt::Global(_)
        | ast::Stmt::Nonlocal(_)
        | ast::Stmt::Expr(_)
        | ast::Stmt::Pass(_)
        | ast::Stmt::Break(_)
        | ast::Stmt::Continue(_) => {}
    }
}
