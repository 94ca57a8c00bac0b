//! `if kept: self.register_buffer("t", t)`, `else: self.t = t`: the second is no buffer, whatever the first one makes of the name.

use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::receiver;

/// Whether a buffer of this name is registered where the statement isn't run: in another branch, or in one that leaves the function above.
pub(super) fn is_registered_instead<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, name: &str) -> bool {
    if !cx.text_has("register_buffer") {
        return false;
    }
    let mut below = Node::Stmt(stmt);
    for up in cx.ancestors(below) {
        match up {
            Node::Stmt(ast::Stmt::If(choice)) => {
                let is_below = |suite: &'a [ast::Stmt]| suite.iter().any(|stmt| below.is(Node::Stmt(stmt)));
                let other = if is_below(&choice.body) { &choice.orelse } else { &choice.body };
                if registers(cx, other, name)
                    || leaves_above(cx, &choice.body, below, name)
                    || leaves_above(cx, &choice.orelse, below, name)
                {
                    return true;
                }
            }
            Node::Stmt(ast::Stmt::FunctionDef(def)) => return leaves_above(cx, &def.body, below, name),
            Node::Stmt(ast::Stmt::ClassDef(_)) => return false,
            _ => {}
        }
        if let Node::Stmt(_) = up {
            below = up;
        }
    }
    false
}

/// Whether an `if` in front of a statement of the suite registers the buffer and leaves the function.
fn leaves_above<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], below: Node<'a>, name: &str) -> bool {
    let Some(at) = suite.iter().position(|stmt| below.is(Node::Stmt(stmt))) else { return false };
    suite[..at].iter().any(|stmt| match stmt {
        ast::Stmt::If(choice) => matches!(choice.body.last(), Some(ast::Stmt::Return(_))) && registers(cx, &choice.body, name),
        _ => false,
    })
}

fn registers<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], name: &str) -> bool {
    let registers = |call: &ast::ExprCall| {
        matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "register_buffer")
            && receiver::argument(call, 0, "name").and_then(receiver::string) == Some(name)
    };
    let mut found = false;
    for stmt in suite.iter().filter(|stmt| cx.source(*stmt).contains("register_buffer")) {
        Node::Stmt(stmt).walk(&mut |node| found |= matches!(node, Node::Expr(ast::Expr::Call(call)) if registers(call)));
    }
    found
}
