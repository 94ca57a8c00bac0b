//! `importlib.util.find_spec("torch")`: a program that asks whether torch is installed asks for what MLX stands in for.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::{Module, Uses};
use crate::{imports, receiver, rows};

pub(super) const RULE: Rule =
    Rule { name: "package-probe", doc: include_str!("package_probe.md"), hook: Hook::Expr(&[Shape::Call], probe) };

fn probe<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let name = cx.qualified(&call.func)?;
    let asks_version = match name {
        "importlib.util.find_spec" | "pkgutil.find_loader" => false,
        "importlib.metadata.version" | "importlib_metadata.version" => true,
        _ => return None,
    };
    let [argument, ..] = &call.args[..] else { return None };
    if is_torch(argument) && !asks_version {
        return Some(Claim::edit(vec![Edit::text(argument.range(), "\"mlx\"")]));
    }
    if let Some(package) = receiver::string(argument).filter(|_| asks_version)
        && imports::is_torch_family(package)
    {
        let (version, uses) = rows::literal_text(cx, &format!("{package}.__version__"))?;
        return Some(Claim::text(version, Prec::Atom).uses(uses));
    }
    // A function of the program's own that is asked about torch, too.
    if matches!(argument, ast::Expr::Constant(_)) || name == "pkgutil.find_loader" || !passes_torch(cx) {
        return None;
    }
    let (text, uses): (String, Uses) = cx.member(Module::Compat, if asks_version { "package_version" } else { "find_spec" });
    Some(Claim::edit(vec![Edit::text(call.func.range(), text)]).uses(uses))
}

fn is_torch(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Constant(constant) if constant.value.as_str().is_some_and(|text| text == "torch"))
}

/// Whether the file passes the name of the package on to some function.
fn passes_torch(cx: &Cx<'_>) -> bool {
    let mut found = false;
    for stmt in &cx.file.suite {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node {
                found |= call.args.iter().any(is_torch);
            }
        });
    }
    found
}
