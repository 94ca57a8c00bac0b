//! The function of the project that a call runs.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use t2m_semantic::{ClassId, Entity, Evidence, Facts, FileFacts, FunctionInfo, Kind, ParamForm, Role};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, NodeId};

use crate::cx::Cx;
use crate::survey::Store;
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

    /// By the name of its class: `Base.method(self, x)` has the object among its arguments, `Base.make(x)` of a class method has not.
    fn by_class(function: &'a FunctionInfo) -> Self {
        Self { function, skipped: usize::from(function.role == Role::ClassMethod) }
    }

    /// The object whose method it is.
    pub(crate) fn object(self, call: &ast::ExprCall) -> Option<&ast::Expr> {
        match (&*call.func, self.function.role) {
            (_, Role::Method) if self.skipped == 0 => call.args.first(),
            (ast::Expr::Attribute(method), Role::Method) => Some(&method.value),
            _ => None,
        }
    }

    /// The parameters that the arguments of a call are for, and the arguments.
    pub(crate) fn passed<'c>(self, call: &'c ast::ExprCall) -> impl Iterator<Item = (&'a str, &'c ast::Expr)> {
        self.numbered(call).map(move |(at, arg)| (self.function.params[at].name.as_str(), arg))
    }

    /// The same by number. `*args` and `**kwargs` take what no other parameter does.
    pub(crate) fn numbered<'c>(self, call: &'c ast::ExprCall) -> impl Iterator<Item = (usize, &'c ast::Expr)> {
        let params = &self.function.params;
        let of_form = move |form| params.iter().position(|param| param.form == form);
        let placed = params.iter().take_while(|param| matches!(param.form, ParamForm::PositionalOnly | ParamForm::Normal)).count();
        let by_place =
            move |(at, arg)| Some((Some(at + self.skipped).filter(|at| *at < placed).or_else(|| of_form(ParamForm::Variadic))?, arg));
        let named = move |name: &str| params.iter().position(|param| param.name == name).or_else(|| of_form(ParamForm::Keywords));
        let by_name = move |keyword: &'c ast::Keyword| Some((named(keyword.arg.as_deref()?)?, &keyword.value));
        // What stands behind `*args` may be for any.
        let until_starred = call.args.iter().take_while(|arg| !arg.is_starred_expr()).enumerate();
        until_starred.filter_map(by_place).chain(call.keywords.iter().filter_map(by_name))
    }
}

/// The function of the project that a call runs: by its name, a method of `self`, of an instance or of a base, a constructor, what `partial` made of a
/// function, or an object that is called.
pub(crate) fn callee<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Callee<'a>> {
    // Rules ask one after the other about the same call.
    cx.callees.get(NodeId::from(&*call.func), || found(cx, call))
}

fn found<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Callee<'a>> {
    let facts = cx.project_facts;
    if let Some(entity) = cx.entity(&call.func) {
        return of_entity(facts, entity);
    }
    let by_name = match &*call.func {
        ast::Expr::Attribute(method) => {
            if let Some(Entity::Class(class)) = cx.entity(&method.value) {
                return of_class(facts, *class, &method.attr);
            }
            if receiver::is_super(cx, &method.value) {
                let class = receiver::enclosing_class(cx, Node::Expr(&call.func))?;
                return of_base(facts, class, &method.attr);
            }
            let class = receiver::class_of(cx, &method.value).or_else(|| own_class(cx, &method.value));
            class.and_then(|class| facts.lookup_method(class, &method.attr)).map(|id| facts.function(id))
        }
        ast::Expr::Name(name) => return of_partial(cx, name).or_else(|| of_object(facts, cx.facts, &call.func)),
        // `Scale(2)(x)`
        ast::Expr::Call(_) => return of_object(facts, cx.facts, &call.func),
        _ => return None,
    };
    // A property gives what is called.
    let by_name = by_name.filter(|function| function.role != Role::Property).map(Callee::of);
    by_name.or_else(|| of_object(facts, cx.facts, &call.func)).or_else(|| of_attribute(cx, &call.func))
}

