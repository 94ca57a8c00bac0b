//! What objects hold whose constructors nobody wrote: `@dataclass`, `NamedTuple` and `namedtuple` keep their arguments as they are.

use std::cell::RefCell;

use rustc_hash::FxHashSet;
use t2m_semantic::{ClassInfo, Entity};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::node;

use crate::cx::Cx;
use crate::{receiver, storage, views, written_arguments};

/// An argument of a constructor, and the name under which the object keeps it.
pub(crate) struct Held<'a> {
    pub(crate) field: Option<&'a str>,
    pub(crate) argument: &'a ast::Expr,
}

/// What the object of a call holds, by place, where the constructor is generated; none if there is another one.
pub(crate) fn generated<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Vec<Held<'a>>> {
    if call.args.is_empty() && call.keywords.is_empty() {
        return None;
    }
    let fields = match cx.entity(&call.func) {
        Some(Entity::Class(class)) => {
            let info = cx.project_facts.class(*class);
            let is_generated = !info.is_module && cx.project_facts.lookup_method(*class, "__init__").is_none();
            // Fields of a base come first.
            is_generated.then(|| info.mro.iter().rev().flat_map(|class| fields(cx, cx.project_facts.class(*class))).collect())?
        }
        None => names_of_tuple(cx, &call.func)?,
        _ => return None,
    };
    let by_place = call.args.iter().enumerate().map(|(at, argument)| Held { field: fields.get(at).copied(), argument });
    let by_name = call.keywords.iter().filter_map(|keyword| Some(Held { field: Some(keyword.arg.as_deref()?), argument: &keyword.value }));
    Some(by_place.chain(by_name).collect())
}

/// `k` and `v` of `k: Tensor`, `v: Tensor` in the body of a class
fn fields<'a>(cx: &Cx<'a>, class: &ClassInfo) -> Vec<&'a str> {
    let Some(def) = class_at(&cx.project.file(class.file).source.suite, class) else { return Vec::new() };
    let field = |stmt: &'a ast::Stmt| match stmt {
        ast::Stmt::AnnAssign(ast::StmtAnnAssign { target, .. }) => target.as_name_expr().map(|name| name.id.as_str()),
        _ => None,
    };
    def.body.iter().filter_map(field).collect()
}

pub(crate) fn class_at<'a>(suite: &'a [ast::Stmt], class: &ClassInfo) -> Option<&'a ast::StmtClassDef> {
    let before = suite.partition_point(|stmt| stmt.range().start() <= class.range.start());
    match suite[..before].last().filter(|stmt| stmt.range().contains_range(class.range))? {
        ast::Stmt::ClassDef(def) if def.range == class.range => Some(def),
        around => node::suites(around).into_iter().find_map(|inner| class_at(inner, class)),
    }
}

/// `k` and `v` of `Pair = namedtuple("Pair", ["k", "v"])` and of `namedtuple("Pair", "k v")`
fn names_of_tuple<'a>(cx: &Cx<'a>, func: &'a ast::Expr) -> Option<Vec<&'a str>> {
    let ast::Expr::Name(name) = func else { return None };
    let ast::Expr::Call(made) = &*cx.text_has("namedtuple(").then(|| cx.only_assignment(&name.id))??.value else { return None };
    let names = made.args.get(1).filter(|_| cx.is_qualified(&made.func, "collections.namedtuple"))?;
    match names {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            elts.iter().map(receiver::string).collect()
        }
        names => Some(receiver::string(names)?.split([' ', ',']).filter(|name| !name.is_empty()).collect()),
    }
}

/// The arguments that the object of a call holds and that somebody writes to through it: `view.k[0] = 1`, `self.k += 1` in a method.
pub(crate) fn written<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, of_interest: impl Fn(&'a ast::Expr) -> bool) -> Vec<&'a ast::Expr> {
    let mut held = generated(cx, call).unwrap_or_default();
    held.retain(|held| held.field.is_some() && of_interest(held.argument));
    if held.is_empty() {
        return Vec::new();
    }
    let class = match cx.entity(&call.func) {
        Some(Entity::Class(class)) => Some(*class),
        _ => None,
    };
    let is_written_by_method = |field: &str| {
        let mut methods = class
            .into_iter()
            .flat_map(|class| receiver::family(cx, class))
            .flat_map(|class| cx.project_facts.class(class).methods.values());
        methods.any(|id| {
            let method = cx.project_facts.function(*id);
            let def = storage::function_at(&cx.project.file(method.file).source.suite, method.range);
            def.is_some_and(|def| written_arguments::writes_member(def, Some(field)))
        })
    };
    let own = own_name(cx, call);
    let is_written = |field: &str| match own {
        Some((name, body)) => body.iter().any(|stmt| is_written_as(stmt, name, field)),
        None => cx.shared.survey.writes_member(field) || is_written_by_method(field),
    };
    held.into_iter().filter(|held| held.field.is_some_and(is_written)).map(|held| held.argument).collect()
}

/// The name of an object of which the function around only takes fields, and its statements: nobody else can write to them.
fn own_name<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<(&'a str, &'a [ast::Stmt])> {
    let ast::Stmt::Assign(assign) = cx.statement(&call.func)? else { return None };
    let ([ast::Expr::Name(name)], true) = (&assign.targets[..], assign.value.range() == call.range) else { return None };
    let (body, mut is_own) = (views::enclosing_body(cx, &call.func), true);
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(read @ ast::Expr::Name(own)) = node
                && own.id == name.id
                && own.ctx.is_load()
            {
                is_own &= matches!(cx.parent(read), Some(Node::Expr(field @ ast::Expr::Attribute(_))) if !receiver::is_callee(cx, field));
            }
        });
    }
    is_own.then_some((name.id.as_str(), body))
}

/// `view.k[0] = 1`
fn is_written_as(stmt: &ast::Stmt, name: &str, field: &str) -> bool {
    let is_it = |expr: &ast::Expr| match views::below_views(expr) {
        ast::Expr::Attribute(member) => views::is_same_name(&member.value, name) && member.attr.as_str() == field,
        _ => false,
    };
    let mut is_written = false;
    Node::Stmt(stmt).walk(&mut |node| is_written |= storage::writes_to(node, &is_it));
    is_written
}

/// Notes the name of what a node writes to through an object other than `self`: `k` of `view.k[0] = 1`.
pub(crate) fn note_written_member(node: Node<'_>, found: &mut FxHashSet<String>) {
    let found = RefCell::new(found);
    // Each candidate is noted, and none is what is looked for.
    let note = |expr: &ast::Expr| {
        if let ast::Expr::Attribute(member) = views::below_views(expr)
            && !views::is_same_name(&member.value, "self")
            && !found.borrow().contains(member.attr.as_str())
        {
            found.borrow_mut().insert(member.attr.to_string());
        }
        false
    };
    storage::writes_to(node, &note);
}
