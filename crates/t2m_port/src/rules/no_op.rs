//! Statements that the rewrites below left without anything to do: they go.

use t2m_syntax::{Node, ast};

use super::places::{new_text, residual};
use super::{Hook, Rule};
use crate::asked_gradients;
use crate::claim::StmtClaim;
use crate::cx::Cx;

pub(super) const RULE: Rule = Rule { name: "no-op", doc: include_str!("no_op.md"), hook: Hook::Stmt(no_op) };

fn no_op<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let goes = match stmt {
        ast::Stmt::Expr(_) if super::no_grad::switches_off(cx, stmt) => false,
        ast::Stmt::Expr(expr) if asked_gradients::holds_kept(cx, &expr.value) => false,
        ast::Stmt::Expr(expr) => has_no_effect(cx, &expr.value) || filters_warning(cx, &expr.value) || seeds_again(cx, stmt, &expr.value),
        ast::Stmt::Assign(assign) => match &assign.targets[..] {
            [target] => is_itself(cx, target, &assign.value) || is_switch(cx, target) && cx.is_pure(&assign.value),
            _ => false,
        },
        ast::Stmt::If(choice) => is_emptied(cx, choice),
        _ => false,
    };
    goes.then(StmtClaim::delete)
}

/// `model.to(device)` on its own, `torch.set_num_threads(4)`.
fn has_no_effect<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    if new_text(cx, value) == Some("None") {
        return true;
    }
    if let ast::Expr::Call(call) = value
        && let Some(name) = cx.qualified(&call.func)
        && (SWITCHES.iter().any(|prefix| name.starts_with(prefix)) || name == "torch.fx.wrap" || GRAD_SWITCHES.contains(&name))
    {
        return call.args.iter().chain(call.keywords.iter().map(|kw| &kw.value)).all(|arg| cx.is_pure(arg));
    }
    let left = residual(cx, value);
    !std::ptr::eq(left, value) && (cx.claim(left).is_none() && cx.is_simple(left) || crate::receiver::is_super(cx, left))
}

/// `warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)`: MLX gives none of PyTorch's warnings.
fn filters_warning<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    let filters = match &*call.func {
        ast::Expr::Attribute(method) => matches!(method.attr.as_str(), "filterwarnings" | "simplefilter"),
        ast::Expr::Name(name) => matches!(name.id.as_str(), "filterwarnings" | "simplefilter"),
        _ => false,
    };
    let category = call.keywords.iter().find(|kw| kw.arg.as_deref() == Some("category")).map(|kw| &kw.value).or_else(|| call.args.last());
    let of_torch = |name: &str| name.starts_with("torch.") && name.ends_with("Warning");
    filters && category.and_then(|category| cx.qualified(category)).is_some_and(of_torch)
}

/// `torch.cuda.manual_seed_all(seed)` beside `torch.manual_seed(seed)`: MLX has one generator, and to seed it again would start it anew.
fn seeds_again<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, value: &'a ast::Expr) -> bool {
    let seeded = |value: &'a ast::Expr| match value {
        ast::Expr::Call(call) => {
            cx.qualified(&call.func).filter(|name| name.ends_with(".manual_seed") || name.ends_with(".manual_seed_all"))
        }
        _ => None,
    };
    let is_first = |name: &str| matches!(name, "torch.manual_seed" | "torch.random.manual_seed");
    if seeded(value).is_none_or(is_first) {
        return false;
    }
    let suites = match cx.parent(stmt) {
        Some(Node::Stmt(around)) => t2m_syntax::node::suites(around),
        _ => vec![&cx.file.suite[..]],
    };
    let is_seed = |stmt: &'a ast::Stmt| matches!(stmt, ast::Stmt::Expr(expr) if seeded(&expr.value).is_some_and(is_first));
    suites.into_iter().any(|suite| suite.iter().any(|other| std::ptr::eq(other, stmt)) && suite.iter().any(is_seed))
}

/// Where torch keeps settings of its backends and of its compiler.
const SWITCHES: &[&str] = &["torch.backends.", "torch._C._jit_", "torch._dynamo.config.", "torch._inductor.config."];

/// Calls that switch gradients or checks of gradients from here on: a statement of their own changes nothing in MLX.
const GRAD_SWITCHES: &[&str] = &["torch.set_grad_enabled", "torch.autograd.set_detect_anomaly", "torch.autograd.set_grad_enabled"];

/// `torch.backends.cudnn.benchmark = True`
fn is_switch(cx: &Cx<'_>, target: &ast::Expr) -> bool {
    cx.qualified(target).is_some_and(|name| SWITCHES.iter().any(|prefix| name.starts_with(prefix)))
}

/// `x = x.to(device)`, `x, y = x.to(device), y.to(device)`.
fn is_itself<'a>(cx: &Cx<'a>, target: &'a ast::Expr, value: &'a ast::Expr) -> bool {
    // What was a plain attribute becomes a parameter.
    if target.is_attribute_expr() && crate::receiver::parameter(cx.facts, value).is_some() {
        return false;
    }
    if let (ast::Expr::Tuple(targets), ast::Expr::Tuple(values)) = (target, value) {
        return targets.elts.len() == values.elts.len() && targets.elts.iter().zip(&values.elts).all(|(t, v)| is_itself(cx, t, v));
    }
    let left = residual(cx, value);
    !std::ptr::eq(left, value) && cx.claim(left).is_none() && cx.is_simple(left) && cx.source(left) == cx.source(target)
}

/// `if use_cuda: model.cuda()`: nothing is left to choose.
fn is_emptied<'a>(cx: &Cx<'a>, choice: &'a ast::StmtIf) -> bool {
    let is_gone = |stmt: &ast::Stmt| {
        cx.stmt_claim(stmt).is_some_and(|claim| {
            matches!(claim.decision.action, t2m_syntax::piece::Action::Delete) && claim.findings.iter().all(|finding| !finding.is_todo)
        })
    };
    let is_elif = cx.source(choice).starts_with("elif");
    !is_elif && choice.body.iter().all(is_gone) && choice.orelse.iter().all(is_gone) && cx.is_pure(&choice.test)
}
