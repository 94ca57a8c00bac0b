//! `x.data` and `x.detach()` are `x` to whoever writes: the memory is the same, only the gradient is gone.

use t2m_semantic::facts::FunctionId;
use t2m_semantic::tables::{Row, Then};
use t2m_semantic::{FunctionInfo, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, node};

use crate::aliases::{self, DEEPEST_CALL, Owner};
use crate::callee::Callee;
use crate::cx::Cx;
use crate::{detached_values, handed_data, in_place, out_argument, passed_flags, reached, receiver, views, written_arguments};

/// `x` of `x.data` and `x.detach()`.
pub(crate) fn detached<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    match expr {
        ast::Expr::Attribute(attribute)
            if attribute.attr.as_str() == "data" && cx.entity(expr).is_none() && !receiver::is_own_object(cx, &attribute.value) =>
        {
            Some(&attribute.value)
        }
        ast::Expr::Call(call) if call.args.is_empty() && call.keywords.is_empty() => match &*call.func {
            ast::Expr::Attribute(method) if method.attr.as_str() == "detach" && cx.entity(&call.func).is_none() => Some(&method.value),
            _ => None,
        },
        _ => None,
    }
}

/// The tensor whose memory it is: `x` of `x.data.detach()`.
pub(crate) fn owner<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> &'a ast::Expr {
    detached(cx, expr).map_or(expr, |inner| owner(cx, inner))
}

/// Whether an expression is written as its owner, the same array object: what is written to it is written to the tensor.
pub(crate) fn is_alias<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let Some(value) = detached(cx, expr) else { return false };
    let is_elsewhere =
        || is_bound_and_written(cx, expr) || is_changed_by_callee(cx, expr) || is_stored_back(cx, expr) || is_gathered(cx, expr);
    let is_handed = || is_tensor(cx, value) && handed_data::is_handed(cx, expr, value);
    // Of names that a `forward` calls there are many: who writes to a parameter says so wherever it stands.
    let is_used = || matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Call(_)))) && !handed_data::is_for_effect(cx, expr);
    if handed_data::is_parameter(cx, value) && is_handed() && !(is_used() && reached::is_differentiated_at(cx, expr)) {
        return true;
    }
    let is_alias = || {
        has_written_item(cx, expr)
            || is_elsewhere() && !reached::is_differentiated_at(cx, expr)
            || is_handed() && (handed_data::is_for_effect(cx, expr) || !reached::is_differentiated_at(cx, expr))
    };
    let is_one = || is_tensor(cx, value) || detached_values::is_computed_here(cx, expr, value);
    (is_written_by_library(cx, expr) || is_one() && is_alias()) && !detached_values::keeps_stop(cx, expr, value)
}

/// A tensor, or the weight of a layer that is not known.
pub(crate) fn is_tensor(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    let is_weight = matches!(value, ast::Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "weight" | "bias" | "grad"));
    is_weight
        || cx.kind(value).is_tensor()
        || is_parameter_item(cx, value)
        || cx.kind(value).is_unknown() && cx.entity(value).is_none() && sounds_like_parameter(value) && !is_made_by_torch(cx, value)
}

/// An item of an `nn.ParameterList` or `nn.ParameterDict`, also of one that a class of the project has by this name.
pub(crate) fn is_parameter_item(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    let ast::Expr::Subscript(item) = value else { return false };
    let holds =
        |kind: Kind| matches!(kind, Kind::Layer(name) if matches!(name.as_static(), "torch.nn.ParameterList" | "torch.nn.ParameterDict"));
    let is_one = || match &*item.value {
        ast::Expr::Attribute(list) if cx.kind(&item.value).is_unknown() => {
            cx.shared.kinds_of_attribute(cx.project_facts, &list.attr).any(holds)
        }
        _ => false,
    };
    !item.slice.is_slice_expr() && (holds(cx.kind(&item.value)) || is_one())
}

