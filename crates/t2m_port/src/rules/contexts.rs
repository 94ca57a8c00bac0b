//! Contexts and decorators of torch that have nothing to do in MLX, and those that switch gradients off.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use super::places::residual;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::grad_managers::Switching;
use crate::views;

/// What becomes of a context.
pub(crate) enum Erased {
    /// Nothing is lost.
    Quietly,
    /// The user should know.
    Saying(Finding),
}

/// Contexts that record no gradients.
pub(crate) const NO_GRAD: &[&str] = &["torch.no_grad", "torch.inference_mode", "torch.set_grad_enabled"];

/// Contexts that choose a place, a kernel or a way to watch.
const QUIET: &[&str] = &[
    "torch.enable_grad",
    "torch.device",
    "torch.cuda.device",
    "torch.cuda.device_of",
    "torch.cuda.stream",
    "torch.autograd.detect_anomaly",
    "torch.autograd.set_detect_anomaly",
    "torch.autograd.profiler.record_function",
    "torch.profiler.record_function",
    "torch.autograd.profiler.emit_nvtx",
    "torch.cuda.nvtx.range",
    "torch.backends.cuda.sdp_kernel",
    "torch.nn.attention.sdpa_kernel",
    "torch.backends.cudnn.flags",
    "torch.backends.mkldnn.flags",
    "torch.jit.optimized_execution",
    "torch.sparse.check_sparse_tensor_invariants",
    "torch.compiler.set_stance",
    // Lets `torch.vmap` index by mapped arrays; `mx.vmap` does.
    "torch._dynamo._trace_wrapped_higher_order_op.TransformGetItemToIndex",
];

pub(crate) const AUTOCAST: &[&str] = &["torch.autocast", "torch.amp.autocast", "torch.cuda.amp.autocast", "torch.cpu.amp.autocast"];

/// Whether the context `with expr:` or the decorator `@expr` goes.
pub(crate) fn erased(cx: &Cx<'_>, expr: &ast::Expr) -> Option<Erased> {
    let (func, call) = match expr {
        ast::Expr::Call(call) => (&*call.func, Some(call)),
        other => (other, None),
    };
    let name = cx.qualified(func)?;
    let is_pure = call.is_none_or(|call| call.args.iter().chain(call.keywords.iter().map(|kw| &kw.value)).all(|arg| cx.is_pure(arg)));
    if !is_pure {
        return None;
    }
    if NO_GRAD.contains(&name) || QUIET.contains(&name) {
        return Some(Erased::Quietly);
    }
    if !AUTOCAST.contains(&name) {
        return None;
    }
    if call.is_some_and(|call| is_disabled(cx, call)) {
        return Some(Erased::Quietly);
    }
    Some(Erased::Saying(autocast_note(expr.range())))
}

pub(super) fn autocast_note(range: TextRange) -> Finding {
    let reason = "MLX has no autocast: this runs in the arrays' own precision, which is at least as exact";
    let help = "to save memory and time, cast the model (`model.set_dtype(mx.bfloat16)`) and its inputs";
    Finding::note(codes::AUTOCAST, range, reason).help(help)
}

/// `enabled=False`, or the second positional argument of `torch.cuda.amp.autocast(False)`.
pub(super) fn is_disabled(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    let keyword = call.keywords.iter().find(|kw| kw.arg.as_deref() == Some("enabled")).map(|kw| &kw.value);
    let positional = if cx.is_qualified(&call.func, "torch.cuda.amp.autocast") { call.args.first() } else { None };
    let Some(value) = keyword.or(positional) else { return false };
    let is_false = matches!(value, ast::Expr::Constant(constant) if constant.value == ast::Constant::Bool(false));
    is_false || super::places::new_text(cx, value) == Some("False")
}

/// What a context does with gradients.
#[derive(Clone, Copy)]
pub(crate) enum GradMode<'a> {
    On,
    Off,
    OffIf(Condition<'a>),
}

