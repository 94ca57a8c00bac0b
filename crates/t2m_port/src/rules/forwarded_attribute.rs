//! `except AttributeError: return getattr(self.module, name)` of a wrapper: MLX asks whether a module has an attribute before it sets one.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node};

use super::{Hook, Rule, Shape, attribute_name};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::receiver;
use crate::views;

pub(super) const RULE: Rule =
    Rule { name: "forwarded-attribute", doc: include_str!("forwarded_attribute.md"), hook: Hook::Expr(&[Shape::Call], wrapped) };

/// `getattr(self.module, name)` in such a method: what is wrapped is found without the method, which would ask for it again and again where it is not set yet.
fn wrapped<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let def = cx.ancestors(Node::Expr(expr)).find_map(|up| match up {
        Node::Stmt(stmt @ ast::Stmt::FunctionDef(def)) => Some((stmt, def)),
        _ => None,
    });
    let (stmt, def) = def.filter(|(_, def)| def.name.as_str() == "__getattr__")?;
    receiver::class_of_body(cx, stmt).filter(|class| receiver::makes_modules(cx, *class))?;
    let (found, held) = forwards(cx, def)?;
    if !std::ptr::eq(found, call) {
        return None;
    }
    let name = attribute_name::ported(cx, held).unwrap_or_else(|| held.attr.to_string());
    Some(Claim::edit(vec![Edit::text(held.range(), format!("super().__getattr__(\"{name}\")"))]))
}

/// The call of `getattr`, and `self.module`, of a method that gives what the wrapped object has and the wrapper has not, and does nothing else.
pub(super) fn forwards<'a>(cx: &Cx<'a>, def: &'a ast::StmtFunctionDef) -> Option<(&'a ast::ExprCall, &'a ast::ExprAttribute)> {
    let [own, name] = &def.args.args[..] else { return None };
    let is_text = |stmt: &&ast::Stmt| matches!(stmt, ast::Stmt::Expr(e) if e.value.is_constant_expr());
    let body: Vec<_> = def.body.iter().skip_while(is_text).collect();
    let [ast::Stmt::Try(attempt)] = body[..] else { return None };
    let ([ast::Stmt::Return(first)], [handler], [], []) =
        (&attempt.body[..], &attempt.handlers[..], &attempt.orelse[..], &attempt.finalbody[..])
    else {
        return None;
    };
    let ast::ExceptHandler::ExceptHandler(handler) = handler;
    let is_caught = handler.type_.as_deref().is_some_and(|error| views::is_same_name(error, "AttributeError"));
    let ([ast::Stmt::Return(second)], true) = (&handler.body[..], is_caught) else { return None };
    let (ast::Expr::Call(first), ast::Expr::Call(second)) = (first.value.as_deref()?, second.value.as_deref()?) else { return None };
    let is_name = |arg: &ast::Expr| views::is_same_name(arg, &name.def.arg);
    let ast::Expr::Attribute(method) = &*first.func else { return None };
    let asks_base =
        receiver::is_super(cx, &method.value) && method.attr.as_str() == "__getattr__" && matches!(&first.args[..], [arg] if is_name(arg));
    match &second.args[..] {
        [ast::Expr::Attribute(held), arg]
            if asks_base
                && is_name(arg)
                && views::is_same_name(&second.func, "getattr")
                && views::is_same_name(&held.value, &own.def.arg) =>
        {
            Some((second, held))
        }
        _ => None,
    }
}
