//! Names of devices and gradient scalers that nothing reads any more: `device = x.device` above calls that took it.

use rustc_hash::FxHashSet;
use t2m_semantic::{FileId, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Decision, Decisions, Edit, Node, NodeId, Piece, TextRange, piece::Action, survivors};

use crate::claim::{Origin, StmtClaim};
use crate::cx::{Cx, contains_word};
use crate::rules::is_device;

/// An assignment in a function that may go if its name is not read.
struct Candidate<'a> {
    stmt: &'a ast::Stmt,
    name: &'a str,
    function: TextRange,
    /// What goes of the statement, where the name is one of several: `b, n, device = *x.shape, x.device`.
    part: Option<Vec<Edit<'a>>>,
}

/// Deletes what became unused, until nothing does.
pub(crate) fn sweep(cx: &mut Cx<'_>) {
    let mut candidates = candidates(cx);
    while !candidates.is_empty() {
        let (read, texts) = reads(cx);
        let is_read = |candidate: &Candidate<'_>| {
            read.iter().any(|(name, range)| *name == candidate.name && candidate.function.contains_range(*range))
                || texts.iter().any(|text| mentions(text, candidate.name))
        };
        let (stay, gone): (Vec<_>, Vec<_>) = candidates.into_iter().partition(is_read);
        if gone.is_empty() {
            return;
        }
        for candidate in gone {
            let claim = candidate.part.map_or_else(StmtClaim::delete, StmtClaim::edit);
            cx.stmts.insert(NodeId::from(candidate.stmt), (claim, Origin::Rule("no-op")));
        }
        candidates = stay;
    }
}

/// `device = ...` with a device or an answer about devices, in a function that binds the name by such assignments alone.
fn candidates<'a>(cx: &Cx<'a>) -> Vec<Candidate<'a>> {
    let mut found = Vec::new();
    t2m_syntax::node::statements(&cx.file.suite, &mut |stmt| {
        if let ast::Stmt::Assign(assign) = stmt
            && let [ast::Expr::Name(name)] = &assign.targets[..]
            && (is_about_places(cx, &assign.value) && cx.is_pure(&assign.value) || is_scaler(cx, &assign.value))
            && cx.stmt_claim(stmt).is_none_or(|claim| claim.is_partial() && claim.findings.is_empty())
            && let Some(function) = scope(cx, stmt, &assign.value, &name.id)
        {
            found.push(Candidate { stmt, name: &name.id, function, part: None });
        }
        found.extend(one_of_several(cx, stmt));
    });
    found.sort_by_key(|candidate| candidate.function.start());
    found
}

/// `GradScaler()`, which a step in MLX does not need.
fn is_scaler(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    let mut args = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
    cx.qualified(&call.func).is_some_and(|name| name.starts_with("torch.") && name.ends_with(".GradScaler"))
        && args.all(|arg| cx.is_pure(arg))
}

/// Where the name can be read: in its function, or in a file of which no other has heard, for a scaler of a script.
fn scope<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, value: &ast::Expr, name: &str) -> Option<TextRange> {
    if let Some(function) = function_around(cx, stmt) {
        return is_local(function, name).then(|| function.range());
    }
    let is_top = cx.file.suite.iter().any(|top| std::ptr::eq(top, stmt));
    let is_foreign = |id: &FileId| *id != cx.id && contains_word(&cx.project.file(*id).source.text, name);
    let whole = TextRange::new(0.into(), (cx.file.text.len() as u32).into());
    (is_top && is_scaler(cx, value) && !cx.project.ids().any(|id| is_foreign(&id))).then_some(whole)
}

/// `device` of `b, n, device = *x.shape, x.device`, if it is the only such name of the statement.
fn one_of_several<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<Candidate<'a>> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let ([ast::Expr::Tuple(targets)], ast::Expr::Tuple(values)) = (&assign.targets[..], &*assign.value) else { return None };
    let is_one = |value: &&ast::Expr| is_about_places(cx, value) && cx.is_pure(value);
    let at = values.elts.iter().rposition(|value| is_one(&value))?;
    let behind = values.elts.len() - at;
    let is_spread = |exprs: &[ast::Expr]| exprs.iter().any(|expr| matches!(expr, ast::Expr::Starred(_)));
    // Counted from the end: what is spread stands before.
    let place = targets.elts.len().checked_sub(behind).filter(|place| *place > 0 && at > 0)?;
    if is_spread(&values.elts[at..]) || is_spread(&targets.elts[place..]) || cx.stmt_claim(stmt).is_some() {
        return None;
    }
    let ast::Expr::Name(name) = &targets.elts[place] else { return None };
    let function = function_around(cx, stmt).filter(|function| is_local(function, &name.id))?;
    let mut part = vec![Edit::delete(without(&targets.elts, place)), Edit::delete(without(&values.elts, at))];
    // `b, n = *x.shape` is no Python.
    if let ([ast::Expr::Starred(spread), _], 1) = (&values.elts[..], at) {
        part.push(Edit::delete(TextRange::new(spread.range.start(), spread.value.range().start())));
        if place == 1 {
            return None;
        }
    }
    // `(n) = (x.shape[1])` would be left of `(n, device) = (x.shape[1], x.device)`.
    if targets.elts.len() == 2 && cx.source(targets).starts_with('(') {
        return None;
    }
    let is_one_line = |edit: &Edit<'_>| !cx.file.slice(edit.range).contains(['\n', '#', '(', ')']);
    part.iter().all(is_one_line).then(|| Candidate { stmt, name: &name.id, function: function.range(), part: Some(part) })
}

