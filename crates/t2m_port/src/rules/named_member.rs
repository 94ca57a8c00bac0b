//! `hasattr(x, "cpu")`, `getattr(x, "amax")`: members that are named by a string, which MLX's arrays and modules lack.

use t2m_semantic::{ClassId, Entity, Facts, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Prec};

use super::attribute_name::name_in_port;
use super::computed_name::{is_method_held, is_method_of_mlx, is_method_of_mlx_otherwise};
use super::known_names::known_names;
use super::safe_names::is_one_of_safe;
use super::unported::{is_taken, layers_have, modules_differ, modules_lack, only_modules_have, only_tensors_have, tensors_have};
use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::imports::is_torch_family;
use crate::names::Module;
use crate::{receiver, rows};

pub(super) const RULE: Rule =
    Rule { name: "named-member", doc: include_str!("named_member.md"), hook: Hook::Expr(&[Shape::Call], named_member) };

fn named_member<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    if cx.is_qualified(&call.func, "operator.methodcaller") {
        return method_caller(cx, call);
    }
    let Some(Entity::Builtin(builtin)) = cx.entity(&call.func) else { return None };
    let asks = builtin.as_static() == "hasattr";
    if !asks && builtin.as_static() != "getattr" {
        return None;
    }
    let (object, name) = (call.args.first()?, call.args.get(1)?);
    if let Some(module) = cx.qualified(object).filter(|module| is_torch_family(module)) {
        // `getattr(torch, "float32")` is `torch.float32`.
        let (text, uses) = rows::value_text(cx, &format!("{module}.{}", receiver::string(name)?)).filter(|_| !asks)?;
        return Some(Claim::text(text, Prec::Atom).uses(uses));
    }
    if cx.entity(object).is_some() {
        return None;
    }
    let kind = cx.kind(object);
    if !asks && let Some(claim) = known_method(cx, expr, call, object, name) {
        return Some(claim);
    }
    let what = cx.snippet(object);
    let Some(name) = receiver::string(name) else {
        if may_differ_by_name(cx, object, name) {
            let (helper, uses) = cx.member(Module::Compat, if asks { "has_attribute" } else { "get_attribute" });
            return Some(Claim::edit(vec![Edit::text(call.func.range(), helper)]).uses(uses));
        }
        // `getattr(loss, self.reduction)()`
        if kind.is_tensor() && !asks && call.args.len() == 2 && call.keywords.is_empty() && is_called_with_nothing(cx, expr) {
            let (helper, uses) = cx.member(Module::Compat, "tensor_method");
            return Some(Claim::edit(vec![Edit::text(call.func.range(), helper)]).uses(uses));
        }
        let reason = format!("a member of the tensor `{what}` by a name that is not known here: MLX's arrays have other methods");
        let is_tensor = kind.is_tensor() || kind.is_unknown() && is_called_along_axis(cx, expr);
        return (is_tensor && !asks).then(|| Claim::todo(Finding::todo(codes::UNMAPPED_METHOD, expr.range(), reason)));
    };
    let is_module = receiver::is_module(cx, object);
    let own = receiver::class_of(cx, object);
    let is_defined = own.is_some_and(|class| cx.project_facts.lookup_method(class, name).is_some());
    if asks && is_taken(name) && cx.is_pure(object) && own.is_some_and(|class| lacks(cx, class, name)) {
        return Some(Claim::text("False", Prec::Atom));
    }
    let of_tensors = !is_module && only_tensors_have(name) && (kind.is_tensor() || kind.is_unknown());
    let of_modules =
        (is_module || kind == Kind::Unknown) && (modules_lack(name) || layers_have(name) || modules_differ(name) && !asks) && !is_defined;
    if kind.is_tensor() && !asks && !only_tensors_have(name) && is_called(cx, expr) {
        let reason = format!("`{name}` of the tensor `{what}`, by its name, means something else in MLX");
        return Some(Claim::todo(
            Finding::todo(codes::UNMAPPED_METHOD, expr.range(), reason).help("write the call itself, and port again"),
        ));
    }
    if !of_tensors && !of_modules {
        return None;
    }
    if asks && of_modules && !of_tensors && (is_module || only_modules_have(name)) {
        let (has_method, uses) = cx.member(Module::Compat, "has_method");
        return Some(Claim::edit(vec![Edit::text(call.func.range(), has_method)]).uses(uses));
    }
    // `getattr(layer, "reset_parameters", None)`
    if of_modules && !of_tensors && layers_have(name) && call.keywords.is_empty() {
        let (get_method, uses) = cx.member(Module::Compat, "get_method");
        return Some(Claim::edit(vec![Edit::text(call.func.range(), get_method)]).uses(uses));
    }
    let lacks = match (of_tensors, of_modules) {
        (true, false) => "arrays",
        (false, _) => "modules",
        _ => "arrays and modules",
    };
    let reason = format!("MLX's {lacks} have no `{name}`: the answer for `{what}` is another one");
    Some(Claim::todo(Finding::todo(codes::UNMAPPED_METHOD, expr.range(), reason)))
}

