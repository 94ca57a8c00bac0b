//! Arrays that are set on a module by others than its class: `model.mask = torch.ones(3)`, `net[0].scale = x.mean()`, a hook's `module.act = output`.

use t2m_semantic::{ClassId, Entity};
use t2m_syntax::ast;

use super::gathered::displays_tensors;
use super::module_array::{holds_tensors, is_declared, is_empty_dict, may_hold_a_place};
use super::unported::tensors_have;
use super::{hook_module, last_name, summed};
use crate::cx::Cx;
use crate::{receiver, sounds, weights};

/// `model.extra = torch.ones(3)`, of a model whose class doesn't declare it.
pub(super) fn is_set_outside<'a>(cx: &Cx<'a>, object: &'a ast::Expr, name: &str, value: &'a ast::Expr) -> bool {
    let kind = cx.kind(value);
    let is_hooked = hook_module::is_given_to_hook(cx, object);
    // Ex) `model.seen = {}`: what a hook keeps.
    let is_filled = || is_empty_dict(cx, value) || may_hold_a_place(cx, &kind) && cx.shared.survey.grows_outside(name);
    let of_module = || {
        receiver::is_module(cx, object) && (is_filled() || summed::becomes_tensor(cx, receiver::class_of(cx, object), name, &kind))
            || sounds::like_tensor(cx, cx.id, value)
            || displays_tensors(cx, value)
            || is_made_of_tensors(cx, value)
    };
    let is_concerned = || holds_tensors(&kind) || of_module() || is_hooked && hook_module::may_be_tensor(cx, value);
    // The helper asks what the value is.
    is_open(cx, object, name) && (is_hooked || is_module_outside(cx, object, name)) && is_concerned()
}

/// Whether a name says nothing of MLX's, and is none that the class of the module declares.
pub(super) fn is_open<'a>(cx: &Cx<'a>, object: &'a ast::Expr, name: &str) -> bool {
    !name.starts_with('_') && !weights::is_held(name) && receiver::class_of(cx, object).is_none_or(|class| !is_declared(cx, class, name))
}

/// A module that is not `self`, an item or attribute of one, and what everyone calls so, of which an attribute of this name is set.
pub(super) fn is_module_outside<'a>(cx: &Cx<'a>, object: &'a ast::Expr, name: &str) -> bool {
    let of_unknown = || match object {
        ast::Expr::Subscript(item) => is_module_outside(cx, &item.value, name),
        // `model.scale.data`: parameters are attributes, too.
        ast::Expr::Attribute(attribute) => !tensors_have(name) && is_module_outside(cx, &attribute.value, &attribute.attr),
        _ => false,
    };
    receiver::is_module(cx, object)
        || cx.kind(object).is_unknown()
            && cx.entity(object).is_none()
            && (is_called_model(object) || of_unknown() || is_awaited(cx, object, name))
}

/// Whether a module class of the file reads an attribute of this name that it never sets: whatever sets it on an object that isn't known sets it there.
fn is_awaited<'a>(cx: &Cx<'a>, object: &'a ast::Expr, name: &str) -> bool {
    if name.is_empty() || !matches!(object, ast::Expr::Name(object) if !matches!(object.id.as_str(), "self" | "cls" | "ctx")) {
        return false;
    }
    let read = format!("self.{name}");
    let goes_on = |rest: &str| rest.starts_with(|next: char| next.is_alphanumeric() || next == '_' || next == '(');
    let reads = |text: &str| text.split(&read).skip(1).any(|rest| !goes_on(rest));
    let sets = |class: ClassId| {
        let survey = &cx.shared.survey;
        !survey.stores(class, name).is_empty() || cx.project_facts.class(class).attrs.contains_key(name)
    };
    cx.file.text.contains(&read)
        && cx
            .shared
            .survey
            .class_statements(cx.id)
            .iter()
            .any(|(class, def)| receiver::makes_modules(cx, *class) && reads(cx.source(*def)) && !receiver::family(cx, *class).any(sets))
}

/// `encode(x)` of a function of the project that says nothing of what it gives.
fn is_made_of_tensors<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    cx.kind(value).is_unknown()
        && matches!(cx.entity(&call.func), Some(Entity::Function(_)))
        && call.args.iter().any(|arg| cx.kind(arg).is_tensor())
}

/// By what everyone calls a module.
pub(super) fn is_called_model(object: &ast::Expr) -> bool {
    matches!(last_name(object), Some("model" | "module" | "net"))
}
