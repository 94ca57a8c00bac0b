//! `new.weight = old.weight` of a layer that takes the place of the old one: the model holds the parameter once, before and after.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec, TextRange, node};

use super::last_name;
use super::set_member::root;
use super::tied_weight::Stored;
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::names::Module;
use crate::{receiver, views};

/// `compat.take_parameter(new, "weight", old, "weight")`
pub(super) fn taken<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, stored: &Stored<'a>) -> Option<StmtClaim<'a>> {
    let (ast::Expr::Name(new), ast::Expr::Attribute(from)) = (stored.object, stored.value) else { return None };
    let (old, body) = (&*from.value, views::enclosing_body(cx, stored.object));
    let made = views::bindings(body, &new.id);
    let is_made = !made.is_empty() && made.iter().all(|(at, value)| matches!(at, Node::Stmt(ast::Stmt::Assign(_))) && value.is_call_expr());
    let place = Place::of(cx, body, old)?;
    if !is_made || !cx.is_pure(old) {
        return None;
    }
    let put = put(cx, body, stmt, &new.id, &place)?;
    if !is_let_go(cx, body, stmt, put, &place, old) {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "take_parameter");
    let pieces = vec![
        Piece::text(format!("{helper}({}, \"{}\", ", new.id, stored.name)),
        Piece::Expr(old, Prec::Test),
        Piece::text(format!(", \"{}\")", from.attr)),
    ];
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// Where the old layer is held.
enum Place<'a> {
    /// `model.head`
    Attribute(&'a str),
    /// `parent` and `name` of `getattr(parent, name)`, and of `for name, old in parent.named_children()`.
    Named { parent: &'a str, name: &'a str },
    /// `old` of a walk over all modules by their paths: whoever holds it is looked up.
    Walked(&'a str),
}

impl<'a> Place<'a> {
    fn of(cx: &Cx<'a>, body: &'a [ast::Stmt], old: &'a ast::Expr) -> Option<Self> {
        let ast::Expr::Name(name) = old else {
            return old.is_attribute_expr().then(|| Self::Attribute(cx.source(old)));
        };
        match views::bindings(body, &name.id)[..] {
            [(Node::Stmt(ast::Stmt::Assign(_)), value @ ast::Expr::Attribute(_))] => Some(Self::Attribute(cx.source(value))),
            [(Node::Stmt(ast::Stmt::Assign(_)), ast::Expr::Call(call))] => {
                let is_gotten = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "getattr");
                let [parent, name] = &call.args[..] else { return None };
                is_gotten.then(|| Self::Named { parent: cx.source(parent), name: cx.source(name) })
            }
            [(Node::Stmt(ast::Stmt::For(walk)), iter)] => {
                let ast::Expr::Tuple(target) = &*walk.target else { return None };
                let [key, child] = &target.elts[..] else { return None };
                let iter = match iter {
                    ast::Expr::Call(list) if list.args.len() == 1 && list.func.is_name_expr() => &list.args[0],
                    iter => iter,
                };
                let ast::Expr::Call(call) = iter else { return None };
                let ast::Expr::Attribute(method) = &*call.func else { return None };
                let parent = match (method.attr.as_str(), &*method.value) {
                    ("named_modules", _) if views::is_same_name(child, &name.id) => return Some(Self::Walked(name.id.as_str())),
                    ("named_children", parent) => parent,
                    ("items", ast::Expr::Attribute(modules)) if modules.attr.as_str() == "_modules" => &*modules.value,
                    _ => return None,
                };
                views::is_same_name(child, &name.id).then(|| Self::Named { parent: cx.source(parent), name: cx.source(key) })
            }
            _ => None,
        }
    }

    /// Whether a statement puts the new layer there.
    fn gets<'s>(&self, cx: &Cx<'s>, stmt: &'s ast::Stmt, new: &str) -> bool {
        match stmt {
            ast::Stmt::Assign(assign) if views::is_same_name(&assign.value, new) => match (&assign.targets[..], self) {
                ([target @ ast::Expr::Attribute(_)], Self::Attribute(place)) => cx.source(target) == *place,
                ([ast::Expr::Subscript(item)], Self::Named { parent, name }) => {
                    let is_modules = matches!(&*item.value, ast::Expr::Attribute(modules)
                        if modules.attr.as_str() == "_modules" && cx.source(&*modules.value) == *parent);
                    is_modules && cx.source(&*item.slice) == *name
                }
                _ => false,
            },
            ast::Stmt::Expr(expr) => {
                let ast::Expr::Call(call) = &*expr.value else { return false };
                let [parent, name, value] = &call.args[..] else { return false };
                let sets = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "setattr");
                sets && views::is_same_name(value, new)
                    && match self {
                        Self::Attribute(place) => {
                            receiver::string(name).is_some_and(|name| format!("{}.{name}", cx.source(parent)) == *place)
                        }
                        Self::Named { parent: holder, name: key } => cx.source(parent) == *holder && cx.source(name) == *key,
                        Self::Walked(old) => receiver::string(name).is_none() && root(parent) != Some(*old),
                    }
            }
            _ => false,
        }
    }
}

