//! `m.bias is not None`: a native MLX layer without a bias has no such attribute.

use t2m_semantic::{Entity, FunctionId, Kind};
use t2m_syntax::ast;
use t2m_syntax::{Node, Piece, Prec};

use super::{Hook, Rule, Shape, last_name};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::{receiver, storage};

pub(super) const RULE: Rule =
    Rule { name: "missing-bias", doc: include_str!("missing_bias.md"), hook: Hook::Expr(&[Shape::Attribute], asked) };

/// The layers that are MLX's own in the port, and may lack these arrays.
const NATIVE: &[&str] = &["torch.nn.Linear", "torch.nn.LayerNorm", "torch.nn.RMSNorm"];

/// Whether a layer of PyTorch is MLX's own in the port, and lacks the attribute where PyTorch's is `None`.
pub(crate) fn may_lack_arrays(layer: &str) -> bool {
    NATIVE.contains(&layer)
}

fn asked<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Attribute(attribute) = expr else { return None };
    let name = attribute.attr.as_str();
    let object = &*attribute.value;
    let is_read = attribute.ctx.is_load() && cx.entity(expr).is_none();
    if !is_read || !matches!(name, "bias" | "weight") || receiver::self_class(cx, object).is_some() {
        return None;
    }
    let asks = asks(cx, expr)?;
    if name != "bias" && matches!(asks, Asks::ByOperation | Asks::ByReader) {
        return None;
    }
    let may_lack = match (cx.kind(object), asks) {
        (Kind::Layer(layer), _) => may_lack_arrays(layer.as_str()),
        (Kind::Unknown | Kind::Module, Asks::ForNone) => cx.entity(object).is_none(),
        (Kind::Unknown | Kind::Module, Asks::ByOperation | Asks::ByReader) => cx.entity(object).is_none() && !is_configuration(object),
        _ => false,
    };
    may_lack.then(|| {
        let pieces = vec![Piece::text("getattr("), Piece::Expr(object, Prec::Test), Piece::text(format!(", \"{name}\", None)"))];
        Claim::build(pieces, Prec::Atom)
    })
}

/// `self`, `args`, `config`: what such names stand for is no layer.
pub(crate) fn is_configuration(object: &ast::Expr) -> bool {
    matches!(last_name(object), Some("self" | "cls" | "args" | "config" | "cfg" | "opt" | "hparams"))
}

enum Asks {
    /// `m.bias is None`
    ForNone,
    /// `exists(m.bias)`: a function of the project may ask.
    ByFunction,
    /// `F.linear(x, m.weight, m.bias)`: PyTorch's own takes None.
    ByOperation,
    /// `bias = m.bias`, `return m.weight, m.bias`: what takes it may ask.
    ByReader,
}

/// `def exists(value): return value is not None`
fn tests_for_none(cx: &Cx<'_>, id: FunctionId) -> bool {
    let function = cx.project_facts.function(id);
    let Some(def) = storage::function_at(&cx.project.file(function.file).source.suite, function.range) else { return false };
    let [ast::Stmt::Return(returned)] = &def.body[..] else { return false };
    let Some(ast::Expr::Compare(compare)) = returned.value.as_deref() else { return false };
    matches!(compare.ops[..], [ast::CmpOp::Is | ast::CmpOp::IsNot])
        && matches!(&compare.comparators[..], [ast::Expr::Constant(none)] if none.value.is_none())
}

/// A value that goes on: it is None only where layers without a bias are made.
fn passed_on(cx: &Cx<'_>, asks: Asks) -> Option<Asks> {
    cx.shared.survey.omits_bias().then_some(asks)
}

/// Whether the place of an expression asks if there is a value.
fn asks<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Asks> {
    match cx.parent(expr)? {
        Node::Expr(ast::Expr::Compare(compare)) => match (&compare.ops[..], &compare.comparators[..]) {
            ([ast::CmpOp::Is | ast::CmpOp::IsNot | ast::CmpOp::Eq | ast::CmpOp::NotEq], [ast::Expr::Constant(none)]) => {
                (none.value.is_none() && std::ptr::eq(&*compare.left, expr)).then_some(Asks::ForNone)
            }
            _ => None,
        },
        Node::Expr(ast::Expr::Call(call)) if !std::ptr::eq(&*call.func, expr) => match cx.entity(&call.func) {
            Some(Entity::Function(id)) if tests_for_none(cx, *id) => Some(Asks::ForNone),
            Some(Entity::Function(_)) => Some(Asks::ByFunction),
            Some(Entity::Library(name)) if name.starts_with("torch.nn.functional.") => passed_on(cx, Asks::ByOperation),
            _ => None,
        },
        Node::Stmt(ast::Stmt::Return(_)) | Node::Expr(ast::Expr::Tuple(_) | ast::Expr::List(_) | ast::Expr::Dict(_)) => {
            passed_on(cx, Asks::ByReader)
        }
        // Other targets tie weights.
        Node::Stmt(ast::Stmt::Assign(stmt)) if stmt.targets.iter().all(ast::Expr::is_name_expr) => passed_on(cx, Asks::ByReader),
        _ => None,
    }
}
