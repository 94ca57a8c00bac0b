//! Names that stand for one tensor: `y = x`, `a, b = x, z`, `y = same(x)`, `y = x.data`, `for y in [x, z]`. A write by one of them changes what the views of the
//! others see.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextSize, node};

use crate::aliases::{self, DEEPEST_CALL};
use crate::callee::callees;
use crate::cx::Cx;
use crate::storage::{self, Returned};
use crate::{given_views, held_tensors, held_views, kept_casts, passed_flags, receiver, views};

/// A target, the name whose object it is bound to, and where.
type Pair<'a> = (&'a ast::Expr, &'a ast::Expr, TextSize);

/// Other names of the tensor that `name` stands for at `at`, each as an expression of the program.
pub(crate) fn other_names<'a>(cx: &Cx<'a>, name: &'a ast::ExprName, at: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let body = views::enclosing_body(cx, at);
    let before = at.range().start();
    connected(cx, body, name, before, &pairs(cx, body, before))
}

/// The same, and names of its memory: of what it was detached from, and of what stands in a container that a loop walks over.
pub(crate) fn names_of_memory<'a>(cx: &Cx<'a>, name: &'a ast::ExprName, at: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let body = views::enclosing_body(cx, at);
    let before = at.range().start();
    let mut pairs = pairs(cx, body, before);
    pairs.extend(pairs_of_memory(cx, body, before, &name.id));
    // `x` and `a` of `[fill(x) for x in (a, b)]`
    for up in cx.ancestors(Node::Expr(at)) {
        if let Node::Expr(
            ast::Expr::ListComp(ast::ExprListComp { generators, .. }) | ast::Expr::GeneratorExp(ast::ExprGeneratorExp { generators, .. }),
        ) = up
        {
            let walked = generators.iter().flat_map(|walk| held_tensors::walked(cx, &walk.target, &walk.iter));
            pairs.extend(walked.map(|(target, item)| (target, storage::owner(cx, item), item.end())));
        }
    }
    connected(cx, body, name, before, &pairs)
}

/// The containers that loops take the name out of, and what else these loops bind: `row`, `i` and `grid` of `for i, row in enumerate(grid): for x in row`.
pub(crate) fn walked_names<'a>(body: &'a [ast::Stmt], name: &'a ast::ExprName) -> Vec<&'a str> {
    let mut pending = vec![name.id.as_str()];
    let mut found = pending.clone();
    while let Some(own) = pending.pop() {
        for (node, iter) in views::bindings(body, own) {
            if let Node::Stmt(ast::Stmt::For(walk)) = node {
                let mut note = |node: Node<'a>| {
                    if let Node::Expr(ast::Expr::Name(name)) = node
                        && !found.contains(&name.id.as_str())
                    {
                        found.push(name.id.as_str());
                        pending.push(name.id.as_str());
                    }
                };
                Node::Expr(iter).walk(&mut note);
                Node::Expr(&walk.target).walk(&mut note);
            }
        }
    }
    found
}

fn connected<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], name: &'a ast::ExprName, before: TextSize, pairs: &[Pair<'a>]) -> Vec<&'a ast::Expr> {
    let mut found: Vec<&'a ast::Expr> = Vec::new();
    let mut pending = vec![name.id.as_str()];
    while let Some(own) = pending.pop() {
        for (target, source, taken) in pairs.iter().copied() {
            let other = match (target, source) {
                (ast::Expr::Name(bound), ast::Expr::Name(source)) if bound.id == source.id => continue,
                (ast::Expr::Name(bound), ast::Expr::Name(_)) if bound.id.as_str() == own => source,
                (ast::Expr::Name(_), ast::Expr::Name(read)) if read.id.as_str() == own => target,
                (ast::Expr::Name(bound), ast::Expr::Attribute(_)) if bound.id.as_str() == own => source,
                _ => continue,
            };
            let is_kept = |expr: &ast::Expr, from: TextSize| !is_bound_between(body, id(expr), from, before);
            let is_new = |known: &&'a ast::Expr| cx.source(*known) != cx.source(other);
            if is_kept(target, taken) && is_kept(source, source.end()) && !views::is_same_name(other, &name.id) && found.iter().all(is_new)
            {
                found.push(other);
                pending.extend(other.as_name_expr().map(|name| name.id.as_str()));
            }
        }
    }
    found
}

fn id(name: &ast::Expr) -> &str {
    name.as_name_expr().map_or("", |name| &name.id)
}

