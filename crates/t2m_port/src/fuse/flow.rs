//! The data flow of one suite: what a name stands for where it is read, and whether a run of statements may become one expression.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use crate::cx::Cx;
use crate::effects;

/// An expression, and the statement of the suite before which its names are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term<'a> {
    pub(super) expr: &'a ast::Expr,
    pub(super) at: usize,
}

impl<'a> Term<'a> {
    pub(super) fn with(self, expr: &'a ast::Expr) -> Self {
        Self { expr, at: self.at }
    }
}

/// One suite of a function.
#[derive(Clone)]
pub(super) struct Flow<'a> {
    pub(super) suite: &'a [ast::Stmt],
    pub(super) function: &'a ast::Stmt,
    in_loop: bool,
}

/// What a pattern has matched so far. A pattern that tries two ways clones it.
#[derive(Debug, Clone, Default)]
pub(super) struct Region<'a> {
    /// Statements that go, with the names that each sets.
    gone: Vec<(usize, Vec<&'a str>)>,
    /// Statements that may go too, if nothing else reads their names: `input_dtype = x.dtype`.
    spared: Vec<(usize, Vec<&'a str>)>,
    /// Statements whose values were looked at, whether they go or not.
    watched: Vec<usize>,
    /// Expressions that the new text names.
    leaves: Vec<Term<'a>>,
}

impl<'a> Region<'a> {
    /// The new text names the expression.
    pub(super) fn leaf(&mut self, term: Term<'a>) -> &'a ast::Expr {
        self.leaves.push(term);
        term.expr
    }

    pub(super) fn gone(&self) -> impl Iterator<Item = usize> + '_ {
        self.gone.iter().map(|(index, _)| *index)
    }

    /// What the other region took is of no more use, unless something else reads it.
    pub(super) fn spare(&mut self, other: Self) {
        self.spared.extend(other.gone);
        self.spared.extend(other.spared);
    }

    pub(super) fn also(&mut self, other: Self) {
        self.spared.extend(other.spared);
        self.watched.extend(other.watched);
    }

    /// The statement is of no more use, unless something else reads its names.
    pub(super) fn may_go(&mut self, index: usize, names: Vec<&'a str>, is_watched: bool) {
        self.spared.push((index, names));
        self.watched.extend(is_watched.then_some(index));
    }

    fn take(&mut self, index: usize, names: Vec<&'a str>) {
        if !self.gone().any(|gone| gone == index) {
            self.gone.push((index, names));
        }
    }
}

/// A branch that changes a value on its way: `if mask is not None: scores = scores + mask`.
pub(super) struct Branch<'a> {
    pub(super) test: &'a ast::Expr,
    pub(super) value: Term<'a>,
}

impl<'a> Flow<'a> {
    /// `loops` are the ranges of the loops of the function.
    pub(super) fn new(function: &'a ast::Stmt, suite: &'a [ast::Stmt], loops: &[TextRange]) -> Self {
        let in_loop = suite.first().is_some_and(|first| loops.iter().any(|range| range.contains_range(first.range())));
        Self { suite, function, in_loop }
    }

