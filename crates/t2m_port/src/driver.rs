//! Decides one file: every node once, on the original, children before parents; then renders it and checks the laws.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use t2m_semantic::tables::Tables;
use t2m_semantic::{Entity, Facts, FileId, Project};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::piece::Action;
use t2m_syntax::{Decision, Decisions, Edit, Node, NodeId, Piece, TextRange, TextSize, laws, render, survivors};

use crate::claim::{Claim, Origin, StmtClaim};
use crate::codes;
use crate::cx::Cx;
use crate::finding::{Finding, TODO};
use crate::imports::{self, CompatImport};
use crate::keep::Keeps;
use crate::names::Uses;
use crate::rules::{ABOUT_STATEMENTS, ABOUT_SUITES};
use crate::shared::Shared;
use crate::{Count, Options, PortedFile, Status, forwards, integers, rows, rules, wide_integers};

/// A file with what the helper module must hold for it.
pub(crate) struct FilePort {
    pub(crate) file: PortedFile,
    pub(crate) uses: Uses,
}

pub(crate) fn port_file<'a>(
    project: &'a Project,
    facts: &'a Facts,
    tables: &'a Tables,
    options: &Options,
    id: FileId,
    compat: &CompatImport,
    shared: &'a Shared<'a>,
) -> FilePort {
    let file = project.file(id);
    let source = &file.source;
    let mut cx = Cx::new(project, facts, tables, id, shared);
    let mut settled = decisions(&mut cx, compat, options);
    let mut text = render(source, &settled.decisions);
    let mut status = if text == source.text {
        Status::Unchanged
    } else if settled.findings.iter().any(|finding| finding.is_todo) {
        Status::PortedWithTodos
    } else {
        Status::Ported
    };
    if status != Status::Unchanged
        && let Err(broken) = laws::check(source, &settled.decisions, &text, &project.torch_packages(), &is_ours)
    {
        let reason = format!("the ported text broke a law ({broken}); this file is a copy of the original");
        let finding = Finding::todo(codes::INTERNAL, TextRange::empty(TextSize::new(0)), reason);
        text = format!("{}{}{}", finding.line(), source.newline, source.text);
        status = Status::Fallback;
        settled = Settled { findings: vec![finding], ..Settled::default() };
    }
    let forwards = forwards::count(&cx, &settled.findings);
    let mut ported: Vec<Count> = settled.counts.iter().map(|(origin, sites)| Count { name: origin.to_string(), sites: *sites }).collect();
    ported.sort_by(|a, b| a.name.cmp(&b.name));
    settled.findings.sort_by(|a, b| (a.range.start(), a.range.end(), a.code).cmp(&(b.range.start(), b.range.end(), b.code)));
    settled.findings.dedup();
    let why = settled.why.into_iter().map(|(range, origin)| (range, origin.to_string())).collect();
    FilePort {
        file: PortedFile {
            path: file.path.clone(),
            text,
            status,
            findings: settled.findings,
            ported,
            forwards: forwards.all,
            forwards_clean: forwards.clean,
            why,
        },
        uses: settled.uses,
    }
}

/// All that is decided about a file, with its imports and its TODOs.
pub(crate) fn decisions<'a>(cx: &mut Cx<'a>, compat: &CompatImport, options: &Options) -> Settled<'a> {
    let mut unused_keeps = Vec::new();
    if !imports::is_of_another_framework(cx) {
        let keeps = decide(cx);
        if options.fuse {
            crate::fuse::fuse(cx, &keeps);
        }
        unused_keeps.extend(keeps.unused(cx.file));
        crate::unused::sweep(cx);
    }
    let mut settled = settle(cx, options.explain);
    settled.findings.extend(unused_keeps);
    let bound = crate::bound::bound_names(cx, compat);
    settled.uses.extend(&bound.uses);
    settled.findings.extend(bound.findings);
    place_todos(cx, &mut settled);
    imports::rewrite(cx, &mut settled.decisions, &settled.uses, &settled.stand_ins, compat, &bound.lines);
    settled
}

/// Comments that we write ourselves.
fn is_ours(comment: &str) -> bool {
    comment.starts_with(TODO)
}

fn decide(cx: &mut Cx<'_>) -> Keeps {
    let file = cx.file;
    let mut keeps = Keeps::new(file);
    suites(cx, &keeps, &file.suite);
    for stmt in &file.suite {
        visit(cx, &mut keeps, Node::Stmt(stmt));
    }
    keeps
}

