//! The data flow of one suite: what a name stands for where it is read, and whether a run of statements may become one expression.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use super::assigned::{assigned_names, changed, in_place, is_measured, names, plain_assignment, reads, sets};
use crate::cx::Cx;
use crate::effects;
use crate::receiver;

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
    /// Statements that go and changed a value in place, whatever is decided about them.
    in_place: Vec<usize>,
    /// Statements that go, behind which a name has the lengths of before, but for its heads: `k = repeat_kv(k, n)`.
    renamed: Vec<usize>,
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

    /// What goes and is decided about by nothing that counts.
    pub(super) fn changes_in_place(&self, index: usize) -> bool {
        self.in_place.contains(&index)
    }

    /// The statement that was taken last, and a name that it sets.
    pub(super) fn last_taken(&self) -> Option<(usize, &'a str)> {
        let (index, names) = self.gone.last()?;
        Some((*index, names.first()?))
    }

    /// The name that the statement sets is read in its place, as it was before, where only its length counts.
    pub(super) fn renames(&mut self, index: usize) {
        self.renamed.push(index);
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
    /// The statements of the branch; the last one gives the value.
    pub(super) body: &'a [ast::Stmt],
}

/// What a statement does to the value of a name, where it stands.
pub(super) enum InPlace<'a> {
    /// `scores.masked_fill_(mask, value)`
    Call(Term<'a>),
    /// `scores += mask`
    Operator(ast::Operator, Term<'a>),
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

    /// The branch that last changed the name. What else it names is of no use elsewhere.
    pub(super) fn branch(&self, cx: &Cx<'a>, region: &mut Region<'a>, term: Term<'a>) -> Option<Branch<'a>> {
        let ast::Expr::Name(name) = term.expr else { return None };
        let is_branch = |stmt: &ast::Stmt| matches!(stmt, ast::Stmt::If(choice) if choice.body.last().and_then(in_place).is_some_and(|(target, _)| target == name.id.as_str()));
        let index = (0..term.at).rev().find(|&index| sets(&self.suite[index], &name.id) || is_branch(&self.suite[index]))?;
        let ast::Stmt::If(choice) = &self.suite[index] else { return None };
        let (last, before) = choice.body.split_last()?;
        let (target, value) = changed(last)?;
        if target != name.id.as_str() || !choice.orelse.is_empty() {
            return None;
        }
        let mut names = vec![target];
        for stmt in before {
            let (more, value) = assigned_names(stmt)?;
            only_computes(cx, value).then_some(())?;
            names.extend(more);
        }
        (names.iter().filter(|other| **other == target).count() == 1).then_some(())?;
        region.take(index, names);
        region.in_place.extend(in_place(last).map(|_| index));
        Some(Branch { test: &choice.test, value: Term { expr: value, at: index }, body: &choice.body })
    }

    /// What a branch gives the name by plain assignments alone, each of which makes no difference if it is left out.
    pub(super) fn branch_of_assignments(
        &self,
        region: &mut Region<'a>,
        term: Term<'a>,
        fits: &dyn Fn(Term<'a>) -> bool,
    ) -> Option<Term<'a>> {
        let ast::Expr::Name(name) = term.expr else { return None };
        let index = self.setter(&name.id, term.at)?;
        let ast::Stmt::If(choice) = &self.suite[index] else { return None };
        let assigned: Vec<(&str, &ast::Expr)> = choice.body.iter().map(plain_assignment).collect::<Option<_>>()?;
        let (_, value) = assigned.iter().find(|(target, _)| *target == name.id.as_str())?;
        let all_fit = assigned.iter().all(|(_, value)| fits(Term { expr: value, at: index }));
        (choice.orelse.is_empty() && all_fit).then_some(())?;
        region.take(index, assigned.iter().map(|(target, _)| *target).collect());
        Some(Term { expr: value, at: index })
    }

    /// An expression of a branch, as it can be written where the branch stands: the names that the branch gives have no meaning there.
    pub(super) fn out_of(&self, body: &'a [ast::Stmt], term: Term<'a>) -> Option<Term<'a>> {
        let before = &body[..body.len().checked_sub(1)?];
        let mut expr = term.expr;
        while let ast::Expr::Name(name) = expr
            && let Some((_, value)) = before.iter().rev().filter_map(plain_assignment).find(|(target, _)| *target == name.id.as_str())
        {
            expr = value;
        }
        let is_free = names(expr).iter().all(|name| !before.iter().any(|stmt| sets(stmt, name)));
        is_free.then_some(term.with(expr))
    }

    /// The statement that last changed the value of the name in place, and the name there.
    pub(super) fn changed_in_place(&self, region: &mut Region<'a>, term: Term<'a>) -> Option<(Term<'a>, InPlace<'a>)> {
        let ast::Expr::Name(name) = term.expr else { return None };
        let after = self.setter(&name.id, term.at).map_or(0, |index| match &self.suite[index] {
            ast::Stmt::AugAssign(_) => index,
            _ => index + 1,
        });
        let index =
            (after..term.at).rev().find(|&index| in_place(&self.suite[index]).is_some_and(|(target, _)| target == name.id.as_str()))?;
        let (target, change) = match &self.suite[index] {
            ast::Stmt::AugAssign(stmt) => (&*stmt.target, InPlace::Operator(stmt.op, Term { expr: &stmt.value, at: index })),
            stmt => (term.expr, InPlace::Call(Term { expr: in_place(stmt)?.1, at: index })),
        };
        region.take(index, vec![&name.id]);
        region.in_place.push(index);
        Some((Term { expr: target, at: index }, change))
    }

    /// The last statement before `at` that may set the name.
    pub(super) fn setter(&self, name: &str, at: usize) -> Option<usize> {
        (0..at).rev().find(|&index| sets(&self.suite[index], name))
    }

    /// Whether no statement from one to the other may change the object that the name stands for.
    pub(super) fn leaves_alone(&self, cx: &Cx<'a>, name: &str, from: usize, to: usize) -> bool {
        !self.suite.get(from + 1..to).unwrap_or_default().iter().any(|stmt| may_change(cx, stmt, name))
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

    /// Takes in all that may be of no more use, where that leaves no reader.
    pub(super) fn widen(&self, cx: &Cx<'a>, region: &mut Region<'a>, root: Term<'a>) {
        let mut spared = region.spared.clone();
        spared.retain(|(index, _)| *index < root.at && !self.holds_a_decision(cx, *index));
        loop {
            let mut wide = region.clone();
            spared.iter().for_each(|(index, names)| wide.take(*index, names.clone()));
            let unread = |(index, names): &(usize, Vec<&'a str>)| {
                names.iter().all(|name| self.is_read_in_region_only(cx, &wide, root, *index, name))
            };
            let before = spared.len();
            spared.retain(unread);
            if spared.len() == before {
                if self.holds(cx, &wide, root) {
                    *region = wide;
                }
                return;
            }
        }
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
            let mut then = self.setter(name, leaf.at);
            while let Some(index) = then.filter(|index| region.renamed.contains(index) && is_measured(leaf.expr, name)) {
                then = self.setter(name, index);
            }
            then == now
        };
        names(leaf.expr).iter().all(|name| stays(name)) && only_computes(cx, leaf.expr)
    }

    /// Whether no statement between changes an object in place.
    fn is_quiet_between(&self, cx: &Cx<'a>, region: &Region<'a>, root: usize) -> bool {
        let matched = || region.gone().chain(region.watched.iter().copied());
        let Some(first) = matched().min() else { return true };
        (first..root).filter(|index| !matched().any(|matched| matched == *index)).all(|index| is_quiet(cx, &self.suite[index]))
    }
}

/// Whether a statement changes no object in place.
fn is_quiet<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let mut quiet = true;
    Node::Stmt(stmt).walk(&mut |node| match node {
        Node::Stmt(ast::Stmt::AugAssign(_) | ast::Stmt::Delete(_)) => quiet = false,
        Node::Expr(ast::Expr::Attribute(target)) if !matches!(target.ctx, ast::ExprContext::Load) => quiet = false,
        Node::Expr(ast::Expr::Subscript(target)) if !matches!(target.ctx, ast::ExprContext::Load) => quiet = false,
        Node::Expr(expr @ ast::Expr::Call(call)) => {
            quiet &= match super::functions::callee_of(cx, call) {
                Some(function) => super::functions::only_computes(cx, function, 4),
                None => only_computes(cx, expr),
            };
        }
        _ => {}
    });
    quiet
}