/// The statement that puts the new layer into the place, whatever else the function does behind `stmt`.
fn put<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], stmt: &'a ast::Stmt, new: &str, place: &Place<'a>) -> Option<&'a ast::Stmt> {
    let (mut put, mut is_left) = (None, false);
    each_suite(body, &mut |suite| {
        let Some(at) = suite.iter().position(|own| own.range().contains_range(stmt.range())) else { return };
        if let Some(later) = suite[at + 1..].iter().find(|later| put.is_none() && place.gets(cx, later, new)) {
            put = Some(later);
        }
    });
    let put: &ast::Stmt = put?;
    node::statements(body, &mut |between| {
        let leaves = matches!(between, ast::Stmt::Return(_) | ast::Stmt::Break(_) | ast::Stmt::Continue(_));
        is_left |= leaves && between.start() >= stmt.end() && between.end() <= put.start();
    });
    (!is_left).then_some(put)
}

/// Visits a suite and all below, outer ones first.
fn each_suite<'a>(suite: &'a [ast::Stmt], visit: &mut dyn FnMut(&'a [ast::Stmt])) {
    visit(suite);
    suite.iter().for_each(|stmt| node::suites(stmt).into_iter().for_each(|inner| each_suite(inner, visit)));
}

/// Whether nothing else may keep the old layer: it is asked for its attributes, and no more. Where it is read of its place, that counts up to the put.
fn is_let_go<'a>(
    cx: &Cx<'a>,
    body: &'a [ast::Stmt],
    stmt: &'a ast::Stmt,
    put: &'a ast::Stmt,
    place: &Place<'a>,
    old: &'a ast::Expr,
) -> bool {
    let mut is_let_go = true;
    let is_binding = |read: &'a ast::Expr| {
        matches!((cx.parent(read), old), (Some(Node::Stmt(ast::Stmt::Assign(assign))), ast::Expr::Name(old))
            if matches!(&assign.targets[..], [target] if views::is_same_name(target, &old.id)))
    };
    for part in body {
        Node::Stmt(part).walk(&mut |node| {
            let Node::Expr(read) = node else { return };
            let is_old = match (read, place) {
                (ast::Expr::Name(name), _) => name.ctx.is_load() && views::is_same_name(old, &name.id),
                (ast::Expr::Attribute(attribute), Place::Attribute(text)) => {
                    attribute.ctx.is_load() && read.end() <= put.start() && cx.source(read) == *text && !is_binding(read)
                }
                _ => false,
            };
            is_let_go &= !is_old || is_asked(cx, read) || is_of_others(cx, body, stmt, read);
        });
    }
    is_let_go
}

/// `old.in_features`, `isinstance(old, nn.Linear)`, `old is None`
fn is_asked<'a>(cx: &Cx<'a>, old: &'a ast::Expr) -> bool {
    const QUESTIONS: &[&str] = &["callable", "getattr", "hasattr", "isinstance", "print", "repr", "str", "type"];
    match cx.parent(old) {
        Some(Node::Expr(ast::Expr::Attribute(_) | ast::Expr::Compare(_) | ast::Expr::FormattedValue(_))) => true,
        Some(Node::Expr(ast::Expr::Call(call))) => {
            matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if QUESTIONS.contains(&name.as_str()))
        }
        _ => false,
    }
}

/// Whether a walk reads layers in another branch, which are not replaced, or goes on below them: `replace(old)` of the function itself.
fn is_of_others<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], stmt: &'a ast::Stmt, read: &'a ast::Expr) -> bool {
    let is_around = |suite: &&[ast::Stmt], inner: TextRange| suite.iter().any(|own| own.range().contains_range(inner));
    let mut is_apart = false;
    node::statements(body, &mut |branching| {
        if let ast::Stmt::If(branching) = branching {
            let arms = [&branching.body[..], &branching.orelse[..]];
            is_apart |= match arms.iter().position(|arm| is_around(arm, stmt.range())) {
                Some(own) => is_around(&arms[1 - own], read.range()),
                None => false,
            };
        }
    });
    let recurses = || {
        let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(read) else { return false };
        let around = cx.scopes(read).find_map(|up| match up {
            Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def.name.as_str()),
            _ => None,
        });
        around.is_some() && last_name(&call.func) == around
    };
    is_apart || recurses()
}