/// `d` and `x` of `d = x.detach()`, `m` and `self.m` of `m = self.m`, `y` and `x` of `y = x.float()`, `t` and `a` of `t = pair[0]` and of `for t in [a, b]`,
/// which may still be running.
fn pairs_of_memory<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], before: TextSize, written: &str) -> Vec<Pair<'a>> {
    let mut found = Vec::new();
    node::statements(body, &mut |stmt| match stmt {
        ast::Stmt::For(walk) if walk.iter.end() <= before => {
            let bound = held_tensors::walked(cx, &walk.target, &walk.iter).into_iter();
            found.extend(bound.map(|(target, item)| (target, storage::owner(cx, item), walk.iter.end())));
        }
        stmt if stmt.end() <= before => {
            let stored = held_views::stored(stmt).filter(|(_, _, is_items)| !is_items);
            let of =
                |value: &'a ast::Expr| Some(storage::owner(cx, value)).filter(|of| of.is_attribute_expr() || !std::ptr::eq(*of, value));
            for (target, value, _) in stored {
                found.extend(
                    of(value).or_else(|| cast_of(cx, value, views::is_same_name(target, written))).map(|of| (target, of, of.end())),
                );
                if let ast::Expr::Subscript(item) = value {
                    found.extend(held_tensors::at_key(cx, item, value).into_iter().map(|of| (target, of, value.end())));
                }
            }
        }
        _ => {}
    });
    found
}

/// What a cast gives where it changes nothing: `x` of `x.float()`. Who writes to one that is a copy in MLX is told so there.
fn cast_of<'a>(cx: &Cx<'a>, value: &'a ast::Expr, is_written: bool) -> Option<&'a ast::Expr> {
    let kept = kept_casts::kept(cx, value).map(|(tensor, _)| tensor);
    kept.or_else(|| views::shared(cx, value).filter(|_| !is_written && views::base(cx, value).is_none()))
}

/// Targets and the names whose object they are bound to, in front of a place.
fn pairs<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], before: TextSize) -> Vec<Pair<'a>> {
    let mut found = Vec::new();
    node::statements(body, &mut |stmt| {
        if stmt.range().end() <= before {
            let stored = held_views::stored(stmt).filter(|(_, _, is_items)| !is_items);
            found.extend(stored.filter_map(|(target, value, _)| same(cx, value).map(|of| (target, of, of.end()))));
        }
    });
    found
}

/// The name whose object an expression gives: `x` of `same(x)`.
fn same<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<&'a ast::Expr> {
    match value {
        ast::Expr::Name(_) => Some(value),
        ast::Expr::Call(call) => match cx.entity(&call.func) {
            Some(Entity::Function(id)) => match storage::returned_view(cx, *id, call)? {
                Returned::Same(argument) => same(cx, argument),
                Returned::View(_) => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// `y` of `same(y)`, `self.keep(y)` and `f(y)`, where a function of the project, or a lambda, gives back what it is given, at least where a condition holds.
pub(crate) fn given_argument<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<&'a ast::Expr> {
    if let Some(lambda) = given_views::lambda(cx, &call.func) {
        let at = |body: &ast::Expr| lambda.args.args.iter().position(|arg| views::is_same_name(body, &arg.def.arg));
        let given = match &*lambda.body {
            ast::Expr::IfExp(choice) => at(&choice.body).or_else(|| at(&choice.orelse)),
            body => at(body),
        };
        return given.and_then(|at| call.args.get(at));
    }
    callees(cx, call).into_iter().find_map(|callee| {
        let flags = passed_flags::of_call(cx, callee, call, &passed_flags::constant);
        let summary = aliases::summary(cx, callee.function, flags, DEEPEST_CALL);
        let is_same = |param: usize| summary.returned.iter().any(|alias| alias.is_of_parameter(param) && !alias.is_part());
        callee.numbered(call).find(|(param, _)| is_same(*param)).map(|(_, arg)| arg)
    })
}

fn is_bound_between(body: &[ast::Stmt], name: &str, after: TextSize, before: TextSize) -> bool {
    views::bindings(body, name).iter().any(|(_, value)| value.range().start() > after && value.range().end() <= before)
}

/// Where the function around `at` is read by name in the one around it, if `name` is the other one's: a write there happens when it is called.
pub(crate) fn calls_of_writer<'a>(cx: &Cx<'a>, name: &ast::ExprName, at: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let mut around = cx.ancestors(Node::Expr(at)).filter_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def),
        _ => None,
    });
    let (Some(writer), Some(outer)) = (around.next(), around.next()) else { return Vec::new() };
    let mut is_own = !views::bindings(&writer.body, &name.id).is_empty() || receiver::has_parameter(writer, &name.id);
    is_own &= !writer.body.iter().any(|stmt| matches!(stmt, ast::Stmt::Nonlocal(names) if names.names.contains(&name.id)));
    let mut found = Vec::new();
    if !is_own {
        for stmt in &outer.body {
            Node::Stmt(stmt).walk(&mut |node| {
                if let Node::Expr(read @ ast::Expr::Name(_)) = node
                    && views::is_same_name(read, &writer.name)
                {
                    found.push(read);
                }
            });
        }
    }
    found
}
