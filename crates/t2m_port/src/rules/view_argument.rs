//! A view as an argument of a function that changes its parameter: in MLX it changes a copy.

use t2m_semantic::Entity;
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::{Hook, Rule, Shape, stale_view, written_back};
use crate::callee::callee;
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::fresh_values;
use crate::tensor_uses::has_only_tensors;
use crate::{
    called_values, constructed, gathered_views, given_views, held_tensors, held_views, in_place, kept_views, receiver, storage,
    taken_views, views, written_arguments,
};

pub(super) const RULE: Rule = Rule { name: "view-argument", doc: include_str!("view_argument.md"), hook: Hook::Expr(&[Shape::Call], expr) };

pub(super) fn expr<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    if let Some(finding) = mapped(cx, call).map(|base| lost(cx, call, base)).or_else(|| by_operator(cx, call)) {
        return Some(Claim::todo(finding));
    }
    // Most calls pass no tensor by name and no view: whole functions are searched for the others alone.
    if call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value)).all(ast::Expr::is_constant_expr) {
        return None;
    }
    let may_be_lost = |arg: &'a ast::Expr| viewed(cx, arg).is_some() || is_named_tensor(cx, arg);
    if written_back::item(cx, call).is_some() {
        return None;
    }
    if callee(cx, call).is_none() {
        let kept = constructed::written(cx, call, may_be_lost);
        let by_value = || called_values::changed_arguments(cx, call, may_be_lost).into_iter().find_map(|arg| lost_argument(cx, call, arg));
        return kept.into_iter().find_map(|arg| lost_by_object(cx, call, arg)).or_else(by_value).map(Claim::todo);
    }
    let changed = written_arguments::changed_arguments(cx, call, |arg| may_be_lost(arg) || is_open(cx, arg));
    let by_value =
        || called_values::passed_to_writers(cx, call).into_iter().find_map(|(arg, is_part)| lost_by_writer(cx, call, arg, is_part));
    let finding = changed.into_iter().find_map(|arg| lost_argument(cx, call, arg)).or_else(by_value);
    // Most of what layers change within nobody reads again.
    let is_read = |base: &&'a ast::Expr| match base {
        ast::Expr::Name(name) => views::read_after(cx, name, base),
        base => base.is_attribute_expr(),
    };
    let by_layer = || {
        let activated = written_arguments::activated_arguments(cx, call, |arg| viewed(cx, arg).is_some());
        activated.into_iter().find_map(|arg| viewed(cx, arg).filter(is_read)).map(|base| lost(cx, call, base))
    };
    let finding = finding.or_else(by_layer);
    let lost_shape =
        || written_arguments::reshaped_arguments(cx, call, |arg| is_read_later(cx, call, arg)).first().map(|arg| lost_shape(cx, call, arg));
    Some(Claim::todo(finding.or_else(lost_shape)?))
}

fn lost_argument<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, arg: &'a ast::Expr) -> Option<Finding> {
    match viewed(cx, arg) {
        Some(base) => Some(lost(cx, call, base)),
        None if is_open(cx, arg) => {
            // NumPy's views are views in the port, too.
            let is_view = has_only_tensors(cx) && arg.as_name_expr().is_some_and(|name| views::is_bound_to_view(cx, name, arg));
            is_view.then(|| in_place::lost_write(cx, arg, arg)).flatten().or_else(|| stale_view::stale_name(cx, arg, arg))
        }
        None => in_place::lost_write(cx, arg, arg).or_else(|| stale_view::stale_name(cx, arg, arg)),
    }
}

/// The function calls what writes with an argument, or with rows and other views that it has taken of it.
fn lost_by_writer<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, arg: &'a ast::Expr, is_part: bool) -> Option<Finding> {
    if is_part && cx.kind(arg).is_tensor() {
        return (!fresh_values::is_fresh(cx, arg)).then(|| lost(cx, call, viewed(cx, arg).unwrap_or(arg)));
    }
    let may_be_lost = viewed(cx, arg).is_some() || !is_part && is_named_tensor(cx, arg);
    may_be_lost.then(|| lost_argument(cx, call, arg)).flatten()
}

