//! The calls of a training step in one suite: `zero_grad`, `backward`, clipping, `step`.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, node};

use super::model;
use super::pass_function;
use super::scaler;
use super::unnamed;
use crate::cx::Cx;
use crate::rules::counted_parameters::true_part;
use crate::rules::parallel_wrapper::unwrapped_model;

/// A statement that is a method call: `optimizer.step()`.
#[derive(Debug, Clone, Copy)]
pub(super) struct MethodCall<'a> {
    pub(super) receiver: &'a ast::Expr,
    pub(super) call: &'a ast::ExprCall,
    /// The function that runs a backward pass, where the call does not name one itself.
    pub(super) runs: Option<&'a ast::StmtFunctionDef>,
}

impl MethodCall<'_> {
    pub(super) fn is_bare(&self) -> bool {
        self.call.args.is_empty() && self.call.keywords.is_empty()
    }
}

/// `receiver.name(...)` as a call, if it is no function of a module. What a scaler scales is itself the receiver of `backward`.
pub(super) fn method<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &str) -> Option<MethodCall<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(attribute) = &*call.func else { return None };
    if attribute.attr.as_str() != name || cx.qualified(&call.func).is_some() {
        return None;
    }
    let receiver = match name {
        "backward" => scaler::scaled(cx, &attribute.value).map_or(&*attribute.value, |(_, loss)| loss),
        _ => &attribute.value,
    };
    Some(MethodCall { receiver, call, runs: None })
}

/// `receiver.name(...)` as a whole statement, or what runs a backward pass: `self.backward_G()`.
pub(super) fn statement<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, name: &str) -> Option<MethodCall<'a>> {
    let ast::Stmt::Expr(stmt) = stmt else { return None };
    let passed = if name == "backward" { pass_function::run(cx, &stmt.value) } else { None };
    passed.or_else(|| method(cx, &stmt.value, name))
}

/// `clip_grad_norm_(model.parameters(), 1.0)`, alone or with its norm bound to a name, or inside of an expression.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clip<'a> {
    pub(super) stmt: &'a ast::Stmt,
    pub(super) call: &'a ast::ExprCall,
    pub(super) by_value: bool,
    /// What the norm is bound to.
    pub(super) norm: Option<&'a ast::Expr>,
    pub(super) is_embedded: bool,
    /// Which of several models it clips alone.
    pub(super) part: Option<usize>,
}

pub(super) fn clip<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<Clip<'a>> {
    let (value, norm) = match stmt {
        ast::Stmt::Expr(s) => (&*s.value, None),
        ast::Stmt::Assign(s) if s.targets.len() == 1 => (&*s.value, s.targets.first()),
        ast::Stmt::AugAssign(s) => (&*s.value, None),
        _ => return None,
    };
    let is_whole = !matches!(stmt, ast::Stmt::AugAssign(_));
    if let ast::Expr::Call(call) = value
        && is_whole
        && let Some(by_value) = clips_by_value(cx, call)
    {
        return Some(Clip { stmt, call, by_value, norm, is_embedded: false, part: None });
    }
    let mut inside = Vec::new();
    Node::Expr(value).walk(&mut |node| {
        if let Node::Expr(ast::Expr::Call(call)) = node
            && clips_by_value(cx, call) == Some(false)
        {
            inside.push(call);
        }
    });
    match inside[..] {
        [call] => Some(Clip { stmt, call, by_value: false, norm: None, is_embedded: true, part: None }),
        _ => None,
    }
}

/// Whether a call clips gradients, and does so value by value.
fn clips_by_value<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<bool> {
    match cx.qualified(&call.func)?.strip_prefix("torch.nn.utils.")?.trim_start_matches("clip_grad.") {
        "clip_grad_norm_" | "clip_grad_norm" => Some(false),
        "clip_grad_value_" => Some(true),
        _ => None,
    }
}

/// The argument of a call by position or keyword.
pub(super) fn argument<'a>(call: &'a ast::ExprCall, at: usize, name: &str) -> Option<&'a ast::Expr> {
    let keyword = call.keywords.iter().find(|keyword| keyword.arg.as_deref() == Some(name)).map(|keyword| &keyword.value);
    call.args.get(at).filter(|arg| !matches!(arg, ast::Expr::Starred(_))).or(keyword)
}

