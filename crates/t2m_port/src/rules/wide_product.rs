//! `ids * prime`, `row * n + col` of integers from elsewhere: PyTorch's have 64 bits, MLX's 32 where nobody asked for more, and products wrap around.
//!
//! Where the integers are made beside the product, the table rows ask for 64 bits (`growing`).

use t2m_semantic::Kind;
use t2m_semantic::kind::DType;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, ranges};

use super::{Hook, Rule, Shape, last_name};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::{growing_integers, large_integers, plain_numbers, receiver, views, wide_integers};

mod keys;

pub(super) const RULE: Rule =
    Rule { name: "wide-product", doc: include_str!("wide_product.md"), hook: Hook::Expr(&[Shape::Operation], product) };

/// Through how many names and views integers are followed to where they are made.
const DEPTH: usize = 6;

fn product<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    if let Some(claim) = low_bits(cx, expr) {
        return Some(claim);
    }
    let (side, sort) = factor(cx, expr, DEPTH)?;
    let (wide, uses) = match sort {
        Sort::Integers => {
            let (int64, uses) = cx.member(Module::Core, "int64");
            (vec![Piece::Expr(side, Prec::Atom), Piece::text(format!(".astype({int64})"))], uses)
        }
        Sort::Unknown => {
            let (long_any, uses) = cx.member(Module::Compat, "long_any");
            (vec![Piece::text(format!("{long_any}(")), Piece::Expr(side, Prec::Test), Piece::text(")")], uses)
        }
    };
    // Whatever stands beside the factor keeps its lines.
    let range = ranges::outer_parens(cx.file, side.range());
    Some(Claim::edit(vec![Edit::new(range, wide)]).uses(uses))
}

/// `cells.int() * 2654435761`: PyTorch gives the low 32 bits of the product.
fn low_bits<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::BinOp(e) = expr else { return None };
    let is_int32 = |side: &ast::Expr| matches!(cx.kind(side), Kind::Tensor(tensor) if tensor.dtype == Some(DType::Int32));
    let is_number = |side: &'a ast::Expr| matches!(cx.kind(side), Kind::Int | Kind::Number) && large_integers::may_leave_32(cx, side);
    if !matches!(e.op, ast::Operator::Mult) || !(is_int32(&e.left) && is_number(&e.right) || is_number(&e.left) && is_int32(&e.right)) {
        return None;
    }
    let (int64, mut uses) = cx.member(Module::Core, "int64");
    let (int32, more) = cx.member(Module::Core, "int32");
    uses.extend(&more);
    let side = |side: &'a ast::Expr, prec| match is_int32(side) {
        true => vec![Piece::Expr(side, Prec::Atom), Piece::text(format!(".astype({int64})"))],
        false => vec![Piece::Expr(side, prec)],
    };
    let mut pieces = vec![Piece::text("(")];
    pieces.extend(side(&e.left, Prec::Term));
    pieces.push(Piece::text(" * "));
    pieces.extend(side(&e.right, Prec::Unary));
    pieces.push(Piece::text(format!(").astype({int32})")));
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// The factor of a product that needs 64 bits, or what is shifted.
fn factor<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, depth: usize) -> Option<(&'a ast::Expr, Sort)> {
    let ast::Expr::BinOp(e) = expr else { return None };
    if matches!(e.op, ast::Operator::LShift) {
        return Some((&*e.left, shifted(cx, expr, &e.left, depth)?));
    }
    if !matches!(e.op, ast::Operator::Mult) {
        return None;
    }
    [(&*e.left, &*e.right), (&*e.right, &*e.left)].into_iter().find_map(|(side, other)| Some((side, sort(cx, expr, side, other, depth)?)))
}

/// What a factor is that needs 64 bits.
enum Sort {
    /// An array of PyTorch's 64-bit integers.
    Integers,
    /// Nothing tells.
    Unknown,
}

