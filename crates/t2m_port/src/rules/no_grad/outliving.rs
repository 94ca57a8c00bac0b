//! What a block without gradients writes to and leaves behind: `self.queue[:, 0] = v`, also by another name of the queue, or of a function's argument.

use t2m_semantic::ClassId;
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::stored::has_no_gradient;
use super::{Region, makes_array, region, wrapper};
use crate::callee::{Callee, callee};
use crate::cx::Cx;
use crate::survey::Store;
use crate::{receiver, storage, views};

/// Whether a target belongs to something that is there after the function around the block: `self.queue[:, 0]`, `buf[0]` of an argument.
pub(super) fn outlives<'a>(cx: &Cx<'a>, region: &Region<'a>, target: &'a ast::Expr) -> bool {
    match storage::owner(cx, target) {
        ast::Expr::Subscript(item) => outlives(cx, region, &item.value),
        ast::Expr::Attribute(_) => true,
        name @ ast::Expr::Name(_) => {
            other_name(cx, name).is_some() || argument(cx, region, name).is_some() || is_of_others(region, name) || is_walked(cx, name)
        }
        _ => false,
    }
}

/// The same of what is no argument: of those it is not known who has given them.
pub(super) fn is_kept<'a>(cx: &Cx<'a>, region: &Region<'a>, target: &'a ast::Expr) -> bool {
    outlives(cx, region, target) && argument(cx, region, root(cx, target)).is_none()
}

fn root<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> &'a ast::Expr {
    match storage::owner(cx, target) {
        ast::Expr::Subscript(item) => root(cx, &item.value),
        other => other,
    }
}

/// Whether a name belongs to what is around a function: the function binds it nowhere, or says so by `global` or `nonlocal`.
pub(super) fn is_of_others(region: &Region<'_>, name: &ast::Expr) -> bool {
    let (ast::Expr::Name(id), Some(ast::Stmt::FunctionDef(def))) = (name, region.function) else { return false };
    let (mut is_said, mut is_bound) = (false, receiver::has_parameter(def, &id.id));
    for stmt in &def.body {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Stmt(ast::Stmt::Global(ast::StmtGlobal { names, .. }) | ast::Stmt::Nonlocal(ast::StmtNonlocal { names, .. })) => {
                is_said |= names.contains(&id.id);
            }
            Node::Expr(ast::Expr::Name(own)) => is_bound |= own.id == id.id && !own.ctx.is_load(),
            _ => {}
        });
    }
    is_said || !is_bound
}

/// What gives a name its values: in the body around, or in the file where that binds it nowhere.
pub(super) fn bindings<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str) -> Vec<(Node<'a>, &'a ast::Expr)> {
    let own = views::bindings(views::enclosing_body(cx, at), name);
    if own.is_empty() { views::bindings(&cx.file.suite, name) } else { own }
}

/// `row` of `for row in self.rows`
fn is_walked<'a>(cx: &Cx<'a>, name: &'a ast::Expr) -> bool {
    let ast::Expr::Name(id) = name else { return false };
    matches!(&views::bindings(views::enclosing_body(cx, name), &id.id)[..],
        [(Node::Stmt(ast::Stmt::For(walk)), iter)] if walk.target.is_name_expr() && iter.is_attribute_expr())
}

/// `self.queue` of `queue = self.queue`, where the name stands for nothing else.
pub(super) fn other_name<'a>(cx: &Cx<'a>, name: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Name(id) = name else { return None };
    match &views::bindings(views::enclosing_body(cx, name), &id.id)[..] {
        [(Node::Stmt(ast::Stmt::Assign(assign)), value)] if assign.targets.iter().all(ast::Expr::is_name_expr) => {
            let owner = storage::owner(cx, value);
            // What an attribute of something unknown holds may be a list of the function's own.
            matches!(owner, ast::Expr::Attribute(held) if receiver::class_of(cx, &held.value).is_some()).then_some(owner)
        }
        _ => None,
    }
}

/// The function around a block, if the name is an argument of it that stands for nothing else.
fn argument<'a>(cx: &Cx<'a>, region: &Region<'a>, name: &'a ast::Expr) -> Option<&'a ast::StmtFunctionDef> {
    let (ast::Expr::Name(id), Some(ast::Stmt::FunctionDef(def))) = (name, region.function) else { return None };
    let is_given = receiver::has_parameter(def, &id.id) && views::bindings(&def.body, &id.id).is_empty();
    (is_given && views::enclosing_body(cx, name).first().map(Ranged::range) == def.body.first().map(Ranged::range)).then_some(def)
}

/// Whether all calls in the file give an argument something that has no gradient: `ema(self.mean, x)` of a buffer.
pub(super) fn is_given_without_gradient<'a>(cx: &Cx<'a>, region: &Region<'a>, target: &'a ast::Expr) -> bool {
    let name = root(cx, target);
    let (Some(def), ast::Expr::Name(id)) = (argument(cx, region, name), name) else { return false };
    let (mut found, mut has_none) = (false, true);
    for stmt in &cx.file.suite {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(ast::Expr::Call(call)) = node else { return };
            let is_it = |callee: &Callee<'a>| callee.function.file == cx.id && callee.function.range == def.range;
            let Some(callee) = callee(cx, call).filter(is_it) else { return };
            if let Some((_, given)) = callee.passed(call).find(|(param, _)| *param == id.id.as_str()) {
                found = true;
                has_none &= given.is_attribute_expr() && has_no_gradient(cx, given);
            }
        });
    }
    found && has_none
}

/// The value that a statement adds to an array that outlives the block, or multiplies one with that has no gradient: `v` of `self.rows[0] += v`, `mean += v` of an argument.
pub(in crate::rules) fn added<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<&'a ast::Expr> {
    let ast::Stmt::AugAssign(assign) = stmt else { return None };
    if assign.target.is_attribute_expr() {
        return None;
    }
    let region = region(cx, stmt)?;
    wrapper(cx, &assign.value)?;
    let is_sum = matches!(assign.op, ast::Operator::Add | ast::Operator::Sub);
    let is_without = || is_sum || has_no_gradient(cx, &assign.target) || is_given_without_gradient(cx, &region, &assign.target);
    (region.switch.is_none() && outlives(cx, &region, &assign.target) && is_without()).then_some(&*assign.value)
}

/// Whether all that a class of the file puts into an attribute is new, by sizes or by a value, and is no parameter: `self.rows = torch.zeros(n, d)`.
pub(super) fn is_plain_array(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    let is_here = |class: ClassId| cx.project_facts.class(class).file == cx.id;
    if !receiver::family(cx, class).all(is_here) {
        return false;
    }
    let stores: Vec<_> = receiver::family(cx, class).flat_map(|class| cx.shared.survey.stores(class, name)).collect();
    // `self.rows[0] = v` is noted as both.
    let is_item = |value: &ast::Expr| stores.iter().any(|store| matches!(store, Store::Item(item) if std::ptr::eq(*item, value)));
    let mut whole = stores.iter().filter_map(|store| match store {
        Store::Whole(value) if !receiver::is_none(value) && !is_item(value) => Some(*value),
        _ => None,
    });
    whole.next().is_some_and(|first| makes_array(cx, first)) && whole.all(|value| makes_array(cx, value))
}
