//! A value that is a parameter in one case and a plain tensor in another: `if learned: s = nn.Parameter(s)`. To MLX both are arrays.

use t2m_semantic::FileFacts;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::{asked_parameter, function_values, given_value};
use crate::body_bindings::{self, Way};
use crate::callee::{Callee, callee};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::{receiver, storage, views};

/// The mark of a statement that gives a module such a value.
pub(super) fn found<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, value: &'a ast::Expr) -> Option<StmtClaim<'a>> {
    let may_be_one = || is_either(cx, value) || given_value::is_given_parameter(cx, value);
    // What is stored by itself is asked.
    let is_asked =
        || receiver::assignment(stmt).is_some() && asked_parameter::can_be_asked(cx, value) && asked_parameter::may_be_parameter(cx, value);
    (may_be_one() && !is_asked()).then(|| held(cx, stmt, value).unwrap_or_else(|| mark(cx, stmt, value)))
}

/// The mark of a statement that stores a parameter which another module holds, or a new one: `self.w = w if w is not None else nn.Parameter(t)`.
pub(super) fn held<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, value: &'a ast::Expr) -> Option<StmtClaim<'a>> {
    given_value::is_given_held_parameter(cx, value).then(|| {
        let value = cx.snippet(value);
        let reason = format!(
            "`{value}` may be a parameter that another module holds: stored here, too, MLX would train it as a second one, or not at all"
        );
        let help = "use `compat.tie_weights(module, target, source)` on a module that holds both";
        StmtClaim::todo(Finding::todo(codes::TIED_WEIGHT, stmt.range(), reason).help(help))
    })
}

/// The same of attributes among several targets: `self.scale, self.shift = self.make(n)`.
pub(super) fn in_targets<'a>(
    cx: &Cx<'a>,
    stmt: &'a ast::Stmt,
    assign: &'a ast::StmtAssign,
    plain: &[&'a ast::ExprAttribute],
) -> Option<StmtClaim<'a>> {
    let is_plain = |target: &ast::Expr| matches!(target, ast::Expr::Attribute(own) if plain.iter().any(|plain| std::ptr::eq(*plain, own)));
    let found = assign.targets.iter().filter(|target| target.is_tuple_expr()).flat_map(|target| views::pairs_of(target, &assign.value));
    let found = found.into_iter().find(|(target, value)| match target {
        ast::Expr::Tuple(targets) => {
            (0..targets.elts.len()).any(|at| is_plain(&targets.elts[at]) && is_either_of_method(cx, value, Some(at)))
                || targets.elts.iter().any(is_plain) && is_either(cx, value)
        }
        target => is_plain(target) && (is_either(cx, value) || asked_parameter::may_be_parameter(cx, value)),
    });
    found.map(|(_, value)| mark(cx, stmt, value))
}

fn mark<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, value: &'a ast::Expr) -> StmtClaim<'a> {
    let value = cx.snippet(value);
    let reason = format!("`{value}` is a parameter in one case and a plain tensor in another, which are the same to MLX");
    StmtClaim::todo(Finding::todo(codes::PLAIN_TENSOR, stmt.range(), reason).help("assign the attribute in each case on its own"))
}

/// Whether a value is an item of a table that is written out, and a parameter there, whatever the others are: `made["scale"]`.
pub(super) fn is_parameter_item<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let sorts = item_sorts(cx, value);
    !sorts.is_empty() && !sorts.contains(&false)
}

/// Of an item of tables that are written out, for each value that it may be: whether it is a parameter.
fn item_sorts<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Vec<bool> {
    let ast::Expr::Subscript(item) = value else { return Vec::new() };
    let mut sorts = Vec::new();
    written_out(cx, &item.value, &mut |facts, table| {
        let is_parameter =
            |value: &ast::Expr| receiver::parameter(facts, value).is_some() || facts.fact(value).kind == t2m_semantic::Kind::Parameter;
        let values: Vec<&ast::Expr> = match table {
            ast::Expr::Dict(dict) => {
                let is_key = |key: &Option<ast::Expr>| {
                    let key = key.as_ref().and_then(receiver::string);
                    receiver::string(&item.slice).is_none() || key.is_none() || key == receiver::string(&item.slice)
                };
                dict.keys.iter().zip(&dict.values).filter(|(key, _)| is_key(key)).map(|(_, value)| value).collect()
            }
            _ => Vec::new(),
        };
        sorts.extend(values.into_iter().map(is_parameter));
    });
    sorts
}

