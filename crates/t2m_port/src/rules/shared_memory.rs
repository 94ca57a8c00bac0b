//! What shares the memory of a parameter by other ways than its name: the tensor that it was made of, and what is gathered from `parameters()`.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::kept_parameter::{DEPTH, is_own_place, memory_of, parameters_of, root};
use crate::cx::Cx;
use crate::view_names::VIEWS;
use crate::{receiver, storage, views};

/// `self.parameters()` of `[p.data for p in self.parameters()]`, of the module itself or a layer of it.
pub(super) fn walked<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let (item, generators) = match value {
        ast::Expr::ListComp(all) => (&*all.elt, &all.generators),
        ast::Expr::DictComp(all) => (&*all.value, &all.generators),
        ast::Expr::Call(call) => match (&call.args[..], &call.keywords[..]) {
            // `list(p.data for p in ..)`
            ([ast::Expr::GeneratorExp(all)], []) => (&*all.elt, &all.generators),
            _ => return None,
        },
        _ => return None,
    };
    let [generator] = &generators[..] else { return None };
    let all = parameters_of(cx, &generator.iter)?;
    let last = match &generator.target {
        ast::Expr::Tuple(pair) => pair.elts.last()?,
        target => target,
    };
    let ast::Expr::Name(name) = last else { return None };
    let ast::Expr::Call(call) = all else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let is_own = receiver::self_class(cx, root(&method.value)).is_some();
    (is_own && memory_of(cx, item, false, DEPTH).is_some_and(|memory| views::is_same_name(memory, &name.id))).then_some(all)
}

/// `nn.Parameter(e)` of `self.w = nn.Parameter(e)`, where a statement stores `e`, or a view of it, too.
pub(super) fn of_tensor<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, value: &'a ast::Expr) -> Option<&'a ast::Expr> {
    if !cx.text_has("Parameter(") {
        return None;
    }
    let name = seen(cx, value).and_then(ast::Expr::as_name_expr).map(|name| name.id.as_str());
    // `self.start = e`, where the parameter is made of `self.start`
    let place = receiver::assignment(stmt)
        .map(|(place, _)| place)
        .filter(|place| is_own_place(cx, place) && receiver::parameter(cx.facts, value).is_none());
    let body = views::enclosing_body(cx, value);
    let bindings = name.map_or_else(Vec::new, |name| views::bindings(body, name));
    let is_it = |data: &'a ast::Expr| match data {
        ast::Expr::Name(_) => name.is_some_and(|name| views::is_same_name(data, name)),
        data => place.is_some_and(|place| cx.source(place) == cx.source(data) && is_read_again(cx, place, data)),
    };
    // What is bound between the two is another tensor.
    let is_bound_between = |other: &ast::Stmt| {
        let (one, other) = (stmt.range(), other.range());
        let (from, to) = (one.start().min(other.start()), one.start().max(other.start()));
        bindings.len() > 1 && bindings.iter().any(|(_, bound)| from <= bound.range().start() && bound.range().start() < to)
    };
    let mut found = None;
    node::statements(body, &mut |other| {
        if found.is_none()
            && !std::ptr::eq(other, stmt)
            && let Some(made) = stored(cx, other)
            && let Some((call, _)) = receiver::parameter(cx.facts, made)
            && receiver::argument(call, 0, "data").and_then(|data| seen(cx, data)).is_some_and(is_it)
            && !is_bound_between(other)
            && runs_with(cx, stmt, other)
        {
            found = Some(made);
        }
    });
    found.filter(|made| made.is_call_expr())
}

/// Whether the class reads an attribute for more than the parameter that is made of it.
fn is_read_again<'a>(cx: &Cx<'a>, place: &'a ast::Expr, data: &'a ast::Expr) -> bool {
    let class = cx.ancestors(Node::Expr(place)).find(|up| matches!(up, Node::Stmt(ast::Stmt::ClassDef(_))));
    let mut found = false;
    if let Some(class) = class {
        class.walk(&mut |node| {
            if let Node::Expr(read @ ast::Expr::Attribute(attribute)) = node {
                found |= attribute.ctx.is_load()
                    && !std::ptr::eq(read, data)
                    && cx.source(read) == cx.source(place)
                    && !views::is_metadata(cx, read);
            }
        });
    }
    found
}

/// What a statement gives a module: `self.w = nn.Parameter(e)`, `self.register_parameter("w", nn.Parameter(e))`.
fn stored<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<&'a ast::Expr> {
    match stmt {
        ast::Stmt::Expr(statement) => {
            let ast::Expr::Call(call) = &*statement.value else { return None };
            let ast::Expr::Attribute(method) = &*call.func else { return None };
            (method.attr.as_str() == "register_parameter").then(|| receiver::argument(call, 1, "param"))?
        }
        _ => receiver::assignment(stmt).filter(|(target, _)| is_own_place(cx, target)).map(|(_, value)| value),
    }
}

/// The name whose memory a value is.
fn seen<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let value = storage::owner(cx, value);
    match value {
        ast::Expr::Name(_) => Some(value),
        ast::Expr::Attribute(_) if is_own_place(cx, value) => Some(value),
        ast::Expr::Attribute(read) if VIEWS.attributes.contains(read.attr.as_str()) => seen(cx, &read.value),
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) if VIEWS.methods.contains(method.attr.as_str()) => seen(cx, &method.value),
            _ => None,
        },
        ast::Expr::Subscript(item) if views::is_written_index(&item.slice) => seen(cx, &item.value),
        _ => None,
    }
}

/// Whether one run may come by both statements: they are no branches of one choice, and none of them stands in a branch that leaves the function.
fn runs_with<'a>(cx: &Cx<'a>, one: &'a ast::Stmt, other: &'a ast::Stmt) -> bool {
    let place = |stmt: &'a ast::Stmt| {
        let mut branches = Vec::new();
        let mut below = stmt;
        for up in cx.ancestors(Node::Stmt(stmt)) {
            match up {
                Node::Stmt(ast::Stmt::FunctionDef(_)) => break,
                Node::Stmt(up) => {
                    let suites = node::suites(up);
                    let at = suites.iter().position(|suite| suite.iter().any(|inner| std::ptr::eq(inner, below)));
                    branches.push((up, at, leaves(at.map(|at| suites[at]))));
                    below = up;
                }
                _ => {}
            }
        }
        branches
    };
    let (here, there) = (place(one), place(other));
    let is_apart = here.iter().any(|(choice, at, _)| {
        there.iter().any(|(other, branch, _)| std::ptr::eq(*choice, *other) && at != branch && !choice.is_with_stmt())
    });
    let left = |branches: &[(&ast::Stmt, Option<usize>, bool)], of: &[(&ast::Stmt, Option<usize>, bool)]| {
        branches.iter().any(|(choice, _, leaves)| *leaves && !of.iter().any(|(other, ..)| std::ptr::eq(*choice, *other)))
    };
    !is_apart && !left(&here, &there) && !left(&there, &here)
}

fn leaves(suite: Option<&[ast::Stmt]>) -> bool {
    matches!(suite.and_then(<[_]>::last), Some(ast::Stmt::Return(_) | ast::Stmt::Raise(_)))
}
