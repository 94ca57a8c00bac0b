//! Attribute names that mean something else in MLX: a module is a dict with methods of its own, and hides names that start with an underscore.

use t2m_semantic::{ClassId, Entity, Facts, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Prec, ranges};

use super::unported::{is_mlx_only, is_mlx_state, is_taken, steps_optimizers};
use super::view_argument;
use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::receiver;

pub(super) const RULE: Rule = Rule {
    name: "attribute-name",
    doc: include_str!("attribute_name.md"),
    hook: Hook::Expr(&[Shape::Attribute, Shape::Call, Shape::Constant], renamed),
};

fn renamed<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    match expr {
        ast::Expr::Attribute(attribute) => {
            let Some(name) = ported(cx, attribute) else { return unknown(cx, expr, attribute) };
            let claim = Claim::edit(vec![Edit::text(ranges::attribute_name(attribute), name.clone())]);
            if matches!(attribute.ctx, ast::ExprContext::Load) {
                return Some(claim);
            }
            if receiver::class_of(cx, &attribute.value).is_some_and(|class| has_attribute(cx.project_facts, class, &name)) {
                let reason = format!("`{}` would be `{name}` in the port, which is another attribute: rename one of them", attribute.attr);
                return Some(Claim::todo(Finding::todo(codes::ATTRIBUTE_NAME, expr.range(), reason)));
            }
            let reason = format!("`{}` is `{name}` in the port, where the name would mean something else", attribute.attr);
            Some(claim.finding(Finding::note(codes::ATTRIBUTE_NAME, expr.range(), reason)))
        }
        // A call of a method that the project defines is no call of PyTorch's or MLX's method of that name.
        ast::Expr::Call(call) => {
            let ast::Expr::Attribute(method) = &*call.func else { return None };
            // Most methods are those of tensors: no need to find out whose they are.
            if !may_change(&method.attr) && !cx.shared.has_method(cx.project_facts, &method.attr) {
                return None;
            }
            let class = receiver::class_of(cx, &method.value).filter(|class| receiver::makes_modules(cx, *class))?;
            let is_own = cx.project_facts.lookup_method(class, &method.attr).is_some() || ported(cx, method).is_some();
            // It may still write to a view.
            is_own.then(|| view_argument::expr(cx, expr).unwrap_or_else(Claim::keep))
        }
        // `getattr(self, "keys")`
        ast::Expr::Constant(constant) => {
            let old = constant.value.as_str().filter(|name| may_change(name))?;
            let Node::Expr(ast::Expr::Call(call)) = cx.parent(expr)? else { return None };
            let is_access = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if matches!(name.as_str(), "getattr" | "setattr" | "hasattr" | "delattr"));
            if !is_access || !call.args.get(1).is_some_and(|arg| std::ptr::eq(arg, expr)) {
                return None;
            }
            let name = new_name(cx, named_class(cx, call.args.first()?, old)?, old)?;
            let quote = cx.source(expr).chars().next().filter(|c| matches!(c, '"' | '\''))?;
            Some(Claim::text(format!("{quote}{name}{quote}"), Prec::Atom))
        }
        _ => None,
    }
}

/// An attribute of a value of unknown kind, which would be MLX's method if that is a module of the project. Names of a dict's methods mean too much else.
fn unknown<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, attribute: &'a ast::ExprAttribute) -> Option<Claim<'a>> {
    let name = attribute.attr.as_str();
    if !is_taken(name) || !matches!(attribute.ctx, ast::ExprContext::Load) || cx.qualified(&attribute.value).is_some() {
        return None;
    }
    let may_be_meant = match cx.kind(&attribute.value) {
        Kind::Unknown => is_mlx_only(name),
        Kind::Module => is_mlx_only(name) || !receiver::is_callee(cx, expr),
        _ => false,
    };
    if !may_be_meant {
        return None;
    }
    let mut owners = cx.shared.owners(cx.project_facts, name).iter();
    let (class, new) = owners.find_map(|class| Some((*class, new_name(cx, *class, name)?)))?;
    let owner = &cx.project_facts.class(class).name;
    let reason = format!("`{}` may be a `{owner}`, whose `{name}` is `{new}` in the port", cx.snippet(&*attribute.value));
    let finding = Finding::todo(codes::ATTRIBUTE_NAME, attribute.range(), reason);
    Some(Claim::todo(finding.help("say what it is by an annotation, or rename the attribute")))
}

/// The new name of the attribute that is read or written, if it has one.
pub(crate) fn ported<'a>(cx: &Cx<'a>, attribute: &'a ast::ExprAttribute) -> Option<String> {
    let name = attribute.attr.as_str();
    if !may_change(name) {
        return None;
    }
    match named_class(cx, &attribute.value, name) {
        Some(class) => new_name(cx, class, name),
        None => hidden_name(cx, attribute, name),
    }
}

