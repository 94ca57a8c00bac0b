//! `x[:n]` and `torch.arange(x.max())`, where the bound is an array: MLX takes numbers.

use t2m_semantic::{Entity, Evidence, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, TextRange};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::views;

pub(super) const RULE: Rule =
    Rule { name: "array-bound", doc: include_str!("array_bound.md"), hook: Hook::Expr(&[Shape::Other, Shape::Call], bound) };

fn bound<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    match expr {
        ast::Expr::Slice(slice) => in_slice(cx, expr, slice),
        // Ex) `slice(starts[i], starts[i + 1])`
        ast::Expr::Call(call) if matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_static() == "slice") => {
            let arrays = call.args.iter().filter(|arg| is_tensor(cx, arg));
            let edits: Vec<Edit<'a>> =
                arrays.map(|arg| Edit::new(arg.range(), vec![Piece::Expr(arg, Prec::Atom), Piece::text(".item()")])).collect();
            (!edits.is_empty()).then(|| Claim::edit(edits))
        }
        // Arrays in other places have cases in the table.
        ast::Expr::Call(_) if is_extremum(cx, expr) && is_end_of_range(cx, expr) => {
            // A number of NumPy's has this method too.
            Some(Claim::edit(vec![Edit::text(TextRange::empty(expr.range().end()), ".item()")]))
        }
        _ => None,
    }
}

fn in_slice<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, slice: &'a ast::ExprSlice) -> Option<Claim<'a>> {
    let owner = owner(cx, expr)?;
    if !owner.is_tensor() && !owner.is_unknown() {
        return None;
    }
    let mut edits = Vec::new();
    for bound in [&slice.lower, &slice.upper, &slice.step].into_iter().flatten() {
        let pieces = if is_tensor(cx, bound) {
            vec![Piece::Expr(bound, Prec::Atom), Piece::text(".item()")]
        } else if may_be_length(cx, bound) {
            vec![Piece::text("int("), Piece::Expr(bound, Prec::Named), Piece::text(")")]
        } else {
            continue;
        };
        edits.push(Edit::new(bound.range(), pieces));
    }
    (!edits.is_empty()).then(|| Claim::edit(edits))
}

/// The kind of what is sliced.
fn owner<'a>(cx: &Cx<'a>, slice: &'a ast::Expr) -> Option<Kind> {
    match cx.parent(slice)? {
        Node::Expr(ast::Expr::Subscript(subscript)) => Some(cx.kind(&subscript.value)),
        Node::Expr(up @ ast::Expr::Tuple(_)) => owner(cx, up),
        _ => None,
    }
}

fn is_tensor(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    let fact = cx.fact(expr);
    fact.kind.is_tensor() && fact.evidence > Evidence::Assumed
}

/// `lengths[i]`, the `n` of `for n in lengths`, `lengths.max()`: a number, or an array that holds one.
fn may_be_length<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let fact = cx.fact(expr);
    if !fact.kind.is_unknown() && !fact.kind.is_tensor() {
        return false;
    }
    match expr {
        ast::Expr::Subscript(item) => holds_lengths(cx, &item.value) && cx.kind(&item.slice) != Kind::Str,
        ast::Expr::Call(_) => is_extremum(cx, expr),
        ast::Expr::BinOp(e) => may_be_length(cx, &e.left) || may_be_length(cx, &e.right),
        ast::Expr::Name(name) => {
            let bindings = views::bindings(views::enclosing_body(cx, expr), &name.id);
            bindings.iter().any(|(node, value)| match node {
                Node::Stmt(ast::Stmt::For(loop_)) => {
                    views::walked_by(cx, &loop_.target, value, &name.id).is_some_and(|walked| holds_lengths(cx, walked))
                }
                _ => matches!(value, ast::Expr::Subscript(_)) && may_be_length(cx, value),
            })
        }
        _ => false,
    }
}

/// Whether a name says that this holds lengths, and nothing says that they are numbers.
fn holds_lengths(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    let word = match expr {
        ast::Expr::Name(name) => name.id.as_str(),
        ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
        ast::Expr::Subscript(item) => match crate::receiver::string(&item.slice) {
            Some(key) => key,
            None => return false,
        },
        _ => return false,
    };
    let word = word.to_lowercase();
    let kind = cx.kind(expr);
    (kind.is_unknown() || kind.is_tensor())
        && word.split('_').any(|part| part == "len" || part.ends_with("lens") || part.starts_with("length"))
}

/// `x.max()` of a value that is not known: an array's, or a NumPy number.
fn is_extremum(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = expr else { return false };
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    let is_named_so = matches!(method.attr.as_str(), "max" | "min" | "sum") && call.args.is_empty() && call.keywords.is_empty();
    let fact = cx.fact(expr);
    is_named_so
        && cx.entity(&call.func).is_none()
        && cx.kind(&method.value).is_unknown()
        && (fact.kind.is_unknown() || fact.kind.is_tensor())
}

/// `torch.arange(n)`, `torch.arange(n + 1)`
fn is_end_of_range<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match cx.parent(expr) {
        Some(Node::Expr(ast::Expr::Call(call))) => {
            let mut bounds = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
            cx.is_qualified(&call.func, "torch.arange") && bounds.any(|bound| std::ptr::eq(bound, expr))
        }
        Some(Node::Expr(sum @ ast::Expr::BinOp(_))) => is_end_of_range(cx, sum),
        _ => false,
    }
}
