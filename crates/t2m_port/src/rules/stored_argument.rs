//! `self.alpha = alpha` of an argument that may be an array: PyTorch trains a parameter alone, MLX every array that a module holds.

use t2m_semantic::{ClassId, Kind};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::module_array::is_declared;
use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "stored-argument", doc: include_str!("stored_argument.md"), hook: Hook::Stmt(stored) };

fn stored<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (ast::Expr::Attribute(target), value @ ast::Expr::Name(argument)) = receiver::assignment(stmt)? else { return None };
    let kind = cx.kind(value);
    if !(kind.is_unknown() || kind == Kind::Parameter) {
        return None;
    }
    let class = receiver::self_class(cx, &target.value).filter(|class| receiver::makes_modules(cx, *class))?;
    let name = target.attr.as_str();
    if name.starts_with('_') || is_declared(cx, class, name) {
        return None;
    }
    let has_default = takes(cx, stmt, argument.id.as_str())?;
    if kind == Kind::Parameter {
        let reason = format!(
            "`{argument}` is a parameter of another module: stored here, too, MLX would train it as a second one",
            argument = argument.id
        );
        let help = "use `compat.tie_weights(module, target, source)` on a module that holds both";
        return Some(StmtClaim::todo(Finding::todo(codes::TIED_WEIGHT, stmt.range(), reason).help(help)));
    }
    if !meets_tensors(cx, class, name, has_default) {
        return None;
    }
    Some(super::module_array::plain_attribute(cx, target, value))
}

/// Whether the argument of this name may be left out; `None` if the function around the statement takes no such argument.
fn takes<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, name: &str) -> Option<bool> {
    let args = cx.ancestors(Node::Stmt(stmt)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(&def.args),
        _ => None,
    })?;
    let mut all = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs);
    all.find(|arg| arg.def.arg.as_str() == name).map(|arg| arg.default.is_some())
}

/// Whether a method uses the attribute as an array: indexed by one or along several axes. Beside a tensor, what nobody has to give may be an array,
/// too; what has to be given is a number: `x * self.scale`.
fn meets_tensors(cx: &Cx<'_>, class: ClassId, name: &str, has_default: bool) -> bool {
    receiver::family(cx, class).any(|class| {
        let uses = cx.shared.survey.array_use(cx.project_facts, class, name);
        uses.indexed || has_default && uses.beside_tensor
    })
}
