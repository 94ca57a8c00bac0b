//! `nn.Parameter(t)`: in MLX every array attribute of a module is a parameter.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::receiver;
use crate::views;

pub(super) const RULE: Rule = Rule { name: "parameter", doc: include_str!("parameter.md"), hook: Hook::Expr(&[Shape::Call], parameter) };

fn parameter<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let call = cx.call_of(expr, "torch.nn.Parameter")?;
    let Some(data) = receiver::argument(call, 0, "data") else {
        let (name, uses) = cx.member(Module::Compat, "Parameter");
        return (call.args.is_empty() && call.keywords.is_empty())
            .then(|| Claim::edit(vec![Edit::text(call.func.range(), name)]).uses(uses));
    };
    let mut claim = Claim::build(vec![Piece::Expr(data, Prec::Test)], cx.prec(data).max(Prec::Test));
    if shares_memory(cx, expr, data) {
        let reason = format!(
            "another parameter is made of `{}`, too: in PyTorch they share its memory, in MLX they are one array",
            cx.snippet(data)
        );
        let finding = Finding::todo(codes::KEPT_ARRAYS, expr.range(), reason);
        claim = claim.finding(finding.help("give each parameter a copy (`t.clone()`), or assign one parameter to both names"));
    }
    match receiver::argument(call, 1, "requires_grad") {
        Some(flag) if cx.source(flag) != "True" && is_item(cx, expr) => {
            let (name, uses) = cx.member(Module::Compat, "maybe_frozen");
            Some(Claim::edit(vec![Edit::text(call.func.range(), name)]).uses(uses))
        }
        Some(flag) if cx.source(flag) != "True" && !receiver::is_kept_by_plain_class(cx, expr) => {
            let reason = "an array can't carry `requires_grad`: freeze it in the module that holds it";
            Some(claim.finding(Finding::todo(codes::FROZEN_PARAMETER, expr.range(), reason)))
        }
        // Whoever sets it by a name that only the run knows, or it or a tensor, has to tell it from one.
        None if is_handed_on(cx, expr) && cx.shared.asks_for_parameters(cx) => {
            let (name, uses) = cx.member(Module::Compat, "Parameter");
            let noted = Claim::edit(vec![Edit::text(call.func.range(), name)]).uses(uses);
            Some(claim.findings.into_iter().fold(noted, Claim::finding))
        }
        _ => Some(claim),
    }
}

/// Whether it stands anywhere but in an attribute of its own: a name, a list, an argument of what is none of PyTorch's own, what a function gives.
fn is_handed_on<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match cx.parent(expr) {
        Some(Node::Expr(up @ ast::Expr::Call(call))) => {
            // `dict(gain=nn.Parameter(t))`
            if matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if matches!(name.as_str(), "dict" | "list" | "tuple" | "zip" | "enumerate"))
            {
                return is_walked(cx, up) || is_handed_on(cx, up);
            }
            let is_known = cx.qualified(&call.func).is_some() || matches!(cx.entity(&call.func), Some(Entity::Builtin(_)));
            let is_method = matches!(&*call.func, ast::Expr::Attribute(method)
                if cx.kind(&method.value).is_layer() || method.attr.as_str() == "register_parameter");
            !is_known && !is_method
        }
        Some(Node::Expr(
            up @ (ast::Expr::IfExp(_)
            | ast::Expr::List(_)
            | ast::Expr::Tuple(_)
            | ast::Expr::Dict(_)
            | ast::Expr::ListComp(_)
            | ast::Expr::DictComp(_)
            | ast::Expr::GeneratorExp(_)),
        )) => is_walked(cx, up) || is_handed_on(cx, up),
        Some(Node::Expr(ast::Expr::Lambda(_) | ast::Expr::NamedExpr(_) | ast::Expr::BoolOp(_)) | Node::Stmt(ast::Stmt::Return(_))) => true,
        Some(Node::Stmt(ast::Stmt::Assign(assign))) => assign.targets.iter().any(|target| is_no_attribute(cx, target)),
        Some(Node::Stmt(ast::Stmt::AnnAssign(assign))) => is_no_attribute(cx, &assign.target),
        _ => false,
    }
}