fn sort<'a>(cx: &Cx<'a>, product: &'a ast::Expr, side: &'a ast::Expr, other: &'a ast::Expr, depth: usize) -> Option<Sort> {
    if large_integers::is_small(side) || large_integers::is_small(other) {
        return is_rolling(cx, product, side, other, depth).then(|| if is_int64(cx, side) { Sort::Integers } else { Sort::Unknown });
    }
    if is_int64(cx, side) {
        let grows = large_integers::may_be(cx, other)
            || is_int64(cx, other)
            || matches!(cx.kind(other), Kind::Int | Kind::Number) && is_from_elsewhere(cx, side, depth);
        return (grows && !is_wide(cx, side, depth) && !is_wide(cx, other, depth)).then_some(Sort::Integers);
    }
    if !may_be_integers(cx, side) || is_fraction(side) || is_fraction(other) {
        return None;
    }
    let is_hash =
        || may_be_number(cx, other) && (is_hashed(cx, product) || keys::is_key(cx, product)) && is_from_elsewhere(cx, side, depth);
    let is_number = || {
        plain_numbers::is_named(cx, side)
            && (plain_numbers::is_asked_for(cx, product)
                || !large_integers::may_be_huge(cx, other) && !is_hashed(cx, product) && !keys::is_key(cx, product))
    };
    let grows = large_integers::may_be(cx, other) || is_hash();
    (grows && !is_number() && !is_wide(cx, other, depth) && !is_wide(cx, side, depth)).then_some(Sort::Unknown)
}

/// `h ^ (h << 13)`, `ids << 20`: bits go beyond the 32 as they do in a product.
fn shifted<'a>(cx: &Cx<'a>, shift: &'a ast::Expr, side: &'a ast::Expr, depth: usize) -> Option<Sort> {
    let sort = match side {
        _ if is_int64(cx, side) => Sort::Integers,
        ast::Expr::Constant(_) => return None,
        _ if may_be_integers(cx, side) && is_hashed(cx, shift) => Sort::Unknown,
        _ => return None,
    };
    let is_given = || matches!(side, ast::Expr::Name(name) if receiver::is_parameter_around(cx, side, &name.id));
    // What `h = (h << 5) + h` gives is as wide as this makes it.
    let is_wide_already = match side {
        ast::Expr::Name(name) => {
            let bound = views::bindings(views::enclosing_body(cx, side), &name.id);
            bound.iter().any(|(_, value)| !is_sum_with(value, &name.id) && is_wide(cx, value, depth))
        }
        side => is_wide(cx, side, depth),
    };
    ((is_given() || is_from_elsewhere(cx, side, depth)) && !is_wide_already).then_some(sort)
}

/// Whether operators alone stand between a value and a name in it.
fn is_sum_with(value: &ast::Expr, name: &str) -> bool {
    match value {
        ast::Expr::BinOp(e) => [&e.left, &e.right].into_iter().any(|side| views::is_same_name(side, name) || is_sum_with(side, name)),
        _ => false,
    }
}

/// `h = h * 31 + x` in a loop: whatever is multiplied by itself grows.
fn is_rolling<'a>(cx: &Cx<'a>, product: &'a ast::Expr, side: &'a ast::Expr, other: &'a ast::Expr, depth: usize) -> bool {
    let ast::Expr::Name(name) = side else { return false };
    let is_integer = matches!(other, ast::Expr::Constant(constant) if constant.value.is_int());
    let Some(Node::Expr(ast::Expr::BinOp(sum))) = cx.parent(product) else { return false };
    if !is_integer || !matches!(sum.op, ast::Operator::Add | ast::Operator::BitXor) || !(is_int64(cx, side) || may_be_integers(cx, side)) {
        return false;
    }
    // What starts with 64 bits keeps them.
    let bound = views::bindings(views::enclosing_body(cx, side), &name.id);
    if bound.iter().any(|(_, value)| own_factor(value, &name.id).is_none() && is_wide(cx, value, depth)) {
        return false;
    }
    let mut is_bound = false;
    for up in cx.ancestors(Node::Expr(product)) {
        match up {
            Node::Stmt(ast::Stmt::Assign(assign)) => is_bound = assign.targets.iter().any(|target| views::is_same_name(target, &name.id)),
            Node::Stmt(ast::Stmt::For(_) | ast::Stmt::While(_)) => return is_bound,
            Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::ClassDef(_)) => break,
            _ => {}
        }
    }
    // `h = h * 31 + a`, `h = h * 31 + b`: statement by statement.
    is_bound && large_integers::are_large_together(bound.iter().filter_map(|(_, value)| own_factor(value, &name.id)))
}