/// Rules about runs of statements, outer suites first.
fn suites<'a>(cx: &mut Cx<'a>, keeps: &Keeps, suite: &'a [ast::Stmt]) {
    for (name, hook) in ABOUT_SUITES.iter() {
        let claims = hook(cx, suite);
        // A region ports whole or not at all.
        if claims.iter().any(|(stmt, _)| keeps.within(cx.file, stmt)) {
            continue;
        }
        for (stmt, claim) in claims {
            cx.stmts.entry(NodeId::from(stmt)).or_insert((claim, Origin::Rule(name)));
        }
    }
    for stmt in suite {
        for inner in t2m_syntax::node::suites(stmt) {
            suites(cx, keeps, inner);
        }
    }
}

fn visit<'a>(cx: &mut Cx<'a>, keeps: &mut Keeps, node: Node<'a>) {
    cx.enter(node);
    visit_kept(cx, keeps, node);
    cx.leave();
}

/// Forgets what would be decided of a statement that its author wants to keep.
fn visit_kept<'a>(cx: &mut Cx<'a>, keeps: &mut Keeps, node: Node<'a>) {
    if let Node::Stmt(stmt) = node
        && let Some(comment) = keeps.of(cx.file, stmt)
    {
        // What would have been said of it is forgotten, but tells whether the comment is of use.
        let (exprs, stmts) = (cx.exprs.len(), cx.stmts.len());
        visit_all(cx, keeps, node);
        if cx.exprs.len() > exprs || cx.stmts.len() > stmts {
            keeps.mark_used(comment);
        }
        cx.exprs.truncate(exprs);
        cx.stmts.truncate(stmts);
        return;
    }
    visit_all(cx, keeps, node);
}

fn visit_all<'a>(cx: &mut Cx<'a>, keeps: &mut Keeps, node: Node<'a>) {
    node.for_each_child(&mut |child| visit(cx, keeps, child));
    match node {
        Node::Stmt(stmt) => {
            if cx.stmts.contains_key(&NodeId::from(stmt)) {
                return;
            }
            statement(cx, stmt);
        }
        Node::Expr(expr) => {
            let (claim, origin) = expression(cx, expr).map_or((None, Origin::Rule("no-grad")), |(claim, origin)| (Some(claim), origin));
            let claim = rules::behind_edge(cx, expr, claim);
            let claim = integers::written_without_gradient(cx, expr, claim);
            let claim = wide_integers::widened(cx, expr, claim);
            if let Some(claim) = rules::kept_values::without_gradient(cx, expr, claim) {
                cx.exprs.insert(NodeId::from(expr), (claim, origin));
            }
        }
    }
}

fn expression<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(Claim<'a>, Origin)> {
    for (name, hook) in rules::rules_for(cx, expr)? {
        if let Some(claim) = hook(cx, expr) {
            return Some((integers::without_gradient(cx, expr, claim), Origin::Rule(name)));
        }
    }
    if let Some((claim, origin)) = rows::expr(cx, expr) {
        return Some((integers::without_gradient(cx, expr, claim), origin));
    }
    let claim = rows::unported_call(cx, expr)
        .or_else(|| rules::unported_name(cx, expr))
        .or_else(|| rules::unported_member(cx, expr))
        .or_else(|| rules::unported_tensor_call(cx, expr))?;
    Some((claim, Origin::Rule("unported")))
}

/// The first rule that claims a statement decides it. If it only edits parts, later rules may edit other parts: a decorator, the name.
fn statement<'a>(cx: &mut Cx<'a>, stmt: &'a ast::Stmt) {
    let mut decided: Option<(StmtClaim<'a>, Origin)> = None;
    for (name, hook) in ABOUT_STATEMENTS.iter() {
        let Some(claim) = hook(cx, stmt) else { continue };
        match &mut decided {
            None => decided = Some((claim, Origin::Rule(name))),
            Some((first, _)) => first.join(claim),
        }
        if decided.as_ref().is_some_and(|(first, _)| !first.is_partial()) {
            break;
        }
    }
    if let Some(claim) = decided {
        cx.stmts.insert(NodeId::from(stmt), claim);
    }
}

/// Decisions that stand, with what they bring.
#[derive(Default)]
pub(crate) struct Settled<'a> {
    pub(crate) decisions: Decisions<'a>,
    uses: Uses,
    /// Top-level packages whose names still stand in the text.
    stand_ins: FxHashSet<String>,
    findings: Vec<Finding>,
    /// Where each finding's TODO stands: the innermost statement.
    places: Vec<(NodeId, Finding)>,
    counts: FxHashMap<Origin, usize>,
    /// Whether someone asks why.
    explains: bool,
    why: Vec<(TextRange, Origin)>,
}