/// `p = pack_padded_sequence(...)`: what a function of torch gives is known where it is a tensor.
fn is_made_by_torch<'a>(cx: &Cx<'a>, value: &ast::Expr) -> bool {
    let ast::Expr::Name(name) = value else { return false };
    let made = cx.only_assignment(&name.id).map(|assign| &*assign.value);
    matches!(made, Some(ast::Expr::Call(call)) if cx.qualified(&call.func).is_some())
}

/// `param`, `ma_params`, `p`: what everyone calls the parameters of a model. Other things that have `data` have other names.
pub(crate) fn sounds_like_parameter(value: &ast::Expr) -> bool {
    let ast::Expr::Name(name) = value else { return false };
    let name = name.id.to_lowercase();
    let last = name.rsplit('_').next().unwrap_or_default();
    matches!(name.as_str(), "p" | "w" | "v")
        || matches!(last, "param" | "params" | "parameter" | "buffer" | "buffers" | "weight" | "weights" | "bias" | "tensor")
}

/// `init.normal_(x.data)`
fn is_written_by_library<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr) else { return false };
    let is_target =
        receiver::argument(call, 0, "tensor").or_else(|| receiver::argument(call, 0, "input")).is_some_and(|arg| std::ptr::eq(arg, expr));
    is_target && cx.qualified(&call.func).is_some_and(is_in_place)
}

/// `pairs.append((p.data, q.data))`, `{name: p.data for name, p in named}`: containers that are built to be written through, or see what is written, where no
/// other storage is put in a tensor's place (`p.data = backup[i]`), which would leave what the container holds.
fn is_gathered<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    if !matches!(expr, ast::Expr::Attribute(_)) {
        return false;
    }
    let mut gathered = expr;
    while let Some(Node::Expr(up @ (ast::Expr::Tuple(_) | ast::Expr::List(_)))) = cx.parent(gathered) {
        gathered = up;
    }
    let is_added = match cx.parent(gathered) {
        Some(Node::Expr(ast::Expr::Call(call))) => {
            matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "append") && cx.qualified(&call.func).is_none()
        }
        Some(Node::Expr(ast::Expr::ListComp(list))) => std::ptr::eq(&*list.elt, gathered),
        Some(Node::Expr(ast::Expr::DictComp(dict))) => std::ptr::eq(&*dict.value, gathered),
        _ => false,
    };
    is_added && !replaces_storage(cx)
}

/// Whether the file assigns the data of some tensor.
fn replaces_storage(cx: &Cx<'_>) -> bool {
    let mut found = false;
    node::statements(&cx.file.suite, &mut |stmt| {
        let ast::Stmt::Assign(assign) = stmt else { return };
        found |= assign.targets.iter().any(|target| matches!(target, ast::Expr::Attribute(e) if e.attr.as_str() == "data"));
    });
    found
}

/// `x.data[0] = 1`, `x.data[0].fill_(1)`, `init.zeros_(x.data[0])`
fn has_written_item<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match cx.parent(expr) {
        Some(Node::Expr(up @ ast::Expr::Subscript(subscript))) if std::ptr::eq(&*subscript.value, expr) => {
            !subscript.ctx.is_load() || is_receiver_of_in_place(cx, up) || is_written_by_library(cx, up)
        }
        _ => false,
    }
}

/// `w = x.data` or `w, g = x.data, y.data`, and later `w[0] = 1`, `w.fill_(1)` or `fill_row(w)`
pub(crate) fn is_bound_and_written<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let names = bound_names(cx, expr);
    if names.is_empty() {
        return false;
    }
    let is_parameter = detached(cx, expr).is_some_and(|value| handed_data::is_parameter(cx, value));
    let is_handed = |node: Node<'a>, name: &str| match node {
        Node::Expr(read) if views::is_same_name(read, name) => handed_data::is_written_by_call(cx, read, is_parameter),
        _ => false,
    };
    let mut written = false;
    for stmt in views::enclosing_body(cx, expr) {
        Node::Stmt(stmt).walk(&mut |node| written = written || names.iter().any(|name| writes(node, name) || is_handed(node, name)));
    }
    written
}