/// An object keeps an argument that somebody writes to through it: a view of what is still used, or the tensor of which it keeps a view, too.
fn lost_by_object<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, arg: &'a ast::Expr) -> Option<Finding> {
    let mut others = constructed::generated(cx, call)?.into_iter().map(|held| held.argument).filter(|other| !std::ptr::eq(*other, arg));
    if let Some(base) = viewed(cx, arg) {
        let mut is_kept_beside = || others.any(|other| cx.source(other) == cx.source(base));
        return (is_used(cx, base, arg) || is_kept_beside()).then(|| lost(cx, call, base));
    }
    match others.any(|other| viewed(cx, other).is_some_and(|base| cx.source(base) == cx.source(arg))) {
        true => Some(lost(cx, call, arg)),
        false => in_place::lost_write(cx, arg, arg).or_else(|| stale_view::stale_name(cx, arg, arg)),
    }
}

/// Whether someone looks at a tensor after its view was taken, perhaps in the next turn of a loop.
fn is_used<'a>(cx: &Cx<'a>, base: &'a ast::Expr, arg: &'a ast::Expr) -> bool {
    let name = match base {
        ast::Expr::Name(name) => name,
        // What a call gives has no other name here: `Batch(load(rows).view(-1, 1))`.
        base => return !base.is_call_expr(),
    };
    let is_callers =
        || receiver::is_parameter_around(cx, arg, &name.id) && views::bindings(views::enclosing_body(cx, arg), &name.id).is_empty();
    views::read_after(cx, name, arg) || is_callers() || gathered_views::loops(cx, arg).next().is_some()
}

/// A tensor by a name that is read behind the call, which does not bind it anew as in `x = widened(x)`.
fn is_read_later<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, arg: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = arg else { return false };
    let is_bound_anew = || {
        let Some(ast::Stmt::Assign(assign)) = cx.statement(arg) else { return false };
        assign.targets.iter().any(|target| views::binds(target, &name.id)) && assign.value.range().contains_range(call.range())
    };
    views::read_after(cx, name, arg) && !is_bound_anew()
}

fn lost_shape<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, arg: &'a ast::Expr) -> Finding {
    let name = cx.snippet(arg);
    let reason = format!("the function changes the shape of `{name}` in place; in MLX `{name}` keeps the old one here");
    Finding::todo(codes::WRITE_THROUGH_VIEW, call.range(), reason).help(format!("give the tensor back and bind it: `{name} = ...`"))
}

/// What an argument is a view of, by its own text, or the tensor whose cast it is, where the cast may change nothing.
fn viewed<'a>(cx: &Cx<'a>, arg: &'a ast::Expr) -> Option<&'a ast::Expr> {
    if written_arguments::is_container(cx, arg) {
        let is_viewed = |base: &&'a ast::Expr| !fresh_values::is_fresh(cx, base) && cx.kind(base).is_tensor();
        return held_views::bases(cx, arg).iter().copied().find(is_viewed);
    }
    // `rows[0] if first else rows[1]`
    if matches!(arg, ast::Expr::IfExp(_) | ast::Expr::BoolOp(_)) {
        return held_views::bases(cx, arg).iter().copied().find(|base| !fresh_values::is_fresh(cx, base) && cx.kind(base).is_tensor());
    }
    if let Some(base) = views::base(cx, arg) {
        let is_tensor = || cx.kind(base).is_tensor() || cx.kind(arg).is_tensor() || views::is_explicit(cx, arg);
        return (!fresh_values::is_fresh(cx, base) && is_tensor()).then_some(base);
    }
    views::shared(cx, arg).filter(|base| !fresh_values::is_fresh(cx, base) && is_seen(cx, base, arg))
}

/// `operator.iadd(y[0], 1)`, `y[0].__iadd__(1)`, `row.__setitem__(0, 1)`
fn by_operator<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Finding> {
    let target = match &*call.func {
        ast::Expr::Attribute(method) if storage::writes_by_operator(&method.attr) && !receiver::is_super(cx, &method.value) => {
            let is_object = receiver::class_of(cx, &method.value).is_some();
            Some(&*method.value).filter(|_| !is_object)?
        }
        func => {
            let name = cx.qualified(func)?.strip_prefix("operator.")?;
            call.args.first().filter(|_| storage::is_writing_operator(name))?
        }
    };
    if let Some(base) = viewed(cx, target) {
        return Some(lost(cx, call, base));
    }
    in_place::lost_write(cx, target, target).filter(|_| target.is_name_expr())
}

