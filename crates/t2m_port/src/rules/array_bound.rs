//! `x[:n]` and `torch.arange(x.max())`, where the bound is an array: MLX takes numbers.

use t2m_semantic::{Entity, Evidence, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, TextRange, node};

use super::none_equality::has_default_none;
use super::{Hook, Rule, Shape, given_value};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::{receiver, views};

pub(super) const RULE: Rule = Rule {
    name: "array-bound",
    doc: include_str!("array_bound.md"),
    hook: Hook::Expr(&[Shape::Other, Shape::Call, Shape::Argument], bound),
};

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
        ast::Expr::Name(name)
            if is_end_of_range(cx, expr) && may_be_array(cx, expr) && is_bound_to_number(cx, expr, &name.id, MOST_NAMES) =>
        {
            let (start, end) = (TextRange::empty(expr.range().start()), TextRange::empty(expr.range().end()));
            Some(Claim::edit(vec![Edit::text(start, "int("), Edit::text(end, ")")]))
        }
        _ => None,
    }
}

fn in_slice<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, slice: &'a ast::ExprSlice) -> Option<Claim<'a>> {
    let owner = owner(cx, expr)?;
    if !owner.is_tensor() && !owner.is_unknown() {
        return None;
    }
    // No list is asked for `x[i, :, a:b]`.
    let is_array = owner.is_tensor() || matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Tuple(_)))) || is_asked_as_array(cx, expr);
    let mut edits = Vec::new();
    for bound in [&slice.lower, &slice.upper, &slice.step].into_iter().flatten() {
        let pieces = if is_given_number(cx, bound) || is_tensor(cx, bound) && has_default_none(cx, bound) {
            let (asked, number) = (Piece::Expr(bound, Prec::Test), Piece::Expr(bound, Prec::Named));
            vec![Piece::text("None if "), asked, Piece::text(" is None else int("), number, Piece::text(")")]
        } else if is_tensor(cx, bound) {
            vec![Piece::Expr(bound, Prec::Atom), Piece::text(".item()")]
        } else if may_be_length(cx, bound, MOST_NAMES) || is_array && may_be_item(cx, bound, 2 * MOST_NAMES) {
            vec![Piece::text("int("), Piece::Expr(bound, Prec::Named), Piece::text(")")]
        } else {
            continue;
        };
        edits.push(Edit::new(bound.range(), pieces));
    }
    (!edits.is_empty()).then(|| Claim::edit(edits))
}

/// `row[:n].tolist()`: only arrays have that.
fn is_asked_as_array<'a>(cx: &Cx<'a>, slice: &'a ast::Expr) -> bool {
    let Some(part @ Node::Expr(ast::Expr::Subscript(_))) = cx.parent(slice) else { return false };
    matches!(cx.ancestors(part).next(), Some(Node::Expr(ast::Expr::Attribute(asked))) if matches!(asked.attr.as_str(), "tolist" | "cpu" | "numpy"))
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

/// Whether it is not known, so that no case of the table speaks for it: an array gets its `.item()` there.
fn may_be_array(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    let kind = match cx.kind(expr) {
        Kind::Optional(inner) => *inner,
        kind => kind,
    };
    kind.is_unknown() || kind == Kind::None
}

/// `lengths[i]`, the `n` of `for n in lengths`, `lengths.max()`: a number, or an array that holds one.
fn may_be_length<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, names: usize) -> bool {
    let kind = cx.kind(expr);
    if !kind.is_unknown() && !kind.is_tensor() {
        return false;
    }
    match expr {
        ast::Expr::Subscript(item) => holds_lengths(cx, &item.value) && cx.kind(&item.slice) != Kind::Str || is_place(cx, expr, names),
        ast::Expr::Call(_) => is_extremum(cx, expr) || is_chosen_number(cx, expr, names),
        ast::Expr::BinOp(e) => [&e.left, &e.right].into_iter().any(|side| is_tensor(cx, side) || may_be_length(cx, side, names)),
        ast::Expr::UnaryOp(e) => matches!(e.op, ast::UnaryOp::USub) && may_be_length(cx, &e.operand, names),
        ast::Expr::Name(name) => {
            let bindings = views::bindings(views::enclosing_body(cx, expr), &name.id);
            let is_length = bindings.iter().any(|(node, value)| match node {
                Node::Stmt(ast::Stmt::For(loop_)) => {
                    views::walked_by(cx, &loop_.target, value, &name.id).is_some_and(|walked| holds_lengths(cx, walked))
                }
                _ => matches!(value, ast::Expr::Subscript(_)) && may_be_length(cx, value, names),
            });
            // A bound may be None, which is no number.
            is_length
                || is_summed_or_chosen(cx, expr, &name.id, names)
                || is_walked_length(cx, expr, &name.id)
                || is_place(cx, expr, names)
                || !may_be_none(cx, expr, &name.id) && is_bound_to_number(cx, expr, &name.id, names)
        }
        _ => false,
    }
}

