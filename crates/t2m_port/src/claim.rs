//! Claims: a rule or row speaks for a node. The first claim on a node wins.

use t2m_syntax::piece::{Action, StmtDecision};
use t2m_syntax::{Decision, Edit, Nest, Piece, Prec};

use crate::finding::Finding;
use crate::names::Uses;

/// Who decided, for the report and for `-v`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    Rule(&'static str),
    /// The torch name of the row, and whether it is one of the user's own.
    Row(String),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rule(name) => write!(f, "rule {name}"),
            Self::Row(name) => write!(f, "row {name}"),
        }
    }
}

/// A claim on an expression.
#[derive(Debug, Clone, Default)]
pub struct Claim<'a> {
    /// `None` keeps the text, and keeps weaker rules and rows away.
    pub decision: Option<Decision<'a>>,
    pub uses: Uses,
    pub findings: Vec<Finding>,
}

impl<'a> Claim<'a> {
    /// The node is right as it stands.
    pub fn keep() -> Self {
        Self::default()
    }

    pub fn build(pieces: Vec<Piece<'a>>, prec: Prec) -> Self {
        Self { decision: Some(Decision::Build(pieces, prec)), ..Self::default() }
    }

    pub fn text(text: impl Into<String>, prec: Prec) -> Self {
        Self::build(vec![Piece::Text(text.into())], prec)
    }

    pub fn edit(edits: Vec<Edit<'a>>) -> Self {
        Self { decision: Some(Decision::Edit(edits)), ..Self::default() }
    }

    /// The node keeps its text and gets a finding.
    pub fn todo(finding: Finding) -> Self {
        Self { findings: vec![finding], ..Self::default() }
    }

    #[must_use]
    pub fn uses(mut self, uses: Uses) -> Self {
        self.uses.extend(&uses);
        self
    }

    #[must_use]
    pub fn finding(mut self, finding: Finding) -> Self {
        self.findings.push(finding);
        self
    }
}

/// A claim on a statement.
#[derive(Debug, Clone, Default)]
pub struct StmtClaim<'a> {
    pub decision: StmtDecision<'a>,
    pub uses: Uses,
    pub findings: Vec<Finding>,
    /// Comments that go with the statement on purpose.
    pub dropped_comments: Vec<t2m_syntax::TextRange>,
    /// Expressions below the statement, and what they become: rules about expressions write them.
    pub inner: Vec<(t2m_syntax::TextRange, String)>,
    /// Gradients below the statement that are built anew; what is around them is ported by others.
    pub gradients: Vec<(t2m_syntax::TextRange, Vec<Piece<'a>>)>,
    /// Other statements of the suite that move under a header.
    pub nest: Option<Nest<'a>>,
}

impl<'a> StmtClaim<'a> {
    pub fn keep() -> Self {
        Self::default()
    }

    pub fn action(action: Action<'a>) -> Self {
        Self { decision: StmtDecision { action, ..StmtDecision::default() }, ..Self::default() }
    }

    pub fn delete() -> Self {
        Self::action(Action::Delete)
    }

    pub fn replace(pieces: Vec<Piece<'a>>) -> Self {
        Self::action(Action::Replace(pieces))
    }

    pub fn edit(edits: Vec<Edit<'a>>) -> Self {
        Self::action(Action::Edit(edits))
    }

    pub fn todo(finding: Finding) -> Self {
        Self { findings: vec![finding], ..Self::default() }
    }

    #[must_use]
    pub fn uses(mut self, uses: Uses) -> Self {
        self.uses.extend(&uses);
        self
    }

    #[must_use]
    pub fn finding(mut self, finding: Finding) -> Self {
        self.findings.push(finding);
        self
    }

    /// Whether another rule may speak for other parts of the same statement.
    pub(crate) fn is_partial(&self) -> bool {
        matches!(self.decision.action, Action::Keep | Action::Edit(_))
    }

    /// Takes in what another rule says of other parts of the statement. An edit of the same part, or a rewrite of the whole, is not taken.
    pub(crate) fn join(&mut self, other: Self) {
        let more = match other.decision.action {
            Action::Keep => Vec::new(),
            Action::Edit(more) => more,
            _ => return,
        };
        let mut edits = match &mut self.decision.action {
            Action::Edit(edits) => std::mem::take(edits),
            _ => Vec::new(),
        };
        let meets = |a: &Edit<'_>, b: &Edit<'_>| a.range.intersect(b.range).is_some_and(|shared| !shared.is_empty() || a.range == b.range);
        let is_apart = !more.iter().any(|edit| edits.iter().any(|own| meets(own, edit)));
        if is_apart {
            edits.extend(more);
            self.decision.before.extend(other.decision.before);
            self.decision.after.extend(other.decision.after);
            self.uses.extend(&other.uses);
            self.findings.extend(other.findings);
            self.dropped_comments.extend(other.dropped_comments);
            self.inner.extend(other.inner);
            self.gradients.extend(other.gradients);
        }
        if !edits.is_empty() {
            edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
            self.decision.action = Action::Edit(edits);
        }
    }
}