/// The tensor whose rows `map(lambda row: row.mul_(2), x)` or `reduce(lambda a, b: a.add_(b), x)` writes to.
fn mapped<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<&'a ast::Expr> {
    let (function, walked) = call.args.split_first().filter(|(_, walked)| !walked.is_empty())?;
    let is_viewed = |base: &&'a ast::Expr| !fresh_values::is_fresh(cx, base) && cx.kind(base).is_tensor();
    let row_of = |items: &'a ast::Expr| held_views::bases_of_items(cx, items).iter().copied().find(is_viewed);
    match cx.entity(&call.func) {
        Some(Entity::Builtin(name)) if matches!(name.as_str(), "map" | "filter") => {
            let mut walked = walked.iter().enumerate();
            walked.find_map(|(at, items)| if called_values::writes(cx, function, at) { row_of(items) } else { None })
        }
        Some(Entity::Library(name)) if name == "functools.reduce" && called_values::writes(cx, function, 0) => match walked {
            [items] => row_of(items),
            [_, first, ..] => views::base(cx, first).filter(is_viewed),
            [] => None,
        },
        _ => None,
    }
}

/// Whether someone looks at a tensor after the call.
fn is_seen<'a>(cx: &Cx<'a>, base: &'a ast::Expr, arg: &'a ast::Expr) -> bool {
    match base {
        ast::Expr::Name(name) => views::read_after(cx, name, arg) || receiver::is_parameter_around(cx, arg, &name.id),
        base => base.is_attribute_expr(),
    }
}

/// `row`, `self.row`: where it is bound tells whether it is a view, or is viewed.
fn is_named_tensor<'a>(cx: &Cx<'a>, arg: &'a ast::Expr) -> bool {
    matches!(arg, ast::Expr::Name(_) | ast::Expr::Attribute(_)) && cx.kind(arg).is_tensor()
        || is_given_view(cx, arg)
        || is_memory(cx, arg, DEEPEST)
}

/// What nothing is known of, or an item of a container, where views are taken of something: what the function writes to may be it.
fn is_open<'a>(cx: &Cx<'a>, arg: &'a ast::Expr) -> bool {
    match arg {
        ast::Expr::Name(_) => !is_named_tensor(cx, arg) && cx.kind(arg).is_unknown() && !taken_views::are_none(cx, arg),
        ast::Expr::Attribute(_) => cx.kind(arg).is_unknown() && kept_views::is_viewed_as_array(cx, arg, arg),
        ast::Expr::Subscript(item) => !taken_views::are_none(cx, arg) && !held_tensors::at_key(cx, item, arg).is_empty(),
        _ => false,
    }
}

/// Names of names are followed so far.
const DEEPEST: usize = 3;

/// `d` of `d = p.data`, where `p` is taken for a tensor by what it is called
fn is_memory<'a>(cx: &Cx<'a>, arg: &'a ast::Expr, depth: usize) -> bool {
    let (ast::Expr::Name(name), Some(next)) = (arg, depth.checked_sub(1)) else { return false };
    if !cx.kind(arg).is_unknown() || !cx.text_has(".data") && !cx.text_has(".detach()") {
        return false;
    }
    let mut found = false;
    for bound in held_views::bounds(cx, &name.id, None, arg) {
        Node::Expr(bound.value).walk(&mut |node| {
            let Node::Expr(part) = node else { return };
            found |= storage::detached(cx, part).is_some_and(|value| storage::is_tensor(cx, value));
        });
        found = found || bound.value.range().end() < arg.range().start() && is_memory(cx, bound.value, next);
    }
    found
}

/// `h` of `h, c = self.states()`, where the method gives views
fn is_given_view<'a>(cx: &Cx<'a>, arg: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = arg else { return false };
    let is_given = |value: &'a ast::Expr| value.is_call_expr() && given_views::views(cx, value).iter().any(|view| view.is_explicit);
    cx.kind(arg).is_unknown() && held_views::bounds(cx, &name.id, None, arg).iter().any(|bound| is_given(bound.value))
}

fn lost<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, base: &'a ast::Expr) -> Finding {
    let base = cx.snippet(base);
    let reason =
        format!("the function writes to its argument, a view of `{base}`; an MLX view is a copy, so `{base}` would keep its values");
    let finding = Finding::todo(codes::WRITE_THROUGH_VIEW, call.range(), reason);
    finding.help(format!("pass `{base}` itself, or give the new value back and store it"))
}
