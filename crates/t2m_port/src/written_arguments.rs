//! Which of its arguments a call changes: the function of the project that it runs is searched for what it does with its parameters.

use t2m_semantic::tables::Tables;
use t2m_semantic::{Entity, FunctionInfo};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use crate::callee::{callee, callee_within};
use crate::cx::Cx;
use crate::storage::{self, function_at, writes, writes_to};
use crate::{receiver, views};

/// The arguments of a call that the function of the project writes to, of those that are `of_interest`: whole functions are searched for each.
pub(crate) fn changed_arguments<'a>(
    cx: &Cx<'a>,
    call: &'a ast::ExprCall,
    of_interest: impl Fn(&'a ast::Expr) -> bool,
) -> Vec<&'a ast::Expr> {
    passed(cx, call, of_interest, |function, param| changes(cx, function, param, DEEPEST_CALL))
}

/// Whether a function of the project, by its name, writes to its first parameter.
pub(crate) fn changes_first(cx: &Cx<'_>, function: &ast::Expr) -> bool {
    let Some(Entity::Function(id)) = cx.entity(function) else { return false };
    let function = cx.project_facts.function(*id);
    function.class.is_none() && function.params.first().is_some_and(|param| changes(cx, function, &param.name, DEEPEST_CALL))
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
    passed(cx, call, of_interest, |function, param| is_done_in(cx, function, param, &|node| reshapes(cx, node, param)))
}

/// The arguments of a call whose parameter is such in the function of the project that it runs.
fn passed<'a>(
    cx: &Cx<'a>,
    call: &'a ast::ExprCall,
    of_interest: impl Fn(&'a ast::Expr) -> bool,
    is_such: impl Fn(&FunctionInfo, &str) -> bool,
) -> Vec<&'a ast::Expr> {
    let Some(callee) = callee(cx, call) else { return Vec::new() };
    let all = callee.passed(call).filter(|(_, arg)| of_interest(arg));
    all.filter(|(param, _)| is_such(callee.function, param)).map(|(_, arg)| arg).collect()
}

/// A function that passes its parameter on to one that passes it on ... is followed so far.
const DEEPEST_CALL: usize = 3;

/// Whether a function writes to what its parameter holds, or calls one that does, before it binds the name anew.
fn changes(cx: &Cx<'_>, function: &FunctionInfo, param: &str, depth: usize) -> bool {
    let does = |node: Node<'_>| {
        writes(node, param) || writes_items(node, param) || depth > 0 && passes_to_writer(cx, function, node, param, depth - 1)
    };
    is_done_in(cx, function, param, &does) || is_kept_and_written(cx, function, param)
}

/// `for part in parts: part.clamp_(0)`
fn writes_items(node: Node<'_>, name: &str) -> bool {
    let Node::Stmt(ast::Stmt::For(walk)) = node else { return false };
    let mut items = Vec::new();
    items_of(&walk.target, &walk.iter, name, &mut items);
    items.into_iter().any(|item| walk.body.iter().any(|stmt| storage::is_written_in(stmt, item)))
}

/// The names that a loop gives to the items of what another name stands for: `part` of `for i, part in enumerate(parts)`.
fn items_of<'a>(target: &'a ast::Expr, iter: &ast::Expr, name: &str, found: &mut Vec<&'a str>) {
    match (target, iter) {
        (ast::Expr::Name(item), iter) if views::is_same_name(iter, name) => found.push(&item.id),
        (target, ast::Expr::Call(call)) => match (target, &*call.func) {
            (ast::Expr::Tuple(targets), ast::Expr::Name(builtin)) if builtin.id.as_str() == "zip" => {
                targets.elts.iter().zip(&call.args).for_each(|(target, arg)| items_of(target, arg, name, found));
            }
            (ast::Expr::Tuple(targets), ast::Expr::Name(builtin)) if builtin.id.as_str() == "enumerate" => {
                let pair = targets.elts.get(1).zip(call.args.first());
                pair.into_iter().for_each(|(target, arg)| items_of(target, arg, name, found));
            }
            // `parts.values()`, `parts.items()`
            (target, ast::Expr::Attribute(method)) => {
                let item = match (target, method.attr.as_str()) {
                    (item, "values") => Some(item),
                    (ast::Expr::Tuple(pair), "items") => pair.elts.get(1),
                    _ => None,
                };
                item.into_iter().for_each(|item| items_of(item, &method.value, name, found));
            }
            _ => {}
        },
        _ => {}
    }
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

/// `fill(x)` with the name itself, where `fill` writes to its parameter.
fn passes_to_writer(cx: &Cx<'_>, caller: &FunctionInfo, node: Node<'_>, name: &str, depth: usize) -> bool {
    let Node::Expr(ast::Expr::Call(call)) = node else { return false };
    let at = call.args.iter().position(|arg| views::is_same_name(arg, name));
    let keyword = call.keywords.iter().find(|keyword| views::is_same_name(&keyword.value, name)).and_then(|keyword| keyword.arg.as_deref());
    if at.is_none() && keyword.is_none() {
        return false;
    }
    let Some(callee) = callee_within(cx, caller, call).filter(|callee| callee.function.range != caller.range) else { return false };
    let by_place = at.and_then(|at| callee.function.params.get(at + callee.skipped)).map(|param| param.name.as_str());
    by_place.or(keyword).is_some_and(|param| changes(cx, callee.function, param, depth))
}
