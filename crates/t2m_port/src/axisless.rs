//! Parameters without axes: `self.scale = nn.Parameter(torch.ones([]) * init)`, which MLX's `x[:] = value` refuses.

use std::sync::LazyLock;

use serde::Deserialize;
use t2m_semantic::tables::read_names;
use t2m_semantic::{ClassId, Entity, FileFacts, Kind, Role};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use crate::cx::Cx;
use crate::survey::Store;
use crate::{receiver, views};

/// From `mappings/names/axes.toml`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Axes {
    reductions: Vec<String>,
    keepers: Vec<String>,
    makers: Vec<String>,
    products: Vec<String>,
    matrices: Vec<String>,
    shapes: Vec<String>,
}

static AXES: LazyLock<Axes> = LazyLock::new(|| read_names("axes"));

fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|known| known == name)
}

/// Whether an attribute may be such a parameter: of its class, or of any class where nothing says of which one it is.
pub(crate) fn is_parameter<'a>(cx: &Cx<'a>, attribute: &'a ast::ExprAttribute) -> bool {
    let name = attribute.attr.as_str();
    match receiver::class_of(cx, &attribute.value) {
        Some(class) => receiver::family(cx, class).any(|class| is_made_in(cx, class, name)),
        // A layer of PyTorch has none.
        None if !matches!(cx.kind(&attribute.value), Kind::Unknown | Kind::Module) => false,
        None => cx.shared.survey.storing(name).iter().any(|class| receiver::makes_modules(cx, *class) && is_made_in(cx, *class, name)),
    }
}

fn is_made_in(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    let facts = cx.project_facts.file(cx.project_facts.class(class).file);
    let stores = cx.shared.survey.stores(class, name);
    stores.iter().any(|store| matches!(store, Store::Whole(value) if is_such(facts, value)))
        || stores.iter().any(|store| matches!(store, Store::Whole(_))) && is_registered(cx, class, name)
}

/// `nn.Parameter(torch.tensor(t))`, `nn.Parameter(torch.tensor(t)) if learned else t`, `torch.tensor(0)`
fn is_such(facts: &FileFacts, value: &ast::Expr) -> bool {
    if let ast::Expr::IfExp(choice) = value {
        return is_such(facts, &choice.body) || is_such(facts, &choice.orelse);
    }
    let parameter = receiver::parameter(facts, value).and_then(|(made, _)| receiver::argument(made, 0, "data"));
    parameter.map_or_else(|| has_no_axes(facts, value), |data| may_lack_axes(facts, data))
}

fn has_no_axes(facts: &FileFacts, value: &ast::Expr) -> bool {
    matches!(facts.fact(value).kind, Kind::Tensor(tensor) if tensor.rank == Some(0))
}

/// `self.register_buffer("steps", torch.tensor(0))` of what is given other values as well, so that its kind does not tell.
fn is_registered(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    let info = cx.project_facts.class(class);
    let facts = cx.project_facts.file(info.file);
    let suite = &cx.project.file(info.file).source.suite;
    let Some(stmt) = suite.iter().find(|stmt| stmt.range() == info.range) else { return false };
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| {
        if let Node::Expr(ast::Expr::Call(call)) = node
            && matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "register_buffer")
            && receiver::argument(call, 0, "name").and_then(receiver::string) == Some(name)
        {
            found |= receiver::argument(call, 1, "tensor").is_some_and(|tensor| has_no_axes(facts, tensor));
        }
    });
    found
}

/// Whether a value shows that it is one number: `torch.zeros(())`, `x.sum()`, `x.new_tensor(3.0)`.
pub(crate) fn is_one_number(facts: &FileFacts, value: &ast::Expr) -> bool {
    if value.is_constant_expr() {
        return false;
    }
    match facts.fact(value).kind {
        Kind::Tensor(tensor) if let Some(rank) = tensor.rank => return rank == 0,
        Kind::Tensor(_) | Kind::Unknown => {}
        _ => return false,
    }
    let ast::Expr::Call(call) = value else { return false };
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    if facts.entity(&call.func).is_some() {
        return false;
    }
    let is_whole = call.args.is_empty() && call.keywords.is_empty();
    is_whole && has(&AXES.reductions, &method.attr)
        || is_whole && has(&AXES.keepers, &method.attr) && is_one_number(facts, &method.value)
        || makes_one_number(call, &method.attr)
}

/// `x.new_zeros(())`, `x.new_full([], 2.0)`, `x.new_tensor(3.0)`
fn makes_one_number(call: &ast::ExprCall, method: &str) -> bool {
    let first = call.args.first();
    match method {
        "new_tensor" => matches!(first, Some(ast::Expr::Constant(_))),
        _ => {
            let is_empty = |size: &ast::Expr| matches!(size, ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) if elts.is_empty());
            has(&AXES.makers, method) && first.is_some_and(is_empty)
        }
    }
}

/// Whether a name is a parameter that somebody gives a tensor without axes: `grow(torch.zeros(()), x)`.
pub(crate) fn is_given<'a>(cx: &Cx<'a>, name: &'a ast::ExprName) -> bool {
    let Some(function) = cx.project_facts.enclosing_function(cx.id, name.range) else { return false };
    let info = cx.project_facts.function(function);
    let Some(at) = info.params.iter().position(|param| param.name == name.id.as_str()) else { return false };
    let is_bound = matches!(info.role, Role::Method | Role::ClassMethod);
    let method = info.class.map(|_| info.name.as_str());
    cx.shared.survey.given().gets_number(function, method, at.checked_sub(usize::from(is_bound)), &name.id)
}

