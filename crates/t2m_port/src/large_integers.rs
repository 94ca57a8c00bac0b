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

/// What few numbers reach that count or measure something: primes of hashes are larger.
const HUGE: f64 = 1_048_576.0;

/// What 32 bits don't hold.
const BEYOND_32: f64 = 2_147_483_648.0;

/// Through how many names a number is followed.
const DEPTH: usize = 3;

/// Whether an expression is a large integer, or an item of what holds one, as its own text or what it is bound to tells.
pub(crate) fn may_be<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    may_reach(cx, expr, LARGE)
}

/// The same for integers of at least [`HUGE`].
pub(crate) fn may_be_huge<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    may_reach(cx, expr, HUGE)
}

/// The same for what PyTorch takes the low 32 bits of beside 32-bit integers, and MLX refuses.
pub(crate) fn may_leave_32<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    may_reach(cx, expr, BEYOND_32)
}

fn may_reach<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, least: f64) -> bool {
    if reaches(expr, least) {
        return true;
    }
    // Whole functions are searched only where there is something to be found.
    let mut functions = cx.scopes(expr).filter_map(|up| if let Node::Stmt(ast::Stmt::FunctionDef(def)) = up { Some(def) } else { None });
    let survey = &cx.shared.survey;
    (survey.holds_large(cx.id) || functions.any(|def| survey.is_given_large(&def.name))) && is_bound_to(cx, expr, DEPTH, least)
}

fn is_bound_to<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, depth: usize, least: f64) -> bool {
    if reaches(expr, least) {
        return true;
    }
    let Some(depth) = depth.checked_sub(1) else { return false };
    match expr {
        ast::Expr::Subscript(item) => is_bound_to(cx, &item.value, depth, least),
        ast::Expr::Attribute(read) => {
            let Some(class) = receiver::self_class(cx, &read.value) else { return false };
            let stores = cx.shared.survey.stores(class, &read.attr);
            stores.iter().any(|store| matches!(store, Store::Whole(value) if reaches(value, least)))
        }
        ast::Expr::Name(name) => is_name_bound_to(cx, expr, &name.id, depth, least),
        _ => false,
    }
}

fn is_name_bound_to<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str, depth: usize, least: f64) -> bool {
    for up in cx.ancestors(Node::Expr(at)) {
        let walked: &[ast::Comprehension] = match up {
            Node::Expr(ast::Expr::ListComp(e)) => &e.generators,
            Node::Expr(ast::Expr::GeneratorExp(e)) => &e.generators,
            Node::Stmt(_) => break,
            Node::Expr(_) => &[],
        };
        if let Some(walk) = walked.iter().find(|walk| views::binds(&walk.target, name)) {
            return is_bound_to(cx, &walk.iter, depth, least);
        }
    }
    let bound = views::bindings(views::enclosing_body(cx, at), name);
    if !bound.is_empty() {
        return bound.iter().any(|(_, value)| is_walked_in(cx, value, depth, least));
    }
    if let Some(def) = cx.scopes(at).find_map(|up| if let Node::Stmt(ast::Stmt::FunctionDef(def)) = up { Some(def) } else { None })
        && receiver::has_parameter(def, name)
    {
        return has_large_default(&def.args, name, least)
            || match least <= LARGE {
                true => cx.shared.survey.is_given_large(&def.name),
                false => cx.shared.survey.is_given_huge(&def.name),
            };
    }
    cx.only_assignment(name).is_some_and(|assign| reaches(&assign.value, least))
}

/// `for i, p in enumerate(primes)`, `for c, p in zip(coords, primes)`
fn is_walked_in<'a>(cx: &Cx<'a>, value: &'a ast::Expr, depth: usize, least: f64) -> bool {
    match value {
        ast::Expr::Call(call) if matches!(last_name(&call.func), Some("enumerate" | "zip")) => {
            call.args.iter().any(|arg| is_bound_to(cx, arg, depth, least))
        }
        value => is_bound_to(cx, value, depth, least),
    }
}

fn has_large_default(args: &ast::Arguments, name: &str, least: f64) -> bool {
    let mut all = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs);
    all.any(|arg| arg.def.arg.as_str() == name && arg.default.as_deref().is_some_and(|default| reaches(default, least)))
}

/// A large integer, or what holds one, by its own text: `2654435761`, `2 ** 20`, `(1, 805459861)`, `torch.tensor([805459861])`.
pub(crate) fn is_written(expr: &ast::Expr) -> bool {
    reaches(expr, LARGE)
}

fn reaches(expr: &ast::Expr, least: f64) -> bool {
    let reaches_it = |item: &ast::Expr| reaches(item, least);
    match expr {
        ast::Expr::List(e) => e.elts.iter().any(reaches_it),
        ast::Expr::Tuple(e) => e.elts.iter().any(reaches_it),
        ast::Expr::Call(call) if matches!(last_name(&call.func), Some("tensor" | "as_tensor" | "LongTensor" | "array" | "asarray")) => {
            call.args.first().is_some_and(reaches_it)
        }
        expr => value(expr).is_some_and(|value| value.abs() >= least),
    }
}

/// The value of a whole number that literals alone give.
pub(crate) fn value(expr: &ast::Expr) -> Option<f64> {
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
pub(crate) fn note_call<'a>(call: &'a ast::ExprCall, large: &mut FxHashSet<&'a str>, huge: &mut FxHashSet<&'a str>) {
    let is_plain =
        |arg: &&ast::Expr| matches!(arg, ast::Expr::Constant(_) | ast::Expr::BinOp(_) | ast::Expr::List(_) | ast::Expr::Tuple(_));
    let args = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
    for arg in args.filter(is_plain).filter(|arg| is_written(arg)) {
        large.extend(last_name(&call.func));
        if reaches(arg, HUGE) {
            huge.extend(last_name(&call.func));
        }
    }
}

/// Whether a whole number is small by its own text.
pub(crate) fn is_small(expr: &ast::Expr) -> bool {
    value(expr).is_some_and(|value| value.abs() < LARGE)
}

/// Whether the product of whole numbers is large.
pub(crate) fn are_large_together<'a>(factors: impl Iterator<Item = &'a ast::Expr>) -> bool {
    factors.filter_map(value).product::<f64>().abs() >= LARGE
}