/// The names that an assignment gives an expression, by itself, as one of two choices or among others.
fn bound_names<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Vec<&'a str> {
    let mut value = expr;
    while let Some(Node::Expr(up @ ast::Expr::IfExp(choice))) = cx.parent(value)
        && !std::ptr::eq(&*choice.test, value)
    {
        value = up;
    }
    let name = |target: &'a ast::Expr| target.as_name_expr().map(|name| name.id.as_str());
    let whole = match cx.parent(value) {
        Some(Node::Expr(ast::Expr::NamedExpr(named))) => return name(&named.target).into_iter().collect(),
        Some(Node::Stmt(ast::Stmt::AnnAssign(assign))) => return name(&assign.target).into_iter().collect(),
        Some(Node::Expr(all @ ast::Expr::Tuple(_))) => all,
        _ => value,
    };
    let Some(Node::Stmt(ast::Stmt::Assign(assign))) = cx.parent(whole) else { return Vec::new() };
    let pairs = assign.targets.iter().flat_map(|target| views::pairs_of(target, &assign.value));
    pairs.filter(|(_, part)| std::ptr::eq(*part, value)).filter_map(|(target, _)| name(target)).collect()
}

/// `fill_row(x.data)`, where `fill_row` writes to its parameter, or is not known and gives nothing that is used: then it is called for what it changes.
pub(crate) fn is_changed_by_callee<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let Some(Node::Expr(up @ ast::Expr::Call(call))) = cx.parent(expr) else { return false };
    let is_statement = || matches!(cx.parent(up), Some(Node::Stmt(ast::Stmt::Expr(_))));
    let is_changed = !written_arguments::changed_arguments(cx, call, |arg| std::ptr::eq(arg, expr)).is_empty();
    is_changed || cx.entity(&call.func).is_none() && is_statement() && !is_only_read(cx, call, expr)
}

/// `total.add_(x.data)`: only the receiver is written. What an average of weights takes needs no stop.
fn is_only_read<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, expr: &'a ast::Expr) -> bool {
    let owner = owner(cx, expr);
    let is_of_model =
        owner.is_attribute_expr() || cx.kind(owner) == Kind::Parameter || sounds_like_parameter(owner) || is_parameter_item(cx, owner);
    matches!(&*call.func, ast::Expr::Attribute(method) if in_place::is_in_place_method(cx, &method.attr)) && !is_of_model
}

/// `p.data = p.data * 2`
fn is_stored_back<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    matches!(expr, ast::Expr::Attribute(_)) && cx.statement(expr).is_some_and(|stmt| written_without_gradient(cx, stmt).is_some())
}

/// What a function of the project gives back of its arguments.
pub(crate) enum Returned<'a> {
    /// `y` of `first(y)`, where `first` ends in `return x[0]`.
    View(&'a ast::Expr),
    /// `y` of `shown(y)`, where `shown` ends in `return x`.
    Same(&'a ast::Expr),
}

pub(crate) fn returned_view<'a>(cx: &Cx<'a>, id: FunctionId, call: &'a ast::ExprCall) -> Option<Returned<'a>> {
    let function = cx.project_facts.function(id);
    if function.class.is_some() {
        return None;
    }
    let def = function_at(cx.project.file(function.file).source.suite.as_slice(), function.range)?;
    let mut viewed = None;
    let mut of_closure = None;
    node::statements(&def.body, &mut |stmt| {
        let item = |value| numbered_item(value).filter(|(_, index)| is_number_at(cx, function, call, index)).map(|(owner, _)| owner);
        if let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt
            && let value = only_value(def, value)
            && let Some(owner @ ast::Expr::Name(name)) =
                views::written_view(value).or_else(|| item(value)).or_else(|| value.is_name_expr().then_some(value))
        {
            let is_bound_anew = !views::bindings(&def.body, &name.id).is_empty();
            let at = function.params.iter().position(|param| param.name == name.id.as_str() && !is_bound_anew);
            // One way that gives a view is enough: `return x[0]` in front of `return x`.
            let found = at.map(|at| (at, value.is_name_expr()));
            viewed = viewed.filter(|(_, is_same)| !is_same).or(found).or(viewed);
            // Ex) `def first(): return x[0]`, where `x` is of the function around
            if at.is_none() && !is_bound_anew && function.file == cx.id && !value.is_name_expr() {
                of_closure.get_or_insert(owner);
            }
        }
    });
    let Some((at, is_same)) = viewed else { return passed_on(cx, function, call).or(of_closure).map(Returned::View) };
    let argument = receiver::argument(call, at, &function.params[at].name)?;
    Some(if is_same { Returned::Same(argument) } else { Returned::View(argument) })
}

/// `y` of `first(y)`, where `first` ends in `return row(x)`, and `row` in `return x[0]`, or where it has bound the name of its parameter anew.
fn passed_on<'a>(cx: &Cx<'a>, function: &'a FunctionInfo, call: &'a ast::ExprCall) -> Option<&'a ast::Expr> {
    let callee = Callee { function, skipped: 0 };
    let flags = passed_flags::of_call(cx, callee, call, &passed_flags::constant);
    let summary = aliases::summary(cx, function, flags, DEEPEST_CALL);
    let is_given = |param: usize| summary.returned.iter().any(|alias| alias.is_view && alias.owner == Owner::Parameter(param));
    callee.numbered(call).find(|(param, _)| is_given(*param)).map(|(_, arg)| arg)
}

