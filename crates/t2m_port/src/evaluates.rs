//! Where a program reads what an array holds: MLX evaluates it there, and `mx.compile` can't trace through it. The report says where; the text is right as it is.
//!
//! Rows say it of their own calls. What Python, NumPy and the like read is found here.

use std::sync::LazyLock;

use serde::Deserialize;
use t2m_semantic::kind::DType;
use t2m_semantic::tables::{Case, Evaluates, Row, read_names};
use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;

/// What reads the arrays that it is given (`mappings/names/evaluates.toml`).
#[derive(Deserialize, Default)]
struct Readers {
    builtins: Vec<String>,
    packages: Vec<String>,
}

static READERS: LazyLock<Readers> = LazyLock::new(|| read_names("evaluates"));

fn finding(range: TextRange, what: &str) -> Finding {
    Finding::note(codes::EVALUATES, range, format!("{what} reads values: MLX evaluates them here, and `mx.compile` can't trace through it"))
}

/// What a row says of a call.
pub(crate) fn of_case(case: &Case, name: &str, range: TextRange) -> Option<Finding> {
    said(case.evaluates, name, range)
}

/// What a row says of its name, which is called elsewhere.
pub(crate) fn of_name(row: &Row, name: &str, range: TextRange) -> Option<Finding> {
    said(row.evaluates(), name, range)
}

fn said(evaluates: Evaluates, name: &str, range: TextRange) -> Option<Finding> {
    match evaluates {
        Evaluates::Never => None,
        Evaluates::Always => Some(finding(range, &format!("`{name}`"))),
        Evaluates::Perhaps => {
            let reason = format!("`{name}` may read values: then MLX evaluates them, and `mx.compile` can't trace through it");
            Some(Finding::note(codes::EVALUATES, range, reason))
        }
    }
}

/// What a node of the original reads by itself, not by what is below it.
pub(crate) fn reads<'a>(cx: &Cx<'a>, node: Node<'a>) -> Vec<Finding> {
    match node {
        Node::Expr(ast::Expr::JoinedStr(text)) => text.values.iter().filter_map(|part| written(cx, part)).collect(),
        // The last operand is the value, and nobody asks for its truth here.
        Node::Expr(ast::Expr::BoolOp(e)) => {
            let tested = e.values.split_last().map_or(&[][..], |(_, tested)| tested);
            tested.iter().filter_map(|value| condition(cx, value)).collect()
        }
        _ => read(cx, node).into_iter().collect(),
    }
}

fn read<'a>(cx: &Cx<'a>, node: Node<'a>) -> Option<Finding> {
    match node {
        Node::Stmt(ast::Stmt::If(e)) => condition(cx, &e.test),
        Node::Stmt(ast::Stmt::While(e)) => condition(cx, &e.test),
        Node::Stmt(ast::Stmt::Assert(e)) => condition(cx, &e.test),
        Node::Stmt(_) => None,
        Node::Expr(expr) => match expr {
            ast::Expr::IfExp(e) => condition(cx, &e.test),
            ast::Expr::UnaryOp(e) if e.op == ast::UnaryOp::Not => condition(cx, &e.operand),
            ast::Expr::ListComp(e) => filter(cx, &e.generators),
            ast::Expr::SetComp(e) => filter(cx, &e.generators),
            ast::Expr::DictComp(e) => filter(cx, &e.generators),
            ast::Expr::GeneratorExp(e) => filter(cx, &e.generators),
            ast::Expr::Compare(e) => contained(cx, expr, e),
            ast::Expr::Call(call) => called(cx, expr, call),
            ast::Expr::Slice(e) => {
                let bounds = [&e.lower, &e.upper, &e.step];
                bounds.into_iter().flatten().find(|bound| is_array(cx, bound)).map(|bound| finding(bound.range(), "the bound of a slice"))
            }
            ast::Expr::Subscript(e) => masked(cx, e),
            _ => None,
        },
    }
}

/// `f"{x.mean():.3f}"`
fn written<'a>(cx: &Cx<'a>, part: &'a ast::Expr) -> Option<Finding> {
    let ast::Expr::FormattedValue(field) = part else { return None };
    is_array(cx, &field.value).then(|| finding(field.value.range(), "the text"))
}

/// The truth of an array, which is asked for to choose the way.
fn condition<'a>(cx: &Cx<'a>, test: &'a ast::Expr) -> Option<Finding> {
    match test {
        ast::Expr::BoolOp(e) => condition(cx, e.values.last()?),
        _ => is_array(cx, test).then(|| finding(test.range(), "the condition")),
    }
}

fn filter<'a>(cx: &Cx<'a>, generators: &'a [ast::Comprehension]) -> Option<Finding> {
    generators.iter().flat_map(|generator| &generator.ifs).find_map(|test| condition(cx, test))
}

/// `3 in x`
fn contained(cx: &Cx<'_>, expr: &ast::Expr, compare: &ast::ExprCompare) -> Option<Finding> {
    let mut tested = compare.ops.iter().zip(&compare.comparators).filter(|(op, _)| matches!(op, ast::CmpOp::In | ast::CmpOp::NotIn));
    tested.any(|(_, holder)| is_array(cx, holder)).then(|| finding(expr.range(), "`in`"))
}

fn called(cx: &Cx<'_>, expr: &ast::Expr, call: &ast::ExprCall) -> Option<Finding> {
    let name = match cx.entity(&call.func)? {
        Entity::Builtin(name) if READERS.builtins.iter().any(|known| name == known.as_str()) => name.as_str(),
        Entity::Library(name) => {
            let package = name.as_str().split('.').next()?;
            READERS.packages.iter().any(|known| known == package).then(|| name.as_str())?
        }
        _ => return None,
    };
    let mut given = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
    given.any(|value| is_array(cx, value)).then(|| finding(expr.range(), &format!("`{name}`")))
}

/// `x[mask]`: the size of what comes out depends on what the mask holds.
fn masked(cx: &Cx<'_>, subscript: &ast::ExprSubscript) -> Option<Finding> {
    let entries = match &*subscript.slice {
        ast::Expr::Tuple(tuple) => tuple.elts.as_slice(),
        single => std::slice::from_ref(single),
    };
    let is_mask = |entry: &ast::Expr| matches!(cx.kind(entry), Kind::Tensor(tensor) if tensor.dtype == Some(DType::Bool));
    let is_read = subscript.ctx.is_load() && is_array(cx, &subscript.value);
    (is_read && entries.iter().any(is_mask)).then(|| finding(subscript.range(), "the mask"))
}

fn is_array(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    cx.kind(expr).is_tensor()
}
