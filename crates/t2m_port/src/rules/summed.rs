//! `self.total = 0.0` that gets tensors by `self.total += loss`: a number becomes an array, and an array of a module a parameter of MLX.

use t2m_semantic::{ClassId, FileId, Kind};
use t2m_syntax::ast;

use super::module_array::{function_at, holds_tensors};
use crate::cx::Cx;
use crate::receiver;
use crate::sounds;
use crate::survey::Store;

/// Whether a number becomes an array: an attribute of a class, or of a module of which nothing is known.
pub(super) fn becomes_tensor<'a>(cx: &Cx<'a>, class: Option<ClassId>, name: &str, kind: &Kind) -> bool {
    let is_number = match kind {
        Kind::Int | Kind::Float | Kind::Unknown => true,
        Kind::Optional(inner) => matches!(**inner, Kind::Int | Kind::Float),
        _ => false,
    };
    is_number && (gets_tensors_in(cx, class, name) || gets_tensors_outside(cx, name))
}

fn gets_tensors_in<'a>(cx: &Cx<'a>, class: Option<ClassId>, name: &str) -> bool {
    let adds = |class: ClassId| {
        let file = cx.project_facts.class(class).file;
        let stores = cx.shared.survey.stores(class, name);
        stores.iter().any(|store| matches!(store, Store::Augmented(put) if may_be_tensor(cx, file, put)))
    };
    match class {
        Some(class) => receiver::family(cx, class).any(adds),
        None => cx.shared.survey.storing(name).iter().any(|class| receiver::makes_modules(cx, *class) && adds(*class)),
    }
}

fn gets_tensors_outside(cx: &Cx<'_>, name: &str) -> bool {
    cx.shared.survey.augmented_from_outside(name).iter().any(|(file, put)| may_be_tensor(cx, *file, put))
}

/// A tensor; what `forward` computes is mostly one.
fn may_be_tensor(cx: &Cx<'_>, file: FileId, put: &ast::Expr) -> bool {
    let kind = cx.project_facts.file(file).fact(put).kind;
    let is_computed = || matches!(put, ast::Expr::Call(_) | ast::Expr::BinOp(_)) && function_at(cx, file, put) == Some("forward");
    holds_tensors(&kind) || kind.is_unknown() && is_computed() || sounds::like_tensor(cx, file, put)
}

/// `self.total += loss` over a class attribute `total = 0.0`, which would hide what an MLX module holds.
pub(super) fn over_default<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<&'a ast::ExprAttribute> {
    let ast::Stmt::AugAssign(assign) = stmt else { return None };
    let target = assign.target.as_attribute_expr()?;
    let class = receiver::class_of(cx, &target.value).filter(|class| receiver::makes_modules(cx, *class))?;
    let is_bound = receiver::family(cx, class).any(|class| cx.shared.survey.binds(class, &target.attr));
    (is_bound && may_be_tensor(cx, cx.id, &assign.value)).then_some(target)
}
