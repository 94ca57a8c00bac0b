//! `self.f = v`, beside `if learned: self.f = nn.Parameter(v)`: what the class makes the parameter of is a tensor, and no parameter where it stands by itself.

use t2m_semantic::{ClassId, Evidence, Kind};
use t2m_syntax::ast;

use super::buffer_in_branch::is_always_registered;
use super::module_array::holds_tensors;
use super::stored_argument::counts;
use crate::cx::Cx;
use crate::receiver;
use crate::survey::{Sort, Store};

/// Whether what an attribute of the class gets may be a plain tensor, though the class makes a parameter of this name in another case.
pub(super) fn may_stay_plain<'a>(cx: &Cx<'a>, class: ClassId, name: &str, value: &'a ast::Expr) -> bool {
    let is_declared =
        || receiver::family(cx, class).filter_map(|class| cx.shared.survey.declared(class, name)).max() == Some(Sort::Parameter);
    let is_in_case = || cx.statement(value).is_some_and(|stmt| !is_always_registered(cx, stmt, class, name, Sort::Parameter));
    !name.starts_with('_')
        && !counts(name)
        && may_be_tensor(cx, value)
        && receiver::makes_modules(cx, class)
        && is_declared()
        && becomes_parameter(cx, class, name, value)
        && is_in_case()
}

/// Of attributes of the module at hand.
pub(super) fn is_plain_here<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, value: &'a ast::Expr) -> bool {
    receiver::self_class(cx, &target.value).is_some_and(|class| may_stay_plain(cx, class, &target.attr, value))
}

fn may_be_tensor<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let is_open = |kind: &Kind| matches!(kind, Kind::Unknown | Kind::Tensor(_));
    let fact = cx.fact(value);
    receiver::parameter(cx.facts, value).is_none()
        && !value.is_constant_expr()
        && match &fact.kind {
            Kind::Optional(inner) => is_open(inner),
            kind @ Kind::Tensor(_) => fact.evidence < Evidence::Constructed && holds_tensors(kind),
            kind => is_open(kind),
        }
}

/// Whether the class makes its parameter of the attribute itself, or of what the value is computed of: a tensor, as nothing else is made one.
fn becomes_parameter<'a>(cx: &Cx<'a>, class: ClassId, name: &str, value: &'a ast::Expr) -> bool {
    let (mut own, mut names) = (false, Vec::new());
    for class in receiver::family(cx, class) {
        let facts = cx.project_facts.file(cx.project_facts.class(class).file);
        for store in cx.shared.survey.stores(class, name) {
            let Store::Whole(put) = store else { continue };
            let choice = match put {
                ast::Expr::IfExp(choice) => [&*choice.body, &*choice.orelse],
                put => [*put, *put],
            };
            for (call, _) in choice.into_iter().filter_map(|part| receiver::parameter(facts, part)) {
                let Some(data) = receiver::argument(call, 0, "data") else { continue };
                sources(data, &|part| holds_tensors(&facts.fact(part).kind), &mut |source| match source {
                    ast::Expr::Attribute(read) => own |= read.attr.as_str() == name,
                    ast::Expr::Name(read) => names.push(read.id.as_str()),
                    _ => {}
                });
            }
        }
    }
    let mut is_same = own;
    sources(value, &|_| false, &mut |source| is_same |= matches!(source, ast::Expr::Name(read) if names.contains(&read.id.as_str())));
    is_same
}

/// The names and attributes that have to be tensors for the value to be one: `v` of `v.clone()`, `v[0]`, `v * 2`, but not of `torch.ones(3) * v`.
fn sources<'a>(value: &'a ast::Expr, is_tensor: &dyn Fn(&'a ast::Expr) -> bool, visit: &mut dyn FnMut(&'a ast::Expr)) {
    match value {
        ast::Expr::Name(_) => visit(value),
        ast::Expr::Attribute(read) if matches!(read.attr.as_str(), "T" | "mT" | "data") => sources(&read.value, is_tensor, visit),
        ast::Expr::Attribute(_) => visit(value),
        ast::Expr::Subscript(item) => sources(&item.value, is_tensor, visit),
        ast::Expr::UnaryOp(e) => sources(&e.operand, is_tensor, visit),
        ast::Expr::BinOp(e) => {
            // Where one side is a tensor, the other may be a number.
            for (side, other) in [(&*e.left, &*e.right), (&*e.right, &*e.left)] {
                if is_tensor(side) || !(is_tensor(other) || other.is_call_expr()) {
                    sources(side, is_tensor, visit);
                }
            }
        }
        ast::Expr::IfExp(e) => [&*e.body, &*e.orelse].into_iter().for_each(|part| sources(part, is_tensor, visit)),
        ast::Expr::Call(call) => {
            if let ast::Expr::Attribute(method) = &*call.func
                && TENSOR_METHODS.contains(&method.attr.as_str())
            {
                sources(&method.value, is_tensor, visit);
            }
        }
        _ => {}
    }
}

/// Methods of what is a tensor itself.
const TENSOR_METHODS: &[&str] = &[
    "clone",
    "contiguous",
    "detach",
    "double",
    "expand",
    "flatten",
    "float",
    "half",
    "repeat",
    "reshape",
    "squeeze",
    "t",
    "to",
    "transpose",
    "unsqueeze",
    "view",
];
