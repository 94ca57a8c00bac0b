//! Which tensors stand in a container: `a` and `b` of `[a, b]`, of `{"x": a, "y": b}`, of what `rows.append(a)` fills. Who writes to an item writes to them.

use t2m_semantic::Entity;
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use crate::body_bindings::{self, Way};
use crate::cx::Cx;
use crate::{held_views, receiver, views};

/// Names of names of names are followed no further.
const DEEPEST: usize = 4;

/// What a loop at `at` binds its target, or each part of it, to: `t` to `a`, then to `b`, of `for t in [a, b]`.
pub(crate) fn walked<'a>(cx: &Cx<'a>, target: &'a ast::Expr, iter: &'a ast::Expr) -> Vec<(&'a ast::Expr, &'a ast::Expr)> {
    if let (ast::Expr::Call(call), ast::Expr::Tuple(parts)) = (iter, target)
        && let Some(Entity::Builtin(builtin)) = cx.entity(&call.func)
    {
        return match builtin.as_str() {
            "zip" => parts.elts.iter().zip(&call.args).flat_map(|(part, of)| walked(cx, part, of)).collect(),
            "enumerate" => match (parts.elts.get(1), call.args.first()) {
                (Some(part), Some(of)) => walked(cx, part, of),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
    }
    let (mut items, mut bound) = (Vec::new(), Vec::new());
    Items { cx, at: iter }.of(iter, None, DEEPEST, &mut items);
    for item in items {
        match target {
            // `for k, t in named.items()`
            ast::Expr::Tuple(parts) if !item.is_tuple_expr() => bound.extend(parts.elts.last().map(|part| (part, item))),
            target => bound.extend(views::pairs_of(target, item)),
        }
    }
    bound
}

/// What `container[key]` may be at `at`.
pub(crate) fn at_key<'a>(cx: &Cx<'a>, item: &'a ast::ExprSubscript, at: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let mut found = Vec::new();
    Items { cx, at }.of(&item.value, Some(&item.slice), DEEPEST, &mut found);
    found.retain(|held| matches!(held, ast::Expr::Name(_) | ast::Expr::Attribute(_)));
    found
}

struct Items<'a, 'c> {
    cx: &'c Cx<'a>,
    /// What is put into the container behind this is not in it yet.
    at: &'a ast::Expr,
}

impl<'a> Items<'a, '_> {
    /// The items of a container, those of a key alone where it is known.
    fn of(&self, container: &'a ast::Expr, key: Option<&'a ast::Expr>, depth: usize, found: &mut Vec<&'a ast::Expr>) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match container {
            ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                let place = key.and_then(receiver::number).filter(|_| !elts.iter().any(ast::Expr::is_starred_expr));
                for (number, item) in elts.iter().enumerate() {
                    match item {
                        ast::Expr::Starred(all) => self.of(&all.value, None, depth, found),
                        item if place.is_none_or(|place| place == number as f64 || place == number as f64 - elts.len() as f64) => {
                            found.push(item)
                        }
                        _ => {}
                    }
                }
            }
            ast::Expr::Dict(e) => {
                for (own, item) in e.keys.iter().zip(&e.values) {
                    match own {
                        Some(own) if held_views::may_be_key(key, own) => found.push(item),
                        Some(_) => {}
                        None => self.of(item, key, depth, found),
                    }
                }
            }
            ast::Expr::BinOp(e) if e.op == ast::Operator::Add => {
                [&e.left, &e.right].into_iter().for_each(|side| self.of(side, None, depth, found))
            }
            ast::Expr::IfExp(e) => [&e.body, &e.orelse].into_iter().for_each(|side| self.of(side, key, depth, found)),
            // `ts[1:]`
            ast::Expr::Subscript(part) if part.slice.is_slice_expr() => self.of(&part.value, None, depth, found),
            ast::Expr::Call(call) => self.of_call(call, key, depth, found),
            ast::Expr::Name(name) => self.of_name(name, container, key, depth, found),
            _ => {}
        }
    }

    fn of_call(&self, call: &'a ast::ExprCall, key: Option<&'a ast::Expr>, depth: usize, found: &mut Vec<&'a ast::Expr>) {
        let first = call.args.first();
        match (self.cx.entity(&call.func), &*call.func) {
            (Some(Entity::Builtin(builtin)), _) => match builtin.as_str() {
                "list" | "tuple" | "iter" => first.into_iter().for_each(|of| self.of(of, key, depth, found)),
                "reversed" | "sorted" => first.into_iter().for_each(|of| self.of(of, None, depth, found)),
                "dict" => {
                    first.into_iter().for_each(|of| self.of(of, key, depth, found));
                    let is_it = |name: &str| key.and_then(receiver::string).is_none_or(|key| key == name);
                    let fit = call.keywords.iter().filter(|item| item.arg.as_deref().is_some_and(is_it));
                    found.extend(fit.map(|item| &item.value));
                }
                _ => {}
            },
            (None, ast::Expr::Attribute(method)) if matches!(method.attr.as_str(), "values" | "items" | "copy") => {
                self.of(&method.value, key.filter(|_| method.attr.as_str() == "copy"), depth, found);
            }
            _ => {}
        }
    }

    fn of_name(
        &self,
        name: &'a ast::ExprName,
        read: &'a ast::Expr,
        key: Option<&'a ast::Expr>,
        depth: usize,
        found: &mut Vec<&'a ast::Expr>,
    ) {
        let names = body_bindings::of_body(self.cx, views::enclosing_body(self.cx, self.at));
        for binding in names.get(name.id.as_str()).into_iter().flatten().rev() {
            if binding.value.start() >= self.at.start() {
                continue;
            }
            match binding.way {
                Way::Target { target: ast::Expr::Name(_), is_items: false } | Way::Named => {
                    self.of(binding.value, key, depth, found);
                    let always =
                        self.cx.parent(binding.stmt).is_none_or(|up| self.cx.ancestors(Node::Expr(read)).any(|around| around.is(up)));
                    if always {
                        return;
                    }
                }
                Way::Put { key: own, is_items: false } if own.is_none_or(|own| held_views::may_be_key(key, own)) => {
                    found.push(binding.value)
                }
                Way::Put { is_items: true, .. } => self.of(binding.value, None, depth, found),
                _ => {}
            }
        }
    }
}
