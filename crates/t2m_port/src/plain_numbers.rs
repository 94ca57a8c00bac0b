//! Which products of untyped names are of plain Python numbers: counts, sizes, ratios, which have as many digits as they need.

use t2m_semantic::Entity;
use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::rules::{last_name, tensors_have};
use crate::{receiver, views};

/// Whether an expression is made of names and attributes that are nowhere used as tensors, by sums and products.
pub(crate) fn is_named<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match expr {
        ast::Expr::Name(name) => !is_used_as_tensor(cx, expr, &name.id),
        ast::Expr::Attribute(read) => match &*read.value {
            ast::Expr::Name(_) => !is_kept_tensor(cx, read),
            // `cfg.train.steps`
            holder @ ast::Expr::Attribute(_) => is_named(cx, holder),
            _ => false,
        },
        ast::Expr::Constant(_) => true,
        ast::Expr::BinOp(e) => {
            matches!(e.op, ast::Operator::Add | ast::Operator::Sub | ast::Operator::Mult) && is_named(cx, &e.left) && is_named(cx, &e.right)
        }
        _ => false,
    }
}

/// Whether the function around a name uses it as a tensor, or binds it to what is no plain number.
fn is_used_as_tensor<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str) -> bool {
    let is_it = |expr: &ast::Expr| views::is_same_name(expr, name);
    let body = views::enclosing_body(cx, at);
    let mut found = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            found |= match node {
                Node::Expr(ast::Expr::Attribute(read)) => is_it(&read.value) && tensors_have(&read.attr),
                Node::Expr(ast::Expr::Subscript(item)) => is_it(&item.value),
                Node::Expr(ast::Expr::Call(call)) => {
                    let is_of_torch = || cx.qualified(&call.func).is_some_and(|name| name.starts_with("torch."));
                    call.args.first().is_some_and(is_it) && is_of_torch() && !takes_sizes(cx, call)
                }
                _ => false,
            };
        });
    }
    found || views::bindings(body, name).iter().any(|(_, value)| is_computed(cx, value))
}

/// A result, or an item, of something that nobody knows: no name or number, and nothing that Python or its library counts.
fn is_computed<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    match value {
        // `for i in tqdm(range(n))`
        ast::Expr::Call(call) if last_name(&call.func) == Some("tqdm") => call.args.first().is_none_or(|walked| is_computed(cx, walked)),
        ast::Expr::Call(call) => {
            !matches!(cx.entity(&call.func), Some(Entity::Builtin(_)))
                && !cx.qualified(&call.func).is_some_and(|name| name.starts_with("math."))
        }
        ast::Expr::Subscript(_) => true,
        ast::Expr::BinOp(e) => is_computed(cx, &e.left) || is_computed(cx, &e.right),
        _ => false,
    }
}

/// `self.ids`, where a class of the project stores something that is computed.
fn is_kept_tensor<'a>(cx: &Cx<'a>, read: &'a ast::ExprAttribute) -> bool {
    let Some(class) = receiver::self_class(cx, &read.value) else { return false };
    let stores = cx.shared.survey.stores(class, &read.attr);
    stores.iter().any(|store| !matches!(store, crate::survey::Store::Whole(ast::Expr::Name(_) | ast::Expr::Constant(_))))
}

/// Whether a product is asked for as one number: by `math`, as a size or a count, or in a constructor, of its parameters.
pub(crate) fn is_asked_for<'a>(cx: &Cx<'a>, product: &'a ast::Expr) -> bool {
    let is_built = cx.scopes(product).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def.name.as_str() == "__init__"),
        _ => None,
    });
    if is_built == Some(true) {
        return true;
    }
    for up in cx.ancestors(Node::Expr(product)) {
        match up {
            Node::Expr(ast::Expr::BinOp(_) | ast::Expr::UnaryOp(_) | ast::Expr::Tuple(_)) => {}
            Node::Expr(ast::Expr::Call(call)) => return takes_numbers(cx, call),
            _ => return false,
        }
    }
    false
}

fn takes_numbers(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    match cx.entity(&call.func) {
        Some(Entity::Builtin(_)) => matches!(last_name(&call.func), Some("int" | "range" | "round")),
        Some(Entity::Library(name)) => name.starts_with("math.") || takes_sizes(cx, call),
        _ => matches!(&*call.func, ast::Expr::Attribute(method)
            if matches!(method.attr.as_str(), "narrow" | "view" | "reshape" | "expand" | "repeat" | "unflatten")),
    }
}

/// `torch.zeros(n)`, `nn.Linear(n, m)`
fn takes_sizes(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    let Some(name) = cx.qualified(&call.func) else { return false };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.starts_with("torch.nn.") && last.starts_with(char::is_uppercase)
        || name.starts_with("math.")
        || matches!(last, "zeros" | "ones" | "empty" | "rand" | "randn" | "full" | "eye" | "arange" | "randperm")
}

/// Whether the function around a place asks if a name is a number or a text of Python, `isinstance(n, int)`: of arrays, nobody asks that.
pub(crate) fn is_asked_whether_plain<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str) -> bool {
    const PLAIN: &[&str] = &["int", "float", "str"];
    let is_plain = |class: &ast::Expr| match class {
        ast::Expr::Tuple(classes) => classes.elts.iter().all(|class| last_name(class).is_some_and(|name| PLAIN.contains(&name))),
        class => last_name(class).is_some_and(|name| PLAIN.contains(&name)),
    };
    let mut found = false;
    for stmt in views::enclosing_body(cx, at) {
        Node::Stmt(stmt).walk(&mut |node| {
            found |= matches!(node, Node::Expr(ast::Expr::Call(call)) if last_name(&call.func) == Some("isinstance")
                && matches!(&call.args[..], [asked, class] if views::is_same_name(asked, name) && is_plain(class)));
        });
    }
    found
}

/// Whether the truth of one rest is asked for: `if a % b != 0`, `assert a % b == 0`. Of arrays, nobody asks that.
pub(crate) fn is_truth<'a>(cx: &Cx<'a>, rest: &'a ast::Expr) -> bool {
    let mut inner = Node::Expr(rest);
    for up in cx.ancestors(inner) {
        match up {
            Node::Expr(ast::Expr::Compare(_) | ast::Expr::BoolOp(_) | ast::Expr::UnaryOp(_)) => {}
            Node::Expr(ast::Expr::IfExp(choice)) => return Node::Expr(&choice.test).is(inner),
            Node::Stmt(ast::Stmt::If(choice)) => return Node::Expr(&choice.test).is(inner),
            Node::Stmt(ast::Stmt::While(round)) => return Node::Expr(&round.test).is(inner),
            Node::Stmt(ast::Stmt::Assert(check)) => return Node::Expr(&check.test).is(inner),
            _ => return false,
        }
        inner = up;
    }
    false
}
