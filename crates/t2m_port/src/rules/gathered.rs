//! Values that hold tensors by their text, where their kind is that of several values: `{"mask": torch.ones(3), "size": 3}`, `dict(zip(names, tensors))`.

use t2m_semantic::tables::signature::Returns;
use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast;

use super::module_array::holds_tensors;
use crate::cx::Cx;
use crate::receiver;
use crate::sounds;

pub(super) fn displays_tensors<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let is_one = |item: &'a ast::Expr| is_tensor(cx, item);
    match value {
        ast::Expr::List(list) => list.elts.iter().any(is_one),
        ast::Expr::Tuple(tuple) => tuple.elts.iter().any(is_one),
        ast::Expr::Dict(dict) => dict.values.iter().any(is_one),
        ast::Expr::Starred(items) => displays_tensors(cx, &items.value),
        // `defaults | {"mask": torch.ones(3)}`
        ast::Expr::BinOp(e) if e.op == ast::Operator::BitOr && !cx.kind(value).is_tensor() => {
            displays_tensors(cx, &e.left) || displays_tensors(cx, &e.right)
        }
        ast::Expr::BoolOp(either) if either.op == ast::BoolOp::Or && cx.kind(value).is_unknown() => {
            either.values.last().is_some_and(is_one)
        }
        ast::Expr::Call(call) => gathers(cx, call),
        _ => false,
    }
}

fn is_tensor<'a>(cx: &Cx<'a>, item: &'a ast::Expr) -> bool {
    holds_tensors(&cx.kind(item)) || sounds::like_tensor(cx, cx.id, item) || displays_tensors(cx, item)
}

/// `dict(a=x)`, `list(map(torch.abs, kernels))`, `dict.fromkeys(names, x)`, and what is x by default: `getattr(config, "scale", x)`.
fn gathers<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let is_one = |arg: &'a ast::Expr| is_tensor(cx, arg);
    let any = || call.args.iter().any(is_one) || call.keywords.iter().any(|keyword| is_one(&keyword.value));
    match (cx.entity(&call.func), &*call.func) {
        (Some(Entity::Builtin(name)), _) => match name.as_str() {
            "dict" | "list" | "tuple" | "zip" | "enumerate" | "reversed" => any(),
            "map" => call.args.first().is_some_and(|function| gives_tensors(cx, function)),
            "getattr" => call.args.get(2).is_some_and(is_one),
            _ => false,
        },
        _ if cx.is_qualified(&call.func, "collections.OrderedDict") => any(),
        (_, ast::Expr::Attribute(method)) => match method.attr.as_str() {
            "fromkeys" | "get" | "pop" | "setdefault" => {
                !cx.project_facts.is_module(&cx.kind(&method.value)) && call.args.get(1).is_some_and(is_one)
            }
            _ => false,
        },
        _ => false,
    }
}

/// A function of torch that gives a tensor, or one of the project.
fn gives_tensors<'a>(cx: &Cx<'a>, function: &'a ast::Expr) -> bool {
    let is_tensor = |returns: &Returns| matches!(returns, Returns::Tensor(_));
    match (cx.entity(function), cx.qualified(function)) {
        (Some(Entity::Function(function)), _) => holds_tensors(&cx.project_facts.function(*function).returns.kind),
        (_, Some(name)) => {
            name == "torch.nn.Parameter" || cx.tables.lookup(name).any(|(_, signature)| !signature.is_bare && is_tensor(&signature.returns))
        }
        _ => matches!(function, ast::Expr::Lambda(lambda) if is_tensor_or_parameter(cx, &lambda.body)),
    }
}

fn is_tensor_or_parameter<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    is_tensor(cx, value) || cx.kind(value) == Kind::Parameter || receiver::parameter(cx.facts, value).is_some()
}
