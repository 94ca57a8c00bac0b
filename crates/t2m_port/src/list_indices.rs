//! Lists as indices: an empty one selects nothing in PyTorch, while MLX makes an array of floats of it and refuses.

use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::masks::bound_values;
use crate::views;

/// Whether an index may be a list without items: `bad = []`, `bad = seen.get(key, [])`, `[i for i in ids if i > 2]`, an item of `[[], [1, 3]]`.
pub(crate) fn may_be_empty<'a>(cx: &Cx<'a>, entry: &'a ast::Expr) -> bool {
    // Few files have empty lists or choose items, which the text tells soonest.
    if !entry.is_name_expr() || !cx.text_has("[]") && !cx.text_has(" if ") {
        return false;
    }
    bound_values(cx, entry).any(is_open) || walked(cx, entry).is_some_and(|all| holds_open(all) || bound_values(cx, all).any(holds_open))
}

fn is_open(value: &ast::Expr) -> bool {
    let is_empty = |value: &ast::Expr| matches!(value, ast::Expr::List(list) if list.elts.is_empty());
    match value {
        // `seen.get(key, [])`
        ast::Expr::Call(call) => {
            matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "get") && call.args.get(1).is_some_and(is_empty)
        }
        ast::Expr::ListComp(list) => list.generators.iter().any(|generator| !generator.ifs.is_empty()),
        value => is_empty(value),
    }
}

/// Lists of such lists.
fn holds_open(value: &ast::Expr) -> bool {
    match value {
        ast::Expr::List(list) => list.elts.iter().any(is_open),
        ast::Expr::ListComp(list) => is_open(&list.elt),
        _ => false,
    }
}

/// What the loop around walks over with a name.
fn walked<'a>(cx: &Cx<'a>, entry: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Name(name) = entry else { return None };
    cx.ancestors(Node::Expr(entry)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::For(e)) if views::binds(&e.target, &name.id) => views::walked_by(cx, &e.target, &e.iter, &name.id),
        _ => None,
    })
}