/// Of so many methods that stand in the place of another one all are looked at.
const OVERRIDES: usize = 12;

/// The function that a call runs, and where it is a method of an object those that may stand in its place: subclasses have their own, or get one of a mixin.
pub(crate) fn callees<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Vec<Callee<'a>> {
    let mut all: Vec<Callee<'a>> = callee(cx, call).into_iter().collect();
    let ast::Expr::Attribute(method) = &*call.func else { return all };
    let is_method = |callee: &Callee<'_>| !matches!(callee.function.role, Role::Property) && callee.function.name == method.attr.as_str();
    if !all.iter().all(is_method) || cx.entity(&call.func).is_some() {
        return all;
    }
    let has_subclasses = |class: &ClassId| !cx.project_facts.class(*class).subclasses.is_empty();
    let class = receiver::class_of(cx, &method.value).filter(has_subclasses).filter(|class| !is_exactly(cx, &method.value, *class));
    let Some(class) = class else { return all };
    for function in cx.below.get(cx.project_facts, class, &method.attr).iter() {
        if !all.iter().any(|known| std::ptr::eq(known.function, *function)) {
            all.push(Callee::of(function));
        }
        if all.len() > OVERRIDES {
            break;
        }
    }
    all
}

/// By class and name, the methods that objects of its subclasses have by that name, as many as are looked at: some classes have thousands of those.
#[derive(Default)]
pub(crate) struct Below<'a>(RefCell<FxHashMap<(ClassId, &'a str), Functions<'a>>>);

type Functions<'a> = Rc<[&'a FunctionInfo]>;

impl<'a> Below<'a> {
    fn get(&self, facts: &'a Facts, class: ClassId, name: &'a str) -> Functions<'a> {
        if let Some(known) = self.0.borrow().get(&(class, name)) {
            return known.clone();
        }
        let mut found: Vec<&'a FunctionInfo> = Vec::new();
        let of_subclass = |below: &ClassId| Some(facts.function(facts.lookup_method(*below, name)?));
        let is_method = |function: &&FunctionInfo| function.role != Role::Property && function.name == name;
        for function in facts.class(class).subclasses.iter().filter_map(of_subclass).filter(is_method) {
            if !found.iter().any(|known| std::ptr::eq(*known, function)) {
                found.push(function);
            }
            // The one that the call runs may be among them.
            if found.len() > OVERRIDES + 1 {
                break;
            }
        }
        let found: Functions<'a> = found.into();
        self.0.borrow_mut().insert((class, name), found.clone());
        found
    }
}

/// Whether an object is of the class itself, and of no subclass: it is made here, or where the attribute gets it.
fn is_exactly<'a>(cx: &Cx<'a>, object: &'a ast::Expr, class: ClassId) -> bool {
    let makes = |value: &ast::Expr| match value {
        ast::Expr::Call(call) => matches!(cx.entity(&call.func), Some(Entity::Class(made)) if *made == class),
        _ => false,
    };
    if cx.fact(object).evidence != Evidence::Constructed {
        return false;
    }
    match object {
        ast::Expr::Name(name) => {
            let bound = views::bindings(views::enclosing_body(cx, object), &name.id);
            let above: Vec<_> = bound.iter().filter(|(_, value)| value.range().end() < object.range().start()).collect();
            match above.is_empty() {
                true => cx.only_assignment(&name.id).is_some_and(|assign| makes(&assign.value)),
                false => above.iter().all(|(_, value)| makes(value)),
            }
        }
        ast::Expr::Attribute(read) => receiver::self_class(cx, &read.value).is_some_and(|owner| {
            let mut stores = receiver::family(cx, owner).flat_map(|owner| cx.shared.survey.stores(owner, &read.attr)).peekable();
            stores.peek().is_some() && stores.all(|store| matches!(store, Store::Whole(put) if put.is_call_expr()))
        }),
        value => makes(value),
    }
}