/// `(x > 0).nonzero()[0]`, and items of a name for such places: an array that holds one number.
fn is_place<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, names: usize) -> bool {
    match expr {
        ast::Expr::Subscript(item) => !item.slice.is_slice_expr() && is_place(cx, &item.value, names),
        ast::Expr::Call(call) => matches!(super::last_name(&call.func), Some("nonzero" | "argwhere")),
        ast::Expr::Name(name) => {
            let Some(names) = names.checked_sub(1) else { return false };
            let bindings = views::bindings(views::enclosing_body(cx, expr), &name.id);
            bindings.iter().any(|(node, value)| {
                matches!(node, Node::Stmt(ast::Stmt::Assign(assign)) if assign.targets.iter().all(|target| target.is_name_expr()))
                    && (value.is_call_expr() || value.is_subscript_expr())
                    && is_place(cx, value, names)
            })
        }
        _ => false,
    }
}

/// `starts[i]`, `starts[i] + size`, where `starts` is a parameter of which nothing is known: a list of numbers, or an array.
fn may_be_item<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, names: usize) -> bool {
    let Some(names) = names.checked_sub(1) else { return false };
    if !cx.kind(expr).is_unknown() {
        return false;
    }
    match expr {
        ast::Expr::Subscript(item) => {
            let is_one = !matches!(&*item.slice, ast::Expr::Slice(_) | ast::Expr::Tuple(_)) && cx.kind(&item.slice) != Kind::Str;
            is_one
                && matches!(&*item.value, ast::Expr::Name(list) if receiver::is_parameter_around(cx, expr, &list.id))
                && cx.kind(&item.value).is_unknown()
        }
        ast::Expr::BinOp(e) => may_be_item(cx, &e.left, names) || may_be_item(cx, &e.right, names),
        ast::Expr::Name(name) => {
            let bindings = views::bindings(views::enclosing_body(cx, expr), &name.id);
            let is_item = |(node, value): &(Node<'a>, &'a ast::Expr)| {
                matches!(node, Node::Stmt(ast::Stmt::Assign(assign)) if assign.targets.iter().all(|target| target.is_name_expr()))
                    && may_be_item(cx, value, names)
            };
            // `n` of `for row, n in zip(rows, counts)`
            let of_parameter = |all: &ast::Expr| matches!(all, ast::Expr::Name(list) if receiver::is_parameter_around(cx, expr, &list.id) && cx.kind(all).is_unknown());
            bindings.iter().any(is_item) && !may_be_none(cx, expr, &name.id) || walked(cx, expr, &name.id).is_some_and(of_parameter)
        }
        _ => false,
    }
}

/// `start += n` of a number that begins as 0, `start = 0 if i == 0 else ends[i - 1]`: from the second turn on it is in an array.
fn is_summed_or_chosen<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str, names: usize) -> bool {
    let Some(names) = names.checked_sub(1) else { return false };
    let may_be_array = |value: &'a ast::Expr| is_tensor(cx, value) || may_be_length(cx, value, names);
    let mut found = false;
    node::statements(views::enclosing_body(cx, at), &mut |stmt| match stmt {
        ast::Stmt::AugAssign(sum) if views::is_same_name(&sum.target, name) => found |= may_be_array(&sum.value),
        ast::Stmt::Assign(assign) if assign.targets.iter().any(|target| views::is_same_name(target, name)) => {
            if let ast::Expr::IfExp(choice) = &*assign.value {
                let branches = [&*choice.body, &*choice.orelse];
                found |= !branches.iter().any(|branch| receiver::is_none(branch)) && branches.into_iter().any(may_be_array);
            }
        }
        _ => {}
    });
    found
}

/// So many names are followed to what they are bound to: `m = lengths.max()`, `n = m // 2`.
const MOST_NAMES: usize = 3;

