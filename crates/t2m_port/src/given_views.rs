//! Views that functions of the project give, several at once or by a property: `return x[..., :n], x[..., n:]`, `return {"k": self.kv[0]}`.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use t2m_semantic::{Entity, FileId, FunctionInfo, Kind, Role};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{TextRange, node};

use crate::callee::callees;
use crate::constructed;
use crate::cx::Cx;
use crate::fresh_values;
use crate::survey::Store;
pub(crate) use crate::viewed_parts::Place;
use crate::viewed_parts::{self, Owner, Part, Scope};
use crate::{receiver, storage, views};

/// What functions give, as far as it was asked for.
#[derive(Default)]
pub(crate) struct Given<'a>(RefCell<FxHashMap<(FileId, TextRange, By), Parts<'a>>>);

type Parts<'a> = Rc<[Part<'a>]>;

/// How a function gives something.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum By {
    Return,
    /// `yield x[i]`, one after the other
    Yield,
    /// `return iter(x)`: what is returned is walked over.
    Items,
}

/// What a part of a value is a view of, in the function around.
pub(crate) struct View<'a> {
    pub(crate) base: &'a ast::Expr,
    /// Its own text says that it is a view, whatever it is taken from.
    pub(crate) is_explicit: bool,
    pub(crate) place: Option<Place<'a>>,
}

/// All that the parts of a value may be views of: those of a call, a property or an item of an object.
pub(crate) fn views<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Vec<View<'a>> {
    match value {
        ast::Expr::Call(call) => match lambda(cx, &call.func) {
            Some(lambda) => of_lambda(cx, call, lambda),
            None => of_call(cx, call),
        },
        ast::Expr::Attribute(property) => of_member(cx, &property.value, &property.attr, Role::Property, None),
        ast::Expr::Subscript(item) => of_member(cx, &item.value, "__getitem__", Role::Method, Some(&item.slice)),
        _ => Vec::new(),
    }
}

/// What an item of a given value is a view of: `x` of `halves(x)[0]`.
pub(crate) fn item<'a>(cx: &Cx<'a>, item: &'a ast::ExprSubscript) -> Option<&'a ast::Expr> {
    let is_container = || matches!(cx.kind(&item.value), Kind::List(_) | Kind::Seq(_) | Kind::Tuple(_) | Kind::Dict(..));
    let may_be = item.value.is_call_expr() || matches!(&*item.value, ast::Expr::Attribute(_) | ast::Expr::Subscript(_)) && is_container();
    let all = if may_be { views(cx, &item.value) } else { Vec::new() };
    all.into_iter().find(|view| may_be_at(view.place, place_of(&item.slice))).map(|view| view.base)
}

/// `halves` of `halves = lambda t: (t[:, :2], t[:, 2:])`
pub(crate) fn lambda<'a>(cx: &Cx<'a>, func: &'a ast::Expr) -> Option<&'a ast::ExprLambda> {
    let ast::Expr::Name(name) = func else { return None };
    cx.text_has("lambda").then(|| cx.only_assignment(&name.id))??.value.as_lambda_expr()
}

fn of_lambda<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, lambda: &'a ast::ExprLambda) -> Vec<View<'a>> {
    let params: Vec<&str> = lambda.args.args.iter().map(|arg| arg.def.arg.as_str()).collect();
    let scope = Scope { facts: cx.facts, params: params.clone(), of_object: None, body: &[], is_here: true };
    let parts = viewed_parts::of(&scope, &lambda.body);
    let passed = |name: &str| params.iter().position(|param| *param == name).and_then(|at| receiver::argument(call, at, name));
    parts.iter().filter_map(|part| view(cx, part, None, passed)).collect()
}

fn of_call<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Vec<View<'a>> {
    let callees = callees(cx, call);
    let views = callees.iter().filter(|callee| callee.function.name != "__init__").flat_map(|callee| {
        let object = callee.object(call);
        let parts = parts(cx, callee.function, By::Return);
        let passed = |name: &str| callee.passed(call).find(|(param, _)| *param == name).map(|(_, arg)| arg);
        parts.iter().filter_map(|part| view(cx, part, object, passed)).collect::<Vec<_>>()
    });
    let mut views: Vec<View<'a>> = views.collect();
    // Ex) `self.pick = lambda x: x[0]` in a subclass
    for put in assigned(cx, call) {
        match put {
            ast::Expr::Lambda(lambda) => views.extend(of_lambda(cx, call, lambda)),
            put => {
                let Some(Entity::Function(id)) = cx.entity(put) else { continue };
                let function = cx.project_facts.function(*id);
                let passed = |name: &str| {
                    let at = function.params.iter().position(|param| param.name == name)?;
                    receiver::argument(call, at, name)
                };
                views.extend(parts(cx, function, By::Return).iter().filter_map(|part| view(cx, part, None, passed)));
            }
        }
    }
    views
}

/// What this file puts in the place of the method that is called: an attribute of the object, or of a class.
fn assigned<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Vec<&'a ast::Expr> {
    let ast::Expr::Attribute(method) = &*call.func else { return Vec::new() };
    let Some(class) = receiver::class_of(cx, &method.value) else { return Vec::new() };
    let (facts, survey, name) = (cx.project_facts, &cx.shared.survey, method.attr.as_str());
    let mut found = Vec::new();
    for class in receiver::family(cx, class).filter(|class| facts.class(*class).file == cx.id) {
        found.extend(survey.stores(class, name).iter().filter_map(|store| if let Store::Whole(put) = store { Some(*put) } else { None }));
        if survey.binds(class, name)
            && let Some(def) = constructed::class_at(&cx.file.suite, facts.class(class))
        {
            found.extend(
                def.body
                    .iter()
                    .filter_map(receiver::assignment)
                    .filter(|(target, _)| views::is_same_name(target, name))
                    .map(|(_, put)| put),
            );
        }
    }
    if survey.assigns(name) {
        let stores = survey.stores_from_outside(cx.id).iter().filter_map(|stmt| receiver::assignment(stmt));
        found.extend(
            stores.filter(|(target, _)| matches!(target, ast::Expr::Attribute(own) if own.attr.as_str() == name)).map(|(_, put)| put),
        );
    }
    found.into_iter().map(plain_function).collect()
}