/// 31, of `h * 31 + a`: what a name is multiplied by in its own next value.
fn own_factor<'a>(value: &'a ast::Expr, name: &str) -> Option<&'a ast::Expr> {
    let ast::Expr::BinOp(sum) = value else { return None };
    [&*sum.left, &*sum.right].into_iter().find_map(|side| match side {
        ast::Expr::BinOp(e) if matches!(e.op, ast::Operator::Mult) && views::is_same_name(&e.left, name) => Some(&*e.right),
        ast::Expr::BinOp(e) if matches!(e.op, ast::Operator::Mult) && views::is_same_name(&e.right, name) => Some(&*e.left),
        _ => None,
    })
}

/// Whether `name *= value` needs 64 bits.
pub(super) fn grows_in_place<'a>(cx: &Cx<'a>, target: &'a ast::Expr, name: &str, value: &'a ast::Expr) -> bool {
    if large_integers::is_small(value) || is_wide(cx, target, DEPTH) || is_wide(cx, value, DEPTH) {
        return false;
    }
    let is_large = || large_integers::may_be(cx, value);
    if is_int64(cx, target) {
        return is_large()
            || is_int64(cx, value)
            || matches!(cx.kind(value), Kind::Int | Kind::Number) && is_from_elsewhere(cx, target, DEPTH);
    }
    if !may_be_integers(cx, target) {
        return false;
    }
    let is_hashed = || is_hashed_around(cx, target, name);
    let is_number = || plain_numbers::is_named(cx, target) && !large_integers::may_be_huge(cx, value) && !is_hashed();
    is_large() && !is_number() || may_be_number(cx, value) && is_hashed() && is_from_elsewhere(cx, target, DEPTH)
}

/// Whether PyTorch's integers of 64 bits may have 32 in the port.
pub(super) fn may_be_narrow<'a>(cx: &Cx<'a>, integers: &'a ast::Expr) -> bool {
    (is_int64(cx, integers) || may_be_integers(cx, integers)) && !is_wide(cx, integers, DEPTH)
}

/// The same as `grows_in_place` for `name <<= value`.
pub(super) fn shifts_in_place<'a>(cx: &Cx<'a>, target: &'a ast::Expr, name: &str, value: &'a ast::Expr) -> bool {
    if is_wide(cx, target, DEPTH) {
        return false;
    }
    // Half of the 32 bits are more than flags need.
    let is_far = || receiver::number(value).is_some_and(|places| places >= 16.0);
    is_int64(cx, target)
        || may_be_integers(cx, target)
            && (cx.kind(target).is_tensor() || is_far() && !plain_numbers::is_named(cx, target) || is_hashed_around(cx, target, name))
}

/// Whether the function around a name takes its rest, its bits or their exclusive or: `h ^= x`, `h % m`, `h >> 7`.
fn is_hashed_around<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str) -> bool {
    let is_it = |side: &ast::Expr| views::is_same_name(side, name);
    let mut found = false;
    for stmt in views::enclosing_body(cx, at) {
        Node::Stmt(stmt).walk(&mut |node| {
            let (op, left, right) = match node {
                Node::Expr(ast::Expr::BinOp(e)) => (e.op, &*e.left, Some(&*e.right)),
                Node::Stmt(ast::Stmt::AugAssign(e)) => (e.op, &*e.target, None),
                _ => return,
            };
            found |= match op {
                ast::Operator::BitXor => is_it(left) || right.is_some_and(is_it),
                ast::Operator::RShift => is_it(left),
                ast::Operator::Mod => {
                    let is_whole = right.is_some_and(|right| matches!(cx.kind(right), Kind::Int | Kind::Unknown));
                    is_it(left) && is_whole && !matches!(node, Node::Expr(rest) if plain_numbers::is_truth(cx, rest))
                }
                _ => false,
            };
        });
    }
    found
}

/// `(a * b) % m`, `(a * b + c) % m`, `h ^ (a * b)`: what floats are seldom asked for.
fn is_hashed<'a>(cx: &Cx<'a>, product: &'a ast::Expr) -> bool {
    let mut inner = product;
    for up in cx.ancestors(Node::Expr(product)) {
        let (op, right) = match up {
            Node::Expr(ast::Expr::BinOp(outer)) => (outer.op, &*outer.right),
            Node::Stmt(ast::Stmt::AugAssign(outer)) => (outer.op, &*outer.value),
            _ => return false,
        };
        match op {
            ast::Operator::BitXor => return true,
            ast::Operator::Mod => {
                let is_checked = matches!(up, Node::Expr(rest) if plain_numbers::is_truth(cx, rest));
                return !std::ptr::eq(right, inner) && matches!(cx.kind(right), Kind::Int | Kind::Unknown) && !is_checked;
            }
            ast::Operator::Add | ast::Operator::Sub | ast::Operator::Mult => {}
            _ => return false,
        }
        let Node::Expr(outer) = up else { return false };
        inner = outer;
    }
    false
}

