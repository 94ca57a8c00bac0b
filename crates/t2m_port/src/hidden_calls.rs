//! Calls that name no function: operators of the project's own classes, and methods that are chosen by a name that is put together.

use t2m_semantic::{ClassId, Entity, Facts, FileFacts, FunctionId, Kind};
use t2m_syntax::ast;

use crate::asking_functions::names_of_operator;
use crate::receiver;

/// The method that an operator or an index runs of an object of the project: `vec + 1`, `2 * vec`, `vec[0]`.
pub(crate) fn operator(facts: &Facts, of_file: &FileFacts, expr: &ast::Expr) -> Option<FunctionId> {
    let own = |object: &ast::Expr, method: &str| match of_file.fact(object).kind {
        Kind::Instance(class) => facts.lookup_method(class, method),
        _ => None,
    };
    match expr {
        ast::Expr::BinOp(e) => {
            let (method, reflected) = names_of_operator(e.op);
            own(&e.left, method).or_else(|| own(&e.right, reflected))
        }
        ast::Expr::Subscript(e) if e.ctx.is_load() => own(&e.value, "__getitem__"),
        ast::Expr::UnaryOp(e) if matches!(e.op, ast::UnaryOp::USub) => own(&e.operand, "__neg__"),
        _ => None,
    }
}

/// The methods of an object's class that `getattr(self, "op_" + kind)` may give, by name.
pub(crate) fn begun_with<'a>(facts: &'a Facts, of_file: &FileFacts, call: &ast::ExprCall) -> Vec<&'a str> {
    let [object, name @ (ast::Expr::BinOp(_) | ast::Expr::JoinedStr(_)), ..] = &call.args[..] else { return Vec::new() };
    let is_getattr = matches!(of_file.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "getattr");
    let Some(beginning) = beginning(name).filter(|text| is_getattr && text.len() >= SHORTEST) else { return Vec::new() };
    let Kind::Instance(class) = of_file.fact(object).kind else { return Vec::new() };
    let info = facts.class(class);
    let is_its = |of: &ClassId| *of == class || info.mro.iter().chain(&info.subclasses).any(|other| other == of);
    let methods = facts.functions().filter(|(_, function)| function.class.as_ref().is_some_and(is_its));
    methods.map(|(_, function)| function.name.as_str()).filter(|name| name.starts_with(beginning)).collect()
}

/// A shorter text says too little.
const SHORTEST: usize = 3;

/// `op_` of `"op_" + kind` and of `f"op_{kind}"`
fn beginning(name: &ast::Expr) -> Option<&str> {
    match name {
        ast::Expr::BinOp(e) => beginning(&e.left),
        ast::Expr::JoinedStr(text) => beginning(text.values.first()?),
        text => receiver::string(text),
    }
}
