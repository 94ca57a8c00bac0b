//! Decisions about nodes, and the pieces that a rewrite is made of.
//!
//! A decision is taken once, on the original tree. The renderer writes it once. Nothing here is text in both languages: a child is *named* in a piece and renders itself.

use rustc_hash::FxHashMap;
use rustpython_ast as ast;

use crate::{NodeId, Prec, TextRange};

/// A part of a rewrite.
#[derive(Debug, Clone)]
pub enum Piece<'a> {
    /// New text, without line breaks.
    Text(String),
    /// Bytes of the source, verbatim, with nothing below rendered.
    Source(TextRange),
    /// This expression renders itself, in parentheses where it binds looser than the slot accepts.
    Expr(&'a ast::Expr, Prec),
    /// A new line at the statement's indentation, plus so many levels.
    NewLine(usize),
    /// These consecutive statements of one suite render themselves, re-indented to the statement's indentation plus so many levels. Starts after the
    /// indentation of its first line: a `NewLine` of the same depth stands before it, unless it opens the rewrite.
    Suite(&'a [ast::Stmt], usize),
}

impl Piece<'_> {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// A replaced part of a node. Ranges of one node's edits don't overlap. What no edit covers renders as it stands.
#[derive(Debug, Clone)]
pub struct Edit<'a> {
    pub range: TextRange,
    pub pieces: Vec<Piece<'a>>,
}

impl<'a> Edit<'a> {
    pub fn new(range: TextRange, pieces: Vec<Piece<'a>>) -> Self {
        Self { range, pieces }
    }

    pub fn text(range: TextRange, text: impl Into<String>) -> Self {
        Self { range, pieces: vec![Piece::Text(text.into())] }
    }

    pub fn delete(range: TextRange) -> Self {
        Self { range, pieces: Vec::new() }
    }
}

/// What becomes of an expression.
#[derive(Debug, Clone)]
pub enum Decision<'a> {
    /// Swap: parts are replaced, all other bytes stay. It binds as the original does.
    Edit(Vec<Edit<'a>>),
    /// Build: the whole is made of pieces and binds as tightly as said.
    Build(Vec<Piece<'a>>, Prec),
}

/// What becomes of a statement.
#[derive(Debug, Clone, Default)]
pub struct StmtDecision<'a> {
    /// Whole comment or code lines above the statement (above its decorators), without indentation.
    pub before: Vec<String>,
    /// Whole lines below the statement.
    pub after: Vec<Vec<Piece<'a>>>,
    pub action: Action<'a>,
}

#[derive(Debug, Clone, Default)]
pub enum Action<'a> {
    /// Renders as it stands, its children by their own decisions.
    #[default]
    Keep,
    /// Parts are replaced.
    Edit(Vec<Edit<'a>>),
    /// The whole, decorators included, is replaced.
    Replace(Vec<Piece<'a>>),
    /// Gone, with its line; a suite that becomes empty gets `pass`.
    Delete,
}

/// Statements of one suite that move under a new header, one level deeper: `def loss_fn():`, the statements, `return loss`.
/// Each of them still renders by its own decision, and may be part of a smaller nest. They begin and end their lines.
#[derive(Debug, Clone)]
pub struct Nest<'a> {
    pub header: String,
    /// Lines in front of the statements.
    pub first: Vec<Piece<'a>>,
    pub stmts: &'a [ast::Stmt],
    /// The last line of the new suite.
    pub footer: Vec<Piece<'a>>,
    /// A line behind the new suite, where more statements of the old one follow before it is used.
    pub below: Option<Vec<Piece<'a>>>,
}

/// All decisions about one file.
#[derive(Debug, Clone, Default)]
pub struct Decisions<'a> {
    pub exprs: FxHashMap<NodeId, Decision<'a>>,
    pub stmts: FxHashMap<NodeId, StmtDecision<'a>>,
    /// By the first statement of each, outer ones first.
    pub nests: FxHashMap<NodeId, Vec<Nest<'a>>>,
    /// Comments that a rule drops on purpose.
    pub dropped_comments: Vec<TextRange>,
}

impl<'a> Decisions<'a> {
    pub fn is_empty(&self) -> bool {
        self.exprs.is_empty() && self.stmts.is_empty() && self.nests.is_empty()
    }

    pub fn nest(&mut self, nest: Nest<'a>) {
        if let Some(first) = nest.stmts.first() {
            let nests = self.nests.entry(NodeId::from(first)).or_default();
            let at = nests.partition_point(|outer| outer.stmts.len() > nest.stmts.len());
            nests.insert(at, nest);
        }
    }

    pub fn stmt_mut(&mut self, stmt: &ast::Stmt) -> &mut StmtDecision<'a> {
        self.stmts.entry(NodeId::from(stmt)).or_default()
    }
}