/// When gradients are off, where that is known at run time.
#[derive(Clone, Copy)]
pub(crate) struct Condition<'a> {
    pub test: &'a ast::Expr,
    pub negated: bool,
    /// Where the condition does not hold, the block around it decides: `nullcontext()`.
    pub keeps_outer: bool,
}

/// `no_grad()`, `set_grad_enabled(train)`, `no_grad() if frozen else nullcontext()`.
pub(crate) fn grad_mode<'a>(cx: &Cx<'a>, item: &'a ast::Expr) -> Option<GradMode<'a>> {
    let left = residual(cx, item);
    let (choice, mode): (_, fn(&Cx<'a>, &'a ast::Expr) -> Option<GradMode<'a>>) = match (left, chosen_before(cx, left)) {
        (ast::Expr::IfExp(choice), _) => (choice, switch),
        (_, Some((choice, true))) => (choice, switch_by_call),
        (_, Some((choice, false))) => (choice, switch),
        (_, None) => return switch(cx, left),
    };
    let (body, orelse) = (mode(cx, &choice.body), mode(cx, &choice.orelse));
    let chosen = |negated, other: Option<GradMode<'a>>| {
        let condition = Condition { test: &choice.test, negated, keeps_outer: other.is_none() };
        cx.is_pure(&choice.test).then_some(GradMode::OffIf(plain(condition)))
    };
    match (body, orelse) {
        (Some(GradMode::Off), Some(GradMode::Off)) => Some(GradMode::Off),
        (Some(GradMode::Off), other) => chosen(false, other),
        (other, Some(GradMode::Off)) => chosen(true, other),
        (Some(GradMode::On), Some(GradMode::On)) => Some(GradMode::On),
        _ => None,
    }
}

/// The choice that a name holds which is entered: `context` of `context = no_grad if frozen else nullcontext`, and whether it is called there. What the
/// choice asks must still hold there: it is made of names that nothing else binds.
fn chosen_before<'a>(cx: &Cx<'a>, item: &'a ast::Expr) -> Option<(&'a ast::ExprIfExp, bool)> {
    let (name, is_called) = match item {
        ast::Expr::Name(name) => (name, false),
        ast::Expr::Call(call) if call.args.is_empty() && call.keywords.is_empty() => match &*call.func {
            ast::Expr::Name(name) => (name, true),
            _ => return None,
        },
        _ => return None,
    };
    let body = views::enclosing_body(cx, item);
    let [(Node::Stmt(stmt @ ast::Stmt::Assign(_)), ast::Expr::IfExp(choice))] = views::bindings(body, &name.id)[..] else { return None };
    let mut is_stable = stmt.range().end() < item.range().start();
    Node::Expr(&choice.test).walk(&mut |node| match node {
        Node::Expr(ast::Expr::Name(name)) => {
            let bound = views::bindings(body, &name.id);
            is_stable &= bound.iter().all(|(node, _)| node.range().start() < stmt.range().start()) && bound.len() <= 1;
        }
        Node::Expr(ast::Expr::Constant(_) | ast::Expr::UnaryOp(_) | ast::Expr::BoolOp(_) | ast::Expr::Compare(_)) => {}
        Node::Expr(_) => is_stable = false,
        _ => {}
    });
    is_stable.then_some((choice, is_called))
}

/// Whether a context is a choice that is kept in a name for `with` lines alone, which say what it does: see [`grad_mode`].
pub(super) fn is_entered_alone<'a>(cx: &Cx<'a>, context: &'a ast::Expr) -> bool {
    let Some(Node::Expr(choice @ ast::Expr::IfExp(_))) = cx.parent(context) else { return false };
    let Some(Node::Stmt(ast::Stmt::Assign(assign))) = cx.parent(choice) else { return false };
    let [ast::Expr::Name(name)] = &assign.targets[..] else { return false };
    let (mut reads, mut entered) = (0, 0);
    for stmt in views::enclosing_body(cx, context) {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Expr(ast::Expr::Name(read)) if read.id == name.id && read.ctx.is_load() => reads += 1,
            Node::Stmt(ast::Stmt::With(with)) => {
                let is_known = |item: &&'a ast::WithItem| {
                    chosen_before(cx, &item.context_expr).is_some_and(|(found, _)| found.range == choice.range())
                        && grad_mode(cx, &item.context_expr).is_some()
                };
                entered += with.items.iter().filter(is_known).count();
            }
            _ => {}
        });
    }
    entered > 0 && reads == entered
}