/// Turns claims into decisions, and keeps uses and findings of the nodes that are really written. The claims lose their decisions.
fn settle<'a>(cx: &mut Cx<'a>, explains: bool) -> Settled<'a> {
    let mut settled = Settled { explains, ..Settled::default() };
    for (id, (claim, _)) in &mut cx.exprs {
        if let Some(decision) = claim.decision.take() {
            let decision = crate::chain::shortened(cx.file, id.range(), &decision).map_or(decision, Decision::Edit);
            settled.decisions.exprs.insert(*id, decision);
        }
    }
    let mut deleted = Vec::new();
    for (id, (claim, _)) in &mut cx.stmts {
        if matches!(claim.decision.action, Action::Delete) {
            deleted.push(*id);
        }
        settled.decisions.stmts.insert(*id, std::mem::take(&mut claim.decision));
        settled.decisions.dropped_comments.append(&mut claim.dropped_comments);
        if let Some(nest) = claim.nest.take() {
            settled.decisions.nest(nest);
        }
    }
    let cx = &*cx;
    settled.decisions.dropped_comments.sort_by_key(|range| range.start());
    let mut leftovers: Vec<(&'a ast::Expr, &str)> = Vec::new();
    let decisions = std::mem::take(&mut settled.decisions);
    survivors(cx.file, &decisions, &mut |node, own_text| {
        settled.findings.extend(crate::evaluates::reads(cx, node));
        if let Node::Stmt(stmt) = node {
            settled.add_stmt(cx, stmt);
        }
        let Node::Expr(expr) = node else { return };
        let id = NodeId::from(expr);
        if let Some((claim, origin)) = cx.exprs.get(&id) {
            settled.uses.extend(&claim.uses);
            if claim.uses.stand_in
                && let Some(package) = package_below(cx, expr)
            {
                settled.stand_ins.insert(package);
            }
            if claim.findings.iter().all(|finding| !finding.is_todo) {
                settled.count(expr.range(), origin);
            }
            for finding in &claim.findings {
                settled.report(cx, expr, finding.clone());
            }
            return;
        }
        // A torch name in kept text that nobody spoke for.
        if own_text
            && let Some(Entity::Library(name)) = cx.entity(expr)
            && imports::is_torch_family(name)
            && !rows::is_member_of_text(cx, name)
            && !matches!(cx.parent(expr), Some(Node::Expr(up @ ast::Expr::Attribute(_))) if cx.qualified(up).is_some())
        {
            leftovers.push((expr, name.as_static()));
        }
    });
    // Statements that are gone have no node to visit, but their findings stay.
    for id in deleted {
        if let Some((claim, origin)) = cx.stmts.get(&id) {
            settled.add_claim(id, claim, origin);
        }
    }
    settled.decisions = decisions;
    for (expr, name) in leftovers {
        settled.leave(cx, expr, name);
    }
    if settled.uses.stand_in {
        settled.uses.helpers.insert(crate::helpers::STAND_IN.to_owned());
        if settled.stand_ins.iter().any(|package| package != "torch") {
            settled.uses = std::mem::take(&mut settled.uses).helper("stand_in");
        }
    }
    settled
}

/// The top-level package of the torch name that an expression is or calls.
fn package_below(cx: &Cx<'_>, expr: &ast::Expr) -> Option<String> {
    let mut package = None;
    Node::Expr(expr).walk(&mut |node| {
        if let Node::Expr(expr) = node
            && let Some(name) = cx.qualified(expr)
            && imports::is_torch_family(name)
        {
            package.get_or_insert_with(|| imports::served_name(name).split('.').next().unwrap_or(name).to_owned());
        }
    });
    package
}

impl<'a> Settled<'a> {
    fn add_stmt(&mut self, cx: &Cx<'a>, stmt: &'a ast::Stmt) {
        let id = NodeId::from(stmt);
        if let Some((claim, origin)) = cx.stmts.get(&id) {
            self.add_claim(id, claim, origin);
        }
    }

    fn count(&mut self, range: TextRange, origin: &Origin) {
        match self.counts.get_mut(origin) {
            Some(sites) => *sites += 1,
            None => drop(self.counts.insert(origin.clone(), 1)),
        }
        if self.explains {
            self.why.push((range, origin.clone()));
        }
    }

