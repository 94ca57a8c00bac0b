//! `global ROW; ROW = y[0]` in one function and `ROW += 1` in another: a view that a name of the module keeps.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use crate::cx::Cx;
use crate::{fresh_values, views};

/// What a name of the module is a view of that is written at `at`, by the function that binds it: the place, and the base.
pub(crate) fn base<'a>(cx: &Cx<'a>, name: &'a ast::ExprName, at: &'a ast::Expr) -> Option<(TextRange, &'a str)> {
    if !cx.text_has("global ") {
        return None;
    }
    let body = views::enclosing_body(cx, at);
    let is_of_module = views::bindings(body, &name.id).is_empty() || declares(body, &name.id);
    if !is_of_module || crate::receiver::is_parameter_around(cx, at, &name.id) {
        return None;
    }
    // What has methods that write is a tensor.
    let is_method = matches!(cx.parent(at), Some(Node::Expr(ast::Expr::Attribute(_)))) || at.is_call_expr();
    let mut found = None;
    for stmt in &cx.file.suite {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Stmt(ast::Stmt::FunctionDef(def)) = node else { return };
            if found.is_some() || !declares(&def.body, &name.id) || std::ptr::eq(def.body.as_slice(), body) {
                return;
            }
            found = views::bindings(&def.body, &name.id).into_iter().find_map(|(node, value)| {
                let viewed = views::base(cx, value).filter(|_| matches!(node, Node::Stmt(ast::Stmt::Assign(_))))?;
                let is_tensor = is_method || cx.kind(viewed).is_tensor() || views::is_explicit(cx, value);
                (is_tensor && !fresh_values::is_fresh(cx, viewed)).then(|| (value.range(), cx.source(viewed)))
            });
        });
    }
    found
}

/// `global ROW`
fn declares(body: &[ast::Stmt], name: &str) -> bool {
    let mut found = false;
    t2m_syntax::node::statements(body, &mut |stmt| {
        found |= matches!(stmt, ast::Stmt::Global(global) if global.names.iter().any(|own| own.as_str() == name));
    });
    found
}