/// The new name of a hidden member of something of unknown kind, where all classes of the project that have such a member agree: `first(layers)._codebook`.
fn hidden_name<'a>(cx: &Cx<'a>, attribute: &'a ast::ExprAttribute, name: &str) -> Option<String> {
    let is_open = matches!(cx.kind(&attribute.value), Kind::Unknown | Kind::Module) && cx.entity(&attribute.value).is_none();
    if !is_open || !name.starts_with('_') || !cx.project_facts.holds_trained(name) || receiver::is_super(cx, &attribute.value) {
        return None;
    }
    let owners = cx.project_facts.classes().filter(|(_, class)| class.attrs.contains_key(name) || class.methods.contains_key(name));
    let mut names = owners.map(|(class, _)| new_name(cx, class, name));
    let first = names.next()??;
    names.all(|other| other.as_deref() == Some(first.as_str())).then_some(first)
}

/// The class that a member is looked up in: that of a value, the class itself in `Base.update(self, x)`, and the next one that has it in `super().update(x)`.
pub(super) fn named_class<'a>(cx: &Cx<'a>, owner: &'a ast::Expr, member: &str) -> Option<ClassId> {
    if let Some(class) = receiver::class_of(cx, owner) {
        return Some(class);
    }
    if let Some(Entity::Class(class)) = cx.entity(owner) {
        return Some(*class);
    }
    let around = || receiver::enclosing_class(cx, Node::Expr(owner));
    match owner {
        ast::Expr::Call(_) if receiver::is_super(cx, owner) => {
            let line = &cx.project_facts.class(around()?).mro;
            line.iter().skip(1).copied().find(|class| cx.project_facts.class(*class).methods.contains_key(member))
        }
        ast::Expr::Call(call) if matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "type") => {
            receiver::class_of(cx, call.args.first()?)
        }
        ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "__class__" => receiver::class_of(cx, &attribute.value),
        ast::Expr::Name(name) if name.id.as_str() == "cls" && receiver::is_parameter_around(cx, owner, "cls") => around(),
        _ => None,
    }
}

pub(crate) fn may_change(name: &str) -> bool {
    is_taken(name) || name.starts_with('_') && !name.ends_with("__")
}

/// `keys_` for `keys`, `conv_` for `_conv`, where a class of the family has the name for itself.
pub(super) fn new_name(cx: &Cx<'_>, class: ClassId, name: &str) -> Option<String> {
    name_in_port(cx.project_facts, class, name)
}

/// The same from facts alone.
pub(crate) fn name_in_port(facts: &Facts, class: ClassId, name: &str) -> Option<String> {
    let info = facts.class(class);
    // Most names with an underscore hold no modules anywhere.
    if !may_change(name) || name.starts_with('_') && !is_mlx_state(name) && !facts.holds_trained(name) {
        return None;
    }
    let is_optimizer = || steps_optimizers(name) && makes_optimizers(facts, class);
    if !(info.is_module || info.subclasses.iter().any(|sub| facts.is_module_class(*sub)) || is_optimizer()) {
        return None;
    }
    // Containers have these methods in PyTorch too.
    let is_container = matches!(
        facts.torch_base(class),
        Some("torch.nn.ModuleDict" | "torch.nn.ModuleList" | "torch.nn.Sequential" | "torch.nn.ParameterDict" | "torch.nn.ParameterList")
    );
    if is_container {
        return None;
    }
    let family = info.mro.iter().chain(&info.subclasses);
    let concerned = family.map(|class| facts.class(*class)).any(|info| match name.starts_with('_') {
        true => info.attrs.contains_key(name) && is_mlx_state(name) || facts.may_be_trained(info, name),
        false => info.attrs.contains_key(name) || info.methods.contains_key(name),
    });
    let owner = facts.class(class).name.trim_start_matches('_');
    concerned.then(|| match name.strip_prefix("__") {
        Some(private) => format!("{owner}__{private}_"), // Python calls it `_Owner__private`
        None => format!("{}_", name.trim_start_matches('_')),
    })
}

/// An optimizer of the project, or a class that one is derived from.
pub(super) fn makes_optimizers(facts: &Facts, class: ClassId) -> bool {
    let info = facts.class(class);
    info.is_optimizer() || info.subclasses.iter().any(|sub| facts.class(*sub).is_optimizer())
}

fn has_attribute(facts: &Facts, class: ClassId, name: &str) -> bool {
    let info = facts.class(class);
    info.mro.iter().chain(&info.subclasses).any(|class| facts.class(*class).attrs.contains_key(name))
}
