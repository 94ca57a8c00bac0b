//! The function of the project that a call runs.

use t2m_semantic::{ClassId, Entity, FileFacts, Kind};
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::receiver;
use crate::storage;

/// `replace_head(model)`, `model.freeze_body()`: the definition, in whatever file, and the facts of that file.
pub(super) fn definition<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<(&'a ast::StmtFunctionDef, &'a FileFacts)> {
    let id = match (cx.entity(&call.func), &*call.func) {
        (Some(Entity::Function(id)), _) => *id,
        (Some(Entity::Class(class)), _) => cx.project_facts.lookup_method(*class, "__init__")?,
        (_, ast::Expr::Attribute(method)) => cx.project_facts.lookup_method(receiver::class_of(cx, &method.value)?, &method.attr)?,
        _ => return None,
    };
    let function = cx.project_facts.function(id);
    let def = storage::function_at(&cx.project.file(function.file).source.suite, function.range)?;
    Some((def, cx.project_facts.file(function.file)))
}

/// The methods of the project that a call of this name may run, where it is not known what it is called on.
pub(super) fn methods_named<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Vec<&'a ast::StmtFunctionDef> {
    let ast::Expr::Attribute(method) = &*call.func else { return Vec::new() };
    if cx.entity(&call.func).is_some() || !cx.kind(&method.value).is_unknown() {
        return Vec::new();
    }
    let named = cx.project_facts.functions().filter(|(_, function)| function.class.is_some() && function.name == method.attr.as_str());
    named.filter_map(|(_, function)| storage::function_at(&cx.project.file(function.file).source.suite, function.range)).collect()
}

/// A method of a class, its own or one that it inherits.
pub(super) fn method<'a>(cx: &Cx<'a>, class: ClassId, name: &str) -> Option<(&'a ast::StmtFunctionDef, &'a FileFacts)> {
    let function = cx.project_facts.function(cx.project_facts.lookup_method(class, name)?);
    let def = storage::function_at(&cx.project.file(function.file).source.suite, function.range)?;
    Some((def, cx.project_facts.file(function.file)))
}

/// The same as `definition` for calls of modules, too, which run `forward`.
pub(super) fn definition_of<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<&'a ast::StmtFunctionDef> {
    match cx.kind(&call.func) {
        Kind::Instance(class) => method(cx, class, "forward").map(|(def, _)| def),
        _ => definition(cx, call).map(|(def, _)| def),
    }
}

/// The parameter of a definition that gets one of the arguments of a call, or what its method is called on.
pub(super) fn parameter<'a>(def: &'a ast::StmtFunctionDef, call: &ast::ExprCall, argument: &ast::Expr) -> Option<&'a str> {
    let is_it = |expr: &ast::Expr| std::ptr::eq(expr, argument);
    let parameters: Vec<&'a str> = def.args.posonlyargs.iter().chain(&def.args.args).map(|arg| arg.def.arg.as_str()).collect();
    if matches!(&*call.func, ast::Expr::Attribute(e) if is_it(&e.value)) {
        return parameters.first().copied();
    }
    if let Some(at) = call.args.iter().position(is_it) {
        return parameters.get(at + usize::from(parameters.first() == Some(&"self"))).copied();
    }
    let keyword = call.keywords.iter().find(|keyword| is_it(&keyword.value))?.arg.as_deref()?;
    parameters.into_iter().chain(def.args.kwonlyargs.iter().map(|arg| arg.def.arg.as_str())).find(|name| *name == keyword)
}
