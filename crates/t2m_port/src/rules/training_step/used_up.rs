//! Iterators of parameters: `params = filter(..., model.parameters())` is empty for whoever reads it a second time. An optimizer of MLX reads none.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::events::{self, method, parameters_of};
use super::model::{self, Scopes, is_optimizer_class, is_own_optimizer};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::rules::last_name;

/// What a reader of a place finds there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    All,
    Nothing,
    /// Another reader may have been there before.
    Unknown,
}

/// What is left of an iterator where it is read, and whether an optimizer reads it as well.
fn left<'a>(cx: &Cx<'a>, place: &'a ast::Expr) -> (Left, bool) {
    let is_own = matches!(place, ast::Expr::Attribute(e) if events::is_name(&e.value, "self"));
    let Some(stmt) = cx.statement(place).filter(|_| is_own || place.is_name_expr()) else { return (Left::All, false) };
    let scopes = Scopes::around(cx, stmt);
    let values = scopes.values(cx, place);
    if !values.iter().any(|value| is_iterator(cx, value)) {
        return (Left::All, false);
    }
    let bodies: Vec<&'a [ast::Stmt]> = match place {
        ast::Expr::Name(name) => vec![scopes.body_of(&name.id)],
        _ => scopes.class.into_iter().flat_map(|class| &class.body).map(model::body).collect(),
    };
    let text = cx.source(place);
    let (mut readers, mut is_trained) = (Vec::new(), false);
    bodies.iter().copied().flatten().for_each(|stmt| {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(expr) = node
                && !std::ptr::eq(expr, place)
                && cx.source(expr) == text
                && is_read(cx, expr)
            {
                readers.push(expr);
                is_trained |= goes_to_optimizer(cx, expr);
            }
        });
    });
    let [value] = values[..] else { return (Left::Unknown, is_trained) };
    let made = value.range();
    let around: Vec<&'a ast::Stmt> =
        cx.ancestors(Node::Expr(place)).filter_map(|up| if let Node::Stmt(up) = up { Some(up) } else { None }).collect();
    let holds_made = |stmt: &&'a ast::Stmt| stmt.range().contains_range(made);
    // Those that come by on the way to the place.
    let is_before = |reader: &&'a ast::Expr| {
        let Some(stmt) = cx.statement(reader) else { return false };
        let in_suite = bodies.iter().any(|body| {
            let mut found = false;
            each(body, &mut |suite| {
                let holds = |range| suite.iter().any(|stmt| stmt.range().contains_range(range));
                found |= suite.iter().any(|own| std::ptr::eq(own, stmt)) && (holds(place.range()) || is_own && holds(made));
            });
            found
        });
        in_suite && reader.range().start() > made.end() && (is_own || stmt.range().end() <= place.range().start()) && reads_all(cx, reader)
    };
    if readers.iter().any(is_before) {
        return (Left::Nothing, is_trained);
    }
    let in_turns = around.iter().take_while(|stmt| !holds_made(stmt)).any(|stmt| match stmt {
        ast::Stmt::For(walk) => !walk.iter.range().contains_range(place.range()),
        stmt => matches!(stmt, ast::Stmt::While(_) | ast::Stmt::FunctionDef(_)),
    });
    let is_first = !in_turns && readers.iter().all(|reader| reader.range().start() > place.range().end());
    (if is_first { Left::All } else { Left::Unknown }, is_trained)
}

/// What clipping finds at a place; `made` is what it is.
pub(super) fn of_clip<'a>(cx: &Cx<'a>, params: Option<&'a ast::Expr>) -> Left {
    params.map_or(Left::All, |params| left(cx, params).0)
}

/// A loop over an iterator that an optimizer has used up in PyTorch.
pub(in crate::rules) fn looped<'a>(cx: &Cx<'a>, walk: &'a ast::StmtFor) -> Option<StmtClaim<'a>> {
    if !walk.iter.is_name_expr() && !walk.iter.is_attribute_expr() || !cx.names_optimizers() {
        return None;
    }
    match left(cx, &walk.iter) {
        (Left::Nothing, true) if walk.orelse.is_empty() => Some(StmtClaim::delete()),
        (Left::Nothing | Left::Unknown, true) => {
            let reason =
                format!("`{}` is an iterator, which an optimizer may have used up in PyTorch; MLX's reads none", cx.snippet(&*walk.iter));
            Some(StmtClaim::todo(Finding::todo(codes::OPTIMIZER, walk.iter.range(), reason).help("make it a list, if all are meant")))
        }
        _ => None,
    }
}

/// Whether a value gives its items once.
pub(super) fn is_iterator<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return value.is_generator_exp_expr() };
    if let ast::Expr::Name(name) = &*call.func {
        return matches!(name.id.as_str(), "filter" | "map" | "iter" | "zip");
    }
    if matches!(&*call.func, ast::Expr::Attribute(e) if matches!(e.attr.as_str(), "chain" | "from_iterable"))
        || cx.qualified(&call.func).is_some_and(|name| name.starts_with("itertools.chain"))
    {
        return true;
    }
    parameters_of(cx, value).is_some() || method(cx, value, "named_parameters").is_some_and(|call| call.is_bare())
}

/// Whether items are taken there: not where it is bound, or only asked whether it is there.
fn is_read<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let is_load = match expr {
        ast::Expr::Name(name) => name.ctx.is_load(),
        ast::Expr::Attribute(e) => e.ctx.is_load(),
        _ => false,
    };
    is_load && !matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Compare(_) | ast::Expr::BoolOp(_))))
}

/// Whether a reader surely takes all items.
fn reads_all<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match cx.parent(expr) {
        Some(Node::Stmt(ast::Stmt::For(walk))) => std::ptr::eq(&*walk.iter, expr) && events::leaves(&walk.body, false).is_none(),
        // `sum(p.numel() for p in params)`
        Some(Node::Expr(ast::Expr::ListComp(e))) => std::ptr::eq(&e.generators[0].iter, expr),
        Some(Node::Expr(up @ ast::Expr::GeneratorExp(e))) => {
            std::ptr::eq(&e.generators[0].iter, expr)
                && matches!(cx.parent(up), Some(Node::Expr(ast::Expr::Call(call)))
                    if matches!(last_name(&call.func), Some("sum" | "list" | "tuple" | "max" | "min" | "sorted" | "set" | "dict")))
        }
        Some(Node::Expr(ast::Expr::Call(call))) => {
            matches!(last_name(&call.func), Some("list" | "tuple" | "sum" | "dict" | "set"))
                || last_name(&call.func).is_some_and(|name| name.starts_with("clip_grad_"))
                || goes_to_optimizer(cx, expr)
        }
        _ => false,
    }
}

fn goes_to_optimizer<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let mut up = cx.parent(expr);
    while let Some(Node::Expr(around)) = up {
        if let ast::Expr::Call(call) = around {
            return cx.qualified(&call.func).is_some_and(is_optimizer_class) || is_own_optimizer(cx, around, call);
        }
        // `[{"params": params}]`
        if !matches!(around, ast::Expr::Dict(_) | ast::Expr::List(_)) {
            return false;
        }
        up = cx.parent(around);
    }
    false
}

/// All suites below some statements, with their own.
fn each<'a>(suite: &'a [ast::Stmt], visit: &mut dyn FnMut(&'a [ast::Stmt])) {
    visit(suite);
    suite.iter().flat_map(node::suites).for_each(|inner| each(inner, visit));
}
