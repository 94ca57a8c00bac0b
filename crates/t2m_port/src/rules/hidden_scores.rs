//! `e.data.masked_fill_(mask, -inf)` before a softmax: what is hidden gets no weight, and so no gradient, whichever way it is written.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use crate::cx::Cx;
use crate::masks::bound_values;
use crate::rules::last_name;
use crate::survey::Store;
use crate::{receiver, storage, views};

/// Whether a statement hides scores of a local array that nothing but softmax reads from there on.
pub(super) fn hides<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let ast::Stmt::Expr(statement) = stmt else { return false };
    let ast::Expr::Call(call) = &*statement.value else { return false };
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    let Some(ast::Expr::Name(scores)) = storage::detached(cx, &method.value) else { return false };
    method.attr.as_str() == "masked_fill_"
        && receiver::argument(call, 1, "value").is_some_and(|value| is_least(cx, value))
        && is_read_by_softmax(cx, &method.value, scores, stmt.range())
}

/// A number whose exponential is 0: `-float("inf")`, `float("-inf")`, `-1e9`, `torch.finfo(x.dtype).min`, or a name for such a one.
fn is_least<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    match value {
        ast::Expr::Attribute(own) => match receiver::self_class(cx, &own.value) {
            Some(class) => {
                let stores = cx.shared.survey.stores(class, &own.attr);
                !stores.is_empty() && stores.iter().all(|store| matches!(store, Store::Whole(value) if is_written_least(value)))
            }
            None => is_written_least(value),
        },
        ast::Expr::Name(_) => {
            let mut values = bound_values(cx, value).peekable();
            values.peek().is_some() && values.all(is_written_least)
        }
        value => is_written_least(value),
    }
}

fn is_written_least(value: &ast::Expr) -> bool {
    match value {
        ast::Expr::UnaryOp(e) => e.op == ast::UnaryOp::USub && is_vast(&e.operand),
        ast::Expr::Call(call) => given_word(call) == Some("-inf"),
        ast::Expr::Attribute(least) => {
            least.attr.as_str() == "min" && matches!(&*least.value, ast::Expr::Call(call) if last_name(&call.func) == Some("finfo"))
        }
        _ => false,
    }
}

fn is_vast(value: &ast::Expr) -> bool {
    const VAST: f64 = 1e6;
    match value {
        ast::Expr::Constant(constant) => match &constant.value {
            ast::Constant::Float(number) => *number >= VAST,
            ast::Constant::Int(number) => number.to_string().parse::<f64>().is_ok_and(|number| number >= VAST),
            _ => false,
        },
        ast::Expr::Call(call) => given_word(call) == Some("inf"),
        ast::Expr::Attribute(number) => number.attr.as_str() == "inf",
        _ => false,
    }
}

/// `inf` of `float("inf")`
fn given_word(call: &ast::ExprCall) -> Option<&str> {
    let is_float = matches!(&*call.func, ast::Expr::Name(name) if name.id.as_str() == "float");
    call.args.first().filter(|_| is_float).and_then(receiver::string)
}

/// Whether a name is read after a place, and by softmax alone.
fn is_read_by_softmax<'a>(cx: &Cx<'a>, at: &'a ast::Expr, scores: &ast::ExprName, after: TextRange) -> bool {
    let (mut reads, mut softmaxes) = (0, 0);
    let is_scores = |expr: &ast::Expr| views::is_same_name(expr, &scores.id);
    for stmt in views::enclosing_body(cx, at) {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(expr) = node else { return };
            if expr.range().start() < after.end() {
                return;
            }
            match expr {
                ast::Expr::Name(_) => reads += usize::from(is_scores(expr)),
                ast::Expr::Call(call) if last_name(&call.func) == Some("softmax") => {
                    let is_given = call.args.first().is_some_and(is_scores);
                    let is_asked = matches!(&*call.func, ast::Expr::Attribute(method) if is_scores(&method.value));
                    softmaxes += usize::from(is_given || is_asked);
                }
                _ => {}
            }
        });
    }
    softmaxes > 0 && reads == softmaxes
}
