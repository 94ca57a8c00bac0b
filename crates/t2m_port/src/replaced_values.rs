//! `torch.empty(5, 4).copy_(x)`: an in-place method that asks its tensor for nothing but shape and dtype, of a tensor that nobody else holds. What it writes
//! would stand there alone, as the same object as `x`, in the shape and dtype of `x`. And `torch.ones(3, dtype=torch.half).mul_(y)` stays half, where the
//! product of MLX has the wider dtype.

use t2m_semantic::Kind;
use t2m_semantic::kind::DType;
use t2m_semantic::tables::signature::Returns;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Decision, Piece, Prec};

use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::integers::is_float;
use crate::names::Module;
use crate::rules::last_name;
use crate::{detached_values, fresh_values, in_place, rules, storage};

/// The value of the call `expr`, which writes to `target`, as an array of its own in the shape and dtype of `target`.
pub(crate) fn whole<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, target: &'a ast::Expr, claim: Claim<'a>) -> Result<Claim<'a>, Finding> {
    let Some(Decision::Build(pieces, prec)) = &claim.decision else { return Ok(claim) };
    // `torch.add(a, b, out=torch.empty(3))` has its own.
    let is_in_place = matches!(expr, ast::Expr::Call(call) if last_name(&call.func).is_some_and(storage::is_in_place));
    if !is_in_place {
        return Ok(claim);
    }
    let owner = detached_values::written(cx, target);
    let is_target = |piece: &Piece<'a>| matches!(piece, Piece::Expr(part, _) if std::ptr::eq(*part, owner) || std::ptr::eq(*part, target));
    let asks = pieces.iter().any(is_target);
    let dtype = if asks { other_dtype(cx, expr, owner, *prec) } else { None };
    if asks && dtype.is_none() || !stands_alone(cx, expr, owner) {
        return Ok(claim);
    }
    let (uses, findings) = (claim.uses.clone(), claim.findings.clone());
    let built = match dtype {
        Some(dtype) => cast(cx, expr, pieces.clone(), *prec, dtype)?,
        None => match like(cx, expr, owner) {
            Some(source) => {
                let (array, uses) = cx.member(Module::Core, "array");
                let pieces = vec![Piece::text(format!("{array}(")), Piece::Expr(source, Prec::Named), Piece::text(")")];
                Claim::build(pieces, Prec::Atom).uses(uses)
            }
            None => in_place::assigned_by_helper(cx, owner, pieces.clone(), *prec),
        },
    };
    Ok(findings.into_iter().fold(built.uses(uses), Claim::finding))
}

/// What a tensor has that a value of another dtype is written to.
enum Written<'a> {
    DType(DType),
    /// That of another tensor.
    Of(&'a ast::Expr),
    Unknown,
}

/// The dtype that the value has to take, where its own may be another one.
fn other_dtype<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, owner: &'a ast::Expr, prec: Prec) -> Option<Written<'a>> {
    let root = in_place::root(cx, owner);
    let known = match cx.kind(root) {
        Kind::Tensor(tensor) => tensor.dtype,
        _ => None,
    };
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    // `x.clone().gt_(0)` is 0 and 1 in the dtype of `x`.
    let apart = format!("Tensor.{}", method.attr.trim_end_matches('_'));
    if cx.tables.lookup(&apart).any(|(_, signature)| signature.returns == Returns::Tensor(Some(DType::Bool))) {
        return match known {
            Some(DType::Bool) => None,
            Some(dtype) => Some(Written::DType(dtype)),
            None => Some(dtype_source(cx, root).map_or(Written::Unknown, Written::Of)),
        };
    }
    let is_operation = matches!(prec, Prec::Arith | Prec::Term | Prec::Power);
    let known = known.filter(|_| is_operation)?;
    let is_half = matches!(known, DType::Float16 | DType::BFloat16);
    let widens = |arg: &'a ast::Expr| match cx.kind(arg) {
        Kind::Tensor(tensor) => match tensor.dtype {
            Some(DType::Float64) => is_float(known) && known != DType::Float64,
            Some(dtype) => is_half && is_float(dtype) && dtype != known,
            None => is_half,
        },
        // A number or a tensor
        Kind::Unknown => is_half,
        _ => false,
    };
    let mut args = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
    args.any(widens).then_some(Written::DType(known))
}

/// A tensor of the same dtype that may be written twice: `x` of `x.clone()`.
fn dtype_source<'a>(cx: &Cx<'a>, made: &'a ast::Expr) -> Option<&'a ast::Expr> {
    if cx.is_simple(made) {
        return Some(made);
    }
    let ast::Expr::Call(call) = made else { return None };
    match &*call.func {
        _ if rules::is_like(cx, call) => call.args.first().filter(|like| call.keywords.is_empty() && cx.is_simple(like)),
        ast::Expr::Attribute(method) if cx.qualified(&call.func).is_none() && KEEPING.contains(&method.attr.as_str()) => {
            dtype_source(cx, &method.value)
        }
        _ => None,
    }
}

/// Methods that keep the dtype.
const KEEPING: &[&str] = &["clone", "detach", "contiguous", "view", "reshape", "flatten"];

fn cast<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, value: Vec<Piece<'a>>, prec: Prec, dtype: Written<'a>) -> Result<Claim<'a>, Finding> {
    let (dtype, uses) = match dtype {
        Written::DType(dtype) => {
            let name = if dtype == DType::Bool { "bool_" } else { dtype.name() };
            let (name, uses) = cx.member(Module::Core, name);
            (vec![Piece::text(name)], Some(uses))
        }
        Written::Of(tensor) => (vec![Piece::Expr(tensor, Prec::Atom), Piece::text(".dtype")], None),
        Written::Unknown => {
            let reason = "the result keeps the dtype of a tensor that is made here; bind the tensor to a name first";
            return Err(Finding::todo(codes::EVALUATION, expr.range(), reason));
        }
    };
    let is_bare = prec == Prec::Atom;
    let mut pieces = if is_bare { Vec::new() } else { vec![Piece::text("(")] };
    pieces.extend(value);
    pieces.push(Piece::text(if is_bare { ".astype(" } else { ").astype(" }));
    pieces.extend(dtype);
    pieces.push(Piece::text(")"));
    let claim = Claim::build(pieces, Prec::Atom);
    Ok(uses.into_iter().fold(claim, Claim::uses))
}

/// Whether the value itself is all that is left of the write.
fn stands_alone<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, owner: &'a ast::Expr) -> bool {
    let root = in_place::root(cx, owner);
    let is_last = || !in_place::is_receiver_of_in_place(cx, expr);
    fresh_values::is_fresh(cx, root) || is_last() && (in_place::is_overwritten(cx, root) || in_place::is_unseen(cx, expr, root))
}

/// `x` of `torch.empty_like(x).copy_(x)`, which is a copy of it.
fn like<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, owner: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let (ast::Expr::Call(write), ast::Expr::Call(made)) = (expr, owner) else { return None };
    let ast::Expr::Attribute(method) = &*write.func else { return None };
    let (source, shape) = (write.args.first()?, made.args.first()?);
    let keeps_dtype = rules::is_like(cx, made) && made.keywords.is_empty() && made.args.len() == 1;
    let is_same = || cx.source(storage::owner(cx, source)) == cx.source(storage::owner(cx, shape)) && cx.is_pure(shape);
    (method.attr.as_str() == "copy_" && keeps_dtype && cx.kind(source).is_tensor() && is_same()).then_some(source)
}
