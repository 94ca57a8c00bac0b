//! Views that `for` and `with` get from generators and objects of the project: `for row in Rows(x)`, `with buffer.slot(0) as row`.

use t2m_semantic::{ClassId, FunctionInfo, Kind};
use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::callee::callee;
use crate::cx::Cx;
use crate::given_views::{self, By, View};
use crate::{constructed, views, written_arguments};

/// What a loop over a value gets.
pub(crate) fn items<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Vec<View<'a>> {
    if let ast::Expr::Call(call) = value
        && let yielded = of_call(cx, call, By::Yield)
        && !yielded.is_empty()
    {
        return yielded;
    }
    let Some(class) = instance(cx, value) else { return Vec::new() };
    let Some(walk) = method(cx, class, "__iter__") else {
        return method(cx, class, "__getitem__").map(|function| of_object(cx, function, value, By::Return)).unwrap_or_default();
    };
    let mut found = of_object(cx, walk, value, By::Yield);
    found.extend(of_object(cx, walk, value, By::Items));
    if let Some(next) = method(cx, class, "__next__") {
        found.extend(of_object(cx, next, value, By::Return));
    }
    found
}

/// What `with` gets.
pub(crate) fn entered<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Vec<View<'a>> {
    // A function that yields gives a manager.
    if let ast::Expr::Call(call) = value
        && let yielded = of_call(cx, call, By::Yield)
        && !yielded.is_empty()
    {
        return yielded;
    }
    let enter = instance(cx, value).and_then(|class| method(cx, class, "__enter__"));
    enter.map(|function| of_object(cx, function, value, By::Return)).unwrap_or_default()
}

fn instance(cx: &Cx<'_>, value: &ast::Expr) -> Option<ClassId> {
    match cx.kind(value) {
        Kind::Instance(class) => Some(class),
        _ => None,
    }
}

fn method<'a>(cx: &Cx<'a>, class: ClassId, name: &str) -> Option<&'a FunctionInfo> {
    cx.project_facts.lookup_method(class, name).map(|id| cx.project_facts.function(id))
}

fn of_call<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, by: By) -> Vec<View<'a>> {
    let Some(callee) = callee(cx, call).filter(|callee| callee.function.name != "__init__") else { return Vec::new() };
    let object = callee.object(call);
    let passed = |name: &str| callee.passed(call).find(|(param, _)| *param == name).map(|(_, arg)| arg);
    let parts = given_views::parts(cx, callee.function, by);
    let found = parts.iter().filter_map(|part| given_views::view(cx, part, object, passed)).collect();
    with_arguments(cx, found, object)
}

fn of_object<'a>(cx: &Cx<'a>, function: &'a FunctionInfo, object: &'a ast::Expr, by: By) -> Vec<View<'a>> {
    let parts = given_views::parts(cx, function, by);
    with_arguments(cx, parts.iter().filter_map(|part| given_views::view(cx, part, Some(object), |_| None)).collect(), Some(object))
}

/// What an object holds may be what it was made of: `x` of `Rows(x)`.
fn with_arguments<'a>(cx: &Cx<'a>, mut found: Vec<View<'a>>, object: Option<&'a ast::Expr>) -> Vec<View<'a>> {
    let Some(object) = object else { return found };
    for at in 0..found.len() {
        let (is_of_object, place) = (std::ptr::eq(found[at].base, object), found[at].place);
        if is_of_object {
            found.extend(kept_arguments(cx, object).into_iter().map(|base| View { base, is_explicit: true, place }));
        }
    }
    found
}

/// The tensors that the maker of an object was given, and that it keeps.
fn kept_arguments<'a>(cx: &Cx<'a>, object: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let made = match object {
        ast::Expr::Name(name) => match views::bindings(views::enclosing_body(cx, object), &name.id).last() {
            Some((Node::Stmt(ast::Stmt::Assign(_)), made)) => *made,
            _ => return Vec::new(),
        },
        made => made,
    };
    let ast::Expr::Call(call) = made else { return Vec::new() };
    let arguments = match constructed::generated(cx, call) {
        Some(held) => held.into_iter().map(|held| held.argument).collect(),
        None => written_arguments::kept_arguments(cx, call),
    };
    let base = |argument: &'a ast::Expr| views::base(cx, argument).unwrap_or(argument);
    arguments.into_iter().filter(|argument| cx.kind(argument).is_tensor()).map(base).collect()
}