/// `getattr(x, name)(0) for name in ("mean", "std")`: a method of tensors, by names that are known, of what is a tensor or may be one.
fn known_method<'a>(
    cx: &Cx<'a>,
    expr: &'a ast::Expr,
    call: &'a ast::ExprCall,
    object: &'a ast::Expr,
    name: &'a ast::Expr,
) -> Option<Claim<'a>> {
    let Some(Node::Expr(ast::Expr::Call(outer))) = cx.parent(expr) else { return None };
    let kind = cx.kind(object);
    if !is_called(cx, expr) || call.args.len() != 2 || !call.keywords.is_empty() || !(kind.is_tensor() || kind.is_unknown()) {
        return None;
    }
    let known = known_names(cx, name);
    let names = known.texts;
    if names.is_empty() {
        return None;
    }
    let has_own_keywords = outer.keywords.iter().any(|keyword| !matches!(keyword.arg.as_deref(), Some("axis" | "keepdims")));
    if known.are_all && names.iter().all(|name| is_method_of_mlx(name)) && !has_own_keywords {
        return Some(Claim::keep());
    }
    if names.iter().all(|name| is_method_held(name)) {
        let (helper, uses) = cx.member(Module::Compat, "method_named");
        return Some(Claim::edit(vec![Edit::text(call.func.range(), helper)]).uses(uses));
    }
    let is_tensors = |name: &&str| only_tensors_have(name) || is_method_of_mlx_otherwise(name);
    let lacks = kind.is_tensor() || known.are_all && names.iter().all(|name| tensors_have(name)) && names.iter().any(is_tensors);
    let reason = format!("a method of the tensor `{}` by its name, which means something else in MLX", cx.snippet(object));
    let help = "write the calls themselves, and port again";
    (lacks && receiver::string(name).is_none()).then(|| Claim::todo(Finding::todo(codes::UNMAPPED_METHOD, expr.range(), reason).help(help)))
}

/// `methodcaller("std", 1)`
fn method_caller<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let name = receiver::string(call.args.first()?)?;
    let has_own_keywords = call.keywords.iter().any(|keyword| !matches!(keyword.arg.as_deref(), Some("axis" | "keepdims")));
    if is_method_of_mlx(name) && !has_own_keywords {
        return None;
    }
    if !is_method_held(name) {
        let reason = format!("`{name}` of a tensor, by its name, means something else in MLX");
        let finding = Finding::todo(codes::UNMAPPED_METHOD, call.range(), reason).help("write the call itself, and port again");
        return only_tensors_have(name).then(|| Claim::todo(finding));
    }
    let (helper, uses) = cx.member(Module::Compat, "method_caller");
    Some(Claim::edit(vec![Edit::text(call.func.range(), helper)]).uses(uses))
}

/// Whether a module may be asked for a name of which MLX's modules have another idea: layers keep their settings otherwise, and all are dicts.
fn may_differ_by_name<'a>(cx: &Cx<'a>, object: &'a ast::Expr, name: &'a ast::Expr) -> bool {
    // A text with a part of its own, `f"layer{i}"`, is the name of something that the class has.
    let is_open = matches!(name, ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_)) && !is_one_of_safe(cx, name);
    let kind = match cx.kind(object) {
        Kind::Optional(inner) => *inner,
        kind => kind,
    };
    is_open
        && match receiver::class_of(cx, object) {
            Some(class) => {
                receiver::makes_modules(cx, class) && (renames(cx.project_facts, class) || cx.shared.open_members(cx).are_of(cx, class))
            }
            None => matches!(kind, Kind::Module | Kind::Layer(_)),
        }
}

/// Whether an attribute or method of the class has another name in the port.
pub(super) fn renames(facts: &Facts, class: ClassId) -> bool {
    let info = facts.class(class);
    let mut names = info.attrs.keys().chain(info.methods.keys());
    names.any(|name| name_in_port(facts, class, name).is_some())
}

/// Whether no module of the class, of its bases or of a subclass has a name that MLX's modules have for themselves. PyTorch's containers have some.
fn lacks(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    receiver::makes_modules(cx, class)
        && receiver::family(cx, class).all(|class| {
            let info = cx.project_facts.class(class);
            let has = info.attrs.contains_key(name) || info.methods.contains_key(name) || info.methods.contains_key("__getattr__");
            !has && info.library_bases.iter().all(|base| !base.starts_with("torch.nn.") || base == "torch.nn.Module")
        })
}

/// `getattr(x, name)(dim=1)`: PyTorch's own keywords tell a tensor.
fn is_called_along_axis<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr) else { return false };
    is_called(cx, expr) && call.keywords.iter().any(|keyword| matches!(keyword.arg.as_deref(), Some("dim" | "keepdim")))
}

fn is_called<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    receiver::is_callee(cx, expr)
}

fn is_called_with_nothing<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr) else { return false };
    std::ptr::eq(&*call.func, expr) && call.args.is_empty() && call.keywords.is_empty()
}