    /// What a name was given by a plain assignment of this suite. The region takes the statement in.
    pub(super) fn see(&self, region: &mut Region<'a>, term: Term<'a>) -> Term<'a> {
        let mut term = term;
        while let ast::Expr::Name(name) = term.expr
            && let Some(index) = self.setter(&name.id, term.at)
            && let Some((target, value)) = plain_assignment(&self.suite[index])
            && target == name.id.as_str()
        {
            region.take(index, vec![target]);
            term = Term { expr: value, at: index };
        }
        term
    }

    /// The branch that last changed the name.
    pub(super) fn branch(&self, region: &mut Region<'a>, term: Term<'a>) -> Option<Branch<'a>> {
        let ast::Expr::Name(name) = term.expr else { return None };
        let index = self.setter(&name.id, term.at)?;
        let ast::Stmt::If(choice) = &self.suite[index] else { return None };
        let [only] = &choice.body[..] else { return None };
        let (target, value) = plain_assignment(only)?;
        if target != name.id.as_str() || !choice.orelse.is_empty() {
            return None;
        }
        region.take(index, vec![target]);
        Some(Branch { test: &choice.test, value: Term { expr: value, at: index } })
    }

    /// The last statement before `at` that may set the name.
    pub(super) fn setter(&self, name: &str, at: usize) -> Option<usize> {
        (0..at).rev().find(|&index| sets(&self.suite[index], name))
    }

    /// Whether two expressions have the same value: the same text, of the same names with the same values.
    pub(super) fn same(&self, cx: &Cx<'a>, a: Term<'a>, b: Term<'a>) -> bool {
        cx.source(a.expr) == cx.source(b.expr)
            && effects::is_pure(cx, a.expr)
            && names(a.expr).iter().all(|name| self.setter(name, a.at) == self.setter(name, b.at))
    }

    /// Whether the statements of the region may go, and what it names stand in the statement `root`.
    pub(super) fn holds(&self, cx: &Cx<'a>, region: &Region<'a>, root: Term<'a>) -> bool {
        region.gone.iter().all(|(index, names)| {
            *index < root.at
                && cx.owns_its_lines(&self.suite[*index])
                && names.iter().all(|name| self.is_read_in_region_only(cx, region, root, *index, name))
        }) && region.leaves.iter().all(|&leaf| self.may_move(cx, region, leaf, root.at))
            && self.is_quiet_between(cx, region, root.at)
    }

    /// Takes in what is of no more use.
    pub(super) fn sweep(&self, cx: &Cx<'a>, region: &mut Region<'a>, root: Term<'a>) {
        let mut spared = std::mem::take(&mut region.spared);
        // What is read by the statements between goes after them.
        spared.sort_by_key(|(index, _)| std::cmp::Reverse(*index));
        for (index, names) in spared {
            if region.gone().any(|gone| gone == index) || self.holds_a_decision(cx, index) {
                continue;
            }
            let mut with = region.clone();
            with.take(index, names);
            if self.holds(cx, &with, root) {
                *region = with;
            }
        }
    }

    /// Whether something was decided about the statement itself.
    fn holds_a_decision(&self, cx: &Cx<'a>, index: usize) -> bool {
        super::is_settled(cx, &self.suite[index])
    }

    /// Whether nothing else reads what the statement sets. What the region holds is either matched, so that it goes, or a leaf, which `may_move` looks at.
    fn is_read_in_region_only(&self, cx: &Cx<'a>, region: &Region<'a>, root: Term<'a>, index: usize, name: &str) -> bool {
        let known = |range: &TextRange| {
            root.expr.range().contains_range(*range)
                || region.gone().any(|gone| self.suite[gone].range().contains_range(*range))
                || super::is_fused_away(cx, *range)
        };
        let mut killed = false;
        for stmt in &self.suite[index + 1..] {
            if !reads(stmt, name).iter().all(known) {
                return false;
            }
            if plain_assignment(stmt).is_some_and(|(target, _)| target == name) {
                killed = true;
                break;
            }
        }
        let (start, end) = (self.suite[index].range().start(), self.suite.last().map_or(TextRange::default(), Ranged::range).end());
        let mut fine = true;
        Node::Stmt(self.function).walk(&mut |node| match node {
            Node::Expr(ast::Expr::Name(read)) if read.id.as_str() == name && !matches!(read.ctx, ast::ExprContext::Store) => {
                let range = read.range();
                let behind = range.start() > end && !killed;
                let before = range.start() < start && self.in_loop;
                fine &= known(&range) || !(behind || before);
                fine &= !matches!(read.ctx, ast::ExprContext::Del);
            }
            // A function that is called later may read it.
            Node::Stmt(inner @ (ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_))) if !std::ptr::eq(inner, self.function) => {
                fine &= reads(inner, name).is_empty();
            }
            Node::Expr(ast::Expr::Lambda(lambda)) => fine &= !names(&lambda.body).contains(&name),
            Node::Stmt(ast::Stmt::Global(stmt)) => fine &= !stmt.names.iter().any(|global| global.as_str() == name),
            Node::Stmt(ast::Stmt::Nonlocal(stmt)) => fine &= !stmt.names.iter().any(|outer| outer.as_str() == name),
            _ => {}
        });
        fine
    }

    /// Whether the expression has the same value in the statement `root`, once the region is gone.
    fn may_move(&self, cx: &Cx<'a>, region: &Region<'a>, leaf: Term<'a>, root: usize) -> bool {
        let is_gone = |index: usize| region.gone().any(|gone| gone == index);
        let stays = |name: &str| {
            let now = (0..root).rev().find(|&index| sets(&self.suite[index], name) && !is_gone(index));
            self.setter(name, leaf.at) == now
        };
        names(leaf.expr).iter().all(|name| stays(name)) && only_computes(cx, leaf.expr)
    }

    /// Whether no statement between changes an object in place.
    fn is_quiet_between(&self, cx: &Cx<'a>, region: &Region<'a>, root: usize) -> bool {
        let matched = || region.gone().chain(region.watched.iter().copied());
        let Some(first) = matched().min() else { return true };
        (first..root).filter(|index| !matched().any(|matched| matched == *index)).all(|index| {
            let mut quiet = true;
            Node::Stmt(&self.suite[index]).walk(&mut |node| match node {
                Node::Stmt(ast::Stmt::AugAssign(_) | ast::Stmt::Delete(_)) => quiet = false,
                Node::Expr(ast::Expr::Attribute(target)) if !matches!(target.ctx, ast::ExprContext::Load) => quiet = false,
                Node::Expr(ast::Expr::Subscript(target)) if !matches!(target.ctx, ast::ExprContext::Load) => quiet = false,
                Node::Expr(expr @ ast::Expr::Call(call)) => {
                    quiet &= match super::frames::callee_of(cx, call) {
                        Some(function) => super::frames::only_computes(cx, function, 4),
                        None => only_computes(cx, expr),
                    };
                }
                _ => {}
            });
            quiet
        })
    }
}