/// Whether a name is bound to what gives one number, in an array where it comes from an array: `cut = mask.sum()`, `best = scores.argmax() // 4`.
fn is_bound_to_number<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str, names: usize) -> bool {
    // Ex) `most = max(most, n)`: a name may stand in its own value.
    let Some(names) = names.checked_sub(1) else { return false };
    let bindings = views::bindings(views::enclosing_body(cx, at), name);
    bindings.iter().any(|(node, value)| {
        let is_alone = matches!(node, Node::Stmt(ast::Stmt::Assign(assign)) if assign.targets.iter().all(|target| target.is_name_expr()));
        is_alone && gives_number(cx, value, names)
    })
}

fn gives_number<'a>(cx: &Cx<'a>, value: &'a ast::Expr, names: usize) -> bool {
    match value {
        ast::Expr::Call(call) => is_of_all_items(cx, call) || is_chosen_number(cx, value, names),
        ast::Expr::BinOp(e) => gives_number(cx, &e.left, names) || gives_number(cx, &e.right, names),
        ast::Expr::Name(name) => is_bound_to_number(cx, value, &name.id, names),
        _ => false,
    }
}

/// `x.argmax()`, `lengths.max()`
fn is_of_all_items(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    let is_named_so = matches!(method.attr.as_str(), "max" | "min" | "sum" | "argmax" | "argmin");
    let kind = cx.kind(&method.value);
    is_named_so
        && call.args.is_empty()
        && call.keywords.is_empty()
        && cx.entity(&call.func).is_none()
        && (kind.is_unknown() || kind.is_tensor())
}

/// `max(lengths)`, `max(0, i - 1)`: Python chooses one of the numbers, which may be in an array.
fn is_chosen_number<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, names: usize) -> bool {
    let ast::Expr::Call(call) = expr else { return false };
    let is_choice = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if matches!(name.as_str(), "max" | "min"));
    let may_be_array = |arg: &'a ast::Expr| is_tensor(cx, arg) || may_be_length(cx, arg, names);
    is_choice
        && call.keywords.is_empty()
        && match &call.args[..] {
            [all] => is_tensor(cx, all) || holds_lengths(cx, all),
            several => several.iter().any(may_be_array),
        }
}

/// `n` of `[row[:n] for row, n in zip(rows, lengths)]`
fn is_walked_length<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &str) -> bool {
    walked(cx, expr, name).is_some_and(|all| holds_lengths(cx, all))
}

/// What a comprehension around walks over with a name.
fn walked<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &str) -> Option<&'a ast::Expr> {
    let all = cx.ancestors(Node::Expr(expr)).filter_map(|up| match up {
        Node::Expr(ast::Expr::ListComp(e)) => Some(&e.generators),
        Node::Expr(ast::Expr::GeneratorExp(e)) => Some(&e.generators),
        Node::Expr(ast::Expr::SetComp(e)) => Some(&e.generators),
        Node::Expr(ast::Expr::DictComp(e)) => Some(&e.generators),
        _ => None,
    });
    let own = all.flatten().find(|generator| views::binds(&generator.target, name))?;
    views::walked_by(cx, &own.target, &own.iter, name)
}

/// `start` of `def rolled(x, start=0)`, which some caller gives an array, and another one perhaps None.
fn is_given_number<'a>(cx: &Cx<'a>, bound: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = bound else { return false };
    given_value::is_given_tensor(cx, bound) && views::bindings(views::enclosing_body(cx, bound), &name.id).is_empty()
}

/// Whether a name is a parameter that may be None, or is bound to it.
fn may_be_none<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str) -> bool {
    let bindings = views::bindings(views::enclosing_body(cx, at), name);
    let function = cx.ancestors(Node::Expr(at)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def),
        _ => None,
    });
    bindings.iter().any(|(_, value)| receiver::is_none(value)) || function.is_some_and(|def| receiver::has_parameter(def, name))
}

/// How many sequences a packed one has at each step, as PyTorch calls it.
const BATCH_SIZES: &str = "batch_sizes";

/// Whether a name says that this holds lengths, and nothing says that they are numbers.
fn holds_lengths(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    let word = match expr {
        ast::Expr::Name(name) => name.id.as_str(),
        ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
        ast::Expr::Subscript(item) => match receiver::string(&item.slice) {
            Some(key) => key,
            None => return false,
        },
        _ => return false,
    };
    let word = word.to_lowercase();
    let kind = cx.kind(expr);
    (kind.is_unknown() || kind.is_tensor())
        && (word == BATCH_SIZES || word.split('_').any(|part| part == "len" || part.ends_with("lens") || part.starts_with("length")))
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
