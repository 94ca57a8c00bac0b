//! What says that a value of unknown kind is a module, or `None`: it is called with tensors.

use t2m_semantic::Kind;
use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::survey::Store;
use crate::{receiver, views};

/// A name, or an attribute of `self`, of which nothing is known.
pub(super) fn is_open<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let is_place = match value {
        ast::Expr::Name(_) => true,
        ast::Expr::Attribute(attribute) => {
            receiver::self_class(cx, &attribute.value).is_some_and(|class| receiver::makes_modules(cx, class))
        }
        _ => false,
    };
    is_place && cx.kind(value).is_unknown() && cx.entity(value).is_none()
}

/// `act` of `if act: x = act(x)`
pub(super) fn is_called_with_tensor<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    if !is_open(cx, value) {
        return false;
    }
    let name = cx.source(value);
    let (around, text) = match value {
        ast::Expr::Attribute(_) => scope(cx, value, |stmt| matches!(stmt, ast::Stmt::ClassDef(_))),
        _ => scope(cx, value, |stmt| matches!(stmt, ast::Stmt::FunctionDef(_))),
    };
    // Most are never called: the text tells that sooner than the tree.
    if !text.contains(&format!("{name}(")) {
        return false;
    }
    let mut is_called = false;
    for stmt in around {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node
                && cx.source(&*call.func) == name
            {
                is_called |= call.args.first().is_some_and(|arg| cx.kind(arg).is_tensor());
            }
        });
    }
    is_called
}

/// The body of the innermost statement of a sort around an expression, or the file, and its text.
fn scope<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, is_it: impl Fn(&ast::Stmt) -> bool) -> (&'a [ast::Stmt], &'a str) {
    let found = cx.ancestors(Node::Expr(expr)).find_map(|up| match up {
        Node::Stmt(stmt) if is_it(stmt) => Some(stmt),
        _ => None,
    });
    match found {
        Some(stmt @ ast::Stmt::FunctionDef(def)) => (&def.body, cx.source(stmt)),
        Some(stmt @ ast::Stmt::ClassDef(def)) => (&def.body, cx.source(stmt)),
        _ => (&cx.file.suite, &cx.file.text),
    }
}

/// Whether what stands for no module is `None`, as far as the file tells: a parameter whose default is `None`, an attribute that gets one.
pub(super) fn is_none_else<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    match value {
        ast::Expr::Name(name) => default_is_none(cx, value, &name.id),
        ast::Expr::Attribute(attribute) => {
            let Some(class) = receiver::self_class(cx, &attribute.value) else { return false };
            if cx.project_facts.class(class).file != cx.id {
                return false;
            }
            let is_none_else = |store: &Store<'a>| match store {
                Store::Whole(stored @ ast::Expr::Name(name)) if cx.kind(stored).is_unknown() => default_is_none(cx, stored, &name.id),
                Store::Whole(stored) => cx.kind(stored) == Kind::None || cx.project_facts.is_module(&cx.kind(stored)),
                _ => false,
            };
            let stores = cx.shared.survey.stores(class, &attribute.attr);
            !stores.is_empty() && stores.iter().all(is_none_else)
        }
        _ => false,
    }
}

/// Whether a name is a parameter of the function around, with `None` for a default, and nothing else.
fn default_is_none<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str) -> bool {
    let function = cx.ancestors(Node::Expr(at)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def),
        _ => None,
    });
    let Some(def) = function else { return false };
    let mut all = def.args.posonlyargs.iter().chain(&def.args.args).chain(&def.args.kwonlyargs);
    let default = all.find(|arg| arg.def.arg.as_str() == name).and_then(|arg| arg.default.as_deref());
    let is_none = matches!(default, Some(ast::Expr::Constant(constant)) if constant.value.is_none());
    is_none && views::bindings(&def.body, name).is_empty()
}
