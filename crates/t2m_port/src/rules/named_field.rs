//! `torch.linalg.svd(x).S`: PyTorch names the parts of a result, MLX gives a plain tuple.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use t2m_semantic::tables::read_names;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, TextRange};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::views;

pub(super) const RULE: Rule =
    Rule { name: "named-field", doc: include_str!("named_field.md"), hook: Hook::Expr(&[Shape::Attribute], field) };

/// The fields of results by the function's name (`mappings/names/fields.toml`).
static FIELDS: LazyLock<FxHashMap<String, Vec<String>>> = LazyLock::new(|| read_names("fields"));

fn field<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Attribute(attribute) = expr else { return None };
    if !attribute.ctx.is_load() || cx.entity(expr).is_some() {
        return None;
    }
    let is_field = |name: &String| name.as_str() == attribute.attr.as_str();
    // Most attributes are no field of any result.
    if !FIELDS.values().flatten().any(is_field) {
        return None;
    }
    let at = fields(cx, result(cx, &attribute.value)?)?.iter().position(is_field)?;
    let dot = TextRange::new(attribute.value.range().end(), expr.range().end());
    Some(Claim::edit(vec![Edit::text(dot, format!("[{at}]"))]))
}

/// The call that gives a value: itself, or what all assignments of a name are.
fn result<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<&'a ast::ExprCall> {
    match value {
        ast::Expr::Call(call) => Some(call),
        ast::Expr::Name(name) => match &views::bindings(views::enclosing_body(cx, value), &name.id)[..] {
            [(Node::Stmt(ast::Stmt::Assign(assign)), ast::Expr::Call(call))] => {
                matches!(&assign.targets[..], [target] if views::is_same_name(target, &name.id)).then_some(call)
            }
            _ => None,
        },
        _ => None,
    }
}

fn fields<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<&'static [String]> {
    let fields = match (cx.qualified(&call.func), &*call.func) {
        (Some(name), _) => FIELDS.get(name),
        (None, ast::Expr::Attribute(method)) if cx.kind(&method.value).is_tensor() => FIELDS.get(&format!("Tensor.{}", method.attr)),
        _ => None,
    };
    fields.map(Vec::as_slice)
}
