//! Tensors without dimensions: PyTorch leaves them out when it promotes dtypes, MLX does not. Python numbers are left out in both.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;
use t2m_semantic::kind::{DType, TensorKind};
use t2m_semantic::tables::read_names;
use t2m_semantic::{Evidence, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::called_operator::CalledOperator;
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::views;

pub(super) const CONSTANT: Rule = Rule { name: "zero-dim", doc: include_str!("zero_dim.md"), hook: Hook::Expr(&[Shape::Call], constant) };
pub(super) const CAST: Rule =
    Rule { name: "zero-dim-cast", doc: include_str!("zero_dim_cast.md"), hook: Hook::Expr(&[Shape::Operation, Shape::Call], cast) };

/// What promotes its arguments as operators do (`mappings/names/promoting.toml`).
#[derive(Deserialize, Default)]
struct Promoting {
    /// By the position of the first argument that counts.
    functions: FxHashMap<String, usize>,
    methods: Methods,
}

#[derive(Deserialize, Default)]
struct Methods {
    names: Vec<String>,
}

static PROMOTING: LazyLock<Promoting> = LazyLock::new(|| read_names("promoting"));

/// `torch.tensor(0.5)` that only takes part in arithmetic with other tensors is the number.
fn constant<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let root = root(cx, expr);
    let value = root.or_else(|| number(cx, expr))?;
    if !is_only_arithmetic(cx, expr) {
        return None;
    }
    if root.is_none() {
        return Some(Claim::build(vec![Piece::Expr(value, Prec::Test)], cx.prec(value)));
    }
    let (sqrt, uses) = cx.member(Module::Math, "sqrt");
    let pieces = vec![Piece::text(format!("{sqrt}(")), Piece::Expr(value, Prec::Test), Piece::text(")")];
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// `x * betas[0]`, which is float32 without dimensions, where `x` may be half.
fn cast<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let called = match expr {
        ast::Expr::Call(call) => Some(CalledOperator::of(cx, call)?),
        _ => None,
    };
    let (left, right) = match (expr, &called) {
        (_, Some(called)) => (called.left, called.right),
        (ast::Expr::BinOp(e), None) if is_arithmetic(e.op) => (&*e.left, &*e.right),
        _ => return None,
    };
    let takes = |one: &'a ast::Expr, other: &'a ast::Expr| {
        if !is_wide(cx, one) {
            return None;
        }
        let like = match of_its_dtype(cx, other, is_double(cx, one)) {
            Some(like) => Like::Operand(like),
            None => Like::DType(known_dtype(cx, one, other)?),
        };
        (!is_number_in_port(cx, one) && !is_accumulator(cx, one)).then_some((one, like))
    };
    let (scalar, like) = takes(left, right).or_else(|| takes(right, left))?;
    let (weak, uses) = match like {
        Like::Operand(like) => {
            let (weak, uses) = cx.member(Module::Compat, "weak_scalar");
            let scalar = Piece::Expr(scalar, Prec::Test);
            (vec![Piece::text(format!("{weak}(")), scalar, Piece::text(", "), Piece::Expr(like, Prec::Test), Piece::text(")")], uses)
        }
        Like::DType(dtype) => {
            let (dtype, uses) = cx.member(Module::Core, dtype.name());
            (vec![Piece::Expr(scalar, Prec::Atom), Piece::text(format!(".astype({dtype})"))], uses)
        }
    };
    let Some(CalledOperator { sign, prec, .. }) = called else {
        return Some(Claim::edit(vec![Edit::new(scalar.range(), weak)]).uses(uses));
    };
    let sign = vec![Piece::text(format!(" {sign} "))];
    let parts = if std::ptr::eq(scalar, left) {
        // `a - (b - c)`
        let tighter = if prec == Prec::Arith { Prec::Term } else { Prec::Unary };
        [weak, sign, vec![Piece::Expr(right, tighter)]]
    } else {
        [vec![Piece::Expr(left, prec)], sign, weak]
    };
    Some(Claim::build(parts.into_iter().flatten().collect(), prec).uses(uses))
}

/// What a tensor without dimensions takes its dtype from.
enum Like<'a> {
    /// The dtype of what may be written twice.
    Operand(&'a ast::Expr),
    /// A dtype that is known.
    DType(DType),
}

