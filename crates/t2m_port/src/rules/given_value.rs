//! What a module is given and keeps, where nothing at that place says what it is: what callers give, and what settings hold, does.

use t2m_semantic::{ClassId, Entity, Evidence, Fact, FunctionId, Kind};
use t2m_syntax::ast::{self, Ranged};

use super::module_array::holds_tensors;
use super::parameter_or_tensor;
use super::stored_argument::{counts, given};
use crate::cx::Cx;
use crate::given::Sort;
use crate::receiver;
use crate::survey::{self, Store};

/// Whether a value is an argument to which a caller, or its default, gives a tensor.
pub(super) fn is_given_tensor<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    may_be_tensor(cx.fact(value)) && gets(cx, value, Sort::Tensor)
}

/// Whether a value is an argument to which a caller gives an `nn.Parameter`.
pub(super) fn is_given_parameter<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    gets(cx, value, Sort::Parameter)
}

/// Whether a value is an argument to which a caller gives a parameter that another module holds: `Head(encoder.weight)`.
pub(super) fn is_given_held_parameter<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    argument(cx, value).is_some_and(|(function, name)| {
        let given = cx.shared.survey.given();
        given.gets_held(function, name, cx.project_facts) || given.read_off(function, name).any(|class| may_hold_parameter(cx, class, name))
    })
}

/// Whether modules of a class have a parameter by this name: always, or as one of two values.
fn may_hold_parameter(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    receiver::family(cx, class).any(|class| {
        let facts = cx.project_facts.file(cx.project_facts.class(class).file);
        let is_made = |store: &Store<'_>| matches!(store, Store::Whole(put) if parameter_or_tensor::is_made(facts, &[], put));
        cx.shared.survey.declared(class, name) == Some(survey::Sort::Parameter) || cx.shared.survey.stores(class, name).iter().any(is_made)
    })
}

/// Whether a value is an argument that is an `nn.ModuleList` of one caller and a plain list of another.
pub(super) fn is_given_both_lists<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    value.is_name_expr() && gets(cx, value, Sort::ModulesAlone) && gets(cx, value, Sort::ModuleList)
}

/// Whether a value is read from settings that hold a tensor by this name somewhere: `cfg.prior`, `getattr(args, "prior", None)`.
pub(super) fn is_setting<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    match value {
        ast::Expr::Attribute(setting) => {
            // What stands in a class of settings as `None` is what others set.
            !counts(&setting.attr)
                && cx.shared.survey.given().is_setting(&setting.attr)
                && (may_be_tensor(cx.fact(value)) || cx.kind(value) == Kind::None)
                && cx.entity(value).is_none()
                && !receiver::is_module(cx, &setting.value)
        }
        ast::Expr::Call(call) => {
            matches!(&call.args[..], [_, name] | [_, name, _] if receiver::string(name).is_some_and(|name| cx.shared.survey.given().is_setting(name)))
                && matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name == "getattr")
                && may_be_tensor(cx.fact(value))
                && !receiver::is_module(cx, &call.args[0])
        }
        ast::Expr::Subscript(item) => may_be_tensor(cx.fact(value)) && is_setting(cx, &item.value),
        ast::Expr::IfExp(choice) => is_setting(cx, &choice.body) || is_setting(cx, &choice.orelse),
        ast::Expr::BoolOp(either) => either.values.iter().any(|value| is_setting(cx, value)),
        ast::Expr::List(list) => list.elts.iter().any(|item| is_setting(cx, item)),
        ast::Expr::Dict(table) => table.values.iter().any(|item| is_setting(cx, item)),
        _ => false,
    }
}

/// Whether a method stores an argument that a call of this name gives a tensor, of an object that isn't known: `m.set_scale(torch.ones(3))`.
pub(super) fn may_be_given<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let Some((function, name)) = argument(cx, value).filter(|_| cx.kind(value).is_unknown()) else { return false };
    let function = cx.project_facts.function(function);
    let place = function.params.iter().position(|param| param.name == name).and_then(|at| at.checked_sub(1));
    function.class.is_some() && cx.shared.survey.given().is_given_to_method(&function.name, place, name)
}

fn gets<'a>(cx: &Cx<'a>, value: &'a ast::Expr, sort: Sort) -> bool {
    argument(cx, value).is_some_and(|(function, name)| cx.shared.survey.given().gets(function, name, sort))
}

/// The argument that a value is, and the function that takes it.
fn argument<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<(FunctionId, &'a str)> {
    let name = given(value)?;
    let function = cx.project_facts.enclosing_function(cx.id, value.range())?;
    Some((function, name))
}

/// A number is one only as far as an annotation tells, or other callers.
fn may_be_tensor(fact: Fact) -> bool {
    let is_said = fact.evidence < Evidence::Constructed;
    match fact.kind {
        Kind::Unknown => true,
        Kind::Int | Kind::Float | Kind::Number => is_said,
        Kind::Optional(inner) => may_be_tensor(Fact { kind: *inner, ..fact }),
        Kind::List(item) | Kind::Seq(item) | Kind::Dict(item) => item.is_unknown(),
        Kind::Tuple(items) if items.is_empty() || items.contains(&Kind::Unknown) => true,
        kind => holds_tensors(&kind),
    }
}