/// The text of an element behind the first, with the comma before it.
fn without(elements: &[ast::Expr], at: usize) -> TextRange {
    TextRange::new(elements[at - 1].range().end(), elements[at].range().end())
}

/// The innermost function around a statement, if no class stands between.
fn function_around<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<&'a ast::Stmt> {
    cx.ancestors(Node::Stmt(stmt)).find_map(|up| match up {
        Node::Stmt(up @ (ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_))) => Some(Some(up)),
        Node::Stmt(ast::Stmt::ClassDef(_)) => Some(None),
        _ => None,
    })?
}

/// A device, its type, or what torch says of CUDA.
fn is_about_places(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    if matches!(value, ast::Expr::Constant(_)) {
        return false;
    }
    if matches!(cx.kind(value), Kind::Device) {
        return true;
    }
    let mut found = false;
    Node::Expr(value).walk(&mut |node| {
        let Node::Expr(expr) = node else { return };
        found |= cx.qualified(expr).is_some_and(|name| name == "torch.device" || name.starts_with("torch.cuda."));
        found |= match expr {
            ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "type" => is_device(cx, &attribute.value),
            ast::Expr::Attribute(attribute) => attribute.attr.as_str() == "device",
            _ => false,
        };
    });
    let is_answer = match value {
        ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "type" => is_device(cx, &attribute.value),
        ast::Expr::IfExp(_) | ast::Expr::Call(_) | ast::Expr::Attribute(_) | ast::Expr::BoolOp(_) => true,
        _ => false,
    };
    found && is_answer && (!matches!(value, ast::Expr::Call(_)) || is_device(cx, value) || crate::rules::new_text(cx, value).is_some())
}

/// No `global`, `nonlocal` or `del` of the name.
fn is_local(function: &ast::Stmt, name: &str) -> bool {
    let mut local = true;
    Node::Stmt(function).walk(&mut |node| match node {
        Node::Stmt(ast::Stmt::Global(stmt)) => local &= !stmt.names.iter().any(|other| other.as_str() == name),
        Node::Stmt(ast::Stmt::Nonlocal(stmt)) => local &= !stmt.names.iter().any(|other| other.as_str() == name),
        Node::Expr(ast::Expr::Name(other)) if other.id.as_str() == name && other.ctx.is_del() => local = false,
        Node::Expr(ast::Expr::Call(call)) => {
            local &= !matches!(&*call.func, ast::Expr::Name(f) if matches!(f.id.as_str(), "locals" | "vars" | "eval"))
        }
        _ => {}
    });
    local
}

/// Names that the decided file still reads, and the new texts, which may hold names too.
fn reads<'a>(cx: &Cx<'a>) -> (FxHashSet<(&'a str, TextRange)>, Vec<String>) {
    let mut decisions = Decisions::default();
    let mut texts = Vec::new();
    for (id, (claim, _)) in &cx.exprs {
        if let Some(decision) = &claim.decision {
            match decision {
                Decision::Build(pieces, _) => collect(pieces, &mut texts, cx),
                Decision::Edit(edits) => edits.iter().for_each(|edit| collect(&edit.pieces, &mut texts, cx)),
            }
            decisions.exprs.insert(*id, decision.clone());
        }
    }
    for (id, (claim, _)) in &cx.stmts {
        match &claim.decision.action {
            Action::Edit(edits) => edits.iter().for_each(|edit| collect(&edit.pieces, &mut texts, cx)),
            Action::Replace(pieces) => collect(pieces, &mut texts, cx),
            Action::Keep | Action::Delete => {}
        }
        texts.extend(claim.decision.before.iter().cloned());
        claim.decision.after.iter().for_each(|line| collect(line, &mut texts, cx));
        decisions.stmts.insert(*id, claim.decision.clone());
    }
    let mut read = FxHashSet::default();
    survivors(cx.file, &decisions, &mut |node, own_text| {
        if let Node::Expr(expr @ ast::Expr::Name(name)) = node
            && name.ctx.is_load()
            && own_text
        {
            read.insert((name.id.as_str(), expr.range()));
        }
    });
    (read, texts)
}

fn collect(pieces: &[Piece<'_>], texts: &mut Vec<String>, cx: &Cx<'_>) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => texts.push(text.clone()),
            Piece::Source(range) => texts.push(cx.file.slice(*range).to_owned()),
            Piece::Expr(..) | Piece::NewLine(_) | Piece::Suite(..) => {}
        }
    }
}

/// Whether new text has the name as a name: keywords such as `device=` don't count, and neither do attributes.
fn mentions(text: &str, name: &str) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + name.len()..].chars().next());
        !is_word(before) && !is_word(after) && before != Some('.') && after != Some('=')
    })
}