/// Whether all that a function returns is computed at its `return`, so that nobody else holds it: `return x.norm(dim=1).view(-1, 1)`.
pub(crate) fn returns_fresh(cx: &Cx<'_>, id: FunctionId) -> bool {
    let function = cx.project_facts.function(id);
    let Some(def) = function_at(cx.project.file(function.file).source.suite.as_slice(), function.range) else { return false };
    // What a decorator makes of it, such as a cache, may give the same tensor again.
    if !def.decorator_list.is_empty() {
        return false;
    }
    let mut returns = Vec::new();
    node::statements(&def.body, &mut |stmt| {
        if let ast::Stmt::Return(statement) = stmt {
            returns.push(statement.value.as_deref());
        }
    });
    let is_own = |value: &ast::Expr| is_computed(cx, value) || is_only_computed_with(cx, def, value);
    !returns.is_empty() && returns.into_iter().all(|value| value.is_some_and(is_own))
}

/// A name that is bound to what is computed, and besides being given back only computed with: `iou = inter / union`, `return iou`.
fn is_only_computed_with(cx: &Cx<'_>, def: &ast::StmtFunctionDef, value: &ast::Expr) -> bool {
    let ast::Expr::Name(name) = value else { return false };
    if receiver::has_parameter(def, &name.id) {
        return false;
    }
    let (mut reads, mut operands) = (0, 0);
    let is_it = |expr: &ast::Expr| usize::from(views::is_same_name(expr, &name.id));
    for stmt in &def.body {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Expr(ast::Expr::BinOp(e)) => operands += is_it(&e.left) + is_it(&e.right),
            Node::Stmt(ast::Stmt::Return(s)) => operands += s.value.as_deref().map_or(0, is_it),
            // Another binding in an expression counts as a read that is no operand.
            Node::Expr(ast::Expr::NamedExpr(e)) => reads += is_it(&e.target),
            Node::Expr(ast::Expr::Name(read)) => reads += usize::from(read.id == name.id && read.ctx.is_load()),
            _ => {}
        });
    }
    let bound = views::bindings(&def.body, &name.id);
    let is_assigned = |(node, value): &(Node<'_>, &ast::Expr)| {
        matches!(node, Node::Stmt(ast::Stmt::Assign(s)) if s.targets.len() == 1 && s.targets[0].is_name_expr()) && is_computed(cx, value)
    };
    reads == operands && !bound.is_empty() && bound.iter().all(is_assigned)
}