/// `{"gain": nn.Parameter(t)}.items()`, or a list that a loop goes over where it stands.
fn is_walked<'a>(cx: &Cx<'a>, container: &'a ast::Expr) -> bool {
    match cx.parent(container) {
        Some(Node::Expr(ast::Expr::Attribute(_))) => true,
        Some(Node::Stmt(ast::Stmt::For(walk))) => std::ptr::eq(&*walk.iter, container),
        _ => false,
    }
}

fn is_no_attribute(cx: &Cx<'_>, target: &ast::Expr) -> bool {
    match target {
        ast::Expr::Attribute(_) => false,
        ast::Expr::Tuple(parts) => parts.elts.iter().any(|part| is_no_attribute(cx, part)),
        ast::Expr::Subscript(item) => !cx.kind(&item.value).is_layer(),
        _ => true,
    }
}

/// `nn.Parameter(t)` beside another one, or in a loop that gives `t` no other value.
fn shares_memory<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, data: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = data else { return false };
    let is_bound_in = |node: Node<'a>| {
        let mut is_bound = false;
        node.walk(&mut |node| {
            is_bound |= matches!(node, Node::Expr(ast::Expr::Name(bound)) if bound.ctx.is_store() && bound.id == name.id);
        });
        is_bound
    };
    let mut within = None;
    for up in cx.ancestors(Node::Expr(expr)) {
        match up {
            Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::ClassDef(_)) | Node::Expr(ast::Expr::Lambda(_)) => break,
            Node::Stmt(ast::Stmt::For(_))
            | Node::Expr(ast::Expr::ListComp(_) | ast::Expr::GeneratorExp(_) | ast::Expr::DictComp(_) | ast::Expr::SetComp(_)) => {
                return !is_bound_in(up);
            }
            Node::Stmt(stmt) => within = within.or(Some(stmt)),
            _ => {}
        }
    }
    let body = views::enclosing_body(cx, expr);
    // Of statements that may exclude each other nothing is said.
    if within.is_none_or(|stmt| !body.iter().any(|own| std::ptr::eq(own, stmt))) || views::bindings(body, &name.id).len() > 1 {
        return false;
    }
    let mut found = 0;
    for stmt in body.iter().filter(|stmt| !stmt.is_function_def_stmt() && !stmt.is_class_def_stmt()) {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(other @ ast::Expr::Call(_)) = node
                && let Some(other) = cx.call_of(other, "torch.nn.Parameter")
            {
                found += usize::from(receiver::argument(other, 0, "data").is_some_and(|data| views::is_same_name(data, &name.id)));
            }
        });
    }
    found > 1
}

/// An item of `nn.ParameterList` or `nn.ParameterDict`: of what it is made from, appended, or assigned to a key.
fn is_item<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let mut inner = expr;
    loop {
        match cx.parent(inner) {
            Some(Node::Expr(
                up @ (ast::Expr::List(_)
                | ast::Expr::Tuple(_)
                | ast::Expr::Dict(_)
                | ast::Expr::ListComp(_)
                | ast::Expr::GeneratorExp(_)
                | ast::Expr::DictComp(_)
                | ast::Expr::IfExp(_)),
            )) => inner = up,
            Some(Node::Expr(ast::Expr::Call(call))) => {
                return match &*call.func {
                    ast::Expr::Attribute(method) if matches!(method.attr.as_str(), "append" | "extend" | "update") => {
                        holds_parameters(cx, &method.value)
                    }
                    made => ["torch.nn.ParameterList", "torch.nn.ParameterDict"].iter().any(|class| cx.is_qualified(made, class)),
                };
            }
            Some(Node::Stmt(ast::Stmt::Assign(assign))) => {
                return matches!(&assign.targets[..], [ast::Expr::Subscript(target)] if holds_parameters(cx, &target.value));
            }
            _ => return false,
        }
    }
}

fn holds_parameters<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    matches!(cx.kind(expr), Kind::Layer(name) if matches!(name.as_static(), "torch.nn.ParameterList" | "torch.nn.ParameterDict"))
}