/// Whether a statement may change the object of the name in place.
fn may_change<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, name: &str) -> bool {
    let is_its = |expr: &ast::Expr| root_name(expr) == Some(name);
    let mut changes = false;
    Node::Stmt(stmt).walk(&mut |node| match node {
        Node::Stmt(ast::Stmt::AugAssign(stmt)) => changes |= is_its(&stmt.target),
        Node::Expr(expr @ ast::Expr::Attribute(target)) => changes |= !matches!(target.ctx, ast::ExprContext::Load) && is_its(expr),
        Node::Expr(expr @ ast::Expr::Subscript(target)) => changes |= !matches!(target.ctx, ast::ExprContext::Load) && is_its(expr),
        Node::Expr(expr @ ast::Expr::Call(call)) => {
            let given = || call.args.iter().chain(call.keywords.iter().map(|kw| &kw.value)).any(is_its);
            changes |= match &*call.func {
                ast::Expr::Attribute(method) if is_its(&method.value) => method.attr.ends_with('_'),
                ast::Expr::Attribute(method) if method.attr.as_str() == "register_buffer" => false,
                _ => given() && !only_computes(cx, expr),
            };
        }
        _ => {}
    });
    changes
}

/// `x` of `x.data[0]`.
fn root_name(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::Name(name) => Some(&name.id),
        ast::Expr::Attribute(attribute) => root_name(&attribute.value),
        ast::Expr::Subscript(subscript) => root_name(&subscript.value),
        _ => None,
    }
}

/// Without effects, or the call of a layer that draws no random numbers.
pub(super) fn only_computes<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
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

fn is_plain_layer<'a>(cx: &Cx<'a>, func: &'a ast::Expr) -> bool {
    receiver::layer(cx, func).is_some_and(|name| !name.as_str().contains("Dropout") && !name.as_str().contains("BatchNorm"))
}