/// By the text alone: the function may be of another file.
fn is_computed(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    match value {
        ast::Expr::BinOp(_) => true,
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) if views::gives_view(cx, &method.attr) => is_computed(cx, &method.value),
            ast::Expr::Attribute(method) => {
                let is_ported = |row: &Row| !row.in_place && row.cases.iter().any(|case| !matches!(case.then, Then::Todo { .. }));
                cx.tables.lookup(&format!("Tensor.{}", method.attr)).any(|(row, _)| is_ported(row))
            }
            _ => false,
        },
        _ => false,
    }
}

/// What a function binds a name to that it binds once, in front of returning it: `row = x[0]`, `return row`.
pub(crate) fn only_value<'a>(def: &'a ast::StmtFunctionDef, value: &'a ast::Expr) -> &'a ast::Expr {
    let ast::Expr::Name(name) = value else { return value };
    match views::bindings(&def.body, &name.id)[..] {
        [(Node::Stmt(ast::Stmt::Assign(assign)), bound)] if assign.targets.iter().all(|target| target.is_name_expr()) => bound,
        _ => value,
    }
}

/// `rows` and `i` of `rows[i]`
fn numbered_item(value: &ast::Expr) -> Option<(&ast::Expr, &str)> {
    let ast::Expr::Subscript(item) = value else { return None };
    let ast::Expr::Name(index) = &*item.slice else { return None };
    Some((&item.value, index.id.as_str()))
}

/// Whether a call passes a whole number for a parameter: an item by it is a view, one by an array is not.
fn is_number_at<'a>(cx: &Cx<'a>, function: &FunctionInfo, call: &'a ast::ExprCall, param: &str) -> bool {
    let at = function.params.iter().position(|known| known.name == param);
    at.and_then(|at| receiver::argument(call, at, param)).is_some_and(|passed| cx.kind(passed) == Kind::Int)
}

/// The function that stands at a range.
pub(crate) fn function_at(suite: &[ast::Stmt], range: TextRange) -> Option<&ast::StmtFunctionDef> {
    let before = suite.partition_point(|stmt| stmt.range().start() <= range.start());
    let around = suite[..before].last().filter(|stmt| stmt.range().contains_range(range))?;
    match around {
        ast::Stmt::FunctionDef(def) if def.range == range => Some(def),
        _ => t2m_syntax::node::suites(around).into_iter().find_map(|inner| function_at(inner, range)),
    }
}

/// Whether a statement writes to what a name holds.
pub(crate) fn is_written_in(stmt: &ast::Stmt, name: &str) -> bool {
    let mut is_written = false;
    Node::Stmt(stmt).walk(&mut |node| is_written |= writes(node, name));
    is_written
}

/// Whether an expression does.
pub(crate) fn is_written_by(expr: &ast::Expr, name: &str) -> bool {
    let mut is_written = false;
    Node::Expr(expr).walk(&mut |node| is_written |= writes(node, name));
    is_written
}

/// `x += 1`, `x[0] = 1`, `x.add_(1)`, `x[0].add_(1)`, `x.data.add_(1)`, `x.view(-1)[0] = 1`, `init.zeros_(x)`
pub(crate) fn writes(node: Node<'_>, name: &str) -> bool {
    writes_to(node, &|expr| views::is_same_name(views::below_views(expr), name))
}

