//! Whether what a view is of is read behind a write, and which values each turn of a loop makes for itself: nobody reads those in the next turn.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, TextSize};

use crate::cx::Cx;
use crate::fresh_values::is_fresh;
use crate::views::{self, is_metadata};

/// Whether the text of `base` is read after `at`, or stands in a loop around it. An attribute lives on in any case.
pub(crate) fn used_after<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], base: &ast::Expr, at: &'a ast::Expr) -> bool {
    match base {
        ast::Expr::Attribute(_) => return true,
        // `state["a"]` of `state["a"][0]`
        ast::Expr::Subscript(item) => return used_after(cx, body, &item.value, at),
        _ => {}
    }
    let text = cx.source(base);
    let in_loop = cx.ancestors(Node::Expr(at)).any(|node| is_loop(&node));
    let mut used = false;
    let mut in_turns = Vec::new();
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(expr @ ast::Expr::Name(name)) = node
                && name.id.as_str() == text
                && !is_metadata(cx, expr)
            {
                used |= expr.range().start() > at.range().end();
                if in_loop && expr.range().start() != base.range().start() {
                    in_turns.push(expr);
                }
            }
        });
    }
    used || !in_turns.is_empty() && !is_made_in_turn(cx, body, base, at, &in_turns)
}

fn is_loop(node: &Node<'_>) -> bool {
    matches!(node, Node::Stmt(ast::Stmt::For(_) | ast::Stmt::While(_)))
}

/// Whether each turn of the innermost loop around a write makes what is viewed before the view is taken, and lets go of it: `names` are the places of its
/// name, none of them behind the write.
fn is_made_in_turn<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], base: &ast::Expr, at: &'a ast::Expr, names: &[&'a ast::Expr]) -> bool {
    let ast::Expr::Name(viewed) = base else { return false };
    let Some((turn, made)) = made_in_turn(cx, &viewed.id, base, at) else { return false };
    let is_shared = |stmt: &ast::Stmt| {
        let mut is_shared = false;
        Node::Stmt(stmt).walk(&mut |node| {
            is_shared |= match node {
                Node::Stmt(ast::Stmt::Global(names)) => names.names.contains(&viewed.id),
                Node::Stmt(ast::Stmt::Nonlocal(names)) => names.names.contains(&viewed.id),
                _ => false,
            };
        });
        is_shared
    };
    let outermost = cx.ancestors(Node::Expr(at)).take_while(|up| !is_definition(up)).filter(is_loop).last();
    let outer = match outermost {
        Some(Node::Stmt(stmt)) => stmt.range(),
        _ => turn,
    };
    let lets_go = |expr: &&'a ast::Expr| {
        let place = expr.range();
        // What is read later, in turns of loops that nobody sees here.
        if cx.ancestors(Node::Expr(expr)).take_while(|up| !encloses(body, up)).any(|up| is_late(&up)) {
            return false;
        }
        match expr {
            ast::Expr::Name(name) if !name.ctx.is_load() => true,
            _ if !outer.contains_range(place) => true,
            // The next turn, or one of a loop around it, reads what this one left.
            _ if !turn.contains_range(place) || place.start() < made => false,
            expr => is_computed_with(cx, expr),
        }
    };
    names.iter().all(lets_go) && !body.iter().any(is_shared)
}

/// The innermost loop around a write, and where each of its turns has given a name a new tensor, before the view was taken.
fn made_in_turn<'a>(cx: &Cx<'a>, name: &str, base: &ast::Expr, at: &'a ast::Expr) -> Option<(TextRange, TextSize)> {
    let turn = cx.ancestors(Node::Expr(at)).take_while(|up| !is_definition(up)).find(is_loop)?;
    let (range, body) = match turn {
        Node::Stmt(ast::Stmt::For(walk)) => (walk.range, &walk.body),
        Node::Stmt(ast::Stmt::While(walk)) => (walk.range, &walk.body),
        _ => return None,
    };
    let binds = |stmt: &&'a ast::Stmt| {
        matches!(stmt, ast::Stmt::Assign(assign) if assign.targets.iter().any(|target| views::binds(target, name)))
            && stmt.range().end() < base.range().start()
    };
    // Two targets are two names of one tensor.
    let ast::Stmt::Assign(made) = body.iter().rfind(binds)? else { return None };
    (made.targets.len() == 1 && is_fresh(cx, &made.value) && range.contains_range(base.range())).then_some((range, made.range.end()))
}

