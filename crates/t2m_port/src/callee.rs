//! The function of the project that a call runs.

use t2m_semantic::{Entity, FunctionInfo, Kind, Role};
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::{receiver, views};

/// A function of the project, and how a call's arguments meet its parameters.
#[derive(Clone, Copy)]
pub(crate) struct Callee<'a> {
    pub(crate) function: &'a FunctionInfo,
    /// Parameters in front of the one that the first argument is for: `self`, and those that `partial` was given.
    pub(crate) skipped: usize,
}

impl<'a> Callee<'a> {
    fn of(function: &'a FunctionInfo) -> Self {
        // `self` is not among the arguments.
        Self { function, skipped: usize::from(function.class.is_some() && function.role != Role::Static) }
    }

    /// The parameters that the arguments of a call are for, and the arguments.
    pub(crate) fn passed(self, call: &'a ast::ExprCall) -> impl Iterator<Item = (&'a str, &'a ast::Expr)> {
        let by_place = call
            .args
            .iter()
            .enumerate()
            .filter_map(move |(at, arg)| Some((self.function.params.get(at + self.skipped)?.name.as_str(), arg)));
        let by_name = call.keywords.iter().filter_map(|keyword| Some((keyword.arg.as_deref()?, &keyword.value)));
        by_place.chain(by_name)
    }
}

/// The function of the project that a call runs: by its name, a method of `self` or of an instance, a constructor, what `partial` made of a function, or
/// an object that is called.
pub(crate) fn callee<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Callee<'a>> {
    let facts = cx.project_facts;
    match cx.entity(&call.func) {
        Some(Entity::Function(id)) => return Some(Callee::of(facts.function(*id))).filter(|callee| !takes_object(callee.function)),
        Some(Entity::Class(class)) => return facts.lookup_method(*class, "__init__").map(|id| Callee::of(facts.function(id))),
        Some(_) => return None,
        None => {}
    }
    let by_name = match &*call.func {
        ast::Expr::Attribute(method) => {
            if let Some(Entity::Class(class)) = cx.entity(&method.value) {
                let function = facts.function(facts.lookup_method(*class, &method.attr)?);
                return Some(Callee::of(function)).filter(|_| !takes_object(function));
            }
            receiver::class_of(cx, &method.value).and_then(|class| facts.lookup_method(class, &method.attr)).map(|id| facts.function(id))
        }
        ast::Expr::Name(name) => return of_partial(cx, name).or_else(|| of_object(cx, &call.func)),
        _ => return None,
    };
    // A property gives what is called.
    by_name.filter(|function| function.role != Role::Property).map(Callee::of).or_else(|| of_object(cx, &call.func))
}

/// `Base.method(self, x)` has the object among its arguments.
fn takes_object(function: &FunctionInfo) -> bool {
    function.class.is_some() && function.role != Role::Static
}

/// `scaled(x)` of `scaled = partial(scale_, factor=2)`
fn of_partial<'a>(cx: &Cx<'a>, name: &ast::ExprName) -> Option<Callee<'a>> {
    let ast::StmtAssign { value, .. } = cx.text_has("partial(").then(|| cx.only_assignment(&name.id))??;
    let ast::Expr::Call(partial) = &**value else { return None };
    let function = partial.args.first().filter(|_| cx.is_qualified(&partial.func, "functools.partial"))?;
    let Some(Entity::Function(id)) = cx.entity(function) else { return None };
    let callee = Callee::of(cx.project_facts.function(*id));
    Some(Callee { skipped: callee.skipped + partial.args.len() - 1, ..callee })
}

/// `scale(x)` of an object with `__call__`, or of a module with `forward`.
fn of_object<'a>(cx: &Cx<'a>, func: &'a ast::Expr) -> Option<Callee<'a>> {
    let class = match cx.kind(func) {
        Kind::Instance(class) => class,
        _ => return None,
    };
    let method = cx.project_facts.lookup_method(class, "__call__").or_else(|| cx.project_facts.lookup_method(class, "forward"))?;
    Some(Callee::of(cx.project_facts.function(method)))
}

/// The function that a call in the body of another one runs, of whatever file: by its name, or a method of `self`.
pub(crate) fn callee_within<'a>(cx: &Cx<'a>, caller: &FunctionInfo, call: &ast::ExprCall) -> Option<Callee<'a>> {
    if let Some(Entity::Function(id)) = cx.project_facts.file(caller.file).entity(&call.func) {
        return Some(Callee::of(cx.project_facts.function(*id))).filter(|callee| callee.function.class.is_none());
    }
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let class = caller.class.filter(|_| views::is_same_name(&method.value, "self"))?;
    cx.project_facts.lookup_method(class, &method.attr).map(|id| Callee::of(cx.project_facts.function(id)))
}