pub(crate) fn writes_to(node: Node<'_>, is_it: &dyn Fn(&ast::Expr) -> bool) -> bool {
    let has_item = |target: &ast::Expr| has_item(target, is_it);
    match node {
        // Ex) `x[i], x[j] = x[j].clone(), x[i].clone()`
        Node::Stmt(ast::Stmt::Assign(assign)) => assign.targets.iter().any(|target| match target {
            ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => elts.iter().any(has_item),
            target => has_item(target),
        }),
        Node::Stmt(ast::Stmt::AugAssign(assign)) => has_item(&assign.target) || is_it(&assign.target),
        Node::Expr(ast::Expr::Call(call)) => match &*call.func {
            // `torch.add(a, b, out=x)`
            _ if out_argument::given(call).is_some_and(|out| is_it(out) || has_item(out)) => true,
            // `x.__iadd__(1)`, `x.__setitem__(0, 1)`
            ast::Expr::Attribute(method) if writes_by_operator(&method.attr) => is_it(&method.value) || has_item(&method.value),
            // `operator.iadd(x, 1)`, `operator.setitem(x, 0, 1)`
            ast::Expr::Attribute(method) if views::is_same_name(&method.value, "operator") => {
                let target = call.args.first().filter(|_| is_writing_operator(&method.attr));
                target.is_some_and(|target| is_it(target) || has_item(target))
            }
            // A private one sets marks, no values: `x._coalesced_(True)`.
            ast::Expr::Attribute(method) if method.attr.starts_with('_') && !method.attr.starts_with("_foreach") => false,
            ast::Expr::Attribute(method) if is_in_place(&method.attr) || is_old_initialiser(method) => {
                let is_target = |expr: &ast::Expr| is_it(expr) || has_item(expr);
                // `init.zeros_(x)`, but no `y.add_(x)`
                let is_function = || last_word(&method.value).is_some_and(|word| matches!(word, "init" | "torch" | "F" | "functional"));
                is_target(&method.value) || is_function() && views::first_argument(call).is_some_and(is_target)
            }
            _ => false,
        },
        _ => false,
    }
}

/// `__iadd__`, `__setitem__`
pub(crate) fn writes_by_operator(method: &str) -> bool {
    method.strip_prefix("__").and_then(|name| name.strip_suffix("__")).is_some_and(is_writing_operator)
}

/// `iadd`, `setitem`: functions of the module `operator` that write to their first argument.
pub(crate) fn is_writing_operator(name: &str) -> bool {
    const AUGMENTED: &[&str] = &["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor"];
    name == "setitem" || name.strip_prefix('i').is_some_and(|name| AUGMENTED.contains(&name))
}

/// `x[0]`, `x[i][1:]`
fn has_item(target: &ast::Expr, is_it: &dyn Fn(&ast::Expr) -> bool) -> bool {
    matches!(target, ast::Expr::Subscript(item) if is_it(&item.value) || has_item(&item.value, is_it))
}

/// `init` of `nn.init`
fn last_word(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::Name(name) => Some(&name.id),
        ast::Expr::Attribute(attribute) => Some(&attribute.attr),
        _ => None,
    }
}

/// `init.constant`, which is called `init.constant_` today.
fn is_old_initialiser(function: &ast::ExprAttribute) -> bool {
    last_word(&function.value) == Some("init") && function.attr.as_str() != "calculate_gain"
}

/// `x.add_`, `torch.nn.init.normal_`, but no `x.__len__`.
pub(crate) fn is_in_place(name: &str) -> bool {
    name.ends_with('_') && !name.ends_with("__")
}

fn is_receiver_of_in_place<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    matches!(cx.parent(expr), Some(Node::Expr(method @ ast::Expr::Attribute(attribute))) if is_in_place(&attribute.attr) && receiver::is_callee(cx, method))
}

/// The tensor that a statement writes through `.data` or `.detach()`: `x.data.mul_(2)`, `x.data[0] = 1`, `x.data = y`.
pub(crate) fn written_without_gradient<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<&'a ast::Expr> {
    match stmt {
        ast::Stmt::Assign(assign) => assign.targets.iter().find_map(|target| below_detached(cx, target)),
        ast::Stmt::AugAssign(assign) => below_detached(cx, &assign.target),
        ast::Stmt::Expr(stmt) => match &*stmt.value {
            ast::Expr::Call(call) => match &*call.func {
                ast::Expr::Attribute(method) if is_in_place(&method.attr) => below_detached(cx, &method.value),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The owner of the first `.data` or `.detach()` on the way down a chain of items and methods.
fn below_detached<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    if detached(cx, expr).is_some() {
        return Some(owner(cx, expr));
    }
    match expr {
        ast::Expr::Subscript(subscript) => below_detached(cx, &subscript.value),
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) => below_detached(cx, &method.value),
            _ => None,
        },
        _ => None,
    }
}
