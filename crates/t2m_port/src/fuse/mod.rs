//! `--fuse`: what is written out by hand becomes the fused operation of MLX that computes it.
//!
//! After a file is decided, the expressions of each function are matched from the outside in, through the names that the statements before give to parts. What a pattern names renders itself by its
//! own decision; the statements that only led there go. Whatever is not proved stays, and a note says what stands in the way.

mod angles;
mod assigned;
mod attention;
mod dropout;
mod flow;
mod form;
mod frames;
mod functions;
mod heads;
mod lengths;
mod masks;
mod norm;
mod objects;
mod rope;
mod softmax;
mod triangle;

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::piece::Action;
use t2m_syntax::{Decision, Node, NodeId, Piece, Prec, TextRange};

use crate::claim::{Claim, Origin, StmtClaim};
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::keep::Keeps;
use crate::names::Uses;
use flow::{Flow, Region, Term};

/// A pattern, its page, which is its test, and what looks for it.
pub struct Pattern {
    pub name: &'static str,
    pub doc: &'static str,
    matches: for<'a> fn(&Cx<'a>, &Flow<'a>, Term<'a>) -> Answer<'a>,
}

/// All patterns; who comes first is asked first.
pub const PATTERNS: &[Pattern] = &[rope::PATTERN, attention::PATTERN, norm::PATTERN, softmax::PATTERN];

/// What a pattern says of an expression.
enum Answer<'a> {
    No,
    /// It looks like the pattern, but for this reason it stays.
    Almost(&'static str),
    Yes(Box<Fused<'a>>),
}

/// The new expression.
struct Fused<'a> {
    region: Region<'a>,
    pieces: Vec<Piece<'a>>,
    prec: Prec,
    uses: Uses,
}

/// Takes decisions anew where a pattern is proved.
pub(crate) fn fuse(cx: &mut Cx<'_>, keeps: &Keeps) {
    let mut functions = Vec::new();
    t2m_syntax::node::statements(&cx.file.suite, &mut |stmt| {
        if matches!(stmt, ast::Stmt::FunctionDef(_)) {
            functions.push(stmt);
        }
    });
    for function in functions {
        let (mut suites, mut loops) = (Vec::new(), Vec::new());
        collect(function, &mut suites, &mut loops);
        for pattern in PATTERNS {
            for suite in &suites {
                look(cx, keeps, pattern, &Flow::new(function, suite, &loops));
            }
        }
    }
}

/// The suites of a function and its loops, without those of functions and classes in it.
fn collect<'a>(stmt: &'a ast::Stmt, suites: &mut Vec<&'a [ast::Stmt]>, loops: &mut Vec<TextRange>) {
    if matches!(stmt, ast::Stmt::For(_) | ast::Stmt::While(_)) {
        loops.push(stmt.range());
    }
    for suite in t2m_syntax::node::suites(stmt) {
        suites.push(suite);
        for inner in suite {
            if !matches!(inner, ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_)) {
                collect(inner, suites, loops);
            }
        }
    }
}

fn look<'a>(cx: &mut Cx<'a>, keeps: &Keeps, pattern: &Pattern, flow: &Flow<'a>) {
    // Backwards: what a later statement takes in is not looked at on its own.
    for (at, stmt) in flow.suite.iter().enumerate().rev() {
        if is_settled(cx, stmt) {
            continue;
        }
        for expr in outermost_first(stmt) {
            if cx.exprs.get(&NodeId::from(expr)).is_some_and(|(_, origin)| is_ours(origin)) {
                break;
            }
            let term = Term { expr, at };
            let reason = match (pattern.matches)(cx, flow, term) {
                Answer::No => continue,
                Answer::Almost(reason) => reason,
                Answer::Yes(mut fused) => {
                    flow.widen(cx, &mut fused.region, term);
                    match refusal(cx, keeps, flow, &fused.region, term) {
                        None => {
                            flow.sweep(cx, &mut fused.region, term);
                            apply(cx, pattern, flow, *fused, term);
                            break;
                        }
                        Some(reason) => reason,
                    }
                }
            };
            suggest(cx, pattern, expr, reason);
        }
    }
}

/// The expressions of a statement that stand in no suite of it.
fn outermost_first(stmt: &ast::Stmt) -> Vec<&ast::Expr> {
    fn below<'a>(node: Node<'a>, found: &mut Vec<&'a ast::Expr>) {
        node.for_each_child(&mut |child| {
            if let Node::Expr(expr) = child
                && !matches!(expr, ast::Expr::Lambda(_) | ast::Expr::ListComp(_) | ast::Expr::GeneratorExp(_))
            {
                found.push(expr);
                below(child, found);
            }
        });
    }
    let mut found = Vec::new();
    below(Node::Stmt(stmt), &mut found);
    found
}

fn is_ours(origin: &Origin) -> bool {
    matches!(origin, Origin::Rule(name) if PATTERNS.iter().any(|pattern| pattern.name == *name))
}

