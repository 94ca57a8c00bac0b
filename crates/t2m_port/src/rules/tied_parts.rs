//! Ties that are a part of a statement: `self.w, self.b = self.fc.weight, self.fc.bias`, `self.w = self.fc.weight if tied else nn.Parameter(w)`.

use t2m_semantic::{FileFacts, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::piece::Action;
use t2m_syntax::{Piece, Prec};

use super::tied_weight::{Source, Stored, between_modules, is_dropped, may_tie, name_of, path, set_attribute, source, tie_stored};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Uses;
use crate::receiver;

/// `self.k.weight, self.k.bias = self.q.weight, self.q.bias`: a line for each.
pub(super) fn pairs<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let pairs = pairs_of(stmt)?;
    let tie = |(target, value): &(&'a ast::Expr, &'a ast::Expr)| match target {
        ast::Expr::Attribute(to) => tie_stored(cx, stmt, &Stored { object: &to.value, name: to.attr.as_str(), value }),
        _ => None,
    };
    let ties: Vec<Option<StmtClaim<'a>>> = pairs.iter().map(tie).collect();
    if let Some(finding) = ties.iter().flatten().find_map(|claim| claim.findings.first()) {
        return Some(StmtClaim::todo(finding.clone()));
    }
    if ties.iter().all(Option::is_none) {
        return None;
    }
    // One after the other they have to read what they read at once.
    let changes = |target: &ast::Expr, value: &ast::Expr| cx.source(value).contains(cx.source(target));
    let is_in_order = (0..pairs.len()).all(|i| !pairs[i + 1..].iter().any(|(_, value)| changes(pairs[i].0, value)));
    let is_plain = |(target, value): &(&ast::Expr, &'a ast::Expr)| {
        target.is_name_expr() || matches!(cx.kind(value), Kind::Int | Kind::Float | Kind::Number | Kind::Bool | Kind::Str | Kind::None)
    };
    let are_plain = pairs.iter().zip(&ties).all(|(pair, tie)| tie.is_some() || is_plain(pair));
    if !is_in_order || !are_plain || !cx.owns_its_lines(stmt) {
        let reason = "a parameter gets a second name among other assignments: write a line for each";
        return Some(StmtClaim::todo(Finding::todo(codes::TIED_WEIGHT, stmt.range(), reason)));
    }
    let (mut pieces, mut uses) = (Vec::new(), Uses::default());
    for ((target, value), tie) in pairs.into_iter().zip(ties) {
        if !pieces.is_empty() {
            pieces.push(Piece::NewLine(0));
        }
        match tie {
            Some(StmtClaim { decision, uses: own, .. }) => {
                uses.extend(&own);
                if let Action::Replace(line) = decision.action {
                    pieces.extend(line);
                }
            }
            None => pieces.extend([Piece::Expr(target, Prec::Named), Piece::text(" = "), Piece::Expr(value, Prec::Named)]),
        }
    }
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// `self.w = self.fc.weight if tied else nn.Parameter(w)`: the run sees whether the module holds it already.
pub(super) fn chosen<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let stored = Stored::by_assignment(stmt)?;
    if !stored.value.is_if_exp_expr() {
        return None;
    }
    let mut all = Vec::new();
    branches(stored.value, &mut all);
    let (root, _) = path(stored.object)?;
    let mut is_tied = false;
    for value in &all {
        match source(cx, stmt, &Stored { value, ..stored }) {
            Some(Source::At(Some((from, _)))) if name_of(from) == name_of(root) => is_tied = true,
            Some(Source::At(Some((from, _)))) if is_dropped(cx, from) => {}
            Some(Source::At(_) | Source::Argument(_)) => return Some(StmtClaim::todo(between_modules(stmt))),
            Some(Source::Gotten) => is_tied |= name_of(root) == "self",
            None => {
                let is_new = matches!(receiver::parameter(cx.facts, value), Some((_, None)));
                let is_none = receiver::is_none(value);
                if is_new || is_none {
                    continue;
                }
                // What else it may be is no parameter, or not known to be one.
                let others = all.iter().any(|value| source(cx, stmt, &Stored { value, ..stored }).is_some());
                return others.then(|| StmtClaim::todo(computed(stmt)));
            }
        }
    }
    if !is_tied {
        return None;
    }
    if stored.name.starts_with('_') {
        return Some(StmtClaim::todo(computed(stmt)));
    }
    Some(set_attribute(cx, stored.object, Piece::text(format!("\"{}\"", stored.name)), stored.value, name_of(root)))
}

fn computed(stmt: &ast::Stmt) -> Finding {
    let reason = "one branch gives a parameter a second name: write an `if` statement";
    Finding::todo(codes::TIED_WEIGHT, stmt.range(), reason)
}

/// The values of `a if x else b if y else c`.
fn branches<'a>(value: &'a ast::Expr, found: &mut Vec<&'a ast::Expr>) {
    match value {
        ast::Expr::IfExp(choice) => {
            branches(&choice.body, found);
            branches(&choice.orelse, found);
        }
        value => found.push(value),
    }
}

/// The targets and values of `a, b = c, d`.
fn pairs_of(stmt: &ast::Stmt) -> Option<Vec<(&ast::Expr, &ast::Expr)>> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let ([ast::Expr::Tuple(targets)], ast::Expr::Tuple(values)) = (&assign.targets[..], &*assign.value) else { return None };
    (targets.elts.len() == values.elts.len()).then(|| targets.elts.iter().zip(&values.elts).collect())
}

/// What a statement may tie: the two sides, and whether it does so in any case.
pub(crate) fn ties<'a>(facts: &FileFacts, stmt: &'a ast::Stmt) -> Vec<(&'a ast::Expr, &'a ast::Expr, bool)> {
    let ast::Stmt::Assign(assign) = stmt else { return Vec::new() };
    let [target] = &assign.targets[..] else { return Vec::new() };
    let mut found = Vec::new();
    match target {
        ast::Expr::Attribute(_) => either(facts, target, &assign.value, true, &mut found),
        ast::Expr::Tuple(_) => {
            for (target, value) in pairs_of(stmt).unwrap_or_default() {
                either(facts, target, value, true, &mut found);
            }
        }
        _ => {}
    }
    found
}

fn either<'a>(
    facts: &FileFacts,
    target: &'a ast::Expr,
    value: &'a ast::Expr,
    certain: bool,
    found: &mut Vec<(&'a ast::Expr, &'a ast::Expr, bool)>,
) {
    match (target, value) {
        (ast::Expr::Attribute(to), ast::Expr::Attribute(from)) if may_tie(facts, &to.attr, value, &from.attr) => {
            found.push((target, value, certain));
        }
        (ast::Expr::Attribute(_), ast::Expr::IfExp(choice)) => {
            either(facts, target, &choice.body, false, found);
            either(facts, target, &choice.orelse, false, found);
        }
        _ => {}
    }
}

/// The modules whose parameters a statement ties, the path of each below it, and of what it is tied to.
pub(crate) fn tied_paths<'a>(facts: &FileFacts, stmt: &'a ast::Stmt) -> Vec<(&'a ast::Expr, String, String, bool)> {
    let paths = |(target, value, certain): (&'a ast::Expr, &'a ast::Expr, bool)| {
        let ((root, target), (source_root, source)) = (path(target)?, path(value)?);
        (name_of(root) == name_of(source_root)).then_some((root, target, source, certain))
    };
    ties(facts, stmt).into_iter().filter_map(paths).collect()
}
