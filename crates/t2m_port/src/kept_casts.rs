//! Casts whose result is written to: `y = x.float()`, `y.clamp_(0, 1)`. PyTorch gives the tensor itself where it has the dtype, and the write reaches
//! whoever holds it; MLX's `astype` gives another array even then.

use t2m_semantic::Kind;
use t2m_semantic::kind::DType;
use t2m_semantic::tables::signature::Returns;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use crate::cx::Cx;
use crate::fresh_values;
use crate::{receiver, storage, views, written_arguments};

/// What a cast is made to.
pub(crate) enum To<'a> {
    /// The torch name of a dtype.
    DType(String),
    /// The dtype of another tensor.
    Like(&'a ast::Expr),
}

/// The tensor of a cast that must give the tensor itself where it changes nothing, and the dtype: it is bound to a name that is written to, and somebody
/// else may hold the tensor.
pub(crate) fn kept<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(&'a ast::Expr, To<'a>)> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    if !views::is_cast(&method.attr) || !call.keywords.is_empty() {
        return None;
    }
    let Some(Node::Stmt(ast::Stmt::Assign(assign))) = cx.parent(expr) else { return None };
    let [target] = &assign.targets[..] else { return None };
    let to = match (method.attr.as_str(), &call.args[..]) {
        ("type_as", [other]) if cx.is_pure(other) => To::Like(other),
        ("to" | "type", [dtype]) if cx.kind(dtype) == Kind::DType => To::DType(cx.qualified(dtype)?.to_owned()),
        (name, []) => To::DType(format!("torch.{}", given_by(cx, name)?.name())),
        _ => return None,
    };
    let is_kept = match target {
        ast::Expr::Name(name) => is_written_behind(cx, &name.id, expr) && is_held_elsewhere(cx, &method.value, &name.id, expr),
        ast::Expr::Attribute(own) if views::is_same_name(&own.value, "self") => {
            is_of_caller(cx, &method.value, expr) && is_written_by_method(cx, &own.attr, expr)
        }
        _ => false,
    };
    is_kept.then_some((&*method.value, to))
}

/// The dtype that a method casts to: of `float`, say.
pub(crate) fn given_by(cx: &Cx<'_>, method: &str) -> Option<DType> {
    cx.tables.lookup(&format!("Tensor.{method}")).find_map(|(_, signature)| match signature.returns {
        Returns::Tensor(dtype) => dtype,
        _ => None,
    })
}

fn dtype(kind: &Kind) -> Option<DType> {
    match kind {
        Kind::Tensor(tensor) => tensor.dtype,
        _ => None,
    }
}

/// Whether a statement behind the cast writes to what the name stands for.
fn is_written_behind<'a>(cx: &Cx<'a>, name: &str, cast: &'a ast::Expr) -> bool {
    let mut found = false;
    let is_it = |arg: &'a ast::Expr| views::is_same_name(arg, name);
    let passes_to_writer = |stmt: &'a ast::Stmt| {
        let mut passes = false;
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node {
                passes = passes || !written_arguments::changed_arguments(cx, call, is_it).is_empty();
            }
        });
        passes
    };
    node::statements(views::enclosing_body(cx, cast), &mut |stmt| {
        let is_behind = stmt.range().start() > cast.range().end() && node::suites(stmt).is_empty();
        found = found || is_behind && (storage::is_written_in(stmt, name) || passes_to_writer(stmt));
    });
    found
}

/// Whether a method of the class around writes to what `self` holds by a name.
fn is_written_by_method<'a>(cx: &Cx<'a>, name: &str, cast: &'a ast::Expr) -> bool {
    let class = cx.ancestors(Node::Expr(cast)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::ClassDef(class)) => Some(class),
        _ => None,
    });
    let writes = |stmt: &ast::Stmt| matches!(stmt, ast::Stmt::FunctionDef(method) if written_arguments::writes_member(method, Some(name)));
    class.is_some_and(|class| class.body.iter().any(writes))
}

/// Whether a tensor is what the caller gave, by the name of the parameter.
fn is_of_caller<'a>(cx: &Cx<'a>, tensor: &'a ast::Expr, cast: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = tensor else { return false };
    may_be_same(cx, tensor, cast)
        && receiver::is_parameter_around(cx, cast, &name.id)
        && views::bindings(views::enclosing_body(cx, cast), &name.id).is_empty()
}

/// A cast from another dtype is a copy in PyTorch too.
fn may_be_same<'a>(cx: &Cx<'a>, tensor: &'a ast::Expr, cast: &'a ast::Expr) -> bool {
    let kind = cx.kind(tensor);
    (kind.is_tensor() || kind.is_unknown()) && !dtype(&kind).is_some_and(|from| dtype(&cx.kind(cast)).is_some_and(|to| from != to))
}

/// Whether somebody else may see the tensor afterwards: the caller, its owner, or who reads another name of it.
fn is_held_elsewhere<'a>(cx: &Cx<'a>, tensor: &'a ast::Expr, name: &str, cast: &'a ast::Expr) -> bool {
    if !may_be_same(cx, tensor, cast) {
        return false;
    }
    match tensor {
        ast::Expr::Attribute(_) | ast::Expr::Subscript(_) => views::base(cx, tensor).is_none(),
        ast::Expr::Name(read) => match views::bindings(views::enclosing_body(cx, cast), &read.id)[..] {
            _ if read.id.as_str() != name => !fresh_values::is_fresh(cx, tensor) && views::read_after(cx, read, cast),
            [(_, only)] => std::ptr::eq(only, cast) && receiver::is_parameter_around(cx, cast, name),
            _ => false,
        },
        _ => false,
    }
}
