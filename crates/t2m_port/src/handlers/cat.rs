//! `torch.cat` skips tensors that were made without any shape, `torch.tensor([])`, whatever the others look like. MLX wants equal ranks.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, TextRange, TextSize, node};

use super::Call;
use crate::body_bindings::{self, Way};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::{placed, receiver, views};

pub(super) fn cat<'a>(cx: &Cx<'a>, call: &Call<'_, 'a>) -> Result<Option<Claim<'a>>, Finding> {
    if !call.argument("tensors").is_some_and(|parts| are_concerned(cx, parts)) {
        return Ok(None);
    }
    let (text, uses) = cx.member(Module::Compat, "cat");
    let mut edits = vec![Edit::text(call.call.func.range(), text)];
    // The helper has PyTorch's names alone.
    if let Some(axis) = call.call.keywords.iter().find(|keyword| keyword.arg.as_deref() == Some("axis")) {
        edits.push(Edit::text(TextRange::at(axis.start(), TextSize::of("axis")), "dim"));
    }
    Ok(Some(Claim::edit(edits).uses(uses)))
}

/// Whether what is joined may have an empty tensor in it.
fn are_concerned<'a>(cx: &Cx<'a>, parts: &'a ast::Expr) -> bool {
    match parts {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => elts.iter().any(|part| match part {
            ast::Expr::Starred(own) => are_concerned(cx, &own.value),
            part => may_be_empty(cx, part),
        }),
        // `parts = [torch.tensor([])]`, `parts.append(row)`
        ast::Expr::Name(name) => holds_empty(cx, parts, &name.id),
        // `self.rows.append(torch.tensor([]))`
        ast::Expr::Attribute(attribute) => attribute_holds_empty(cx, &attribute.attr),
        // `parts + [x]`
        ast::Expr::BinOp(e) if e.op == ast::Operator::Add => are_concerned(cx, &e.left) || are_concerned(cx, &e.right),
        ast::Expr::BoolOp(e) => e.values.iter().any(|parts| are_concerned(cx, parts)),
        ast::Expr::IfExp(e) => are_concerned(cx, &e.body) || are_concerned(cx, &e.orelse),
        // `parts[::-1]`
        ast::Expr::Subscript(e) if e.slice.is_slice_expr() => are_concerned(cx, &e.value),
        // `tuple(parts)`
        ast::Expr::Call(call) => {
            let is_same = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if matches!(name.as_str(), "list" | "tuple" | "reversed" | "sorted"));
            is_same && call.args.first().is_some_and(|parts| are_concerned(cx, parts))
        }
        _ => false,
    }
}

/// Whether the function makes a list with an empty tensor in it, or puts one into it.
fn holds_empty<'a>(cx: &Cx<'a>, parts: &'a ast::Expr, name: &str) -> bool {
    let bindings = body_bindings::of_body(cx, views::enclosing_body(cx, parts));
    bindings.get(name).is_some_and(|bound| {
        bound.iter().any(|bound| match (bound.value, bound.way) {
            (ast::Expr::List(list), _) => list.elts.iter().any(|part| is_empty(cx, part)),
            // `parts = [torch.tensor([]) for _ in rows]`
            (ast::Expr::ListComp(list), _) => is_empty(cx, &list.elt),
            // `parts = [torch.tensor([])] + rows`
            (ast::Expr::BinOp(sum), _) => [&sum.left, &sum.right].into_iter().any(|side| lists_empty(cx, side)),
            (value, Way::Put { .. }) => is_empty(cx, value),
            _ => false,
        })
    })
}

/// Whether the file makes an attribute of this name a list with an empty tensor in it, or puts one into it.
fn attribute_holds_empty<'a>(cx: &Cx<'a>, name: &str) -> bool {
    let is_it = |expr: &ast::Expr| matches!(expr, ast::Expr::Attribute(attribute) if attribute.attr.as_str() == name);
    let mut found = false;
    node::statements(&cx.file.suite, &mut |stmt| {
        if let Some((target, value)) = receiver::assignment(stmt) {
            found |= is_it(target) && lists_empty(cx, value);
        }
        placed::placed(cx, stmt, &mut |placed| {
            found |= is_it(placed.holder) && (is_empty(cx, placed.value) || placed.is_items && lists_empty(cx, placed.value));
        });
    });
    found
}