    fn add_claim(&mut self, id: NodeId, claim: &StmtClaim<'a>, origin: &Origin) {
        self.uses.extend(&claim.uses);
        if claim.uses.stand_in {
            self.stand_ins.insert("torch".to_owned());
        }
        if claim.findings.iter().all(|finding| !finding.is_todo) {
            self.count(id.range(), origin);
        }
        for finding in &claim.findings {
            self.findings.push(finding.clone());
            self.places.push((id, finding.clone()));
        }
    }

    fn report(&mut self, cx: &Cx<'a>, expr: &'a ast::Expr, finding: Finding) {
        if let Some(stmt) = cx.statement(expr) {
            self.places.push((NodeId::from(stmt), finding.clone()));
        }
        self.findings.push(finding);
    }

    /// A torch name stays: it is written in full, served by the stand-in, and said.
    fn leave(&mut self, cx: &Cx<'a>, expr: &'a ast::Expr, name: &str) {
        let claim = rows::serve(cx, expr, name);
        if let Some(decision @ Decision::Build(..)) = claim.decision {
            self.decisions.exprs.insert(NodeId::from(expr), decision);
        }
        self.uses.extend(&claim.uses);
        self.stand_ins.insert(imports::served_name(name).split('.').next().unwrap_or(name).to_owned());
        let said = self.findings.iter().any(|finding| finding.is_todo && finding.range.contains_range(expr.range()));
        if !said {
            let kept = format!("`{name}` stays as the comment asks, so a stand-in takes its place");
            let has_row = cx.tables.contains(name);
            let finding = if has_row { Finding::todo(codes::UNMAPPED, expr.range(), kept) } else { rules::unmapped(name, expr.range()) };
            self.report(cx, expr, finding);
        }
    }
}

/// One TODO line above each statement for each distinct reason.
fn place_todos<'a>(cx: &Cx<'a>, settled: &mut Settled<'a>) {
    let mut lines: FxHashMap<NodeId, Vec<String>> = FxHashMap::default();
    let mut places = std::mem::take(&mut settled.places);
    places.sort_by(|(_, a), (_, b)| (a.range.start(), a.code, &a.reason).cmp(&(b.range.start(), b.code, &b.reason)));
    let handlers = handlers(cx);
    let mut clauses: BTreeMap<TextSize, (NodeId, Vec<String>)> = BTreeMap::new();
    for (id, finding) in places {
        if finding.is_todo {
            let clause = handlers.iter().find(|(of, header)| *of == id && header.contains_range(finding.range));
            let lines = match clause {
                Some((_, header)) => &mut clauses.entry(header.start()).or_insert_with(|| (id, Vec::new())).1,
                None => lines.entry(id).or_default(),
            };
            let line = finding.line();
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    if lines.is_empty() && clauses.is_empty() {
        return;
    }
    t2m_syntax::node::statements(&cx.file.suite, &mut |stmt| {
        let id = NodeId::from(stmt);
        if let Some(lines) = lines.remove(&id) {
            settled.decisions.stmt_mut(stmt).before.extend(lines);
        }
        for (at, (_, lines)) in clauses.iter().filter(|(_, (of, _))| *of == id) {
            above_clause(&mut settled.decisions, stmt, *at, lines);
        }
    });
}

/// The headers of `except` clauses, by their `try`: a TODO about one stands above it.
fn handlers(cx: &Cx<'_>) -> Vec<(NodeId, TextRange)> {
    let mut found = Vec::new();
    t2m_syntax::node::statements(&cx.file.suite, &mut |stmt| {
        let handlers = match stmt {
            ast::Stmt::Try(stmt) => &stmt.handlers,
            ast::Stmt::TryStar(stmt) => &stmt.handlers,
            _ => return,
        };
        for ast::ExceptHandler::ExceptHandler(handler) in handlers {
            if let Some(class) = &handler.type_ {
                found.push((NodeId::from(stmt), TextRange::new(handler.range().start(), class.range().end())));
            }
        }
    });
    found
}

/// Inserts comment lines above a clause of a statement that keeps its shape.
fn above_clause<'a>(decisions: &mut Decisions<'a>, stmt: &'a ast::Stmt, at: TextSize, lines: &[String]) {
    let decision = decisions.stmt_mut(stmt);
    let mut edits = match std::mem::take(&mut decision.action) {
        Action::Keep => Vec::new(),
        Action::Edit(edits) => edits,
        other => {
            decision.action = other;
            decision.before.extend(lines.iter().cloned());
            return;
        }
    };
    let pieces = lines.iter().flat_map(|line| [Piece::text(line.clone()), Piece::NewLine(0)]).collect();
    edits.push(Edit { range: TextRange::empty(at), pieces });
    edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
    decision.action = Action::Edit(edits);
}
