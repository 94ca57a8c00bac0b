//! What is left of torch: the name keeps its meaning through a stand-in that imports and raises when it is used.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use t2m_semantic::tables::{MAPPINGS, Section};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Prec, TextRange};

use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Uses;

/// Public members of `torch.Tensor` (`mappings/names/tensor_members.toml`).
static TENSOR_MEMBERS: LazyLock<FxHashSet<String>> = LazyLock::new(|| {
    let text = MAPPINGS.get_file("names/tensor_members.toml").and_then(|file| file.contents_utf8()).unwrap_or_default();
    let table: toml::Table = toml::from_str(text).unwrap_or_default();
    let members = table.get("members").and_then(toml::Value::as_array).into_iter().flatten();
    members.filter_map(|name| name.as_str().map(str::to_owned)).collect()
});

/// A torch name that no rule and no row speaks for: the longest dotted chain, written in full from `torch`.
pub(crate) fn unported_name<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let name = cx.qualified(expr)?;
    if !crate::imports::is_torch_family(name) || !matches!(expr, ast::Expr::Name(_) | ast::Expr::Attribute(_)) {
        return None;
    }
    // A longer chain speaks for its parts.
    if let Some(Node::Expr(parent @ ast::Expr::Attribute(_))) = cx.parent(expr)
        && cx.qualified(parent).is_some()
    {
        return None;
    }
    // A call speaks for its callee.
    if let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr)
        && std::ptr::eq(&*call.func, expr)
    {
        return None;
    }
    let finding = unmapped(name, expr.range());
    let claim = if cx.source(expr) == name { Claim::keep() } else { Claim::text(name, Prec::Atom) };
    Some(claim.uses(Uses::default().stand_in()).finding(finding))
}

/// No row and no rule speaks for a name.
pub(crate) fn unmapped(name: &str, range: TextRange) -> Finding {
    let package = name.split('.').next().unwrap_or(name);
    if package == "torch" {
        return Finding::todo(codes::UNMAPPED, range, format!("`{name}` has no MLX counterpart in the tables"));
    }
    Finding::todo(codes::COMPANION, range, format!("`{name}`: {package} imports torch, and the tables have no row for this name"))
}

/// A method or attribute of a value that is a tensor, for which there is no row: MLX arrays lack it, or mean something else.
pub(crate) fn unported_member<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Attribute(attribute) = expr else { return None };
    if !matches!(attribute.ctx, ast::ExprContext::Load) || cx.entity(expr).is_some() || !cx.kind(&attribute.value).is_tensor() {
        return None;
    }
    if !TENSOR_MEMBERS.contains(attribute.attr.as_str()) {
        return None;
    }
    let name = format!("Tensor.{}", attribute.attr);
    let callee = matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Call(call))) if std::ptr::eq(&*call.func, expr));
    // Rules speak for whole calls of these.
    let by_rule = callee && attribute.attr.as_str() == "to";
    if by_rule || attribute.attr.starts_with('_') {
        return None;
    }
    let mut rows = cx.tables.lookup(&name).peekable();
    if rows.peek().is_some() {
        // `f = x.max`: who calls it passes PyTorch's arguments.
        let passed_on = !callee && rows.all(|(row, _)| row.section == Section::Method);
        let reason = format!("the method `{name}` is passed on: its callers use PyTorch's arguments");
        let finding = Finding::todo(codes::UNMAPPED_METHOD, expr.range(), reason);
        return passed_on.then(|| Claim::todo(finding.help("write a lambda that makes the call")));
    }
    let what = if callee { "method" } else { "attribute" };
    let reason = format!("the tables have no row for the {what} `{name}`");
    Some(Claim::todo(Finding::todo(codes::UNMAPPED_METHOD, expr.range(), reason)))
}