/// Whether integers are what a function is given, or an attribute holds: views and items of those too.
fn is_from_elsewhere<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match expr {
        ast::Expr::Subscript(e) => is_from_elsewhere(cx, &e.value, depth),
        ast::Expr::BinOp(e) => is_from_elsewhere(cx, &e.left, depth) || is_from_elsewhere(cx, &e.right, depth),
        ast::Expr::Attribute(e) => {
            !matches!(&*e.value, ast::Expr::Name(name) if cx.entity(&e.value).is_some() && name.id.as_str() != "self")
        }
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) if cx.entity(&call.func).is_none() => is_from_elsewhere(cx, &method.value, depth),
            _ => false,
        },
        ast::Expr::Name(name) => {
            let bound = views::bindings(views::enclosing_body(cx, expr), &name.id);
            match bound.is_empty() {
                true => receiver::is_parameter_around(cx, expr, &name.id),
                false => bound.iter().any(|(_, value)| !is_same(value, expr) && is_from_elsewhere(cx, value, depth)),
            }
        }
        _ => false,
    }
}

fn is_same(one: &ast::Expr, other: &ast::Expr) -> bool {
    std::ptr::eq(one, other)
}

/// Whether a product gets 64 bits by this rule.
pub(crate) fn is_claimed<'a>(cx: &Cx<'a>, product: &'a ast::Expr) -> bool {
    low_bits(cx, product).is_some() || factor(cx, product, DEPTH).is_some()
}

/// Whether integers have 64 bits in the port as well: by a cast, or because they are made in this function, where the rows see the product.
pub(crate) fn is_wide<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match expr {
        ast::Expr::Subscript(e) => is_wide(cx, &e.value, depth),
        ast::Expr::BinOp(e) => {
            let are_wide = || is_wide(cx, &e.left, depth) || is_wide(cx, &e.right, depth);
            let is_widened = || [&*e.left, &*e.right].into_iter().any(|side| wide_integers::has_to_be_wide(cx, side, depth.min(2)));
            is_int64(cx, expr) && are_wide() || factor(cx, expr, depth).is_some() || is_widened()
        }
        ast::Expr::List(e) => e.elts.iter().any(|item| is_wide(cx, item, depth)),
        ast::Expr::Tuple(e) => e.elts.iter().any(|item| is_wide(cx, item, depth)),
        ast::Expr::Name(name) => {
            let bound = views::bindings(views::enclosing_body(cx, expr), &name.id);
            !bound.is_empty() && bound.iter().all(|(_, value)| is_wide(cx, value, depth))
        }
        ast::Expr::Call(call) => {
            let name = last_name(&call.func).unwrap_or_default();
            let names_int64 = |arg: &ast::Expr| matches!(cx.qualified(arg), Some("torch.int64" | "torch.long"));
            let asks = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value)).any(names_int64);
            if asks || name == "long" {
                return true;
            }
            let is_made = matches!(cx.qualified(&call.func), Some("torch.arange" | "torch.tensor"));
            // The rows cast places where more is reckoned with them.
            if matches!(name, "argmax" | "argmin") {
                return true;
            }
            let keeps = !matches!(name, "argsort" | "nonzero" | "searchsorted" | "bucketize" | "bincount");
            let of = || match &*call.func {
                ast::Expr::Attribute(method) if cx.entity(&call.func).is_none() => is_wide(cx, &method.value, depth),
                _ => call.args.iter().any(|arg| is_wide(cx, arg, depth)),
            };
            is_int64(cx, expr) && is_made && growing_integers::grow_around(cx, &call.func) || keeps && of()
        }
        _ => false,
    }
}

fn is_int64(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(cx.kind(expr), Kind::Tensor(tensor) if tensor.dtype == Some(DType::Int64))
}

fn may_be_integers(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    match cx.kind(expr) {
        Kind::Tensor(tensor) => tensor.dtype.is_none(),
        kind => kind.is_unknown(),
    }
}

/// `dt / tau`
fn is_fraction(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::BinOp(e) if e.op == ast::Operator::Div)
}

fn may_be_number(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(cx.kind(expr), Kind::Int | Kind::Number) || cx.kind(expr).is_unknown()
}
