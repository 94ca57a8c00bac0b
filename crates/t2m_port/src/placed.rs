//! What a statement puts into containers and attributes that live on: `rows.append(x[0])`, `found["a"] = x[0]`, `rows += [x[0]]`, `self.out = x[:, :2]`.

use t2m_semantic::Kind;
use t2m_syntax::Node;
use t2m_syntax::ast;
use t2m_syntax::node;

use crate::cx::Cx;
use crate::{held_views, views};

pub(crate) struct Placed<'a> {
    /// The name or attribute that stands for the container, or the attribute itself.
    pub(crate) holder: &'a ast::Expr,
    /// Under which key or index of it, where the statement says so.
    pub(crate) key: Option<&'a ast::Expr>,
    pub(crate) value: &'a ast::Expr,
    /// The items of the value are put there, one by one: `rows.extend(x)`.
    pub(crate) is_items: bool,
}

/// All that a statement puts into containers.
pub(crate) fn placed<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, put: &mut dyn FnMut(Placed<'a>)) {
    match stmt {
        ast::Stmt::Assign(_) | ast::Stmt::AnnAssign(_) => {
            for (target, value, _) in held_views::stored(stmt) {
                let ast::Expr::Subscript(item) = target else { continue };
                if (held_views::is_container(cx, &item.value) || is_written_container(cx, &item.value))
                    && let Some((holder, key)) = holder(target)
                {
                    put(Placed { holder, key, value, is_items: false });
                }
            }
        }
        // `rows += [x[0]]`: what has lists added is one.
        ast::Stmt::AugAssign(change) if matches!(change.op, ast::Operator::Add) && is_sequence(cx, change) => {
            if let Some((holder, key)) = holder(&change.target) {
                put(Placed { holder, key, value: &change.value, is_items: true });
            }
        }
        ast::Stmt::Expr(stmt) => {
            let ast::Expr::Call(call) = &*stmt.value else { return };
            let ast::Expr::Attribute(method) = &*call.func else { return };
            let is_items = match method.attr.as_str() {
                "append" | "insert" | "appendleft" => false,
                "extend" | "extendleft" => true,
                "setdefault" | "update" if held_views::is_container(cx, &method.value) => {
                    return of_dict(call, method, put);
                }
                _ => return,
            };
            if let Some((holder, key)) = holder(&method.value)
                && let Some(value) = call.args.last()
            {
                put(Placed { holder, key, value, is_items });
            }
        }
        _ => {}
    }
}

/// `found.update(a=x[0])`, `found.update({"a": x[0]})`, `found.setdefault("a", x[0])`
fn of_dict<'a>(call: &'a ast::ExprCall, method: &'a ast::ExprAttribute, put: &mut dyn FnMut(Placed<'a>)) {
    let Some((holder, key)) = holder(&method.value) else { return };
    let named = call.keywords.iter().map(|keyword| &keyword.value);
    if method.attr.as_str() == "update" {
        named.chain(call.args.first()).for_each(|value| put(Placed { holder, key, value, is_items: false }));
    } else if let [own, value] = &call.args[..] {
        put(Placed { holder, key: key.or(Some(own)), value, is_items: false });
    }
}

/// Whether a name of unknown kind, whose items change places, say (`low[1] = low[0]`), is bound to a list or dictionary that is written out.
fn is_written_container<'a>(cx: &Cx<'a>, container: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = container else { return false };
    let is_written = |value: &ast::Expr| matches!(value, ast::Expr::List(_) | ast::Expr::Dict(_));
    cx.kind(container).is_unknown() && {
        let bound = views::bindings(views::enclosing_body(cx, container), &name.id);
        !bound.is_empty() && bound.iter().all(|(_, value)| is_written(value))
    }
}

fn is_sequence<'a>(cx: &Cx<'a>, change: &'a ast::StmtAugAssign) -> bool {
    matches!(&*change.value, ast::Expr::List(_) | ast::Expr::Tuple(_) | ast::Expr::ListComp(_)) && !cx.kind(&change.target).is_tensor()
        || matches!(cx.kind(&change.target), Kind::List(_) | Kind::Seq(_) | Kind::Tuple(_))
}

/// `found` and `"a"` of `found["a"][0]` and of `found.setdefault("a", [])`: what stands for the outermost container, and its key.
fn holder(expr: &ast::Expr) -> Option<(&ast::Expr, Option<&ast::Expr>)> {
    let (container, key) = match expr {
        ast::Expr::Name(_) | ast::Expr::Attribute(_) => return Some((expr, None)),
        ast::Expr::Subscript(item) => (&*item.value, &*item.slice),
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) if method.attr.as_str() == "setdefault" => (&*method.value, call.args.first()?),
            _ => return None,
        },
        _ => return None,
    };
    let (holder, outer) = holder(container)?;
    Some((holder, outer.or(Some(key))))
}

/// `(row := x[0])` in the statement itself, or in its condition.
pub(crate) fn named<'a>(stmt: &'a ast::Stmt, put: &mut dyn FnMut(&'a ast::Expr, &'a ast::Expr)) {
    let head = match stmt {
        ast::Stmt::If(choice) => Node::Expr(&choice.test),
        ast::Stmt::While(loop_) => Node::Expr(&loop_.test),
        stmt if node::suites(stmt).is_empty() => Node::Stmt(stmt),
        _ => return,
    };
    head.walk(&mut |node| {
        if let Node::Expr(ast::Expr::NamedExpr(named)) = node {
            put(&named.target, &named.value);
        }
    });
}
