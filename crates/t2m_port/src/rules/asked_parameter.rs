//! A value that is an `nn.Parameter` in one run and a plain tensor in another: `w or nn.Parameter(t)`. To MLX both are arrays, so the port notes of an array that
//! it is made a parameter, and asks of what a module gets whether it is one.

use t2m_semantic::{Entity, Evidence, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::node;

use super::{dataclass_module, function_values, given_value, parameter_or_tensor};
use crate::body_bindings::{self, Way};
use crate::cx::Cx;
use crate::{receiver, views};

/// Through how many names and choices a value is followed.
const DEPTH: usize = 8;

/// Whether the value may be an `nn.Parameter`, and need not be one.
pub(super) fn may_be_parameter<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let is_sure = match cx.kind(value) {
        Kind::Optional(inner) => *inner == Kind::Parameter,
        kind => kind == Kind::Parameter,
    };
    !is_sure && receiver::parameter(cx.facts, value).is_none() && is_one_of(cx, value, DEPTH)
}

/// Whether the run knows what the value is: what was given, or a parameter that is made for it alone, where it is stored. What has a name may be stored twice,
/// be the very tensor that a parameter is made of, or come out of a layer, which is noted nowhere.
pub(super) fn can_be_asked<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    // One that says whether it is trained is set with that.
    let is_made = |part: &'a ast::Expr| matches!(receiver::parameter(cx.facts, part), Some((_, None)));
    let is_choice = match value {
        ast::Expr::BoolOp(e) => e.values.iter().skip(1).all(is_made),
        ast::Expr::IfExp(e) => is_made(&e.body) || is_made(&e.orelse),
        ast::Expr::Call(call) => default_of(cx, call).is_some_and(is_made),
        _ => false,
    };
    is_choice && !given_value::is_given_held_parameter(cx, value)
}

fn is_one_of<'a>(cx: &Cx<'a>, value: &'a ast::Expr, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let is_one = |part: &'a ast::Expr| is_one_of(cx, part, depth);
    match value {
        ast::Expr::IfExp(e) => is_one(&e.body) || is_one(&e.orelse),
        ast::Expr::BoolOp(e) => e.values.iter().any(is_one),
        ast::Expr::NamedExpr(e) => is_one(&e.value),
        ast::Expr::Name(name) => {
            cx.kind(value) == Kind::Parameter || is_bound_to_one(cx, value, &name.id, depth) || given_value::is_given_parameter(cx, value)
        }
        ast::Expr::Call(call) => {
            receiver::parameter(cx.facts, value).is_some()
                || receiver::is_initialised_parameter(cx.facts, value)
                || default_of(cx, call).or_else(|| function_values::given_back(cx, call)).is_some_and(is_one)
                || parameter_or_tensor::is_either(cx, value)
                // What a use says of its kind tells nothing here.
                || cx.fact(value).evidence < Evidence::Constructed && function_values::may_give_parameter(cx, call)
                || given_value::is_given_parameter(cx, value)
        }
        ast::Expr::ListComp(_) | ast::Expr::GeneratorExp(_) => parameter_or_tensor::is_either(cx, value),
        ast::Expr::Subscript(_) => parameter_or_tensor::is_either(cx, value) || given_value::is_given_parameter(cx, value),
        _ => false,
    }
}

/// What a name is bound to above in the body.
fn is_bound_to_one<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str, depth: usize) -> bool {
    let bindings = body_bindings::of_body(cx, views::enclosing_body(cx, at));
    let above = bindings.get(name).into_iter().flatten().filter(|bound| bound.value.range().end() < at.range().start());
    above.into_iter().any(|bound| match bound.way {
        Way::Target { target, is_items: false } => views::pairs_of(target, bound.value)
            .into_iter()
            .any(|(target, value)| views::is_same_name(target, name) && is_one_of(cx, value, depth)),
        Way::Named => is_one_of(cx, bound.value, depth),
        _ => false,
    })
}

/// `nn.Parameter(t)` of `kwargs.pop("w", nn.Parameter(t))` and `getattr(self, "w", nn.Parameter(t))`
fn default_of<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<&'a ast::Expr> {
    match (&*call.func, &call.args[..]) {
        (ast::Expr::Attribute(method), [_, default]) if matches!(method.attr.as_str(), "get" | "pop" | "setdefault") => Some(default),
        (ast::Expr::Name(_), [_, _, default]) if matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name == "getattr") => {
            Some(default)
        }
        _ => None,
    }
}

/// Whether any module of the project gets such a value.
pub(crate) fn is_stored_anywhere(cx: &Cx<'_>) -> bool {
    cx.project.ids().any(|id| {
        if cx.shared.survey.class_statements(id).is_empty() {
            return false;
        }
        let own = Cx::new(cx.project, cx.project_facts, cx.tables, id, cx.shared);
        let classes = cx.shared.survey.class_statements(id).iter();
        classes
            .filter(|(class, _)| receiver::makes_modules(cx, *class))
            .any(|(_, def)| stores_one(&own, &def.body) || !dataclass_module::plain_fields(&own, def).is_empty())
    })
}

/// Of `nn.Parameter(t) if learned else t`, which is written as two statements, it is what the other branch gives.
fn is_asked<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let is_one = |part: &'a ast::Expr| receiver::parameter(cx.facts, part).is_some();
    match value {
        ast::Expr::IfExp(e) if is_one(&e.body) => may_be_parameter(cx, &e.orelse),
        ast::Expr::IfExp(e) if is_one(&e.orelse) => may_be_parameter(cx, &e.body),
        value => may_be_parameter(cx, value),
    }
}

fn stores_one<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt]) -> bool {
    let mut found = false;
    // Where a TODO stands, nothing is asked.
    let is_stored =
        |stmt: &'a ast::Stmt, value: &'a ast::Expr| is_asked(cx, value) && parameter_or_tensor::found(cx, stmt, value).is_none();
    node::statements(body, &mut |stmt| {
        found = found
            || match stmt {
                ast::Stmt::Assign(assign) => assign.targets.iter().any(|target| {
                    target.is_attribute_expr() && is_stored(stmt, &assign.value)
                        || target.is_tuple_expr()
                            && views::pairs_of(target, &assign.value)
                                .into_iter()
                                .any(|(target, value)| target.is_attribute_expr() && is_asked(cx, value))
                }),
                ast::Stmt::AnnAssign(assign) => {
                    assign.target.is_attribute_expr() && assign.value.as_deref().is_some_and(|value| is_stored(stmt, value))
                }
                _ => false,
            };
    });
    found
}