/// `parts["a"]`, where the function puts an empty tensor into `parts`.
fn item_is_empty<'a>(cx: &Cx<'a>, part: &'a ast::Expr) -> bool {
    let ast::Expr::Subscript(item) = part else { return false };
    let ast::Expr::Name(name) = &*item.value else { return false };
    let bindings = body_bindings::of_body(cx, views::enclosing_body(cx, part));
    !cx.kind(&item.value).is_tensor()
        && bindings.get(name.id.as_str()).is_some_and(|bound| {
            bound.iter().any(|bound| match (bound.value, bound.way) {
                (ast::Expr::Dict(dict), _) => dict.values.iter().any(|value| is_empty(cx, value)),
                (value, Way::Put { .. }) => is_empty(cx, value),
                _ => false,
            })
        })
}

/// `[torch.tensor([])]`, alone or in a sum.
fn lists_empty(cx: &Cx<'_>, list: &ast::Expr) -> bool {
    match list {
        ast::Expr::List(list) => list.elts.iter().any(|part| is_empty(cx, part)),
        ast::Expr::BinOp(sum) => lists_empty(cx, &sum.left) || lists_empty(cx, &sum.right),
        _ => false,
    }
}

/// Methods that leave a tensor as empty as it was.
const PLACED: &[&str] =
    &["to", "cuda", "cpu", "type", "type_as", "float", "double", "half", "long", "int", "bool", "detach", "requires_grad_"];

/// The name of a variable or an attribute.
fn name_of(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::Name(name) => Some(&name.id),
        ast::Expr::Attribute(attribute) => Some(&attribute.attr),
        _ => None,
    }
}

/// Whether a tensor is made without any shape, or its variable may hold such a one.
pub(crate) fn may_be_empty<'a>(cx: &Cx<'a>, part: &'a ast::Expr) -> bool {
    is_empty(cx, part) || starts_empty(cx, part) || item_is_empty(cx, part)
}

/// Whether the function gives this variable an empty tensor somewhere, or the file this attribute.
fn starts_empty<'a>(cx: &Cx<'a>, part: &'a ast::Expr) -> bool {
    let Some(name) = name_of(part) else { return false };
    let body = if matches!(part, ast::Expr::Name(_)) { views::enclosing_body(cx, part) } else { &cx.file.suite[..] };
    let mut found = false;
    node::statements(body, &mut |stmt| {
        let (targets, value) = match stmt {
            ast::Stmt::Assign(assign) => (&assign.targets[..], Some(&*assign.value)),
            ast::Stmt::AnnAssign(assign) => (std::slice::from_ref(&*assign.target), assign.value.as_deref()),
            _ => return,
        };
        found |= value.is_some_and(|value| targets.iter().any(|target| makes_empty(cx, target, name, value)));
    });
    found
}

/// Whether an assignment gives this name an empty tensor. Ex) `start, out = 0, torch.empty(0)`
fn makes_empty(cx: &Cx<'_>, target: &ast::Expr, name: &str, value: &ast::Expr) -> bool {
    match (target, value) {
        (ast::Expr::Tuple(targets), ast::Expr::Tuple(values)) => {
            targets.elts.iter().zip(&values.elts).any(|(target, value)| makes_empty(cx, target, name, value))
        }
        _ => name_of(target) == Some(name) && is_empty(cx, value),
    }
}

/// `torch.tensor([])`, `torch.empty(0)`, `torch.Tensor()`, and such a one on another device.
fn is_empty(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    let call = match expr {
        ast::Expr::Call(call) => call,
        ast::Expr::IfExp(choice) => return is_empty(cx, &choice.body) || is_empty(cx, &choice.orelse),
        _ => return false,
    };
    let Some(name) = cx.qualified(&call.func) else {
        return matches!(&*call.func, ast::Expr::Attribute(method) if PLACED.contains(&method.attr.as_str()) && is_empty(cx, &method.value));
    };
    match (name, &call.args[..]) {
        ("torch.Tensor" | "torch.FloatTensor" | "torch.LongTensor", []) => call.keywords.is_empty(),
        ("torch.tensor" | "torch.as_tensor" | "torch.Tensor" | "torch.FloatTensor" | "torch.LongTensor", [ast::Expr::List(list), ..]) => {
            list.elts.is_empty()
        }
        ("torch.empty" | "torch.zeros" | "torch.ones", [size]) => matches!(cx.source(size), "0" | "(0,)" | "[0]"),
        _ => false,
    }
}