/// Without effects, or the call of a layer that draws no random numbers.
pub(super) fn only_computes(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Call(call) if is_plain_layer(cx, &call.func) => call.args.iter().all(|arg| only_computes(cx, arg)),
        ast::Expr::Call(call) => match &*call.func {
            // A method on what a layer gives: `self.q(x).view(b, n, h, d)`.
            ast::Expr::Attribute(method) if !effects::is_pure(cx, expr) => {
                !method.attr.ends_with('_')
                    && cx.entity(&call.func).is_none()
                    && cx.tables.contains(&format!("Tensor.{}", method.attr))
                    && only_computes(cx, &method.value)
                    && call.args.iter().all(|arg| only_computes(cx, arg))
            }
            _ => effects::is_pure(cx, expr),
        },
        _ => effects::is_pure(cx, expr),
    }
}

fn is_plain_layer(cx: &Cx<'_>, func: &ast::Expr) -> bool {
    matches!(cx.kind(func), t2m_semantic::Kind::Layer(name) if !name.as_str().contains("Dropout") && !name.as_str().contains("BatchNorm"))
}

/// `name = value`, annotated or not.
fn plain_assignment(stmt: &ast::Stmt) -> Option<(&str, &ast::Expr)> {
    match stmt {
        ast::Stmt::Assign(assign) => match &assign.targets[..] {
            [ast::Expr::Name(target)] => Some((&target.id, &assign.value)),
            _ => None,
        },
        ast::Stmt::AnnAssign(assign) => match (&*assign.target, &assign.value) {
            (ast::Expr::Name(target), Some(value)) => Some((&target.id, value)),
            _ => None,
        },
        _ => None,
    }
}

/// The names that an assignment gives values to, and the value: `name = value`, `a, b = value`.
pub(super) fn assigned_names(stmt: &ast::Stmt) -> Option<(Vec<&str>, &ast::Expr)> {
    if let Some((name, value)) = plain_assignment(stmt) {
        return Some((vec![name], value));
    }
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let [ast::Expr::Tuple(tuple)] = &assign.targets[..] else { return None };
    let name = |target: &'_ ast::Expr| matches!(target, ast::Expr::Name(_));
    if !tuple.elts.iter().all(name) {
        return None;
    }
    let names = tuple.elts.iter().filter_map(|target| match target {
        ast::Expr::Name(target) => Some(target.id.as_str()),
        _ => None,
    });
    Some((names.collect(), &assign.value))
}

/// Whether a statement, or one in it, may give the name a value.
fn sets(stmt: &ast::Stmt, name: &str) -> bool {
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| match node {
        Node::Expr(ast::Expr::Name(target)) => found |= target.id.as_str() == name && !matches!(target.ctx, ast::ExprContext::Load),
        Node::Stmt(ast::Stmt::FunctionDef(def)) => found |= def.name.as_str() == name,
        Node::Stmt(ast::Stmt::ClassDef(def)) => found |= def.name.as_str() == name,
        Node::Stmt(ast::Stmt::Import(_) | ast::Stmt::ImportFrom(_)) => found = true,
        Node::Stmt(ast::Stmt::Try(_) | ast::Stmt::TryStar(_) | ast::Stmt::Match(_)) => found = true,
        _ => {}
    });
    found
}

/// Where a statement, or one in it, reads the name.
fn reads(stmt: &ast::Stmt, name: &str) -> Vec<TextRange> {
    let mut found = Vec::new();
    Node::Stmt(stmt).walk(&mut |node| match node {
        Node::Expr(ast::Expr::Name(read)) if read.id.as_str() == name && !matches!(read.ctx, ast::ExprContext::Store) => {
            found.push(read.range());
        }
        // `x += 1` reads what it writes.
        Node::Stmt(ast::Stmt::AugAssign(stmt)) => {
            if matches!(&*stmt.target, ast::Expr::Name(target) if target.id.as_str() == name) {
                found.push(stmt.range());
            }
        }
        _ => {}
    });
    found
}

/// The names in an expression.
fn names(expr: &ast::Expr) -> Vec<&str> {
    let mut found = Vec::new();
    Node::Expr(expr).walk(&mut |node| {
        if let Node::Expr(ast::Expr::Name(name)) = node {
            found.push(name.id.as_str());
        }
    });
    found
}