/// Whether a value may be one number, whatever it is computed of: `x.sum()`, `x[0] @ x[1]`, `x[0, 0] * 2`, `max(r.sum() for r in x)`.
pub(crate) fn may_be_one_number<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    if let Kind::Tensor(tensor) = cx.kind(value)
        && let Some(rank) = tensor.rank
    {
        return rank == 0;
    }
    match value {
        // Two vectors give one; a matrix on either side does not.
        ast::Expr::BinOp(both) if both.op == ast::Operator::MatMult => !has_axes(cx, &both.left) && !has_axes(cx, &both.right),
        ast::Expr::BinOp(both) => {
            let (left, right) = (may_be_one_number(cx, &both.left), may_be_one_number(cx, &both.right));
            let is_number = |side: &'a ast::Expr| cx.kind(side).is_number() || cx.kind(side).is_unknown() && !is_computed(side);
            left && (right || is_number(&both.right)) || right && is_number(&both.left)
        }
        ast::Expr::UnaryOp(e) => may_be_one_number(cx, &e.operand),
        // `x[0, 0]`, but no row of a matrix
        ast::Expr::Subscript(item) => {
            matches!(&*item.slice, ast::Expr::Tuple(places) if places.elts.iter().all(|place| cx.kind(place).is_number()))
                && !matches!(cx.kind(&item.value), Kind::Dict(_))
        }
        ast::Expr::Call(call) => match (&*call.func, &call.args[..]) {
            (func, [ast::Expr::GeneratorExp(ast::ExprGeneratorExp { elt, .. }) | ast::Expr::ListComp(ast::ExprListComp { elt, .. })])
                if matches!(cx.entity(func), Some(Entity::Builtin(name)) if matches!(name.as_str(), "max" | "min" | "sum")) =>
            {
                may_be_one_number(cx, elt)
            }
            (func, _) if let Some(name) = cx.qualified(func) => {
                let is_loss = name.starts_with("torch.nn.functional.") && (name.ends_with("_loss") || name.contains("cross_entropy"));
                let is_reduced = || call.keywords.iter().all(|keyword| keyword.arg.as_deref() != Some("reduction"));
                let is_product = name.strip_prefix("torch.").is_some_and(|name| has(&AXES.products, name));
                is_product && !call.args.iter().any(|operand| has_axes(cx, operand)) || is_loss && is_reduced()
            }
            (ast::Expr::Attribute(method), []) if cx.entity(&call.func).is_none() => {
                let is_whole = call.keywords.is_empty() && has(&AXES.reductions, &method.attr);
                is_whole || has(&AXES.keepers, &method.attr) && may_be_one_number(cx, &method.value)
            }
            (ast::Expr::Attribute(method), _) if cx.entity(&call.func).is_none() && makes_one_number(call, &method.attr) => true,
            (ast::Expr::Attribute(method), [other]) if cx.entity(&call.func).is_none() => {
                let is_product = has(&AXES.products, &method.attr);
                is_product && !has_axes(cx, &method.value) && !has_axes(cx, other)
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether an operand shows that it is a matrix, or more of them: `k.transpose(-2, -1)`, `x.T`, `x.view(b, n)`, a name that is bound to such.
fn has_axes<'a>(cx: &Cx<'a>, operand: &'a ast::Expr) -> bool {
    if let Kind::Tensor(tensor) = cx.kind(operand)
        && let Some(rank) = tensor.rank
    {
        return rank > 1;
    }
    match operand {
        ast::Expr::Attribute(e) => has(&AXES.matrices, &e.attr),
        ast::Expr::Call(call) => {
            let ast::Expr::Attribute(method) = &*call.func else { return false };
            let name = method.attr.as_str();
            has(&AXES.matrices, name) || has(&AXES.shapes, name) && call.args.len() > 1
        }
        ast::Expr::Name(name) => {
            let bound = views::bindings(views::enclosing_body(cx, operand), &name.id);
            matches!(bound[..], [(_, value)] if !value.is_name_expr() && has_axes(cx, value))
        }
        ast::Expr::BinOp(e) => has_axes(cx, &e.left) || has_axes(cx, &e.right),
        _ => false,
    }
}

/// An operation or a call, of which more is known than that it may be a number.
fn is_computed(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::BinOp(_) | ast::Expr::Call(_) | ast::Expr::Subscript(_))
}

/// A tensor of one number, computed with such a one, or made of what may be a number.
fn may_lack_axes(facts: &FileFacts, data: &ast::Expr) -> bool {
    if let Kind::Tensor(tensor) = facts.fact(data).kind
        && let Some(rank) = tensor.rank
    {
        return rank == 0;
    }
    match data {
        ast::Expr::BinOp(e) => may_lack_axes(facts, &e.left) || may_lack_axes(facts, &e.right),
        ast::Expr::UnaryOp(e) => may_lack_axes(facts, &e.operand),
        ast::Expr::Call(call) if matches!(facts.qualified(&call.func), Some("torch.tensor" | "torch.as_tensor")) => {
            let is_list = |value: &ast::Expr| matches!(value, ast::Expr::List(_) | ast::Expr::Tuple(_) | ast::Expr::ListComp(_));
            call.args.first().is_some_and(|value| !is_list(value))
        }
        // `torch.tensor(2.0).log()`
        ast::Expr::Call(call) => matches!(&*call.func, ast::Expr::Attribute(method) if may_lack_axes(facts, &method.value)),
        _ => false,
    }
}