/// What a context does with gradients that is called where it is entered: `no_grad`.
fn switch_by_call<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<GradMode<'a>> {
    match cx.qualified(expr)? {
        "torch.no_grad" | "torch.inference_mode" => Some(GradMode::Off),
        "torch.enable_grad" => Some(GradMode::On),
        _ => None,
    }
}

fn switch<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<GradMode<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    if own_manager(cx, expr) == Some(Switching::Off) {
        return Some(GradMode::Off);
    }
    let argument = call.args.first().or_else(|| call.keywords.first().map(|kw| &kw.value));
    let decided = |negated| match argument {
        None => Some(GradMode::Off),
        Some(ast::Expr::Constant(constant)) => match constant.value {
            ast::Constant::Bool(value) => Some(if value == negated { GradMode::On } else { GradMode::Off }),
            _ => None,
        },
        Some(test) => Some(GradMode::OffIf(plain(Condition { test, negated, keeps_outer: false }))),
    };
    match cx.qualified(&call.func)? {
        "torch.no_grad" => Some(GradMode::Off),
        "torch.enable_grad" => Some(GradMode::On),
        "torch.inference_mode" => decided(false),
        "torch.set_grad_enabled" => decided(true),
        _ => None,
    }
}

/// What a context manager of the project switches.
pub(crate) fn own_manager(cx: &Cx<'_>, expr: &ast::Expr) -> Option<Switching> {
    cx.shared.grad_managers(cx.project_facts).switching(cx, expr)
}

/// Without `not`.
fn plain(mut condition: Condition<'_>) -> Condition<'_> {
    while let ast::Expr::UnaryOp(unary) = condition.test
        && unary.op == ast::UnaryOp::Not
    {
        condition = Condition { test: &unary.operand, negated: !condition.negated, ..condition };
    }
    condition
}

/// Whether the context or decorator records no gradients.
pub(crate) fn is_no_grad(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    let (func, argument) = match expr {
        ast::Expr::Call(call) => (&*call.func, call.args.first().or_else(|| call.keywords.first().map(|kw| &kw.value))),
        other => (other, None),
    };
    let says = |value| matches!(argument, Some(ast::Expr::Constant(constant)) if constant.value == ast::Constant::Bool(value));
    match cx.qualified(func) {
        Some("torch.no_grad") => true,
        Some("torch.inference_mode") => !says(false),
        Some("torch.set_grad_enabled") => says(false),
        Some(_) => false,
        None => own_manager(cx, expr) == Some(Switching::Off),
    }
}

/// Whether the context records gradients: `torch.enable_grad()`, `torch.set_grad_enabled(True)`.
pub(crate) fn is_grad<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    cx.call_of(expr, "torch.enable_grad").is_some() || switched(cx, expr).is_some_and(|mode| is_literal(mode, true))
}

/// What decides at run time whether the context records gradients: `flag` of `torch.set_grad_enabled(flag)`.
pub(crate) fn grad_switch<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    switched(cx, expr).filter(|mode| !is_literal(mode, true) && !is_literal(mode, false))
}

fn switched<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let call = cx.call_of(expr, "torch.set_grad_enabled")?;
    call.args.first().or_else(|| call.keywords.first().map(|kw| &kw.value))
}

fn is_literal(expr: &ast::Expr, value: bool) -> bool {
    matches!(expr, ast::Expr::Constant(constant) if constant.value == ast::Constant::Bool(value))
}
