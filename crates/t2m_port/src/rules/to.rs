//! `x.to(...)`: the dtype is a cast, the place is nothing. Where only the run shows which of both an argument is, a helper decides.

use t2m_semantic::kind::DType;
use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast;
use t2m_syntax::{Edit, Node, Piece, Prec, ranges};

use super::places::{is_device, is_dtype};
use super::{Hook, Rule, Shape, last_name};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::{integers, own_methods, reached, receiver};

pub(super) const RULE: Rule = Rule { name: "to", doc: include_str!("to.md"), hook: Hook::Expr(&[Shape::Call], to) };

/// What is moved or cast.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Tensor,
    Module,
    /// A tensor or module; the name does not say.
    Either,
}

/// What the arguments ask for.
#[derive(Default)]
struct Request<'a> {
    dtype: Option<&'a ast::Expr>,
    /// A tensor whose dtype is meant.
    like: Option<&'a ast::Expr>,
    copies: bool,
    /// Only the run shows.
    is_open: bool,
}

fn to<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    if method.attr.as_str() != "to" || cx.entity(&call.func).is_some() {
        return None;
    }
    let owner = owner(cx, &method.value)?;
    let request = request(cx, call);
    if request.dtype.or(request.like).is_none() && own_methods::may_be_called(cx, call) {
        return own_methods::by_helper(cx, call, "to_any", false);
    }
    let receiver = Piece::Expr(&method.value, Prec::Tuple);
    if request.is_open {
        return Some(at_run_time(cx, call, method, owner));
    }
    let Some(dtype) = request.dtype.or(request.like) else {
        if !dropped_are_pure(cx, call) {
            return Some(at_run_time(cx, call, method, owner));
        }
        if request.copies && owner == Owner::Tensor {
            let (text, uses) = cx.member(Module::Core, "array");
            let pieces = vec![Piece::text(format!("{text}(")), Piece::Expr(&method.value, Prec::Test), Piece::text(")")];
            return Some(Claim::build(pieces, Prec::Atom).uses(uses));
        }
        return Some(Claim::build(vec![receiver], cx.prec(&method.value)));
    };
    if owner == Owner::Either
        || owner == Owner::Module
        || may_be_none(cx, dtype)
        || is_given_integers(cx, dtype)
        || !dropped_are_pure(cx, call)
    {
        return Some(at_run_time(cx, call, method, owner));
    }
    if let ([only], []) = (&call.args[..], &call.keywords[..])
        && request.like.is_none()
        && std::ptr::eq(only, dtype)
    {
        return Some(Claim::edit(vec![Edit::text(ranges::attribute_name(method), "astype")]));
    }
    let mut pieces = vec![Piece::Expr(&method.value, Prec::Atom), Piece::text(".astype(")];
    if request.like.is_some() {
        pieces.extend([Piece::Expr(dtype, Prec::Atom), Piece::text(".dtype)")]);
    } else {
        pieces.extend([Piece::Expr(dtype, Prec::Test), Piece::text(")")]);
    }
    Some(Claim::build(pieces, Prec::Atom))
}

/// `x.to(...)` of a value that is a tensor, as far as its look tells.
pub(super) fn casts_tensor(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "to" && owner(cx, &method.value) == Some(Owner::Tensor))
}

/// `None`: something else has a method `to`.
fn owner(cx: &Cx<'_>, receiver: &ast::Expr) -> Option<Owner> {
    match cx.kind(receiver) {
        Kind::Instance(class) => cx.project_facts.is_module_class(class).then_some(Owner::Module),
        kind if kind.is_layer() => Some(Owner::Module),
        kind if kind.is_tensor() => Some(Owner::Tensor),
        Kind::Unknown => Some(match receiver {
            // Only tensors have operators.
            ast::Expr::BinOp(_) | ast::Expr::UnaryOp(_) | ast::Expr::Compare(_) | ast::Expr::Subscript(_) => Owner::Tensor,
            ast::Expr::Call(call) => match &*call.func {
                // A call of a method of tensors.
                ast::Expr::Attribute(method) if cx.tables.contains(&format!("Tensor.{}", method.attr)) => Owner::Tensor,
                func if cx.qualified(func).is_some() => Owner::Tensor,
                _ => Owner::Either,
            },
            ast::Expr::Name(name) if !sounds_like_module(&name.id) => Owner::Tensor,
            ast::Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "weight" | "bias" | "data" | "grad") => Owner::Tensor,
            _ => Owner::Either,
        }),
        _ => None,
    }
}

/// Whether people give modules such names.
pub(super) fn sounds_like_module(name: &str) -> bool {
    let name = name.to_lowercase();
    matches!(name.as_str(), "self" | "ema")
        || [
            "model", "net", "network", "backbone", "module", "encoder", "decoder", "layer", "head", "block", "pipe", "pipeline", "unet",
            "vae", "_ema",
        ]
        .iter()
        .any(|word| name.ends_with(word) || name.trim_end_matches('s').ends_with(word))
}

