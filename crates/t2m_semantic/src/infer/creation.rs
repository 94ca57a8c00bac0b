//! What creation functions make: dtypes and ranks that their arguments tell.

use t2m_syntax::ast;

use super::calls::{Args, int64};
use crate::kind::{DType, Kind, NumpyKind};

/// The dtype that a creation function takes from its arguments.
pub(super) fn created_dtype(name: &str, args: &Args<'_>) -> Option<DType> {
    if args.call.keywords.iter().any(|keyword| keyword.arg.is_none()) {
        return None;
    }
    match name {
        "torch.arange" => {
            let all_int = !args.positional.is_empty() && args.positional.iter().all(|fact| fact.kind == Kind::Int);
            all_int.then_some(DType::Int64)
        }
        "torch.tensor" => dtype_of_data(&args.first()?.kind),
        "torch.zeros" | "torch.ones" | "torch.empty" | "torch.rand" | "torch.randn" | "torch.linspace" | "torch.eye" => {
            Some(DType::Float32)
        }
        _ => None,
    }
}

/// The dtype of numbers, or of lists of them.
fn dtype_of_data(data: &Kind) -> Option<DType> {
    match data {
        Kind::Float => Some(DType::Float32),
        Kind::Numpy(NumpyKind { is_number: true, is_float: true }) => Some(DType::Float64),
        Kind::Int => Some(DType::Int64),
        Kind::Bool => Some(DType::Bool),
        Kind::List(item) => dtype_of_data(item).filter(|dtype| matches!(dtype, DType::Int64 | DType::Bool | DType::Float32)),
        _ => None,
    }
}

/// What `nonzero` gives: a tensor, or one for each dimension, which a flag may decide at run time.
pub(super) fn places(args: &Args<'_>) -> Kind {
    match args.keyword("as_tuple").map(|(flag, _)| flag) {
        None => int64(),
        Some(ast::Expr::Constant(flag)) => {
            if flag.value == ast::Constant::Bool(true) {
                Kind::seq(int64())
            } else {
                int64()
            }
        }
        Some(_) => Kind::Unknown,
    }
}

/// The rank that a creation function, or a method as `x.new_zeros(())`, takes from sizes written out.
pub(super) fn created_rank(name: &str, args: &Args<'_>) -> Option<u8> {
    let sizes = match name {
        "torch.arange" | "torch.linspace" | "torch.randperm" => return Some(1),
        "torch.eye" => return Some(2),
        "torch.tensor" | "new_tensor" if args.first()?.kind.is_number() => return Some(0),
        "torch.tensor" | "new_tensor" => return nested_lists(args.call.args.first()?),
        "torch.zeros" | "torch.ones" | "torch.empty" | "torch.rand" | "torch.randn" | "new_zeros" | "new_ones" | "new_empty" => {
            match &args.call.args[..] {
                [size @ (ast::Expr::Tuple(_) | ast::Expr::List(_))] => written_sizes(size)?,
                // Whatever two of them are called, they are sizes.
                sizes if sizes.len() > 1 || !sizes.is_empty() && args.positional.iter().all(|fact| fact.kind == Kind::Int) => sizes,
                _ => return None,
            }
        }
        "torch.full" | "new_full" => written_sizes(args.call.args.first()?)?,
        _ => return None,
    };
    if sizes.iter().any(|size| matches!(size, ast::Expr::Starred(_))) {
        return None;
    }
    u8::try_from(sizes.len()).ok()
}

fn written_sizes(size: &ast::Expr) -> Option<&[ast::Expr]> {
    match size {
        ast::Expr::Tuple(tuple) => Some(&tuple.elts),
        ast::Expr::List(list) => Some(&list.elts),
        _ => None,
    }
}

/// How deep lists of numbers that are written out are nested: 2 for `[[1, 2], [3, 4]]`.
fn nested_lists(data: &ast::Expr) -> Option<u8> {
    match data {
        ast::Expr::List(list) => nested_lists(list.elts.first()?).map(|depth| depth + 1),
        ast::Expr::Constant(constant) => {
            matches!(constant.value, ast::Constant::Int(_) | ast::Constant::Float(_) | ast::Constant::Bool(_)).then_some(0)
        }
        ast::Expr::UnaryOp(unary) => nested_lists(&unary.operand).filter(|depth| *depth == 0),
        _ => None,
    }
}
