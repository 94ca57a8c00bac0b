//! Views that a generator of the project yields: `for row in rows_of(x): row += 1`.

use t2m_semantic::{FileFacts, FunctionInfo, Kind};
use t2m_syntax::ast;
use t2m_syntax::{Node, node};

use crate::callee::callee;
use crate::cx::Cx;
use crate::{storage, views};

/// The arguments of a generator's call of which it yields parts.
pub(crate) fn bases<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Vec<&'a ast::Expr> {
    let Some(callee) = callee(cx, call) else { return Vec::new() };
    let viewed = viewed(cx, callee.function);
    callee.passed(call).filter(|(param, _)| viewed.contains(param)).map(|(_, arg)| arg).collect()
}

/// The parameters of which a generator yields parts.
fn viewed<'a>(cx: &Cx<'a>, function: &FunctionInfo) -> Vec<&'a str> {
    let file = cx.project.file(function.file);
    let mut viewed = Vec::new();
    if !file.source.text.contains("yield") {
        return viewed;
    }
    let Some(def) = storage::function_at(&file.source.suite, function.range) else { return viewed };
    let facts = cx.project_facts.file(function.file);
    node::statements(&def.body, &mut |stmt| {
        let ast::Stmt::Expr(stmt) = stmt else { return };
        let ast::Expr::Yield(ast::ExprYield { value: Some(value), .. }) = &*stmt.value else { return };
        let values = match &**value {
            ast::Expr::Tuple(values) => values.elts.as_slice(),
            value => std::slice::from_ref(value),
        };
        viewed.extend(values.iter().filter_map(|value| owner(facts, def, value)));
    });
    viewed.retain(|name| function.params.iter().any(|param| param.name == *name));
    viewed
}

/// The name of which a value is a part: `x` of `x[i]`, of `x[:2]`, and of `row` in `for row in x`.
fn owner<'a>(facts: &FileFacts, def: &'a ast::StmtFunctionDef, value: &'a ast::Expr) -> Option<&'a str> {
    let value = storage::only_value(def, value);
    let owner = match value {
        ast::Expr::Name(name) => match views::bindings(&def.body, &name.id)[..] {
            [(Node::Stmt(ast::Stmt::For(walk)), iter)] if walk.target.is_name_expr() && facts.fact(iter).kind.is_tensor() => iter,
            _ => return None,
        },
        ast::Expr::Subscript(item) if facts.fact(&item.slice).kind == Kind::Int => &item.value,
        value => views::written_view(value)?,
    };
    match owner {
        ast::Expr::Name(name) if views::bindings(&def.body, &name.id).is_empty() => Some(&name.id),
        _ => None,
    }
}
