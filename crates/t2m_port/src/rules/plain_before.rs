//! Whether an attribute may hold a plain tensor or a buffer when it gets an `nn.Parameter`. The port keeps those out of training, and an assignment of an array
//! would leave it so.

use t2m_semantic::{ClassId, FileId, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, node};

use super::last_name;
use super::module_array::holds_tensors;
use super::parameter_in_branch::may_stay_plain;
use super::set_outside::is_called_model;
use crate::cx::Cx;
use crate::survey::{Sort, Store};
use crate::{receiver, storage, views};

/// Of `object.name = nn.Parameter(...)`, which stands at `at`.
pub(super) fn may_be_plain<'a>(cx: &Cx<'a>, object: &'a ast::Expr, name: &str, at: Node<'a>) -> bool {
    let is_own = receiver::self_class(cx, object).is_some();
    let is_plain = |class: ClassId| stores_tensor(cx, class, name, at) || !is_own && is_buffer(cx, class, name);
    if is_deleted_above(cx, object, name, at) {
        return true;
    }
    match receiver::class_of(cx, object) {
        Some(class) => receiver::family(cx, class).any(is_plain),
        None if matches!(cx.kind(object), Kind::Unknown | Kind::Module) => {
            cx.project_facts.classes().any(|(class, _)| receiver::makes_modules(cx, class) && is_plain(class))
        }
        None => false,
    }
}

/// `del self.scale` in front of `self.scale = ...`: what stood there says nothing of what the module gets.
pub(super) fn is_deleted_above<'a>(cx: &Cx<'a>, object: &'a ast::Expr, name: &str, at: Node<'a>) -> bool {
    if !cx.text_has("del") {
        return false;
    }
    let body = views::enclosing_body(cx, object);
    let object = cx.source(object);
    let is_it =
        |expr: &ast::Expr| matches!(expr, ast::Expr::Attribute(own) if own.attr.as_str() == name && cx.source(&*own.value) == object);
    let mut found = false;
    node::statements(body, &mut |stmt| {
        if stmt.range().end() > at.range().start() {
            return;
        }
        found |= match stmt {
            ast::Stmt::Delete(deleted) => deleted.targets.iter().any(is_it),
            ast::Stmt::Expr(statement) => match &*statement.value {
                // `delattr(self, "scale")`
                ast::Expr::Call(call) => match &call.args[..] {
                    [of, key] => last_name(&call.func) == Some("delattr") && cx.source(of) == object && receiver::string(key) == Some(name),
                    _ => false,
                },
                _ => false,
            },
            _ => false,
        };
    });
    found
}

fn is_buffer(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    cx.shared.survey.declared(class, name) == Some(Sort::Buffer)
}

fn stores_tensor<'a>(cx: &Cx<'a>, class: ClassId, name: &str, at: Node<'a>) -> bool {
    let file = cx.project_facts.class(class).file;
    let facts = cx.project_facts.file(file);
    let is_before = |put: &'a ast::Expr| file != cx.id || !excludes(cx, at, put.range());
    let stores_known = cx.shared.survey.stores(class, name).iter().any(|store| match store {
        Store::Whole(put) => {
            receiver::parameter(facts, put).is_none()
                && holds_tensors(&facts.fact(put).kind)
                && !is_of_no_module(cx, file, put)
                && is_before(put)
        }
        _ => false,
    });
    stores_known || is_parameter(cx, class, name) && stores_open(cx, class, name).any(is_before)
}

fn is_parameter(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    receiver::family(cx, class).any(|class| cx.shared.survey.declared(class, name) == Some(Sort::Parameter))
}

/// What the class puts into the attribute of which nothing but the parameter tells that it is a tensor.
fn stores_open<'a>(cx: &Cx<'a>, class: ClassId, name: &str) -> impl Iterator<Item = &'a ast::Expr> {
    let own = Cx::new(cx.project, cx.project_facts, cx.tables, cx.project_facts.class(class).file, cx.shared);
    let alone = cx.shared.survey.stores(class, name).iter().filter_map(|store| match store {
        Store::Whole(put) => Some(*put),
        _ => None,
    });
    let mut found: Vec<&'a ast::Expr> = alone.chain(stores_among_others(&own, class, name)).collect();
    found.retain(|put| may_stay_plain(&own, class, name, put));
    found.into_iter()
}

/// `v` of `self.f, self.g = v, v * 2`, in methods of the class.
fn stores_among_others<'a>(cx: &Cx<'a>, class: ClassId, name: &str) -> Vec<&'a ast::Expr> {
    let mut found = Vec::new();
    for method in cx.project_facts.class(class).methods.values() {
        let function = cx.project_facts.function(*method);
        let suite = &cx.project.file(function.file).source.suite;
        let Some(def) = storage::function_at(suite, function.range).filter(|_| function.file == cx.id) else { continue };
        node::statements(&def.body, &mut |stmt| {
            let ast::Stmt::Assign(assign) = stmt else { return };
            let tuples = assign.targets.iter().filter(|target| target.is_tuple_expr());
            let pairs = tuples.flat_map(|target| views::pairs_of(target, &assign.value));
            found.extend(pairs.filter(|(target, _)| is_attribute(target, name)).map(|(_, put)| put));
        });
    }
    found
}

fn is_attribute(target: &ast::Expr, name: &str) -> bool {
    matches!(target, ast::Expr::Attribute(target) if target.attr.as_str() == name)
}

/// Whether a value is put into something else than a module, which only has an attribute of the same name: `cache.memory = x`.
fn is_of_no_module<'a>(cx: &Cx<'a>, file: FileId, put: &'a ast::Expr) -> bool {
    let may_be_module = |object: &ast::Expr| {
        let kind = cx.project_facts.file(file).fact(object).kind;
        cx.project_facts.is_module(&kind) || kind.is_unknown() && is_called_model(object)
    };
    cx.shared.survey.stores_from_outside(file).iter().filter_map(|stmt| receiver::assignment(stmt)).any(|(target, value)| {
        std::ptr::eq(value, put) && target.as_attribute_expr().is_some_and(|attribute| !may_be_module(&attribute.value))
    })
}

/// Whether two places exclude each other, or the other one comes later in the same function: `if learned: self.w = nn.Parameter(w)`, `else: self.w = w`.
fn excludes<'a>(cx: &Cx<'a>, at: Node<'a>, other: TextRange) -> bool {
    for up in cx.ancestors(at) {
        match up {
            Node::Stmt(ast::Stmt::If(choice)) if choice.range.contains_range(other) => {
                let is_in = |suite: &[ast::Stmt], range: TextRange| suite.iter().any(|stmt| stmt.range().contains_range(range));
                let (here, there) = (is_in(&choice.body, at.range()), is_in(&choice.body, other));
                return here != there || other.start() > at.range().start();
            }
            Node::Stmt(ast::Stmt::FunctionDef(function)) => {
                return function.range.contains_range(other) && other.start() > at.range().start();
            }
            _ => {}
        }
    }
    false
}
