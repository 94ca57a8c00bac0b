//! Tensors that nobody else holds: what is computed where it stands.

use t2m_semantic::facts::FunctionId;
use t2m_semantic::kind::DType;
use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::receiver::class_of;
use crate::storage;
use crate::view_names::VIEWS;
use crate::views::{base, gives_tensor, may_be_tensor};

/// Whether an expression makes a new tensor that nobody else holds: any call but one that gives a view of something that is not fresh itself.
pub(crate) fn is_fresh<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match base(cx, expr) {
        // `torch.as_tensor([0, 1])` copies what the list holds.
        Some(ast::Expr::List(_) | ast::Expr::ListComp(_)) if let ast::Expr::Call(call) = expr => cx.qualified(&call.func).is_some(),
        Some(base) => is_fresh(cx, base),
        None => match expr {
            ast::Expr::Call(call) if let Some(receiver) = same_tensor(cx, call) => is_fresh(cx, receiver),
            ast::Expr::Call(call) => {
                // In-place methods give their receiver back.
                let in_place =
                    matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.ends_with('_') && !method.attr.ends_with("__"));
                !in_place
                    && crate::out_argument::given(call).is_none()
                    && (cx.qualified(&call.func).is_some_and(|name| !name.ends_with('_'))
                        // `Tensor(2, 3)` of `Tensor = torch.FloatTensor`
                        || matches!(cx.kind(&call.func), Kind::Name(name) if cx.project_facts.dtype_of_class(name.as_static()).is_some())
                        || crate::receiver::layer(cx, &call.func).is_some_and(|layer| VIEWS.computing_layers.contains(layer.as_static()))
                        || (cx.kind(expr).is_tensor() || matches!(cx.kind(expr), Kind::Unknown | Kind::Tuple(_))) && is_tensor_method(cx, call)
                        || matches!(cx.entity(&call.func), Some(Entity::Function(id)) if storage::returns_fresh(cx, *id))
                        || own_methods(cx, call).is_some_and(|methods| methods.into_iter().all(|id| storage::returns_fresh(cx, id))))
            }
            ast::Expr::BinOp(_) | ast::Expr::Compare(_) => true,
            // `+x` is `x`.
            ast::Expr::UnaryOp(e) => e.op != ast::UnaryOp::UAdd,
            // Items by a mask or an array are copied; those of what a call gives, `x.max(dim=1)[0]`, are what it gives.
            ast::Expr::Subscript(e) => {
                may_be_tensor(&cx.kind(&e.value)) && is_copy(cx, &e.slice)
                    || matches!(cx.kind(&e.value), Kind::Tuple(_)) && e.value.is_call_expr() && is_fresh(cx, &e.value)
            }
            // `x.max(dim=1).values`
            ast::Expr::Attribute(e) => matches!(cx.kind(&e.value), Kind::Tuple(_)) && e.value.is_call_expr() && is_fresh(cx, &e.value),
            ast::Expr::IfExp(e) => is_fresh(cx, &e.body) && is_fresh(cx, &e.orelse),
            _ => false,
        },
    }
}

/// The methods that `self.shift(x)` may call: that of its class, and those of the subclasses that have their own.
pub(crate) fn own_methods<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Vec<FunctionId>> {
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let class = class_of(cx, &method.value)?;
    let nearest = cx.project_facts.lookup_method(class, &method.attr).filter(|_| !cx.shared.survey.assigns(&method.attr))?;
    let below = &cx.project_facts.class(class).subclasses;
    // A subclass may have it of another base that stands in front.
    let others = below.iter().filter_map(|class| cx.project_facts.lookup_method(*class, &method.attr));
    let mut all = vec![nearest];
    others.for_each(|id| {
        if !all.contains(&id) {
            all.push(id)
        }
    });
    Some(all)
}

/// `x` of `x.pin_memory()`
pub(crate) fn same_tensor<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<&'a ast::Expr> {
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    (cx.qualified(&call.func).is_none() && gives_tensor(cx, &method.attr)).then_some(&*method.value)
}

/// `x.sqrt()` of a tensor, or of what is not known: no class of the project has such a method.
fn is_tensor_method<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    let has_row = || cx.tables.lookup(&format!("Tensor.{}", method.attr)).any(|(row, _)| !row.in_place);
    let kind = cx.kind(&method.value);
    kind.is_tensor()
        || kind.is_unknown() && cx.entity(&call.func).is_none() && has_row() && !cx.shared.has_method(cx.project_facts, &method.attr)
}

/// Whether an index holds an array, a list or a mask: what it selects is a copy.
fn is_copy<'a>(cx: &Cx<'a>, index: &'a ast::Expr) -> bool {
    match index {
        ast::Expr::Tuple(items) => items.elts.iter().any(|item| is_copy(cx, item)),
        // `x[[0, slice(2)]]` is `x[0, :2]` in older code.
        ast::Expr::List(items) => items.elts.iter().all(|item| matches!(item, ast::Expr::Constant(_) | ast::Expr::UnaryOp(_))),
        // A tensor without dimensions is a number.
        index => {
            let is_array = matches!(cx.kind(index), Kind::Tensor(tensor) if tensor.rank.is_some_and(|rank| rank > 0) || tensor.dtype == Some(DType::Bool));
            is_array || crate::masks::is_mask(cx, index)
        }
    }
}