/// The dtype of an operand with dimensions that is narrower than the scalar beside it: of `torch.ones(k, k) * betas[0]` with double betas.
fn known_dtype(cx: &Cx<'_>, scalar: &ast::Expr, operand: &ast::Expr) -> Option<DType> {
    let Kind::Tensor(TensorKind { rank: Some(1..), dtype: Some(dtype) }) = cx.kind(operand) else { return None };
    let is_narrow = match dtype {
        DType::Float16 | DType::BFloat16 => true,
        DType::Float32 => is_double(cx, scalar),
        _ => false,
    };
    is_narrow.then_some(dtype)
}

/// A part of an operand that may be evaluated twice and has its dtype, where that may be half, or float32 beside a double: `x` of `2 * x + 1`.
fn of_its_dtype<'a>(cx: &Cx<'a>, operand: &'a ast::Expr, beside_double: bool) -> Option<&'a ast::Expr> {
    let may_be_half = match cx.kind(operand) {
        Kind::Tensor(TensorKind { rank, dtype: None | Some(DType::Float16 | DType::BFloat16) }) => rank != Some(0),
        Kind::Tensor(TensorKind { rank, dtype: Some(DType::Float32) }) if beside_double => rank != Some(0),
        Kind::Parameter => true,
        Kind::Unknown => cx.entity(operand).is_none(),
        _ => false,
    };
    match operand {
        ast::Expr::BinOp(e) if is_arithmetic(e.op) => match (has_no_dtype(cx, &e.left), has_no_dtype(cx, &e.right)) {
            (true, false) => of_its_dtype(cx, &e.right, beside_double),
            (false, true) => of_its_dtype(cx, &e.left, beside_double),
            _ => None,
        },
        ast::Expr::UnaryOp(e) => of_its_dtype(cx, &e.operand, beside_double),
        operand => (may_be_half && cx.is_simple(operand) && !matches!(operand, ast::Expr::Constant(_))).then_some(operand),
    }
}

/// A number, or a tensor without dimensions: the other operand decides about the dtype.
fn has_no_dtype(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    match cx.kind(expr) {
        Kind::Tensor(tensor) => tensor.rank == Some(0),
        kind => kind.is_number(),
    }
}

/// `loss` of `loss = loss + ...`: what is added to it has no dimensions either.
fn is_accumulator<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = expr else { return false };
    // A comprehension has a name of its own.
    let is_of_comprehension = |up: Node<'a>| match up {
        Node::Expr(ast::Expr::ListComp(e)) => e.generators.iter().any(|walk| views::binds(&walk.target, &name.id)),
        Node::Expr(ast::Expr::GeneratorExp(e)) => e.generators.iter().any(|walk| views::binds(&walk.target, &name.id)),
        _ => false,
    };
    if cx.ancestors(Node::Expr(expr)).take_while(|up| matches!(up, Node::Expr(_))).any(is_of_comprehension) {
        return false;
    }
    let mut bindings = 0;
    for stmt in views::enclosing_body(cx, expr) {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Name(found)) = node {
                bindings += usize::from(found.id == name.id && !matches!(found.ctx, ast::ExprContext::Load));
            }
        });
    }
    bindings > 1
}

/// The number of `torch.tensor(0.5)`. A dtype that rounds it, or that is of another category, makes a difference.
fn number<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    data(cx, expr, false)
}

/// The number of `torch.sqrt(torch.tensor(d_k, dtype=torch.float32))` and `torch.tensor(d_k).sqrt()`, by which attention divides its scores.
fn root<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Call(call) = expr else { return None };
    let of = match (cx.call_of(expr, "torch.sqrt"), &*call.func) {
        (Some(_), _) if call.args.len() == 1 => &call.args[0],
        (None, ast::Expr::Attribute(method)) if method.attr.as_str() == "sqrt" && call.args.is_empty() => &method.value,
        _ => return None,
    };
    if call.keywords.is_empty() { data(cx, of, true) } else { None }
}

fn is_number_or_root<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    number(cx, expr).is_some() || root(cx, expr).is_some()
}

