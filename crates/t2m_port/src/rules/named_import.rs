//! `importlib.import_module("torch.nn")`: a module of torch that a program imports by its name, which no port has.

use t2m_semantic::is_torch_family;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, TextRange};

use super::{Hook, Rule, Shape, last_name};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;

pub(super) const RULE: Rule =
    Rule { name: "named-import", doc: include_str!("named_import.md"), hook: Hook::Expr(&[Shape::Call], imported) };

fn imported<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    if !last_name(&call.func)?.to_lowercase().contains("import") {
        return None;
    }
    let values = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
    let (module, place) = values.filter_map(named).find(|(module, _)| is_torch_family(module))?;
    // A test that is skipped without torch is skipped without MLX.
    if module == "torch" && cx.qualified(&call.func) == Some("pytest.importorskip") {
        return Some(Claim::edit(vec![Edit::text(place, "\"mlx\"")]));
    }
    let reason = format!("`{module}` is imported by its name, and a port has no torch");
    let help = "import what the port has in its place: mlx.core, mlx.nn, or a helper module";
    Some(Claim::todo(Finding::todo(codes::UNMAPPED, expr.range(), reason).help(help)))
}

fn named(value: &ast::Expr) -> Option<(&str, TextRange)> {
    let ast::Expr::Constant(constant) = value else { return None };
    Some((constant.value.as_str()?.as_str(), constant.range))
}
