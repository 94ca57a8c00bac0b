//! `net.weight = nn.Parameter(start)`, `net = Net(start)`: in PyTorch the parameter is the memory of the tensor that it is made of, and its training writes there.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::kept_arrays::root;
use super::read_after_training::is_read_after_training;
use crate::callee::callee;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::{receiver, storage, views};

/// A tensor that is read when the parameter on its memory has been trained.
pub(super) fn found<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<Finding> {
    let (target, value) = receiver::assignment(stmt)?;
    if !value.is_call_expr() || !cx.may_change_models() {
        return None;
    }
    let model = root(target)?;
    let mut is_read = |data: &&'a ast::Expr| {
        let Some(name) = data.as_name_expr().filter(|name| name.id.as_str() != model && name.id.as_str() != "self") else { return false };
        is_tensor(cx, data) && is_read_after_training(cx, stmt, data, &name.id, model, false)
    };
    let data = match receiver::parameter(cx.facts, value) {
        // Of a name of its own it is the tensor itself.
        Some((call, _)) => receiver::argument(call, 0, "data").filter(|_| target.is_attribute_expr()).filter(&mut is_read),
        None => {
            let ast::Expr::Call(call) = value else { return None };
            taken(cx, call).into_iter().find(&mut is_read)
        }
    }?;
    let (data, place) = (cx.snippet(data), cx.snippet(target));
    let reason =
        format!("a parameter of `{place}` is made of `{data}`: PyTorch's training writes into its memory, in MLX it stays what it is here");
    let help = format!("give the parameter a copy in the original (`{data}.clone()`) if this state is meant, or read the parameter");
    Some(Finding::todo(codes::KEPT_ARRAYS, stmt.range(), reason).help(help))
}

fn is_tensor<'a>(cx: &Cx<'a>, data: &'a ast::Expr) -> bool {
    matches!(cx.kind(data), Kind::Tensor(_) | Kind::Unknown)
}

/// What a call gives a module of the project of which its constructor makes a parameter: `e` of `Net(e)`.
fn taken<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Vec<&'a ast::Expr> {
    if !call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value)).any(ast::Expr::is_name_expr) {
        return Vec::new();
    }
    let Some(callee) = callee(cx, call).filter(|callee| callee.function.name == "__init__") else { return Vec::new() };
    let file = cx.project.file(callee.function.file);
    let Some(def) = storage::function_at(&file.source.suite, callee.function.range) else { return Vec::new() };
    let facts = cx.project_facts.file(callee.function.file);
    let makes = |param: &str| {
        let mut found = false;
        node::statements(&def.body, &mut |stmt| {
            Node::Stmt(stmt).walk(&mut |node| {
                if let Node::Expr(made @ ast::Expr::Call(_)) = node
                    && let Some((made, _)) = receiver::parameter(facts, made)
                {
                    found |= receiver::argument(made, 0, "data").is_some_and(|data| views::is_same_name(data, param));
                }
            });
        });
        // What the constructor binds anew is another tensor.
        found && views::bindings(&def.body, param).is_empty()
    };
    callee.passed(call).filter(|(param, given)| given.is_name_expr() && makes(param)).map(|(_, given)| given).collect()
}

/// Whether a value is a parameter that a function of the project makes.
pub(super) fn is_made_by_function<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    matches!(value, ast::Expr::Call(call) if matches!(cx.entity(&call.func), Some(Entity::Function(_))))
        && cx.kind(value) == Kind::Parameter
}

/// Whether a loop around the statement binds the module anew in each turn, and not the parameter.
pub(super) fn is_given_in_turns<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, object: &'a ast::Expr, name: &str) -> bool {
    let ast::Expr::Name(object) = object else { return false };
    cx.ancestors(Node::Stmt(stmt)).any(|up| {
        let Node::Stmt(ast::Stmt::For(_) | ast::Stmt::While(_)) = up else { return false };
        let binds = |name: &str| {
            let mut found = false;
            up.walk(&mut |node| {
                found |= matches!(node, Node::Expr(ast::Expr::Name(bound)) if bound.ctx.is_store() && bound.id.as_str() == name)
            });
            found
        };
        binds(&object.id) && !binds(name)
    })
}