/// What `torch.tensor` is called with, if it is a number. Its root is a float, also where the number is none.
fn data<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, in_root: bool) -> Option<&'a ast::Expr> {
    let call = cx.call_of(expr, "torch.tensor")?;
    let [value] = &call.args[..] else { return None };
    let fact = cx.fact(value);
    let is_float = match fact.kind {
        Kind::Float => true,
        Kind::Int => false,
        _ => return None,
    };
    let keywords_fit = call.keywords.iter().all(|keyword| match keyword.arg.as_deref() {
        Some("device" | "pin_memory") => cx.is_pure(&keyword.value) || super::is_device(cx, &keyword.value),
        Some("dtype") => match cx.qualified(&keyword.value) {
            Some("torch.float32" | "torch.float" | "torch.float64" | "torch.double") => is_float || in_root,
            Some("torch.int64" | "torch.long" | "torch.int32" | "torch.int") => !is_float,
            Some(_) => false,
            // `dtype=x.dtype`
            None => {
                (is_float || in_root) && matches!(&keyword.value, ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "dtype")
            }
        },
        _ => false,
    });
    // `math.sqrt` takes numbers alone: what is none after all is an error there.
    let is_known = in_root || fact.evidence >= Evidence::Called;
    (keywords_fit && is_known && cx.is_pure(value)).then_some(value)
}

/// Whether the tensor is an operand of another tensor and nothing else, also through the one name that it is bound to.
fn is_only_arithmetic<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match bound_name(cx, expr) {
        None => meets_tensor(cx, expr),
        Some(name) => {
            let uses = uses(cx, expr, name);
            uses.is_some_and(|uses| !uses.is_empty() && uses.into_iter().all(|read| meets_tensor(cx, read)))
        }
    }
}

/// `scale` of `scale = torch.tensor(0.5)`.
fn bound_name<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::ExprName> {
    match cx.parent(expr)? {
        Node::Stmt(ast::Stmt::Assign(assign)) => match &assign.targets[..] {
            [ast::Expr::Name(name)] => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// All reads of a name, if nothing but the assignment of `value` binds it and no other file sees it.
fn uses<'a>(cx: &Cx<'a>, value: &'a ast::Expr, name: &'a ast::ExprName) -> Option<Vec<&'a ast::Expr>> {
    let body = views::enclosing_body(cx, value);
    let id = name.id.as_str();
    let is_global = std::ptr::eq(body, cx.file.suite.as_slice());
    // A class body is no function's: its names are attributes.
    let in_class = cx.ancestors(Node::Expr(value)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_)) => Some(false),
        Node::Stmt(ast::Stmt::ClassDef(_)) => Some(true),
        _ => None,
    });
    if in_class == Some(true) || is_global && is_seen_elsewhere(cx, id) {
        return None;
    }
    let (mut reads, mut bindings) = (Vec::new(), 0);
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Expr(expr @ ast::Expr::Name(name)) if name.id.as_str() == id => match name.ctx {
                ast::ExprContext::Load => reads.push(expr),
                _ => bindings += 1,
            },
            Node::Stmt(ast::Stmt::Global(stmt)) if stmt.names.iter().any(|name| name.as_str() == id) => bindings += 1,
            Node::Stmt(ast::Stmt::Nonlocal(stmt)) if stmt.names.iter().any(|name| name.as_str() == id) => bindings += 1,
            _ => {}
        });
    }
    (bindings == 1).then_some(reads)
}

fn is_seen_elsewhere(cx: &Cx<'_>, name: &str) -> bool {
    cx.project.files.iter().any(|file| !std::ptr::eq(&file.source, cx.file) && crate::cx::contains_word(&file.source.text, name))
}

/// Whether the number would meet a tensor at once: then the result is the tensor that PyTorch gives.
fn meets_tensor<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let Some(Node::Expr(up)) = cx.parent(expr) else { return false };
    match up {
        ast::Expr::BinOp(e) if is_arithmetic(e.op) => {
            let other = if std::ptr::eq(&*e.left, expr) { &*e.right } else { &*e.left };
            takes_part(cx, other) || is_scalar(cx, other) && meets_tensor(cx, up)
        }
        ast::Expr::UnaryOp(e) if matches!(e.op, ast::UnaryOp::USub) => meets_tensor(cx, up),
        ast::Expr::Compare(e) => match (&e.ops[..], &e.comparators[..]) {
            ([op], [right]) if !matches!(op, ast::CmpOp::Is | ast::CmpOp::IsNot | ast::CmpOp::In | ast::CmpOp::NotIn) => {
                takes_part(cx, if std::ptr::eq(&*e.left, expr) { right } else { &e.left })
            }
            _ => false,
        },
        ast::Expr::Call(call) => is_promoting(cx, call, expr),
        _ => false,
    }
}

