//! Which expressions may be integers that are too large to be multiplied in 32 bits: primes of hashes, strides of large grids.

use rustc_hash::FxHashSet;
use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::rules::last_name;
use crate::survey::Store;
use crate::{receiver, views};

/// Beyond it, products with indices of usual size leave 32 bits. `256 * 256 * blue` packs bytes.
const LARGE: f64 = 65_537.0;

/// Through how many names a number is followed.
const DEPTH: usize = 3;

/// Whether an expression is a large integer, or an item of what holds one, as its own text or what it is bound to tells.
pub(crate) fn may_be<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    if is_written(expr) {
        return true;
    }
    // Whole functions are searched only where there is something to be found.
    let mut functions = cx.scopes(expr).filter_map(|up| if let Node::Stmt(ast::Stmt::FunctionDef(def)) = up { Some(def) } else { None });
    let survey = &cx.shared.survey;
    (survey.holds_large(cx.id) || functions.any(|def| survey.is_given_large(&def.name))) && is_bound_to(cx, expr, DEPTH)
}

fn is_bound_to<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, depth: usize) -> bool {
    if is_written(expr) {
        return true;
    }
    let Some(depth) = depth.checked_sub(1) else { return false };
    match expr {
        ast::Expr::Subscript(item) => is_bound_to(cx, &item.value, depth),
        ast::Expr::Attribute(read) => {
            let Some(class) = receiver::self_class(cx, &read.value) else { return false };
            let stores = cx.shared.survey.stores(cx.project_facts, class, &read.attr);
            stores.iter().any(|store| matches!(store, Store::Whole(value) if is_written(value)))
        }
        ast::Expr::Name(name) => is_name_bound_to(cx, expr, &name.id, depth),
        _ => false,
    }
}

fn is_name_bound_to<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str, depth: usize) -> bool {
    for up in cx.ancestors(Node::Expr(at)) {
        let walked: &[ast::Comprehension] = match up {
            Node::Expr(ast::Expr::ListComp(e)) => &e.generators,
            Node::Expr(ast::Expr::GeneratorExp(e)) => &e.generators,
            Node::Stmt(_) => break,
            Node::Expr(_) => &[],
        };
        if let Some(walk) = walked.iter().find(|walk| views::binds(&walk.target, name)) {
            return is_bound_to(cx, &walk.iter, depth);
        }
    }
    let bound = views::bindings(views::enclosing_body(cx, at), name);
    if !bound.is_empty() {
        return bound.iter().any(|(_, value)| is_walked_in(cx, value, depth));
    }
    if let Some(def) = cx.scopes(at).find_map(|up| if let Node::Stmt(ast::Stmt::FunctionDef(def)) = up { Some(def) } else { None })
        && receiver::has_parameter(def, name)
    {
        return has_large_default(&def.args, name) || cx.shared.survey.is_given_large(&def.name);
    }
    cx.only_assignment(name).is_some_and(|assign| is_written(&assign.value))
}

/// `for i, p in enumerate(primes)`, `for c, p in zip(coords, primes)`
fn is_walked_in<'a>(cx: &Cx<'a>, value: &'a ast::Expr, depth: usize) -> bool {
    match value {
        ast::Expr::Call(call) if matches!(last_name(&call.func), Some("enumerate" | "zip")) => {
            call.args.iter().any(|arg| is_bound_to(cx, arg, depth))
        }
        value => is_bound_to(cx, value, depth),
    }
}

fn has_large_default(args: &ast::Arguments, name: &str) -> bool {
    let mut all = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs);
    all.any(|arg| arg.def.arg.as_str() == name && arg.default.as_deref().is_some_and(is_written))
}

/// A large integer, or what holds one, by its own text: `2654435761`, `2 ** 20`, `(1, 805459861)`, `torch.tensor([805459861])`.
pub(crate) fn is_written(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::List(e) => e.elts.iter().any(is_written),
        ast::Expr::Tuple(e) => e.elts.iter().any(is_written),
        ast::Expr::Call(call) if matches!(last_name(&call.func), Some("tensor" | "as_tensor" | "LongTensor" | "array" | "asarray")) => {
            call.args.first().is_some_and(is_written)
        }
        expr => value(expr).is_some_and(|value| value.abs() >= LARGE),
    }
}

/// The value of a whole number that literals alone give.
fn value(expr: &ast::Expr) -> Option<f64> {
    match expr {
        ast::Expr::Constant(constant) => match &constant.value {
            ast::Constant::Int(value) => value.to_string().parse().ok(),
            _ => None,
        },
        ast::Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::USub) => value(&unary.operand).map(|value| -value),
        ast::Expr::BinOp(e) => {
            let (left, right) = (value(&e.left)?, value(&e.right)?);
            match e.op {
                ast::Operator::Add => Some(left + right),
                ast::Operator::Sub => Some(left - right),
                ast::Operator::Mult => Some(left * right),
                ast::Operator::Pow if right >= 0.0 => Some(left.powf(right)),
                ast::Operator::LShift if right >= 0.0 => Some(left * right.exp2()),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Takes note of a call that is given a large integer, by the name of what is called.
pub(crate) fn note_call<'a>(call: &'a ast::ExprCall, given: &mut FxHashSet<&'a str>) {
    let is_plain = |arg: &ast::Expr| matches!(arg, ast::Expr::Constant(_) | ast::Expr::BinOp(_) | ast::Expr::List(_) | ast::Expr::Tuple(_));
    let mut args = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
    if args.any(|arg| is_plain(arg) && is_written(arg)) {
        given.extend(last_name(&call.func));
    }
}

/// Whether a whole number is small by its own text.
pub(crate) fn is_small(expr: &ast::Expr) -> bool {
    value(expr).is_some_and(|value| value.abs() < LARGE)
}
