//! Which of its arguments a call changes: the function of the project that it runs is searched for what it does with its parameters.

use t2m_semantic::tables::Tables;
use t2m_semantic::{FunctionInfo, Kind};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use crate::aliases::{self, DEEPEST_CALL};
use crate::callee::{Callee, callee, callees};
use crate::cx::Cx;
use crate::storage::{function_at, writes_to};
use crate::{passed_flags, receiver, views};

/// The arguments of a call that the function of the project writes to, of those that are `of_interest`.
pub(crate) fn changed_arguments<'a>(
    cx: &Cx<'a>,
    call: &'a ast::ExprCall,
    of_interest: impl Fn(&'a ast::Expr) -> bool,
) -> Vec<&'a ast::Expr> {
    let mut changed: Vec<&'a ast::Expr> = Vec::new();
    for callee in callees(cx, call) {
        let by_it = changed_by(cx, callee, call, &of_interest);
        changed.extend(by_it.into_iter().filter(|arg| !changed.iter().any(|known| std::ptr::eq(*known, *arg))).collect::<Vec<_>>());
    }
    changed
}

fn changed_by<'a>(
    cx: &Cx<'a>,
    callee: Callee<'a>,
    call: &'a ast::ExprCall,
    of_interest: impl Fn(&'a ast::Expr) -> bool,
) -> Vec<&'a ast::Expr> {
    let all: Vec<(usize, &'a ast::Expr)> = callee.numbered(call).filter(|(_, arg)| of_interest(arg)).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let flags = passed_flags::of_call(cx, callee, call, &passed_flags::constant);
    let summary = aliases::summary(cx, callee.function, flags, DEEPEST_CALL);
    let is_changed = |param: usize, arg: &'a ast::Expr| {
        let is_several = || matches!(cx.kind(arg), Kind::List(_) | Kind::Tuple(_) | Kind::Seq(_));
        summary.writes(param, is_container(cx, arg) || arg.is_call_expr() && is_several())
            || is_kept_and_written(cx, callee.function, &callee.function.params[param].name)
    };
    all.into_iter().filter(|(param, arg)| is_changed(*param, arg)).map(|(_, arg)| arg).collect()
}

/// Those that a layer with `inplace=True` changes within: `y[0]` of `block(y[0])`, which begins with one.
pub(crate) fn activated_arguments<'a>(
    cx: &Cx<'a>,
    call: &'a ast::ExprCall,
    of_interest: impl Fn(&'a ast::Expr) -> bool,
) -> Vec<&'a ast::Expr> {
    let Some(callee) = callee(cx, call).filter(|_| cx.shared.survey.makes_changing_layers()) else { return Vec::new() };
    let all: Vec<(usize, &'a ast::Expr)> = callee.numbered(call).filter(|(_, arg)| of_interest(arg)).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let flags = passed_flags::of_call(cx, callee, call, &passed_flags::constant);
    let summary = aliases::summary(cx, callee.function, flags, DEEPEST_CALL);
    all.into_iter().filter(|(param, _)| summary.activates(*param)).map(|(_, arg)| arg).collect()
}

/// `[x[0], x[1]]`, `{"row": x[0]}`, and names of such.
pub(crate) fn is_container(cx: &Cx<'_>, arg: &ast::Expr) -> bool {
    let is_written =
        matches!(arg, ast::Expr::List(_) | ast::Expr::Tuple(_) | ast::Expr::Dict(_) | ast::Expr::ListComp(_) | ast::Expr::DictComp(_));
    is_written || arg.is_name_expr() && matches!(cx.kind(arg), Kind::List(_) | Kind::Tuple(_) | Kind::Seq(_) | Kind::Dict(_))
}

/// Those whose shape it changes in place: `x.unsqueeze_(0)`, which binds the name of the parameter anew in the port.
pub(crate) fn reshaped_arguments<'a>(
    cx: &Cx<'a>,
    call: &'a ast::ExprCall,
    of_interest: impl Fn(&'a ast::Expr) -> bool,
) -> Vec<&'a ast::Expr> {
    // Few functions do, and what happens behind the call is dear to find out.
    if !callee(cx, call).is_some_and(|callee| cx.shared.survey.reshapes_within(callee.function.file, callee.function.range)) {
        return Vec::new();
    }
    let Some(callee) = callee(cx, call) else { return Vec::new() };
    let all = callee.passed(call).filter(|(_, arg)| of_interest(arg));
    all.filter(|(param, _)| is_done_in(cx, callee.function, param, &|node| reshapes(cx, node, param))).map(|(_, arg)| arg).collect()
}

