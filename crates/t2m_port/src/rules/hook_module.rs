//! `module.act = output` in a hook: what a hook is called with is a module and arrays, and MLX trains every array that a module holds.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node};

use super::module_array::holds_tensors;
use super::set_outside::is_set_outside;
use super::{Hook, Rule, Shape, last_name};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;
use crate::survey::registers_hook;
use crate::views;

/// `lambda module, args, output: setattr(module, "act", output)`: no statement of its own.
pub(super) const RULE: Rule =
    Rule { name: "hook-module", doc: include_str!("hook_module.md"), hook: Hook::Expr(&[Shape::Call], set_in_expression) };

fn set_in_expression<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let [object, name, value] = &call.args[..] else { return None };
    let is_setattr = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name == "setattr");
    let is_statement = || matches!(cx.parent(expr), Some(Node::Stmt(ast::Stmt::Expr(_))));
    if !is_setattr || is_statement() || !is_set_outside(cx, object, receiver::string(name).unwrap_or_default(), value) {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "set_tensor");
    Some(Claim::edit(vec![Edit::text(call.func.range(), helper)]).uses(uses))
}

/// Whether a name is what a hook is called with; which of its arguments is the module is asked when it runs.
pub(super) fn is_given_to_hook<'a>(cx: &Cx<'a>, object: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = object else { return false };
    let takes = |args: &ast::Arguments| args.posonlyargs.iter().chain(&args.args).any(|arg| arg.def.arg == name.id);
    let is_function = |up: &Node<'a>| matches!(up, Node::Stmt(ast::Stmt::FunctionDef(_)) | Node::Expr(ast::Expr::Lambda(_)));
    let mut functions = cx.ancestors(Node::Expr(object)).filter(is_function);
    let Some(own) = functions.find(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => takes(&def.args),
        Node::Expr(ast::Expr::Lambda(lambda)) => takes(&lambda.args),
        _ => false,
    }) else {
        return false;
    };
    is_hook(cx, own)
        || functions.any(|outer| matches!(outer, Node::Stmt(ast::Stmt::FunctionDef(def)) if cx.shared.survey.is_hook(&def.name)))
}

fn is_hook<'a>(cx: &Cx<'a>, function: Node<'a>) -> bool {
    match function {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => cx.shared.survey.is_hook(&def.name),
        Node::Expr(lambda) => match cx.parent(lambda) {
            Some(Node::Expr(ast::Expr::Call(call))) => last_name(&call.func).is_some_and(registers_hook),
            // `hook = lambda module, args, output: ...`
            Some(Node::Stmt(ast::Stmt::Assign(assign))) => {
                assign.targets.iter().filter_map(last_name).any(|name| cx.shared.survey.is_hook(name))
            }
            _ => false,
        },
        Node::Stmt(_) => false,
    }
}

/// Whether a value that a hook keeps may be a tensor: what it is called with, an item of it, or what it computes.
pub(super) fn may_be_tensor<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let kind = cx.kind(value);
    holds_tensors(&kind) || kind.is_unknown() && cx.entity(value).is_none() && (value.is_name_expr() || speaks_of_arguments(cx, value))
}

/// `self.out = output` in a hook of the class itself.
pub(super) fn is_kept<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    !value.is_name_expr() && may_be_tensor(cx, value) || is_given_to_hook(cx, value) && !views::is_same_name(value, "self")
}

fn speaks_of_arguments<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    match value {
        ast::Expr::Name(name) => name.id.as_str() != "self" && is_given_to_hook(cx, value),
        ast::Expr::Attribute(part) => speaks_of_arguments(cx, &part.value),
        ast::Expr::Subscript(item) => speaks_of_arguments(cx, &item.value),
        ast::Expr::Call(call) => speaks_of_arguments(cx, &call.func) || call.args.iter().any(|arg| speaks_of_arguments(cx, arg)),
        ast::Expr::BinOp(e) => speaks_of_arguments(cx, &e.left) || speaks_of_arguments(cx, &e.right),
        ast::Expr::IfExp(choice) => speaks_of_arguments(cx, &choice.body) || speaks_of_arguments(cx, &choice.orelse),
        _ => false,
    }
}