/// `torch.where(c, x, ...)`, `x.clamp_min(...)`: with a tensor that has dimensions.
fn is_promoting<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, expr: &'a ast::Expr) -> bool {
    let Some(at) = call.args.iter().position(|arg| std::ptr::eq(arg, expr)) else {
        // `x.clamp(min=...)`
        let is_bound = call.keywords.iter().any(|kw| matches!(kw.arg.as_deref(), Some("min" | "max")) && std::ptr::eq(&kw.value, expr));
        return is_bound
            && match (cx.qualified(&call.func), &*call.func) {
                (Some("torch.clamp"), _) => call.args.first().is_some_and(|input| takes_part(cx, input)),
                (None, ast::Expr::Attribute(method)) => method.attr.as_str() == "clamp" && takes_part(cx, &method.value),
                _ => false,
            };
    };
    if let Some(called) = CalledOperator::of(cx, call) {
        return takes_part(cx, called.beside(expr));
    }
    match cx.qualified(&call.func) {
        Some(name) => PROMOTING
            .functions
            .get(name)
            .is_some_and(|&first| at >= first && call.args.iter().enumerate().any(|(i, arg)| i >= first && i != at && takes_part(cx, arg))),
        None => match &*call.func {
            ast::Expr::Attribute(method) => {
                PROMOTING.methods.names.iter().any(|name| name == method.attr.as_str())
                    && at + 1 == call.args.len()
                    && takes_part(cx, &method.value)
            }
            _ => false,
        },
    }
}

/// A tensor with dimensions, as far as is known.
fn takes_part(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    match cx.kind(expr) {
        Kind::Tensor(TensorKind { rank, .. }) => rank != Some(0),
        Kind::Parameter | Kind::Unknown => !matches!(expr, ast::Expr::Constant(_)),
        _ => false,
    }
}

/// A Python number, or a constant tensor without dimensions.
fn is_scalar<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    cx.kind(expr).is_number()
        || match expr {
            ast::Expr::Name(name) => constant_of(cx, expr, name).is_some(),
            ast::Expr::UnaryOp(e) => is_scalar(cx, &e.operand),
            expr => is_number_or_root(cx, expr),
        }
}

/// The one `torch.tensor(0.5)` that a name is bound to.
fn constant_of<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &'a ast::ExprName) -> Option<&'a ast::Expr> {
    let local = views::bindings(views::enclosing_body(cx, expr), &name.id);
    let bound = if local.is_empty() { views::bindings(&cx.file.suite, &name.id) } else { local };
    match bound[..] {
        [(Node::Stmt(ast::Stmt::Assign(_)), value)] => is_number_or_root(cx, value).then_some(value),
        _ => None,
    }
}

/// Whether the port has a Python number where the source has a tensor.
fn is_number_in_port<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match expr {
        ast::Expr::Call(_) => is_number_or_root(cx, expr) && is_only_arithmetic(cx, expr),
        ast::Expr::Name(name) => constant_of(cx, expr, name).is_some_and(|value| is_only_arithmetic(cx, value)),
        ast::Expr::UnaryOp(e) => is_number_in_port(cx, &e.operand),
        ast::Expr::BinOp(e) => {
            let number = |side| cx.kind(side).is_number() || is_number_in_port(cx, side);
            number(&*e.left) && number(&*e.right)
        }
        _ => false,
    }
}

/// Float32 or wider, without dimensions.
fn is_wide(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(cx.kind(expr), Kind::Tensor(TensorKind { rank: Some(0), dtype: Some(DType::Float32 | DType::Float64) }))
}

fn is_double(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(cx.kind(expr), Kind::Tensor(TensorKind { rank: Some(0), dtype: Some(DType::Float64) }))
}

fn is_arithmetic(op: ast::Operator) -> bool {
    matches!(
        op,
        ast::Operator::Add
            | ast::Operator::Sub
            | ast::Operator::Mult
            | ast::Operator::Div
            | ast::Operator::Mod
            | ast::Operator::Pow
            | ast::Operator::FloorDiv
    )
}