/// Whether a constructor keeps its parameter, and a method writes to what is kept: `self.row = row`, `self.row.fill_(1)`.
fn is_kept_and_written(cx: &Cx<'_>, function: &FunctionInfo, param: &str) -> bool {
    let Some(class) = function.class.filter(|_| function.name == "__init__") else { return false };
    let suite = |function: &FunctionInfo| cx.project.file(function.file).source.suite.as_slice();
    let Some(constructor) = function_at(suite(function), function.range) else { return false };
    let kept: Vec<&str> = constructor.body.iter().filter_map(|stmt| kept_name(stmt, param)).collect();
    let methods = receiver::family(cx, class).flat_map(|class| cx.project_facts.class(class).methods.values());
    !kept.is_empty()
        && methods.into_iter().any(|id| {
            let method = cx.project_facts.function(*id);
            function_at(suite(method), method.range).is_some_and(|def| kept.iter().any(|name| writes_member(def, Some(name))))
        })
}

/// The arguments that a constructor of the project keeps in its object: `y` of `Rows(y)` with `self.x = x`.
pub(crate) fn kept_arguments<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Vec<&'a ast::Expr> {
    let Some(callee) = callee(cx, call).filter(|callee| callee.function.name == "__init__") else { return Vec::new() };
    let suite = cx.project.file(callee.function.file).source.suite.as_slice();
    let Some(def) = function_at(suite, callee.function.range) else { return Vec::new() };
    let is_kept = |param: &str| def.body.iter().any(|stmt| kept_name(stmt, param).is_some());
    callee.passed(call).filter(|(param, _)| is_kept(param)).map(|(_, argument)| argument).collect()
}

/// Whether a method writes to what `self` holds under a name, or under any: `self.row.fill_(1)`, `self.row += 1`, `self.row[0] = 1`.
pub(crate) fn writes_member(def: &ast::StmtFunctionDef, name: Option<&str>) -> bool {
    let is_it = |expr: &ast::Expr| match views::below_views(expr) {
        ast::Expr::Attribute(own) => views::is_same_name(&own.value, "self") && name.is_none_or(|name| own.attr.as_str() == name),
        _ => false,
    };
    let mut is_written = false;
    def.body.iter().for_each(|stmt| Node::Stmt(stmt).walk(&mut |node| is_written |= writes_to(node, &is_it)));
    is_written
}

/// `row` of `self.row = row`
fn kept_name<'a>(stmt: &'a ast::Stmt, param: &str) -> Option<&'a str> {
    let (ast::Expr::Attribute(own), value) = receiver::assignment(stmt)? else { return None };
    let is_it = views::is_same_name(&own.value, "self") && views::is_same_name(views::below_views(value), param);
    is_it.then_some(own.attr.as_str())
}

/// Whether a function does something before it binds the name of its parameter anew.
fn is_done_in(cx: &Cx<'_>, function: &FunctionInfo, param: &str, does: &dyn Fn(Node<'_>) -> bool) -> bool {
    let suite = cx.project.file(function.file).source.suite.as_slice();
    let Some(def) = function_at(suite, function.range) else { return false };
    let rebound = views::bindings(&def.body, param).first().map(|(_, value)| value.range().start());
    let mut is_done = false;
    for stmt in &def.body {
        Node::Stmt(stmt).walk(&mut |node| is_done = is_done || rebound.is_none_or(|at| node.range().start() < at) && does(node));
    }
    is_done
}

/// `x.unsqueeze_(0)`
fn reshapes(cx: &Cx<'_>, node: Node<'_>, name: &str) -> bool {
    let Node::Expr(ast::Expr::Call(call)) = node else { return false };
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    views::is_same_name(&method.value, name) && is_reshape(cx.tables, &method.attr)
}

/// `unsqueeze_`
pub(crate) fn is_reshape(tables: &Tables, method: &str) -> bool {
    method.ends_with('_') && tables.lookup(&format!("Tensor.{method}")).any(|(row, _)| row.rebind)
}