/// `self.block(x)`, where the class keeps an object of the project
fn of_attribute<'a>(cx: &Cx<'a>, func: &'a ast::Expr) -> Option<Callee<'a>> {
    let ast::Expr::Attribute(attribute) = func else { return None };
    let class = receiver::self_class(cx, &attribute.value)?;
    let Kind::Instance(kept) = cx.project_facts.lookup_attr(class, &attribute.attr).kind else { return None };
    of_instance(cx.project_facts, kept)
}

fn of_entity<'a>(facts: &'a Facts, entity: &Entity) -> Option<Callee<'a>> {
    match entity {
        Entity::Function(id) => Some(Callee::by_class(facts.function(*id))),
        Entity::Class(class) => facts.lookup_method(*class, "__init__").map(|id| Callee::of(facts.function(id))),
        _ => None,
    }
}

/// `Base.method(self, x)`, `Base.make(x)`
fn of_class<'a>(facts: &'a Facts, class: ClassId, method: &str) -> Option<Callee<'a>> {
    facts.lookup_method(class, method).map(|id| Callee::by_class(facts.function(id)))
}

/// `super().method(x)` in a class
fn of_base<'a>(facts: &'a Facts, class: ClassId, method: &str) -> Option<Callee<'a>> {
    let function = facts.class(class).mro.iter().skip(1).find_map(|base| facts.class(*base).methods.get(method))?;
    Some(Callee::of(facts.function(*function)))
}

/// The class that `cls` is.
fn own_class<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<ClassId> {
    let ast::Expr::Name(name) = expr else { return None };
    let around = (name.id.as_str() == "cls").then(|| cx.project_facts.enclosing_function(cx.id, name.range))??;
    let function = cx.project_facts.function(around);
    function.class.filter(|_| function.role == Role::ClassMethod)
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
fn of_object<'a>(facts: &'a Facts, of_file: &FileFacts, func: &ast::Expr) -> Option<Callee<'a>> {
    match of_file.fact(func).kind {
        Kind::Instance(class) => of_instance(facts, class),
        _ => None,
    }
}

fn of_instance(facts: &Facts, class: ClassId) -> Option<Callee<'_>> {
    let method = facts.lookup_method(class, "__call__").or_else(|| facts.lookup_method(class, "forward"))?;
    Some(Callee::of(facts.function(method)))
}

/// The function that a call in the body of another one runs, of whatever file.
pub(crate) fn callee_within<'a>(cx: &Cx<'a>, caller: &FunctionInfo, call: &ast::ExprCall) -> Option<Callee<'a>> {
    let (facts, of_file) = (cx.project_facts, cx.project_facts.file(caller.file));
    if let Some(entity) = of_file.entity(&call.func) {
        return of_entity(facts, entity);
    }
    let ast::Expr::Attribute(method) = &*call.func else { return of_object(facts, of_file, &call.func) };
    let is_super = |expr: &ast::Expr| matches!(expr, ast::Expr::Call(call) if views::is_same_name(&call.func, "super"));
    let is_own = |expr: &ast::Expr| {
        let own = caller.params.first().filter(|_| caller.role != Role::Static);
        own.is_some_and(|own| views::is_same_name(expr, &own.name))
    };
    let (object, name) = (&*method.value, method.attr.as_str());
    let class = match (caller.class, of_file.fact(object).kind) {
        (Some(class), _) if is_super(object) => return of_base(facts, class, name),
        (Some(class), _) if is_own(object) => class,
        (_, Kind::Instance(class)) => class,
        _ if let Some(Entity::Class(class)) = of_file.entity(object) => return of_class(facts, *class, name),
        _ => return None,
    };
    let function = facts.lookup_method(class, name).map(|id| facts.function(id)).filter(|function| function.role != Role::Property);
    function.map(Callee::of).or_else(|| of_object(facts, of_file, &call.func))
}