/// `X` of `X.parameters()`, seen through `list(...)`, `filter(requires_grad, ...)` and the like.
pub(crate) fn parameters_of<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    match expr {
        ast::Expr::Call(_) => {
            if let Some(method) = method(cx, expr, "parameters") {
                return (method.is_bare() && unnamed::plain_object(cx, expr).is_none()).then(|| unwrapped_model(cx, method.receiver));
            }
            let ast::Expr::Call(call) = expr else { return None };
            if !call.keywords.is_empty() {
                return None;
            }
            match (cx.source(&*call.func), &call.args[..]) {
                ("list" | "tuple" | "iter", [inner]) => parameters_of(cx, inner),
                // MLX optimizers get the gradients of trainable parameters alone.
                ("filter", [ast::Expr::Lambda(lambda), inner]) if is_requires_grad(&lambda.body) => parameters_of(cx, inner),
                _ => None,
            }
        }
        ast::Expr::ListComp(e) => trainable(cx, &e.elt, &e.generators),
        ast::Expr::GeneratorExp(e) => trainable(cx, &e.elt, &e.generators),
        _ => None,
    }
}

/// Whether a name holds a list of parameters that was made before.
pub(super) fn holds_parameters<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let Some(stmt) = cx.statement(expr) else { return false };
    matches!(model::Scopes::around(cx, stmt).values(cx, expr)[..], [value] if parameters_of(cx, value).is_some())
}

/// `p for p in X.parameters() if p.requires_grad`, `p for n, p in X.named_parameters() if p.requires_grad`
fn trainable<'a>(cx: &Cx<'a>, elt: &'a ast::Expr, generators: &'a [ast::Comprehension]) -> Option<&'a ast::Expr> {
    let [generator] = generators else { return None };
    if let (ast::Expr::Name(a), ast::Expr::Tuple(pair)) = (elt, &generator.target)
        && matches!(&pair.elts[..], [ast::Expr::Name(_), ast::Expr::Name(b)] if a.id == b.id)
        && let Some(named) = method(cx, &generator.iter, "named_parameters").filter(MethodCall::is_bare)
    {
        return generator.ifs.iter().all(is_requires_grad).then_some(named.receiver);
    }
    let same = matches!((elt, &generator.target), (ast::Expr::Name(a), ast::Expr::Name(b)) if a.id == b.id);
    (same && generator.ifs.iter().all(is_requires_grad)).then(|| parameters_of(cx, &generator.iter))?
}

fn is_requires_grad(expr: &ast::Expr) -> bool {
    matches!(true_part(expr), ast::Expr::Attribute(e) if e.attr.as_str() == "requires_grad" && matches!(&*e.value, ast::Expr::Name(_)))
}

/// Calls `visit` with all nodes of some statements, functions inside of them included.
pub(super) fn walk<'a>(stmts: &'a [ast::Stmt], visit: &mut dyn FnMut(Node<'a>)) {
    stmts.iter().for_each(|stmt| Node::Stmt(stmt).walk(visit));
}

/// A statement that leaves the run: `return`, `yield`, a `break` of a loop around it.
pub(super) fn leaves(stmts: &[ast::Stmt], in_loop: bool) -> Option<(TextRange, &'static str)> {
    for stmt in stmts {
        let leaving = match stmt {
            ast::Stmt::Return(_) => Some("return"),
            ast::Stmt::Break(_) if !in_loop => Some("break"),
            ast::Stmt::Continue(_) if !in_loop => Some("continue"),
            ast::Stmt::Global(_) => Some("global"),
            ast::Stmt::Nonlocal(_) => Some("nonlocal"),
            ast::Stmt::Delete(_) => Some("del"),
            ast::Stmt::AsyncFor(_) | ast::Stmt::AsyncWith(_) => Some("async"),
            ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_) => continue,
            _ => None,
        };
        if let Some(word) = leaving {
            return Some((stmt.range(), word));
        }
        for child in Node::Stmt(stmt).children() {
            let Node::Expr(expr) = child else { continue };
            let mut word = None;
            Node::Expr(expr).walk(&mut |node| match node {
                Node::Expr(ast::Expr::Await(_)) => word = Some("await"),
                Node::Expr(ast::Expr::Yield(_) | ast::Expr::YieldFrom(_)) => word = Some("yield"),
                Node::Expr(ast::Expr::Call(call)) if call.args.is_empty() && is_name(&call.func, "super") => word = Some("super()"),
                _ => {}
            });
            if let Some(word) = word {
                return Some((expr.range(), word));
            }
        }
        let is_loop = matches!(stmt, ast::Stmt::For(_) | ast::Stmt::While(_));
        for suite in node::suites(stmt) {
            if let Some(found) = leaves(suite, in_loop || is_loop) {
                return Some(found);
            }
        }
    }
    None
}

pub(super) fn is_name(expr: &ast::Expr, id: &str) -> bool {
    matches!(expr, ast::Expr::Name(name) if name.id.as_str() == id)
}
