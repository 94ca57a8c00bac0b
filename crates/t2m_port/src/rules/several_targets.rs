//! Attributes of modules among several targets, `self.h, self.c = state` and `self.k = self.z = x.sum()`: MLX is told above the statement which of them it does
//! not train.

use t2m_semantic::{ClassId, Kind};
use t2m_syntax::ast;

use super::gathered::displays_tensors;
use super::module_array::{holds_tensors, is_declared, is_in_forward, is_made_while_running};
use super::set_outside::{is_module_outside, is_open};
use super::{given_value, hidden_modules, hook_module, parameter_in_branch, stored_argument, summed};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::names::Module;
use crate::{receiver, sounds};

/// The targets in a tuple, or of several, that would make parameters.
pub(super) fn hidden_targets<'a>(cx: &Cx<'a>, assign: &'a ast::StmtAssign) -> Vec<&'a ast::ExprAttribute> {
    let mut found = Vec::new();
    for target in &assign.targets {
        match target {
            ast::Expr::Attribute(target) if assign.targets.len() > 1 => {
                let kind = cx.kind(&assign.value);
                let is_hidden = is_hidden(cx, target, &kind, &assign.value) || hides_modules(cx, target, &kind, &assign.targets);
                found.extend(is_hidden.then_some(target));
            }
            ast::Expr::Tuple(_) | ast::Expr::List(_) => hidden_in(cx, target, cx.kind(&assign.value), &assign.value, &mut found),
            _ => {}
        }
    }
    found
}

/// The targets in a tuple, and in tuples in it.
fn hidden_in<'a>(cx: &Cx<'a>, target: &'a ast::Expr, kind: Kind, value: &'a ast::Expr, found: &mut Vec<&'a ast::ExprAttribute>) {
    match target {
        ast::Expr::Attribute(target) => {
            let is_hidden = is_hidden(cx, target, &kind, value) || hides_modules(cx, target, &kind, &[]);
            found.extend(is_hidden.then_some(target));
        }
        // `first, *self.rest = arrays`
        ast::Expr::Starred(rest) => hidden_in(cx, &rest.value, Kind::list(kind), value, found),
        ast::Expr::Tuple(ast::ExprTuple { elts: targets, .. }) | ast::Expr::List(ast::ExprList { elts: targets, .. }) => {
            let values = match value {
                ast::Expr::Tuple(values) if values.elts.len() == targets.len() => Some(&values.elts),
                _ => None,
            };
            let kind = if let Kind::Optional(inner) = kind { *inner } else { kind };
            for (i, target) in targets.iter().enumerate() {
                let item = match &kind {
                    Kind::Tuple(kinds) => kinds.get(i).copied().unwrap_or_default(),
                    Kind::Seq(item) | Kind::List(item) => **item,
                    Kind::Tensor(_) => Kind::TENSOR,
                    Kind::Size => Kind::Int,
                    _ => Kind::Unknown,
                };
                hidden_in(cx, target, item, values.map_or(value, |values| &values[i]), found);
            }
        }
        _ => {}
    }
}

/// `self.stages, self.names = [], []`, where blocks are put into the list.
fn hides_modules<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, kind: &Kind, also: &'a [ast::Expr]) -> bool {
    !target.attr.starts_with('_')
        && receiver::self_class(cx, &target.value)
            .is_some_and(|class| receiver::makes_modules(cx, class) && hidden_modules::hides_modules(cx, class, target, kind, also))
}

/// Whether what an attribute gets, of this kind, out of this value, would be a parameter.
fn is_hidden<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, kind: &Kind, value: &'a ast::Expr) -> bool {
    let name = target.attr.as_str();
    let Some(class) = receiver::self_class(cx, &target.value) else {
        let is_hooked = hook_module::is_given_to_hook(cx, &target.value) && hook_module::may_be_tensor(cx, value);
        let is_tensor = || holds_tensors(kind) || sounds::like_tensor(cx, cx.id, value) || displays_tensors(cx, value);
        return is_open(cx, &target.value, name) && (is_hooked || is_tensor() && is_module_outside(cx, &target.value, name));
    };
    if name.starts_with('_') || !receiver::makes_modules(cx, class) {
        return false;
    }
    if is_declared(cx, class, name) {
        return kind.is_unknown() && parameter_in_branch::may_stay_plain(cx, class, name, value);
    }
    holds_tensors(kind)
        || displays_tensors(cx, value)
        || stored_argument::is_taken(cx, target, value)
        || is_made_while_running(cx, cx.id, value, kind)
        || kind.is_unknown() && (is_in_forward(cx, value) || gives_tensors(cx, class, name, value))
        || kind.is_unknown() && (given_value::is_given_tensor(cx, value) || given_value::is_setting(cx, value))
        || super::class_default::hides(cx, class, name, kind)
        || summed::becomes_tensor(cx, Some(class), name, kind)
}

fn gives_tensors<'a>(cx: &Cx<'a>, class: ClassId, name: &str, value: &'a ast::Expr) -> bool {
    sounds::like_tensor(cx, cx.id, value)
        || stored_argument::is_given_by_argument(cx, value) && stored_argument::meets_tensors(cx, class, name)
}

/// `compat.plain_names(self, "h", "c")` above `self.h, self.c = state`; a line for each module.
pub(super) fn plain_names<'a>(cx: &Cx<'a>, targets: &[&'a ast::ExprAttribute]) -> StmtClaim<'a> {
    let (mut lines, mut claim): (Vec<(&str, String)>, _) = (Vec::new(), StmtClaim::keep());
    for target in targets {
        let object = cx.source(&*target.value);
        let is_own = receiver::class_of(cx, &target.value).is_some();
        let (helper, uses) = cx.member(Module::Compat, if is_own { "plain_names" } else { "new_plain_names" });
        claim = claim.uses(uses);
        let name = super::attribute_name::ported(cx, target).unwrap_or_else(|| target.attr.to_string());
        match lines.iter_mut().find(|(other, _)| *other == object) {
            Some((_, line)) => line.push_str(&format!(", \"{name}\"")),
            None => lines.push((object, format!("{helper}({object}, \"{name}\""))),
        }
    }
    claim.decision.before.extend(lines.into_iter().map(|(_, line)| line + ")"));
    claim
}
