//! Functions that stand as values: lambdas, and names, tables and settings of functions. Which of their arguments they write to.

use t2m_semantic::Entity;
use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::aliases::{self, DEEPEST_CALL};
use crate::cx::Cx;
use crate::survey::Store;
use crate::{held_views, receiver, storage, views, written_arguments};

/// Names of names are followed no further.
const DEEPEST: usize = 6;

/// Whether a value is a function that writes to what it is called with at a place: `lambda t: t.add_(1)`, `scale_`, `partial(scale_, 2)`.
pub(crate) fn writes<'a>(cx: &Cx<'a>, function: &'a ast::Expr, at: usize) -> bool {
    candidates(cx, function, DEEPEST).into_iter().any(|(function, skipped)| writes_itself(cx, function, at + skipped))
}

/// The arguments of a call that such a function writes to, of those that are `of_interest`.
pub(crate) fn changed_arguments<'a>(
    cx: &Cx<'a>,
    call: &'a ast::ExprCall,
    of_interest: impl Fn(&'a ast::Expr) -> bool,
) -> Vec<&'a ast::Expr> {
    let may_be_value = matches!(&*call.func, ast::Expr::Name(_) | ast::Expr::Subscript(_) | ast::Expr::Attribute(_) | ast::Expr::IfExp(_));
    if !may_be_value || cx.entity(&call.func).is_some() {
        return Vec::new();
    }
    let wanted: Vec<(usize, &'a ast::Expr)> = call.args.iter().enumerate().filter(|(_, arg)| of_interest(arg)).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let functions = candidates(cx, &call.func, DEEPEST);
    let is_changed = |at: usize| functions.iter().any(|(function, skipped)| writes_itself(cx, function, at + skipped));
    wanted.into_iter().filter(|(at, _)| is_changed(*at)).map(|(_, arg)| arg).collect()
}

/// The arguments that a function of the project calls another argument with, which writes to them: `y` of `for_each(lambda row: row.add_(1), y)`. Whether the
/// function has taken a view of the argument itself, too.
pub(crate) fn passed_to_writers<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Vec<(&'a ast::Expr, bool)> {
    let is_function = |arg: &'a ast::Expr| match arg {
        ast::Expr::Lambda(_) | ast::Expr::Call(_) => true,
        ast::Expr::Name(_) => matches!(cx.entity(arg), Some(Entity::Function(_))) || cx.text_has("lambda") && !cx.kind(arg).is_tensor(),
        _ => false,
    };
    let Some(callee) = crate::callee::callee(cx, call) else { return Vec::new() };
    if !callee.numbered(call).any(|(_, arg)| is_function(arg)) {
        return Vec::new();
    }
    let summary = aliases::summary(cx, callee.function, Vec::new(), DEEPEST_CALL);
    if summary.called.is_empty() {
        return Vec::new();
    }
    let functions: Vec<(usize, &'a ast::Expr)> = callee.numbered(call).filter(|(_, arg)| is_function(arg)).collect();
    let mut found = Vec::new();
    for called in &summary.called {
        let mut writers = functions.iter().filter(|(param, _)| *param == called.param);
        if !writers.any(|(_, function)| writes(cx, function, called.at)) {
            continue;
        }
        let given = callee.numbered(call).filter(|(param, _)| called.alias.is_of_parameter(*param));
        found.extend(given.map(|(_, arg)| (arg, called.alias.is_part())));
    }
    found
}