/// The tables that a value may be: a display, one that a name is bound to, those that a function of the project returns.
fn written_out<'a>(cx: &Cx<'a>, table: &'a ast::Expr, visit: &mut dyn FnMut(&FileFacts, &ast::Expr)) {
    match table {
        ast::Expr::Dict(_) => visit(cx.facts, table),
        ast::Expr::Name(name) => {
            let bound = views::bindings(views::enclosing_body(cx, table), &name.id);
            let above = bound.iter().rfind(|(_, value)| value.range().end() < table.range().start());
            if let Some((_, value)) = above.filter(|(_, value)| value.is_dict_expr() || value.is_call_expr()) {
                written_out(cx, value, visit);
            }
        }
        ast::Expr::Call(call) => {
            let Some(Callee { function, .. }) = callee(cx, call) else { return };
            let Some(def) = storage::function_at(&cx.project.file(function.file).source.suite, function.range) else { return };
            let facts = cx.project_facts.file(function.file);
            node::statements(&def.body, &mut |stmt| {
                if let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt {
                    visit(facts, storage::only_value(def, value));
                }
            });
        }
        _ => {}
    }
}

/// Whether a method of the object gives a tensor, and one that stands in its place a parameter; `item` is the place in a tuple that they give.
fn is_either_of_method<'a>(cx: &Cx<'a>, value: &'a ast::Expr, item: Option<usize>) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    receiver::self_class(cx, &method.value).is_some_and(|class| {
        let made = function_values::given_by_method(cx, class, &method.attr, item);
        made.tensor && made.parameter
    })
}

/// `a` of `a, b = self.make(n)`
fn is_unpacked_either<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = value else { return false };
    let bindings = body_bindings::of_body(cx, views::enclosing_body(cx, value));
    let mut above = bindings.get(name.id.as_str()).into_iter().flatten().filter(|bound| bound.value.range().end() < value.range().start());
    above.next_back().is_some_and(|bound| match bound.way {
        Way::Target { target: ast::Expr::Tuple(targets), is_items: false } => {
            let item = targets.elts.iter().position(|target| views::is_same_name(target, &name.id));
            item.is_some() && is_either_of_method(cx, bound.value, item)
        }
        _ => false,
    })
}

pub(super) fn is_either<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    if matches!(value, ast::Expr::Call(call) if cx.is_qualified(&call.func, "torch.nn.Parameter")) {
        return false;
    }
    // Of several functions one makes a parameter, another one a tensor.
    let made = function_values::made(cx, value);
    if made.tensor && made.parameter {
        return true;
    }
    let sorts = item_sorts(cx, value);
    if sorts.contains(&true) && sorts.contains(&false) || is_unpacked_either(cx, value) {
        return true;
    }
    let ast::Expr::Call(call) = value else { return is_made(cx.facts, views::enclosing_body(cx, value), value) };
    if is_either_of_method(cx, value, None) {
        return true;
    }
    let Some(Callee { function, .. }) = callee(cx, call) else { return is_made(cx.facts, &[], value) };
    let Some(def) = storage::function_at(&cx.project.file(function.file).source.suite, function.range) else { return false };
    let facts = cx.project_facts.file(function.file);
    let mut either = false;
    node::statements(&def.body, &mut |stmt| {
        if let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt {
            either |= is_made(facts, &def.body, value);
        }
    });
    either
}

/// Whether a value of this body may be `nn.Parameter(t)`, by itself, as one of two values, or by what its name was bound to.
pub(super) fn is_made(facts: &FileFacts, body: &[ast::Stmt], value: &ast::Expr) -> bool {
    match value {
        ast::Expr::BoolOp(e) => e.values.iter().any(|value| is_made(facts, body, value)),
        ast::Expr::IfExp(choice) => is_made(facts, body, &choice.body) || is_made(facts, body, &choice.orelse),
        ast::Expr::Name(name) => {
            let is_always_run = |at: Node<'_>| matches!(at, Node::Stmt(at) if body.iter().any(|stmt| std::ptr::eq(stmt, at)));
            let earlier = views::bindings(body, &name.id);
            let earlier = earlier.iter().filter(|(_, bound)| bound.range().start() < value.range().start());
            earlier.fold(false, |made, (at, bound)| !bound.is_name_expr() && is_made(facts, &[], bound) || made && !is_always_run(*at))
        }
        _ => receiver::parameter(facts, value).is_some() || receiver::is_initialised_parameter(facts, value),
    }
}