/// `f` of `staticmethod(f)`
fn plain_function(function: &ast::Expr) -> &ast::Expr {
    match function {
        ast::Expr::Call(call) if views::is_same_name(&call.func, "staticmethod") => call.args.first().unwrap_or(function),
        function => function,
    }
}

fn of_member<'a>(cx: &Cx<'a>, object: &'a ast::Expr, member: &str, role: Role, index: Option<&'a ast::Expr>) -> Vec<View<'a>> {
    let function = receiver::class_of(cx, object).and_then(|class| cx.project_facts.lookup_method(class, member));
    let Some(function) = function.map(|id| cx.project_facts.function(id)).filter(|function| function.role == role) else {
        return Vec::new();
    };
    parts(cx, function, By::Return).iter().filter_map(|part| view(cx, part, Some(object), |_| index)).collect()
}

/// A part of what a function gives as its caller sees it.
pub(crate) fn view<'a>(
    cx: &Cx<'a>,
    part: &Part<'a>,
    object: Option<&'a ast::Expr>,
    passed: impl Fn(&str) -> Option<&'a ast::Expr>,
) -> Option<View<'a>> {
    let base = match part.owner {
        Owner::Parameter(name) => {
            let argument = passed(name)?;
            let base = views::base(cx, argument).unwrap_or(argument);
            let is_tensor = cx.kind(base).is_tensor() || cx.kind(argument).is_tensor();
            (is_tensor || part.is_explicit).then_some(base)?
        }
        Owner::Member => object?,
        Owner::Outer(expr) => (cx.kind(expr).is_tensor() || part.is_explicit).then_some(expr)?,
    };
    // An item by an array is a copy.
    let is_number = |index: &str| match passed(index).map(|index| cx.kind(index)) {
        Some(Kind::Int) => true,
        Some(Kind::Unknown) | None => matches!(part.owner, Owner::Member),
        Some(_) => false,
    };
    let is_view = part.index.is_none_or(is_number) && !fresh_values::is_fresh(cx, base);
    is_view.then_some(View { base, is_explicit: part.is_explicit || matches!(part.owner, Owner::Member), place: part.place })
}

/// What a function gives in that way.
pub(crate) fn parts<'a>(cx: &Cx<'a>, function: &'a FunctionInfo, by: By) -> Parts<'a> {
    let key = (function.file, function.range, by);
    if let Some(known) = cx.given.0.borrow().get(&key) {
        return known.clone();
    }
    let found: Parts<'a> = given(cx, function, by).into();
    cx.given.0.borrow_mut().insert(key, found.clone());
    found
}

fn given<'a>(cx: &Cx<'a>, function: &'a FunctionInfo, by: By) -> Vec<Part<'a>> {
    let source = &cx.project.file(function.file).source;
    if by == By::Yield && !source.text.contains("yield") {
        return Vec::new();
    }
    let Some(def) = storage::function_at(&source.suite, function.range) else { return Vec::new() };
    let is_method = matches!(function.role, Role::Method | Role::Property);
    let mut params = function.params.iter().map(|param| param.name.as_str());
    let of_object = if is_method { params.next() } else { None };
    let scope = Scope {
        facts: cx.project_facts.file(function.file),
        params: params.collect(),
        of_object,
        body: &def.body,
        is_here: function.file == cx.id,
    };
    let mut found = Vec::new();
    let mut nested = Vec::new();
    node::statements(&def.body, &mut |stmt| {
        let is_own = || !nested.iter().any(|inner: &TextRange| inner.contains_range(stmt.range()));
        match stmt {
            ast::Stmt::FunctionDef(inner) => nested.push(inner.range),
            ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) if is_own() => match by {
                By::Return => found.extend(viewed_parts::of(&scope, value)),
                By::Items => found.extend(viewed_parts::of_items(&scope, walked(value))),
                By::Yield => {}
            },
            ast::Stmt::Expr(ast::StmtExpr { value, .. }) | ast::Stmt::Assign(ast::StmtAssign { value, .. })
                if by == By::Yield && is_own() =>
            {
                match &**value {
                    ast::Expr::Yield(ast::ExprYield { value: Some(value), .. }) => found.extend(viewed_parts::of(&scope, value)),
                    ast::Expr::YieldFrom(ast::ExprYieldFrom { value, .. }) => {
                        found.extend(viewed_parts::of_items(&scope, walked(value)));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    });
    found
}

/// `x` of `iter(x)`
fn walked(value: &ast::Expr) -> &ast::Expr {
    match value {
        ast::Expr::Call(call) if views::is_same_name(&call.func, "iter") => call.args.first().map_or(value, walked),
        value => value,
    }
}

/// Whether a value is one part by its place: the first of `a, b = f(x)`.
pub(crate) fn may_be_at(place: Option<Place<'_>>, asked: Option<Place<'_>>) -> bool {
    match (place, asked) {
        (Some(place), Some(asked)) => place == asked,
        _ => true,
    }
}

/// The place that a key names: `0`, `"k"`.
pub(crate) fn place_of(key: &ast::Expr) -> Option<Place<'_>> {
    match key {
        ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Int(number), .. }) => {
            number.to_string().parse().ok().map(Place::Number)
        }
        ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Str(name), .. }) => Some(Place::Key(name)),
        _ => None,
    }
}