fn is_definition(node: &Node<'_>) -> bool {
    matches!(node, Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_)))
}

/// What runs when somebody asks for it.
fn is_late(node: &Node<'_>) -> bool {
    is_definition(node) || matches!(node, Node::Expr(ast::Expr::Lambda(_) | ast::Expr::GeneratorExp(_)))
}

/// Whether a node is the function whose body this is.
fn encloses(body: &[ast::Stmt], node: &Node<'_>) -> bool {
    matches!(node, Node::Stmt(ast::Stmt::FunctionDef(def)) if std::ptr::eq(&def.body[..], body))
        || matches!(node, Node::Stmt(ast::Stmt::AsyncFunctionDef(def)) if std::ptr::eq(&def.body[..], body))
}

/// Functions of Python that look at what they are given, and keep nothing of it.
const LOOKS: &[&str] = &["print", "len", "float", "int", "bool", "str", "repr"];

/// Whether all that becomes of a tensor, and of its views, where its name is read, is a new value: `x * 2`, `x[0].sum()`, `x.mul_(2)` as a statement.
fn is_computed_with<'a>(cx: &Cx<'a>, name: &'a ast::Expr) -> bool {
    let mut tensor = name;
    while let Some(up) = cx.parent(tensor) {
        let expr = match up {
            Node::Stmt(ast::Stmt::Expr(_)) => return true,
            Node::Stmt(ast::Stmt::AugAssign(assign)) => {
                let target = cx.kind(&assign.target);
                return is_same_place(&assign.target, tensor) || target.is_tensor() || target.is_number();
            }
            // `out[i] = x` copies.
            Node::Stmt(ast::Stmt::Assign(assign)) => {
                let copies = |target: &ast::Expr| matches!(target, ast::Expr::Subscript(item) if cx.kind(&item.value).is_tensor());
                return assign.targets.iter().all(copies);
            }
            Node::Stmt(_) => return false,
            Node::Expr(expr) => expr,
        };
        match expr {
            ast::Expr::BinOp(_) | ast::Expr::Compare(_) => return true,
            ast::Expr::UnaryOp(sign) => return sign.op != ast::UnaryOp::UAdd,
            // `x[rows] = 0`
            ast::Expr::Subscript(item) if is_same_place(&item.value, tensor) => match item.ctx.is_load() {
                true if is_fresh(cx, expr) => return true,
                true => tensor = expr,
                false => return true,
            },
            // `y[x]`
            ast::Expr::Subscript(_) => return true,
            ast::Expr::Attribute(read) => match cx.parent(expr) {
                Some(Node::Expr(call @ ast::Expr::Call(called))) if is_same_place(&called.func, expr) => {
                    if is_fresh(cx, call) {
                        return true;
                    }
                    tensor = call;
                }
                _ if is_metadata(cx, &read.value) => return true,
                _ => tensor = expr,
            },
            ast::Expr::Call(call) => {
                let looks = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if LOOKS.contains(&name.as_str()));
                let computes = cx.qualified(&call.func).is_some() && matches!(cx.kind(expr), Kind::Tensor(_)) && is_fresh(cx, expr);
                return looks || computes;
            }
            _ => return false,
        }
    }
    false
}

fn is_same_place(one: &ast::Expr, other: &ast::Expr) -> bool {
    std::ptr::eq(one, other)
}
