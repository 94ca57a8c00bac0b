//! Which nodes of the original are still there after the decisions: what an import must serve, and what a TODO must stand above.

use ast::Ranged;
use rustpython_ast as ast;

use crate::piece::{Action, Decision, Decisions, Edit, Nest, Piece, StmtDecision};
use crate::{Node, NodeId, TextRange, ranges, source::SourceFile};

/// Where the decisions about nodes stand.
pub trait Decided<'a> {
    fn expr(&self, id: NodeId) -> Option<&Decision<'a>>;
    fn stmt(&self, id: NodeId) -> Option<&StmtDecision<'a>>;
    /// By the first of the statements that move.
    /// Those that begin with the statement.
    fn nests(&self, id: NodeId) -> &[Nest<'a>];
}

impl<'a> Decided<'a> for Decisions<'a> {
    fn expr(&self, id: NodeId) -> Option<&Decision<'a>> {
        self.exprs.get(&id)
    }

    fn stmt(&self, id: NodeId) -> Option<&StmtDecision<'a>> {
        self.stmts.get(&id)
    }

    fn nests(&self, id: NodeId) -> &[Nest<'a>] {
        self.nests.get(&id).map_or(&[], Vec::as_slice)
    }
}

/// Visits every node that renders, parents before children. `own_text` says whether the node's own bytes (not those of its children) are written,
/// at least in part: a built node is visited with `false`.
pub fn survivors<'a>(file: &'a SourceFile, decisions: &impl Decided<'a>, visit: &mut dyn FnMut(Node<'a>, bool)) {
    survivors_of(file, &file.suite, decisions, visit);
}

/// The same for some statements of the file.
pub fn survivors_of<'a>(
    file: &'a SourceFile,
    stmts: impl IntoIterator<Item = &'a ast::Stmt>,
    decisions: &impl Decided<'a>,
    visit: &mut dyn FnMut(Node<'a>, bool),
) {
    let mut walk = Walk { file, decisions, visit };
    for stmt in stmts {
        walk.node(Node::Stmt(stmt), &[]);
    }
}

struct Walk<'w, 'a, D> {
    file: &'a SourceFile,
    decisions: &'w D,
    visit: &'w mut dyn FnMut(Node<'a>, bool),
}

impl<'a, D: Decided<'a>> Walk<'_, 'a, D> {
    fn node(&mut self, node: Node<'a>, outer: &[TextRange]) {
        let decisions = self.decisions;
        let edits: &[Edit<'a>] = match node {
            Node::Expr(expr) => match decisions.expr(NodeId::from(expr)) {
                None => &[],
                Some(Decision::Edit(edits)) => edits,
                Some(Decision::Build(pieces, _)) => {
                    (self.visit)(node, false);
                    self.pieces(pieces);
                    return;
                }
            },
            Node::Stmt(stmt) => {
                for nest in decisions.nests(NodeId::from(stmt)) {
                    self.pieces(&nest.first);
                    self.pieces(&nest.footer);
                    nest.below.iter().for_each(|below| self.pieces(below));
                }
                let decision = decisions.stmt(NodeId::from(stmt));
                for line in decision.iter().flat_map(|decision| &decision.after) {
                    self.pieces(line);
                }
                match decision.map(|decision| &decision.action) {
                    None | Some(Action::Keep) => &[],
                    Some(Action::Edit(edits)) => edits,
                    Some(Action::Replace(pieces)) => {
                        (self.visit)(node, false);
                        self.pieces(pieces);
                        return;
                    }
                    Some(Action::Delete) => return,
                }
            }
        };
        (self.visit)(node, true);
        let mut replaced: Vec<TextRange> = outer.to_vec();
        replaced.extend(edits.iter().map(|edit| edit.range));
        node.for_each_child(&mut |child| {
            let range = match child {
                Node::Stmt(stmt) => ranges::decorated(self.file, stmt),
                Node::Expr(expr) => expr.range(),
            };
            if replaced.iter().any(|edit| edit.contains_range(range)) {
                return;
            }
            let inside: Vec<TextRange> = replaced.iter().copied().filter(|edit| range.contains_range(*edit)).collect();
            self.node(child, &inside);
        });
        for edit in edits {
            self.pieces(&edit.pieces);
        }
    }

    fn pieces(&mut self, pieces: &[Piece<'a>]) {
        for piece in pieces {
            match piece {
                Piece::Text(_) | Piece::Source(_) | Piece::NewLine(_) => {}
                Piece::Expr(expr, _) => self.node(Node::Expr(expr), &[]),
                Piece::Suite(stmts, _) => stmts.iter().for_each(|stmt| self.node(Node::Stmt(stmt), &[])),
            }
        }
    }
}
