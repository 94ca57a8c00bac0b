//! Names of devices and gradient scalers that nothing reads any more: `device = x.device` above calls that took it.

use t2m_semantic::{FileId, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::piece::{Action, Nest, StmtDecision};
use t2m_syntax::survivors::{Decided, survivors_of};
use t2m_syntax::{Decision, Edit, Node, NodeId, Piece, TextRange};

use crate::claim::{Origin, StmtClaim};
use crate::cx::{Cx, contains_word};
use crate::rules::is_device;

/// An assignment in a function that may go if its name is not read.
struct Candidate<'a> {
    stmt: &'a ast::Stmt,
    name: &'a str,
    /// Where it can be read; `None` for the whole file.
    function: Option<&'a ast::Stmt>,
    /// What goes of the statement, where the name is one of several: `b, n, device = *x.shape, x.device`.
    part: Option<Vec<Edit<'a>>>,
}

/// Deletes what became unused, until nothing does.
pub(crate) fn sweep(cx: &mut Cx<'_>) {
    let mut candidates = candidates(cx);
    while !candidates.is_empty() {
        let is_read = reads(cx, &candidates);
        let mut is_read = is_read.into_iter();
        let (stay, gone): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|_| is_read.next() == Some(true));
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
fn scope<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, value: &ast::Expr, name: &str) -> Option<Option<&'a ast::Stmt>> {
    if let Some(function) = function_around(cx, stmt) {
        return is_local(function, name).then_some(Some(function));
    }
    let is_top = cx.file.suite.iter().any(|top| std::ptr::eq(top, stmt));
    let is_foreign = |id: &FileId| *id != cx.id && contains_word(&cx.project.file(*id).source.text, name);
    (is_top && is_scaler(cx, value) && !cx.project.ids().any(|id| is_foreign(&id))).then_some(None)
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
    part.iter().all(is_one_line).then(|| Candidate { stmt, name: &name.id, function: Some(function), part: Some(part) })
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
    let is_answer = match value {
        ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "type" => is_device(cx, &attribute.value),
        ast::Expr::IfExp(_) | ast::Expr::Attribute(_) | ast::Expr::BoolOp(_) => true,
        ast::Expr::Call(_) => is_device(cx, value) || crate::rules::new_text(cx, value).is_some(),
        _ => false,
    };
    is_answer && names_places(cx, value)
}

fn names_places(cx: &Cx<'_>, value: &ast::Expr) -> bool {
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
    found
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

/// Which candidates the decided file still reads: as a name, or in a new text.
fn reads<'a>(cx: &Cx<'a>, candidates: &[Candidate<'a>]) -> Vec<bool> {
    let mut read = vec![false; candidates.len()];
    new_texts(cx, &mut |text| {
        candidates.iter().zip(&mut read).for_each(|(candidate, read)| *read |= mentions(text, candidate.name));
    });
    let mut walked: Vec<Option<NodeId>> = Vec::new();
    for candidate in candidates {
        let id = candidate.function.map(NodeId::from);
        if walked.contains(&id) {
            continue;
        }
        walked.push(id);
        let here: Vec<usize> = (0..candidates.len()).filter(|i| candidates[*i].function.map(NodeId::from) == id).collect();
        let stmts = candidate.function.map_or(&cx.file.suite[..], std::slice::from_ref);
        survivors_of(cx.file, stmts, cx, &mut |node, own_text| {
            if let Node::Expr(ast::Expr::Name(name)) = node
                && name.ctx.is_load()
                && own_text
            {
                here.iter().filter(|i| candidates[**i].name == name.id.as_str()).for_each(|i| read[*i] = true);
            }
        });
    }
    read
}

/// What claims say before they are settled. Statements that they move stay where they are.
impl<'a> Decided<'a> for Cx<'a> {
    fn expr(&self, id: NodeId) -> Option<&Decision<'a>> {
        self.exprs.get(&id)?.0.decision.as_ref()
    }

    fn stmt(&self, id: NodeId) -> Option<&StmtDecision<'a>> {
        Some(&self.stmts.get(&id)?.0.decision)
    }

    fn nests(&self, _: NodeId) -> &[Nest<'a>] {
        &[]
    }
}

/// Visits the texts that claims bring.
fn new_texts(cx: &Cx<'_>, visit: &mut dyn FnMut(&str)) {
    let mut bring = |pieces: &[Piece<'_>]| {
        for piece in pieces {
            match piece {
                Piece::Text(text) => visit(text),
                Piece::Source(range) => visit(cx.file.slice(*range)),
                Piece::Expr(..) | Piece::NewLine(_) | Piece::Suite(..) => {}
            }
        }
    };
    for decision in cx.exprs.values().filter_map(|(claim, _)| claim.decision.as_ref()) {
        match decision {
            Decision::Build(pieces, _) => bring(pieces),
            Decision::Edit(edits) => edits.iter().for_each(|edit| bring(&edit.pieces)),
        }
    }
    for (claim, _) in cx.stmts.values() {
        match &claim.decision.action {
            Action::Edit(edits) => edits.iter().for_each(|edit| bring(&edit.pieces)),
            Action::Replace(pieces) => bring(pieces),
            Action::Keep | Action::Delete => {}
        }
        claim.decision.after.iter().for_each(|line| bring(line));
    }
    cx.stmts.values().flat_map(|(claim, _)| &claim.decision.before).for_each(|line| visit(line));
}

/// Whether new text has the name as a name: keywords such as `device=` don't count, and neither do attributes.
fn mentions(text: &str, name: &str) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + name.len()..].chars().next());
        !is_word(before) && !is_word(after) && before != Some('.') && after != Some('=')
    })
}
