//! Layers whose weight is read and that nothing calls, `F.linear(x, F.normalize(self.fc.weight))`: their bias takes no part in a loss.

use t2m_semantic::FileFacts;
use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::receiver;

/// Whether a layer is made with a bias: `nn.Linear(8, 2)`
pub(super) fn has_bias<'a>(cx: &Cx<'a>, facts: &FileFacts, made: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = made else { return false };
    let Some(name) = facts.qualified(&call.func) else { return false };
    let place = cx.tables.lookup(name).find_map(|(_, signature)| signature.param("bias"));
    let is_off = |at: usize| {
        receiver::argument(call, at, "bias")
            .is_some_and(|bias| matches!(bias, ast::Expr::Constant(c) if c.value == ast::Constant::Bool(false)))
    };
    place.is_some_and(|(at, _)| !is_off(at))
}

/// Whether some methods read the weight of a layer, and nothing else of it.
pub(super) fn are_read<'a>(methods: impl Iterator<Item = &'a ast::StmtFunctionDef>, layer: &str) -> bool {
    let (mut mentions, mut weights) = (0, 0);
    for def in methods {
        for stmt in &def.body {
            Node::Stmt(stmt).walk(&mut |node| {
                if let Node::Expr(ast::Expr::Attribute(e)) = node {
                    mentions += usize::from(e.attr.as_str() == layer);
                    let is_of_layer = matches!(&*e.value, ast::Expr::Attribute(inner) if inner.attr.as_str() == layer);
                    weights += usize::from(is_of_layer && e.attr.as_str() == "weight");
                }
            });
        }
    }
    weights > 0 && mentions == weights
}
