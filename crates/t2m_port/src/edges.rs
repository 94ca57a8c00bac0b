//! Whether a clamped value meets the edge of a steep function, `sqrt`, `acos`, a root, a division: at once, or by names, lists and arithmetic that keep it there.
//!
//! It is asked backwards, from the few steep functions of a body to what their operands are made of.

use std::sync::LazyLock;

use serde::Deserialize;
use t2m_semantic::Kind;
use t2m_semantic::tables::read_names;
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use crate::cx::{Cx, holds};
use crate::rules::last_name;
use crate::{receiver, views};

/// From `mappings/names/edges.toml`.
#[derive(Deserialize, Default)]
struct Edges {
    edges: toml::Table,
    signs: Names,
    keeps_zero: Names,
    keeps_one: Names,
    sums: Names,
    keeps_values: Names,
    joins: Names,
    casts: Names,
    picks: Names,
    chooses: Names,
}

#[derive(Deserialize, Default)]
struct Names {
    names: Vec<String>,
}

impl Names {
    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}

static EDGES: LazyLock<Edges> = LazyLock::new(|| read_names("edges"));

/// So many names are followed from a steep function to what was clamped.
const DEEPEST: usize = 5;

/// Whether what was clamped is the operand of a function that is infinitely steep there. `edges` says whether it was clamped to zero, and whether to one or
/// minus one.
pub(crate) fn meets_edge<'a>(cx: &Cx<'a>, value: &'a ast::Expr, edges: [bool; 2]) -> bool {
    let body = views::enclosing_body(cx, value);
    let mut found = false;
    for stmt in body.iter().filter(|stmt| stmt.end() >= value.end()) {
        if found || !EDGES.signs.names.iter().any(|sign| holds(cx.source(stmt), sign)) {
            continue;
        }
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(user) = node
                && !found
                && user.end() >= value.end()
            {
                found = [0, 1].into_iter().any(|edge| {
                    steep(cx, user, edge).is_some_and(|(operand, sums)| {
                        let flow = Flow { cx, body, value, edges, sums };
                        flow.reaches(operand, edge, DEEPEST)
                    })
                });
            }
        });
    }
    found
}

/// The operand of `x.sqrt()`, `torch.acos(x)`, `x ** 0.5`, `1 / x`, if the function has this edge, and whether sums of it count: who divides by a sum of what is
/// clamped to zero has no zeros there.
fn steep<'a>(cx: &Cx<'a>, user: &'a ast::Expr, edge: usize) -> Option<(&'a ast::Expr, bool)> {
    match user {
        ast::Expr::BinOp(e) => match e.op {
            ast::Operator::Pow if edge == 0 && may_be_root(cx, &e.right) => Some((&e.left, true)),
            ast::Operator::Div if edge == 0 && is_chosen(cx, user) => Some((&e.right, false)),
            _ => None,
        },
        ast::Expr::Call(call) => {
            let ast::Expr::Attribute(function) = &*call.func else { return None };
            let name = function.attr.as_str();
            let names = EDGES.edges.get(if edge == 0 { "0" } else { "1" }).and_then(toml::Value::as_array);
            let is_known = names.is_some_and(|names| names.iter().any(|known| known.as_str() == Some(name)));
            if !is_known && name != "pow" {
                return None;
            }
            let (operand, rest) = match cx.qualified(&call.func) {
                Some(qualified) if qualified.starts_with("torch.") => call.args.split_first()?,
                Some(_) => return None,
                None => (&*function.value, &call.args[..]),
            };
            let is_power = || edge == 0 && rest.first().is_some_and(|exponent| may_be_root(cx, exponent));
            (is_known || is_power()).then_some((operand, name != "reciprocal"))
        }
        _ => None,
    }
}

/// `torch.where(y > 0, 1 / y, zeros)`: a quotient by zero that is left out. One that is not is infinite in PyTorch as well.
fn is_chosen<'a>(cx: &Cx<'a>, quotient: &'a ast::Expr) -> bool {
    let around = cx.ancestors(Node::Expr(quotient)).take_while(|up| matches!(up, Node::Expr(_)));
    around
        .into_iter()
        .any(|up| matches!(up, Node::Expr(ast::Expr::Call(call)) if last_name(&call.func).is_some_and(|name| EDGES.chooses.has(name))))
}

/// An exponent whose power may have no finite slope at zero: `0.5`, `-0.5`, `weights`.
fn may_be_root(cx: &Cx<'_>, exponent: &ast::Expr) -> bool {
    match receiver::number(exponent) {
        Some(exponent) => exponent < 1.0 && exponent != 0.0,
        None => !matches!(cx.kind(exponent), Kind::Int),
    }
}

/// The way back from a steep function to one value that was clamped.
struct Flow<'a, 'c> {
    cx: &'c Cx<'a>,
    body: &'a [ast::Stmt],
    value: &'a ast::Expr,
    edges: [bool; 2],
    sums: bool,
}

