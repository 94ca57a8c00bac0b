//! Parameters without axes: `self.scale = nn.Parameter(torch.ones([]) * init)`, which MLX's `x[:] = value` refuses.

use t2m_semantic::{ClassId, FileFacts, Kind};
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::receiver;
use crate::survey::Store;

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
    let is_such = |value: &ast::Expr| {
        receiver::parameter(facts, value)
            .and_then(|(made, _)| receiver::argument(made, 0, "data"))
            .is_some_and(|data| may_lack_axes(facts, data))
    };
    cx.shared.survey.stores(cx.project_facts, class, name).iter().any(|store| matches!(store, Store::Whole(value) if is_such(value)))
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
