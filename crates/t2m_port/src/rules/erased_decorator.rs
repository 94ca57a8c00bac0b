//! Decorators about scripting, compiling, gradients and precision: they go, the function stays.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, TextRange, TextSize, ranges};

use super::contexts::{Erased, erased};
use super::{Hook, Rule};
use crate::asked_gradients;
use crate::claim::StmtClaim;
use crate::cx::Cx;

pub(super) const RULE: Rule = Rule { name: "erased-decorator", doc: include_str!("erased_decorator.md"), hook: Hook::Stmt(decorators) };

/// Decorators that say how torch should treat a function.
const DECORATORS: &[&str] = &[
    "torch.jit.ignore",
    "torch.jit.unused",
    "torch.jit.export",
    "torch.jit.script",
    "torch.jit.script_method",
    "torch.jit.script_if_tracing",
    "torch.jit._script_if_tracing",
    "torch.jit._overload",
    "torch.jit._overload_method",
    "torch.jit.interface",
    "torch.compile",
    "torch.compiler.disable",
    "torch.compiler.allow_in_graph",
    "torch._dynamo.disable",
    "torch._dynamo.allow_in_graph",
    "torch._disable_dynamo",
    "torch.fx.wrap",
    "torch.autograd.once_differentiable",
    "torch.autograd.function.once_differentiable",
    "torch.amp.custom_fwd",
    "torch.amp.custom_bwd",
    "torch.cuda.amp.custom_fwd",
    "torch.cuda.amp.custom_bwd",
];

fn decorators<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let list = match stmt {
        ast::Stmt::FunctionDef(def) => &def.decorator_list,
        ast::Stmt::AsyncFunctionDef(def) => &def.decorator_list,
        ast::Stmt::ClassDef(def) => &def.decorator_list,
        _ => return None,
    };
    let mut edits = Vec::new();
    let mut findings = Vec::new();
    for (i, decorator) in list.iter().enumerate() {
        match erased(cx, decorator) {
            Some(_) if asked_gradients::holds_kept(cx, decorator) => continue,
            Some(Erased::Saying(finding)) => findings.push(finding),
            Some(Erased::Quietly) => {}
            None if is_about_torch(cx, decorator) => {}
            None => continue,
        }
        let start = at_sign(cx, decorator)?;
        let end = match list.get(i + 1) {
            Some(next) => at_sign(cx, next)?,
            None => stmt.range().start(),
        };
        edits.push(Edit::delete(TextRange::new(start, end)));
    }
    if edits.is_empty() {
        return None;
    }
    let mut claim = StmtClaim::edit(edits);
    for finding in findings {
        claim = claim.finding(finding);
    }
    Some(claim)
}

fn is_about_torch(cx: &Cx<'_>, decorator: &ast::Expr) -> bool {
    let func = match decorator {
        ast::Expr::Call(call) => &*call.func,
        other => other,
    };
    cx.qualified(func).is_some_and(|name| DECORATORS.contains(&name))
}

/// The `@` before a decorator.
fn at_sign(cx: &Cx<'_>, decorator: &ast::Expr) -> Option<TextSize> {
    let start = ranges::outer_parens(cx.file, decorator.range()).start();
    let at = cx.file.text[..start.to_usize()].rfind('@')?;
    Some(TextSize::new(at as u32))
}
