//! Indices that NumPy makes: MLX takes no array of NumPy for one, and its kind does not always tell.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use t2m_semantic::Kind;
use t2m_semantic::kind::NumpyKind;
use t2m_semantic::tables::read_names;
use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::masks::bound_values;
use crate::rules::last_name;
use crate::views;

#[derive(Debug, Default, Deserialize)]
struct Numpy {
    generators: FxHashSet<String>,
    dealers: FxHashSet<String>,
    splits: FxHashSet<String>,
    from_numpy: FxHashSet<String>,
    from_data: FxHashSet<String>,
}

static NUMPY: LazyLock<Numpy> = LazyLock::new(|| read_names("numpy"));

/// Ex) `_, first = np.unique(labels, return_index=True)`, `x[:, np.random.choice(n, k)]`
pub(crate) fn is_of_numpy<'a>(cx: &Cx<'a>, entry: &'a ast::Expr) -> bool {
    let calls_numpy = |value: &ast::Expr| matches!(value, ast::Expr::Call(call) if cx.qualified(&call.func).is_some_and(|name| name.starts_with("numpy.")));
    calls_numpy(entry) || bound_values(cx, entry).any(calls_numpy)
}

/// `torch.from_numpy(keep)`: whatever NumPy held, truths too. What it selects from is no array of NumPy's.
pub(crate) fn is_made_of_numpy<'a>(cx: &Cx<'a>, entry: &'a ast::Expr) -> bool {
    let is_made = |value: &'a ast::Expr| match value {
        ast::Expr::Call(call) => match (cx.qualified(&call.func), call.args.first()) {
            (Some(name), Some(_)) if NUMPY.from_numpy.contains(name) => true,
            (Some(name), Some(data)) if NUMPY.from_data.contains(name) => {
                matches!(cx.kind(data), Kind::Ndarray | Kind::Numpy(NumpyKind { is_number: false, .. })) || is_of_numpy(cx, data)
            }
            _ => false,
        },
        _ => false,
    };
    cx.text_has("numpy") && (is_made(entry) || bound_values(cx, entry).any(is_made))
}

/// `rows` of `rows = np.where(m)[0]`
pub(crate) fn is_part_of_numpy<'a>(cx: &Cx<'a>, entry: &'a ast::Expr) -> bool {
    let is_part = |value: &'a ast::Expr| matches!(value, ast::Expr::Subscript(part) if is_of_numpy(cx, &part.value));
    is_part(entry) || bound_values(cx, entry).any(is_part)
}

/// Rows that are dealt out: by a generator, in lists of arrays, by folds.
pub(crate) fn is_dealt<'a>(cx: &Cx<'a>, entry: &'a ast::Expr) -> bool {
    let names_numpy = cx.text_has("numpy");
    names_numpy && (is_drawn(cx, entry, 3) || is_item_of_split(cx, entry)) || cx.text_has("Fold") && is_walked(cx, entry, deals_folds)
}

/// Ex) `order = rng.permutation(n)`, `batch = order[i : i + 8]`, of a generator of NumPy's.
fn is_drawn<'a>(cx: &Cx<'a>, entry: &'a ast::Expr, depth: usize) -> bool {
    let makes_generator = |value: &ast::Expr| matches!(value, ast::Expr::Call(call) if cx.qualified(&call.func).is_some_and(|name| NUMPY.generators.contains(name)));
    let deals = |value: &ast::Expr| matches!(value, ast::Expr::Call(call) if cx.qualified(&call.func).is_some_and(|name| NUMPY.dealers.contains(name)));
    match entry {
        ast::Expr::Call(_) if deals(entry) => crate::imports::imports_torch(cx),
        // `order` of `np.random.shuffle(order)`
        ast::Expr::Name(name) if cx.text_has("shuffle(") && is_shuffled(cx, entry, &name.id) => true,
        ast::Expr::Call(call) => matches!(&*call.func, ast::Expr::Attribute(method)
            if makes_generator(&method.value) || bound_values(cx, &method.value).any(makes_generator)),
        ast::Expr::Subscript(part) if matches!(&*part.slice, ast::Expr::Slice(_)) => is_drawn(cx, &part.value, depth),
        ast::Expr::Name(_) if depth > 0 => bound_values(cx, entry).any(|value| is_drawn(cx, value, depth - 1)),
        _ => false,
    }
}

/// Whether NumPy's generator shuffles an array of numbers in the function.
fn is_shuffled<'a>(cx: &Cx<'a>, entry: &'a ast::Expr, name: &str) -> bool {
    if !crate::imports::imports_torch(cx) || !bound_values(cx, entry).any(|value| cx.kind(value) == Kind::Ndarray) {
        return false;
    }
    let mut found = false;
    for stmt in views::enclosing_body(cx, entry) {
        Node::Stmt(stmt).walk(&mut |node| {
            found |= matches!(node, Node::Expr(ast::Expr::Call(call))
                if cx.is_qualified(&call.func, "numpy.random.shuffle") && call.args.first().is_some_and(|all| views::is_same_name(all, name)));
        });
    }
    found
}

/// `fold` of `for fold in np.array_split(rows, 3)` and of `fold = folds[i]`
fn is_item_of_split<'a>(cx: &Cx<'a>, entry: &'a ast::Expr) -> bool {
    let is_item = |value: &'a ast::Expr| matches!(value, ast::Expr::Subscript(item) if gives_splits(cx, &item.value));
    is_item(entry) || bound_values(cx, entry).any(|value| is_item(value) || joins_splits(cx, value)) || is_walked(cx, entry, gives_splits)
}

/// `np.concatenate([folds[j] for j in range(k) if j != i])`: the rows of the other folds.
fn joins_splits<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    let mut found = false;
    if cx.qualified(&call.func).is_some_and(|name| name.starts_with("numpy.")) {
        Node::Expr(value).walk(&mut |node| {
            found |= matches!(node, Node::Expr(ast::Expr::Subscript(item)) if gives_splits(cx, &item.value));
        });
    }
    found
}

fn gives_splits<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let is_split = |value: &ast::Expr| matches!(value, ast::Expr::Call(call) if cx.qualified(&call.func).is_some_and(|name| NUMPY.splits.contains(name)));
    is_split(value) || bound_values(cx, value).any(is_split)
}

/// `KFold(5).split(x)`, of scikit-learn or after it: pairs of arrays.
fn deals_folds<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let makes_folds =
        |value: &ast::Expr| matches!(value, ast::Expr::Call(call) if last_name(&call.func).is_some_and(|name| name.ends_with("Fold")));
    let is_dealt = |value: &'a ast::Expr| match value {
        ast::Expr::Call(call) => matches!(&*call.func, ast::Expr::Attribute(method)
            if method.attr.as_str() == "split" && (makes_folds(&method.value) || bound_values(cx, &method.value).any(makes_folds))),
        _ => false,
    };
    is_dealt(value) || bound_values(cx, value).any(is_dealt)
}

/// Whether a loop around binds the name, walking over such.
fn is_walked<'a>(cx: &Cx<'a>, entry: &'a ast::Expr, is_such: impl Fn(&Cx<'a>, &'a ast::Expr) -> bool) -> bool {
    let ast::Expr::Name(name) = entry else { return false };
    cx.ancestors(Node::Expr(entry)).any(|up| match up {
        Node::Stmt(ast::Stmt::For(e)) if views::binds(&e.target, &name.id) => {
            views::walked_by(cx, &e.target, &e.iter, &name.id).is_some_and(|walked| is_such(cx, walked))
        }
        _ => false,
    })
}