fn request<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Request<'a> {
    let mut request = Request::default();
    let mut has_place = false;
    for (at, arg) in call.args.iter().enumerate() {
        let is_first = at == 0;
        if matches!(arg, ast::Expr::Starred(_)) {
            request.is_open = true;
        } else if receiver::is_none(arg) || is_flag(arg) {
            request.copies |= at >= 2 && is_true(arg) && at + 1 == call.args.len() && call.args.len() == 4;
        } else if is_dtype(cx, arg) || is_first && cx.claim(arg).is_some() && matches!(cx.entity(arg), Some(Entity::Builtin(_))) {
            request.dtype = Some(arg);
        } else if is_first && is_device(cx, arg) {
            has_place = true;
        } else if is_first && cx.kind(arg).is_tensor() {
            request.like = Some(arg);
        } else if at == 1 && has_place && cx.kind(arg).is_unknown() && !matches!(arg, ast::Expr::Call(_)) {
            // `x.to(device, precision)`: only a dtype stands here.
            request.dtype = Some(arg);
        } else {
            request.is_open = true;
        }
    }
    for keyword in &call.keywords {
        match keyword.arg.as_deref() {
            Some("dtype") if receiver::is_none(&keyword.value) => {}
            Some("dtype") => request.dtype = Some(&keyword.value),
            Some("other" | "tensor") => request.like = Some(&keyword.value),
            Some("copy") => match &keyword.value {
                value if is_true(value) => request.copies = true,
                value if is_flag(value) => {}
                _ => request.is_open = true,
            },
            Some("device" | "non_blocking" | "memory_format") => {}
            _ => request.is_open = true,
        }
    }
    // Python's own types mean torch's widest dtypes: their rule says so where a tensor is cast.
    request.is_open |= request.dtype.is_some_and(|dtype| matches!(cx.entity(dtype), Some(Entity::Builtin(_))) && cx.claim(dtype).is_none());
    request
}

/// Arguments without a place in the result must not do anything.
fn dropped_are_pure(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    let values = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
    values.into_iter().all(|value| cx.is_pure(value) || is_device(cx, value))
}

/// A dtype that a parameter's default of `None` leaves open.
fn may_be_none<'a>(cx: &Cx<'a>, dtype: &'a ast::Expr) -> bool {
    if matches!(cx.kind(dtype), Kind::Optional(_)) {
        return true;
    }
    let ast::Expr::Name(name) = dtype else { return false };
    for up in cx.ancestors(Node::Expr(dtype)) {
        let args = match up {
            Node::Stmt(ast::Stmt::FunctionDef(def)) => &def.args,
            Node::Stmt(ast::Stmt::AsyncFunctionDef(def)) => &def.args,
            _ => continue,
        };
        let param = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).find(|arg| arg.def.arg == name.id);
        if let Some(param) = param {
            return param.default.as_deref().is_some_and(receiver::is_none);
        }
    }
    false
}

/// Whether a dtype is an argument of a function that a call in the file gives integers: those lose the gradient at run time.
fn is_given_integers<'a>(cx: &Cx<'a>, dtype: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = dtype else { return false };
    let function = cx.ancestors(Node::Expr(dtype)).find_map(|up| match up {
        Node::Stmt(stmt @ ast::Stmt::FunctionDef(def)) => Some((stmt, def)),
        _ => None,
    });
    let Some((stmt, def)) = function else { return false };
    let Some(place) = def.args.posonlyargs.iter().chain(&def.args.args).position(|arg| arg.def.arg == name.id) else { return false };
    if !reached::is_differentiated(cx, stmt) {
        return false;
    }
    let is_integer = |given: &'a ast::Expr| {
        let given = cx.qualified(given).and_then(|name| name.strip_prefix("torch.")).and_then(DType::parse);
        given.is_some_and(|dtype| !integers::is_float(dtype))
    };
    let is_bound = receiver::class_of_body(cx, stmt).is_some();
    let mut found = false;
    for stmt in &cx.file.suite {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node
                && !found
                && last_name(&call.func) == Some(def.name.as_str())
            {
                let before = usize::from(is_bound && call.func.is_attribute_expr());
                found = place.checked_sub(before).and_then(|at| receiver::argument(call, at, &name.id)).is_some_and(is_integer);
            }
        });
    }
    found
}

/// `compat.to_(x, ...)` takes the call's arguments as they are.
fn at_run_time<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, method: &'a ast::ExprAttribute, owner: Owner) -> Claim<'a> {
    let helper = if owner == Owner::Module { "module_to" } else { "to_" };
    let (text, uses) = cx.member(Module::Compat, helper);
    let mut pieces = vec![Piece::text(format!("{text}(")), Piece::Expr(&method.value, Prec::Test)];
    for arg in &call.args {
        pieces.extend([Piece::text(", "), Piece::Expr(arg, Prec::Test)]);
    }
    for keyword in &call.keywords {
        let dropped = matches!(keyword.arg.as_deref(), Some("device" | "non_blocking" | "memory_format"));
        if dropped && (cx.is_pure(&keyword.value) || is_device(cx, &keyword.value)) {
            continue;
        }
        let label = keyword.arg.as_ref().map_or("**".to_owned(), |name| format!("{name}="));
        pieces.extend([Piece::text(format!(", {label}")), Piece::Expr(&keyword.value, Prec::Test)]);
    }
    pieces.push(Piece::text(")"));
    Claim::build(pieces, Prec::Atom).uses(uses)
}

fn is_flag(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Constant(constant) if constant.value.is_bool())
}

fn is_true(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Constant(constant) if constant.value == ast::Constant::Bool(true))
}
