//! `print(model)`, `f"{model}"`: MLX writes other names of layers and settings than PyTorch.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule = Rule {
    name: "module-text",
    doc: include_str!("module_text.md"),
    hook: Hook::Expr(&[Shape::Call, Shape::Operation, Shape::Other], shown),
};

fn shown<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let values: Vec<&ast::Expr> = match expr {
        ast::Expr::Call(call) if is_text(cx, call) => {
            // `str(model)` is the text itself.
            let [module] = &call.args[..] else { return None };
            if !writes_as_module(cx, module) {
                return None;
            }
            let (helper, uses) = cx.member(Module::Compat, "module_text");
            return Some(Claim::edit(vec![Edit::text(call.func.range(), helper)]).uses(uses));
        }
        ast::Expr::Call(call) if takes_text(cx, call) => call.args.iter().collect(),
        ast::Expr::JoinedStr(text) => text.values.iter().filter_map(whole_value).collect(),
        ast::Expr::BinOp(op) if matches!(op.op, ast::Operator::Mod) && receiver::string(&op.left).is_some() => match &*op.right {
            ast::Expr::Tuple(values) => values.elts.iter().collect(),
            value => vec![value],
        },
        _ => return None,
    };
    let modules: Vec<&ast::Expr> = values.into_iter().filter(|value| writes_as_module(cx, value)).collect();
    if modules.is_empty() {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "module_text");
    let wrapped = |module: &&'a ast::Expr| {
        let pieces = vec![Piece::text(format!("{helper}(")), Piece::Expr(module, Prec::Test), Piece::text(")")];
        Edit::new(module.range(), pieces)
    };
    Some(Claim::edit(modules.iter().map(wrapped).collect()).uses(uses))
}

/// `{model}` of an f-string, and no `{model:>20}`.
fn whole_value(part: &ast::Expr) -> Option<&ast::Expr> {
    match part {
        ast::Expr::FormattedValue(value) if value.format_spec.is_none() => Some(&value.value),
        _ => None,
    }
}

/// `str(model)`, `repr(model)`
fn is_text(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if matches!(name.as_str(), "str" | "repr")) && call.keywords.is_empty()
}

/// `print(model)`, `"{}".format(model)`, `logger.info(model)`, `logging.info("%s", model)`
fn takes_text(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    match &*call.func {
        func @ ast::Expr::Name(_) => matches!(cx.entity(func), Some(Entity::Builtin(name)) if name.as_str() == "print"),
        ast::Expr::Attribute(method) => match method.attr.as_str() {
            "format" => receiver::string(&method.value).is_some(),
            "info" | "debug" | "warning" => matches!(cx.kind(&method.value), Kind::Unknown | Kind::Module) || is_logging(cx, &method.value),
            _ => false,
        },
        _ => false,
    }
}

fn is_logging(cx: &Cx<'_>, object: &ast::Expr) -> bool {
    cx.qualified(object).is_some_and(|name| name.starts_with("logging"))
}

/// Whether a value is a module whose class has no text of its own.
fn writes_as_module<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let is_list = matches!(cx.kind(value), Kind::ModuleList(_));
    let has_own = |name: &str| receiver::class_of(cx, value).is_some_and(|class| cx.project_facts.lookup_method(class, name).is_some());
    // A factory made it, as it seems: the helper asks at run time.
    let is_place = || matches!(value, ast::Expr::Name(_) | ast::Expr::Attribute(_));
    let may_be =
        || is_place() && matches!(cx.kind(value), Kind::Unknown) && cx.entity(value).is_none() && cx.has_parameters(cx.source(value));
    (is_list || receiver::is_module(cx, value) || may_be()) && !has_own("__repr__") && !has_own("__str__")
}