/// Whether something that is read there is no more: a fused expression that doesn't name it took its place.
fn is_fused_away(cx: &Cx<'_>, range: TextRange) -> bool {
    let ours = |(id, (claim, origin)): (&NodeId, &(Claim<'_>, Origin))| {
        is_ours(origin)
            && id.range().contains_range(range)
            && match &claim.decision {
                Some(Decision::Build(pieces, _)) => {
                    !pieces.iter().any(|piece| matches!(piece, Piece::Expr(leaf, _) if leaf.range().contains_range(range)))
                }
                _ => false,
            }
    };
    cx.exprs.iter().any(ours)
}

/// Whether another rule deletes, replaces or moves the statement, this pass included.
fn is_settled(cx: &Cx<'_>, stmt: &ast::Stmt) -> bool {
    cx.stmt_claim(stmt).is_some_and(|claim| claim.nest.is_some() || !matches!(claim.decision.action, Action::Keep | Action::Edit(_)))
}

/// Why a match can't be written.
fn refusal<'a>(cx: &Cx<'a>, keeps: &Keeps, flow: &Flow<'a>, region: &Region<'a>, root: Term<'a>) -> Option<&'static str> {
    let touched: Vec<&ast::Stmt> = region.gone().chain([root.at]).map(|index| &flow.suite[index]).collect();
    if !flow.holds(cx, region, root) {
        return Some("a part of it is used elsewhere, or changes on the way");
    }
    if touched.iter().any(|stmt| keeps.within(cx.file, stmt))
        || region.gone().any(|index| is_settled(cx, &flow.suite[index]) && !region.changes_in_place(index))
    {
        return Some("another decision stands in a statement of it");
    }
    let fused_inside =
        |stmt: &ast::Stmt| outermost_first(stmt).iter().any(|expr| cx.exprs.get(&NodeId::from(*expr)).is_some_and(|(_, by)| is_ours(by)));
    if touched.iter().any(|stmt| fused_inside(stmt)) || !is_rendered(cx, root.expr) {
        return Some("another rewrite stands in a statement of it");
    }
    None
}

/// Whether what stands around the expression writes it where it stands.
fn is_rendered<'a>(cx: &Cx<'a>, root: &'a ast::Expr) -> bool {
    // The expression, and all around it that writes it in turn.
    let mut path = vec![root];
    loop {
        let names = |pieces: &[Piece<'a>]| {
            pieces.iter().any(|piece| matches!(piece, Piece::Expr(expr, _) if path.iter().any(|on_path| std::ptr::eq(*on_path, *expr))))
        };
        let keep = |edits: &[t2m_syntax::Edit<'a>]| {
            edits.iter().all(|edit| edit.range.intersect(root.range()).is_none_or(|shared| shared.is_empty()) || names(&edit.pieces))
        };
        match cx.parent(Node::Expr(path[path.len() - 1])) {
            Some(Node::Expr(parent)) => {
                let kept = match cx.claim(parent).and_then(|claim| claim.decision.as_ref()) {
                    None => true,
                    Some(Decision::Build(pieces, _)) => names(pieces),
                    Some(Decision::Edit(edits)) => keep(edits),
                };
                if !kept {
                    return false;
                }
                path.push(parent);
            }
            Some(Node::Stmt(stmt)) => {
                return match cx.stmt_claim(stmt).map(|claim| &claim.decision.action) {
                    None | Some(Action::Keep) => true,
                    Some(Action::Edit(edits)) => keep(edits),
                    Some(_) => false,
                };
            }
            None => return false,
        }
    }
}

fn apply<'a>(cx: &mut Cx<'a>, pattern: &Pattern, flow: &Flow<'a>, fused: Fused<'a>, root: Term<'a>) {
    let origin = || Origin::Rule(pattern.name);
    for index in fused.region.gone() {
        cx.stmts.insert(NodeId::from(&flow.suite[index]), (StmtClaim::delete(), origin()));
    }
    let claim = Claim::build(fused.pieces, fused.prec).uses(fused.uses);
    cx.exprs.insert(NodeId::from(root.expr), (claim, origin()));
}

/// A note at the expression, beside what was decided about it.
fn suggest(cx: &mut Cx<'_>, pattern: &Pattern, expr: &ast::Expr, reason: &'static str) {
    let what = pattern.name.trim_start_matches("fuse-");
    let finding = Finding::note(codes::FUSABLE, expr.range(), format!("this looks like {what}, but stays as it is written: {reason}"));
    let (claim, _) = cx.exprs.entry(NodeId::from(expr)).or_insert_with(|| (Claim::keep(), Origin::Rule(pattern.name)));
    if !claim.findings.contains(&finding) {
        claim.findings.push(finding);
    }
}

/// Pieces that name expressions and modules.
struct Text<'a> {
    pieces: Vec<Piece<'a>>,
    uses: Uses,
}

impl<'a> Text<'a> {
    /// `mx.fast.rms_norm(`
    fn call(cx: &Cx<'a>, module: crate::names::Module, name: &str) -> Self {
        let (text, uses) = cx.member(module, name);
        Self { pieces: vec![Piece::text(format!("{text}("))], uses }
    }

    fn text(mut self, text: impl Into<String>) -> Self {
        self.pieces.push(Piece::text(text));
        self
    }

    fn expr(mut self, expr: &'a ast::Expr, prec: Prec) -> Self {
        self.pieces.push(Piece::Expr(expr, prec));
        self
    }

    fn fused(self, region: Region<'a>) -> Answer<'a> {
        Answer::Yes(Box::new(Fused { region, pieces: self.pieces, prec: Prec::Atom, uses: self.uses }))
    }
}
