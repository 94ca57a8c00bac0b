//! `new.weight = old.weight` of a layer that takes the place of the old one: the model holds the parameter once, before and after.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec, node};

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
    if !is_made || !cx.is_pure(old) || !puts(cx, body, stmt, &new.id, &place, old) {
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
    /// Of a walk over all modules by their paths: whoever holds it is looked up.
    Walked,
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
                    ("named_modules", _) if views::is_same_name(child, &name.id) => return Some(Self::Walked),
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
                        Self::Walked => true,
                    }
            }
            _ => false,
        }
    }
}

/// Whether the new layer is put into the place behind the statement, and the old one is not read from there on.
fn puts<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], stmt: &'a ast::Stmt, new: &str, place: &Place<'a>, old: &'a ast::Expr) -> bool {
    let mut put = None;
    node::statements(body, &mut |later| {
        if put.is_none() && later.start() >= stmt.end() && place.gets(cx, later, new) {
            put = Some(later);
        }
    });
    let Some(put) = put else { return false };
    let ast::Expr::Name(old) = old else { return true };
    let mut is_read = false;
    for part in body {
        Node::Stmt(part).walk(&mut |node| {
            is_read |= matches!(node, Node::Expr(ast::Expr::Name(name)) if name.id == old.id && name.ctx.is_load() && name.start() >= put.end());
        });
    }
    !is_read
}
