//! `{n: p.data for n, p in model.named_parameters()}` whose items are written to: they are the model's own memory, which in MLX the arrays alone are.

use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use crate::cx::Cx;
use crate::{storage, views};

/// Whether `p.data` is an item of a collection over the parameters of a model, of which the function writes to items later.
pub(super) fn are_written<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, value: &'a ast::Expr) -> bool {
    let Some(Node::Expr(all)) = cx.parent(expr) else { return false };
    let (item, generators) = match all {
        ast::Expr::ListComp(all) => (&*all.elt, &all.generators[..]),
        ast::Expr::DictComp(all) => (&*all.value, &all.generators[..]),
        _ => return false,
    };
    let ([generator], ast::Expr::Name(walked)) = (generators, value) else { return false };
    let of_parameters = matches!(&generator.iter, ast::Expr::Call(call) if matches!(&*call.func, ast::Expr::Attribute(method)
        if matches!(method.attr.as_str(), "parameters" | "named_parameters")));
    if !of_parameters || !std::ptr::eq(item, expr) || !views::binds(&generator.target, &walked.id) {
        return false;
    }
    let Some(Node::Stmt(ast::Stmt::Assign(kept))) = cx.parent(all) else { return false };
    let [ast::Expr::Name(name)] = &kept.targets[..] else { return false };
    let body = views::enclosing_body(cx, expr);
    let is_item =
        |target: &ast::Expr| matches!(views::below_views(target), ast::Expr::Subscript(item) if views::is_same_name(&item.value, &name.id));
    let mut found = false;
    for stmt in body.iter().filter(|stmt| stmt.range().end() > kept.range.end()) {
        Node::Stmt(stmt).walk(&mut |node| {
            found |= storage::writes_to(node, &is_item);
            if let Node::Stmt(ast::Stmt::For(walk)) = node {
                found |= mentions(&walk.iter, &name.id)
                    && bound(&walk.target).iter().any(|item| walk.body.iter().any(|stmt| storage::is_written_in(stmt, item)));
            }
        });
    }
    found
}

fn mentions(expr: &ast::Expr, name: &str) -> bool {
    let mut found = false;
    Node::Expr(expr).walk(&mut |node| found |= matches!(node, Node::Expr(expr) if views::is_same_name(expr, name)));
    found
}

/// The names of a target.
fn bound(target: &ast::Expr) -> Vec<&str> {
    let mut found = Vec::new();
    Node::Expr(target).walk(&mut |node| {
        if let Node::Expr(ast::Expr::Name(name)) = node {
            found.push(name.id.as_str());
        }
    });
    found
}