impl<'a> Flow<'a, '_> {
    /// Whether an expression lies at this edge, 0 or 1 and -1, where the value lies at one of its own.
    fn reaches(&self, expr: &'a ast::Expr, edge: usize, depth: usize) -> bool {
        if std::ptr::eq(expr, self.value) {
            return self.edges[edge];
        }
        let at = |inner: &'a ast::Expr, edge: usize| self.reaches(inner, edge, depth);
        match expr {
            ast::Expr::Name(name) => {
                let Some(next) = depth.checked_sub(1) else { return false };
                self.bound(expr, &name.id).into_iter().any(|value| self.reaches(value, edge, next))
            }
            ast::Expr::Subscript(item) => at(&item.value, edge) || self.is_item(&item.value, edge, depth),
            ast::Expr::UnaryOp(e) if e.op == ast::UnaryOp::USub => at(&e.operand, edge),
            ast::Expr::IfExp(e) => at(&e.body, edge) || at(&e.orelse, edge),
            ast::Expr::NamedExpr(e) => at(&e.value, edge),
            ast::Expr::BinOp(e) => match e.op {
                ast::Operator::Pow => !may_be_root(self.cx, &e.right) && at(&e.left, edge),
                // Zero times whatever is zero.
                ast::Operator::Mult => edge == 0 && (at(&e.left, edge) || at(&e.right, edge)),
                ast::Operator::Div => edge == 0 && at(&e.left, edge),
                // `1 - c` is zero where `c` is one.
                ast::Operator::Sub | ast::Operator::Add => match (is_one(&e.left), is_one(&e.right)) {
                    (true, false) => at(&e.right, 1 - edge),
                    (false, true) => at(&e.left, 1 - edge),
                    _ => false,
                },
                _ => false,
            },
            ast::Expr::Call(call) => {
                let ast::Expr::Attribute(function) = &*call.func else { return false };
                let name = function.attr.as_str();
                let is_of_torch = match self.cx.qualified(&call.func) {
                    Some(qualified) if qualified.starts_with("torch.") => true,
                    Some(_) => return false,
                    None => false,
                };
                let first = || call.args.first();
                if is_of_torch && EDGES.joins.has(name) {
                    return first().is_some_and(|list| self.is_item(list, edge, depth));
                }
                // `n = torch.max(n, zeros)` and `n.float()`: numbers of places have no gradient.
                if EDGES.casts.has(name)
                    && matches!(self.value, ast::Expr::Call(own) if last_name(&own.func).is_some_and(|own| EDGES.picks.has(own)))
                {
                    return false;
                }
                let keeps = EDGES.keeps_values.has(name)
                    || edge == 0 && (EDGES.keeps_zero.has(name) || self.sums && EDGES.sums.has(name))
                    || edge == 1 && EDGES.keeps_one.has(name);
                let operand = if is_of_torch { first() } else { Some(&*function.value) };
                keeps && operand.is_some_and(|operand| at(operand, edge))
            }
            _ => false,
        }
    }

    /// Whether some item of a list does: of `[a, b]`, `parts + [a]`, and of a list that `parts.append(a)` fills.
    fn is_item(&self, list: &'a ast::Expr, edge: usize, depth: usize) -> bool {
        match list {
            ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                elts.iter().any(|item| match item {
                    ast::Expr::Starred(starred) => self.is_item(&starred.value, edge, depth),
                    item => self.reaches(item, edge, depth),
                })
            }
            ast::Expr::ListComp(comp) => self.reaches(&comp.elt, edge, depth),
            ast::Expr::BinOp(e) if e.op == ast::Operator::Add => self.is_item(&e.left, edge, depth) || self.is_item(&e.right, edge, depth),
            ast::Expr::Name(name) => {
                let Some(next) = depth.checked_sub(1) else { return false };
                self.bound(list, &name.id).into_iter().any(|value| self.is_item(value, edge, next))
                    || self.appended(list, &name.id).into_iter().any(|item| self.reaches(item, edge, next))
            }
            _ => false,
        }
    }

    /// What a name may be bound to where it is read: the last binding in front of it that always runs, and those between.
    fn bound(&self, read: &'a ast::Expr, name: &str) -> Vec<&'a ast::Expr> {
        let mut values = Vec::new();
        for (node, value) in views::bindings(self.body, name).into_iter().rev() {
            let Node::Stmt(stmt @ ast::Stmt::Assign(assign)) = node else { continue };
            if assign.end() > read.start() {
                continue;
            }
            if assign.targets.iter().any(ast::Expr::is_name_expr) {
                values.push(value);
            }
            if self.cx.parent(stmt).is_none_or(|around| around.range().contains_range(read.range())) {
                break;
            }
        }
        values
    }

    fn appended(&self, read: &'a ast::Expr, list: &str) -> Vec<&'a ast::Expr> {
        let mut items = Vec::new();
        for stmt in self.body.iter().filter(|stmt| stmt.start() < read.start()) {
            Node::Stmt(stmt).walk(&mut |node| {
                if let Node::Expr(ast::Expr::Call(call)) = node
                    && let ast::Expr::Attribute(method) = &*call.func
                    && method.attr.as_str() == "append"
                    && views::is_same_name(&method.value, list)
                {
                    items.extend(call.args.first());
                }
            });
        }
        items
    }
}

/// `1`, `1.0`, `-1`
fn is_one(expr: &ast::Expr) -> bool {
    receiver::number(expr).is_some_and(|number| number.abs() == 1.0)
}