/// The lambdas and functions of the project that a value may be, and how many of their arguments are given already.
fn candidates<'a>(cx: &Cx<'a>, value: &'a ast::Expr, depth: usize) -> Vec<(&'a ast::Expr, usize)> {
    let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
    if let Some(Entity::Function(_)) = cx.entity(value) {
        return vec![(value, 0)];
    }
    match value {
        ast::Expr::Lambda(_) => vec![(value, 0)],
        ast::Expr::IfExp(choice) => [&*choice.body, &*choice.orelse].into_iter().flat_map(|value| candidates(cx, value, depth)).collect(),
        ast::Expr::Call(call) if cx.is_qualified(&call.func, "functools.partial") => {
            let function = call.args.first().map(|function| candidates(cx, function, depth)).unwrap_or_default();
            function.into_iter().map(|(function, skipped)| (function, skipped + call.args.len() - 1)).collect()
        }
        ast::Expr::Name(name) if cx.entity(value).is_none() => {
            let bound = held_views::bounds(cx, &name.id, None, value);
            let bound = bound.iter().filter(|bound| bound.replaces());
            bound
                .flat_map(|bound| if bound.is_whole() { candidates(cx, bound.value, depth) } else { items(cx, bound.value, None, depth) })
                .collect()
        }
        ast::Expr::Subscript(item) => items(cx, &item.value, Some(&item.slice), depth),
        ast::Expr::Attribute(member) => match receiver::self_class(cx, &member.value) {
            Some(class) => {
                let stores = cx.shared.survey.stores(class, &member.attr).iter();
                let lambda = |store: &Store<'a>| match store {
                    Store::Whole(value @ ast::Expr::Lambda(_)) => Some((*value, 0)),
                    _ => None,
                };
                stores.filter_map(lambda).collect()
            }
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Those of a table or list that is written out: `{"add": lambda t: t.add_(1)}`.
fn items<'a>(cx: &Cx<'a>, table: &'a ast::Expr, key: Option<&'a ast::Expr>, depth: usize) -> Vec<(&'a ast::Expr, usize)> {
    let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
    match table {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            elts.iter().flat_map(|value| candidates(cx, value, depth)).collect()
        }
        ast::Expr::Dict(dict) => {
            let is_it = |own: &Option<ast::Expr>| own.as_ref().is_none_or(|own| held_views::may_be_key(key, own));
            let fit = dict.keys.iter().zip(&dict.values).filter(|(own, _)| is_it(own));
            fit.flat_map(|(_, value)| candidates(cx, value, depth)).collect()
        }
        ast::Expr::Name(name) => {
            let bound = views::bindings(views::enclosing_body(cx, table), &name.id).last().map(|(_, value)| *value);
            let bound = bound.or_else(|| cx.only_assignment(&name.id).map(|assign| &*assign.value));
            bound.map(|value| items(cx, value, key, depth)).unwrap_or_default()
        }
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) if method.attr.as_str() == "values" => items(cx, &method.value, None, depth),
            ast::Expr::Name(_) if matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if matches!(name.as_str(), "enumerate" | "zip")) => {
                call.args.iter().flat_map(|table| items(cx, table, None, depth)).collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn writes_itself<'a>(cx: &Cx<'a>, function: &'a ast::Expr, at: usize) -> bool {
    match function {
        ast::Expr::Lambda(lambda) => lambda.args.args.get(at).is_some_and(|param| lambda_writes(cx, lambda, &param.def.arg)),
        function => match cx.entity(function) {
            Some(Entity::Function(id)) => {
                let function = cx.project_facts.function(*id);
                function.class.is_none() && aliases::summary(cx, function, Vec::new(), DEEPEST_CALL).writes(at, false)
            }
            _ => false,
        },
    }
}

/// `lambda t: t.add_(1)`, `lambda t: scale_(t, 2)`, `lambda t: F.relu(t, inplace=True)`
fn lambda_writes<'a>(cx: &Cx<'a>, lambda: &'a ast::ExprLambda, param: &str) -> bool {
    let is_it = |arg: &ast::Expr| views::is_same_name(views::below_views(arg), param);
    let mut found = storage::is_written_by(&lambda.body, param);
    Node::Expr(&lambda.body).walk(&mut |node| {
        let Node::Expr(ast::Expr::Call(call)) = node else { return };
        if found || !call.args.iter().any(is_it) {
            return;
        }
        let is_named = |keyword: &ast::Keyword| keyword.arg.as_deref() == Some("inplace") && cx.source(&keyword.value) == "True";
        let works_in_place = || cx.qualified(&call.func).is_some() && call.keywords.iter().any(is_named);
        found = works_in_place() || !written_arguments::changed_arguments(cx, call, is_it).is_empty();
    });
    found
}
