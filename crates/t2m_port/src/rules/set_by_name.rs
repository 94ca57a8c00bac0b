//! What a module gets by a name that is computed: `setattr(self, name, value)`. To MLX a tensor, a buffer and a parameter are one kind of value.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast;
use t2m_syntax::{Node, Piece, Prec};

use super::module_array::holds_tensors;
use super::plain_before::may_be_plain;
use super::set_outside::is_set_outside;
use super::{function_values, parameter_in_branch, parameter_or_tensor, set_member};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::names::Module;
use crate::{receiver, views};

/// `setattr(self, name, nn.Buffer(value))` as `compat.register_buffer(self, name, value)`, and others that MLX would take for something else.
pub(super) fn claim<'a>(cx: &Cx<'a>, at: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Expr(stmt) = at else { return None };
    let ast::Expr::Call(setter) = &*stmt.value else { return None };
    if let Some(claim) = set_above(cx, setter) {
        return Some(claim);
    }
    let is_setattr = matches!(cx.entity(&setter.func), Some(Entity::Builtin(name)) if name == "setattr");
    let (object, name, value) = match (&setter.args[..], &*setter.func) {
        ([object, name, value], _) if is_setattr => (object, name, value),
        // `self.__setattr__(name, value)`
        ([name, value], ast::Expr::Attribute(method)) if method.attr.as_str() == "__setattr__" && method.value.is_name_expr() => {
            (&*method.value, name, value)
        }
        _ => return None,
    };
    let is_renamed = begins_hidden(name) || may_be_number(cx, name) || !is_setattr && set_member::is_open(cx, name);
    let registered = [("torch.nn.Buffer", "register_buffer", "persistent"), ("torch.nn.Parameter", "register_parameter", "requires_grad")];
    let found = registered.iter().find_map(|(made, helper, flag)| Some((*helper, *flag, cx.call_of(value, made)?)));
    if found.is_none()
        && cx.kind(value) != Kind::Parameter
        && receiver::is_module(cx, object)
        && let Some(claim) = parameter_or_tensor::found(cx, at, value)
    {
        return Some(claim);
    }
    let (helper, data, flag) = match found {
        Some((helper, flag, call)) => {
            let flag = receiver::argument(call, 1, flag).filter(|value| cx.source(*value) != "True").map(|value| (flag, value));
            let is_plain = || receiver::string(name).is_some_and(|name| may_be_plain(cx, object, name, Node::Stmt(at)));
            if helper == "register_parameter" && flag.is_none() && !is_renamed && !is_plain() && !set_member::is_open(cx, name) {
                return None;
            }
            (helper, receiver::argument(call, 0, "data")?, flag)
        }
        None if is_renamed && cx.project_facts.is_trained(&cx.kind(value)) => ("add_module", value, None),
        None if !begins_hidden(name)
            && receiver::self_class(cx, object)
                .zip(receiver::string(name))
                .is_some_and(|(class, name)| parameter_in_branch::may_stay_plain(cx, class, name, value)) =>
        {
            ("set_member", value, None)
        }
        // Nothing but a layer is called by a number.
        None if may_be_number(cx, name) && receiver::is_module(cx, object) && cx.kind(value).is_unknown() && !is_option(cx, value) => {
            ("add_module", value, None)
        }
        None if !begins_hidden(name)
            && (receiver::is_module(cx, object)
                && (holds_tensors(&cx.kind(value)) || is_option(cx, value) || function_values::gives_tensor(cx, value))
                || receiver::self_class(cx, object).is_none()
                    && is_set_outside(cx, object, receiver::string(name).unwrap_or_default(), value)) =>
        {
            // A rate, or a name that the port changes: the run knows.
            let is_open = receiver::self_class(cx, object).is_none() || set_member::is_open(cx, name);
            (if is_open && receiver::string(name).is_none() { "set_by_name" } else { "set_tensor" }, value, None)
        }
        None => return None,
    };
    let (helper, uses) = cx.member(Module::Compat, helper);
    let mut pieces = vec![
        Piece::text(format!("{helper}(")),
        Piece::Expr(object, Prec::Test),
        Piece::text(", "),
        // PyTorch's own name, whatever it is in the port.
        if name.is_constant_expr() { Piece::text(cx.source(name).to_owned()) } else { Piece::Expr(name, Prec::Test) },
        Piece::text(", "),
        Piece::Expr(data, Prec::Test),
    ];
    if let Some((name, flag)) = flag {
        pieces.extend([Piece::text(format!(", {name}=")), Piece::Expr(flag, Prec::Test)]);
    }
    pieces.push(Piece::text(")"));
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// `super().__setattr__(name, value)` in a method that is not that one itself.
fn set_above<'a>(cx: &Cx<'a>, setter: &'a ast::ExprCall) -> Option<StmtClaim<'a>> {
    let ast::Expr::Attribute(method) = &*setter.func else { return None };
    let (ast::Expr::Call(above), [name, value]) = (&*method.value, &setter.args[..]) else { return None };
    let is_above = method.attr.as_str() == "__setattr__" && matches!(&*above.func, ast::Expr::Name(name) if name.id.as_str() == "super");
    if !is_above || !(is_option(cx, value) || holds_tensors(&cx.kind(value))) {
        return None;
    }
    let function = cx.project_facts.function(cx.project_facts.enclosing_function(cx.id, setter.range)?);
    let of_module = function.class.is_some_and(|class| receiver::makes_modules(cx, class));
    let own = function.params.first().filter(|_| of_module && !function.name.starts_with("__set"))?;
    let (helper, uses) = cx.member(Module::Compat, "set_by_name");
    let pieces = vec![
        Piece::text(format!("{helper}({}, ", own.name)),
        Piece::Expr(name, Prec::Test),
        Piece::text(", "),
        Piece::Expr(value, Prec::Test),
        Piece::text(")"),
    ];
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// Ex) `v` of `for k, v in kwargs.items(): setattr(self, k, v)`, or `kwargs[k]` there, of which nothing tells what it is: an option of the caller, and no
/// parameter.
pub(super) fn is_option<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    if !cx.kind(value).is_unknown() {
        return false;
    }
    if let ast::Expr::Subscript(item) = value {
        let (ast::Expr::Name(given), ast::Expr::Name(key)) = (&*item.value, &*item.slice) else { return false };
        let is_walked = |walk: &'a ast::StmtFor| {
            let keys = match &*walk.iter {
                ast::Expr::Call(call) => match &*call.func {
                    ast::Expr::Attribute(method) if method.attr.as_str() == "keys" => &*method.value,
                    ast::Expr::Name(_) => call.args.first().unwrap_or(&walk.iter),
                    _ => &*walk.iter,
                },
                keys => keys,
            };
            views::is_same_name(&walk.target, &key.id) && views::is_same_name(keys, &given.id)
        };
        let mut around = cx.ancestors(Node::Expr(value));
        let is_key = around.any(|up| matches!(up, Node::Stmt(ast::Stmt::For(walk)) if is_walked(walk)));
        return is_key && receiver::is_parameter_around(cx, value, &given.id);
    }
    let ast::Expr::Name(name) = value else { return false };
    let is_bound = |target: &ast::Expr| match target {
        ast::Expr::Tuple(pair) => pair.elts.iter().any(|item| views::is_same_name(item, &name.id)),
        _ => false,
    };
    let holder = cx.ancestors(Node::Expr(value)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::For(walk)) if is_bound(&walk.target) => Some(&*walk.iter),
        _ => None,
    });
    let Some(ast::Expr::Call(items)) = holder else { return false };
    let ast::Expr::Attribute(method) = &*items.func else { return false };
    let ast::Expr::Name(given) = &*method.value else { return false };
    method.attr.as_str() == "items" && receiver::is_parameter_around(cx, value, &given.id)
}

/// Whether MLX would hide what gets this name, as far as its text tells: `"_scale"`, `f"_w{i}"`, `"_w%d" % i`.
fn begins_hidden(name: &ast::Expr) -> bool {
    match name {
        ast::Expr::Constant(constant) => constant.value.as_str().is_some_and(|name| name.starts_with('_')),
        ast::Expr::JoinedStr(text) => text.values.first().is_some_and(begins_hidden),
        ast::Expr::BinOp(operation) => begins_hidden(&operation.left),
        ast::Expr::Call(call) => matches!(&*call.func, ast::Expr::Attribute(method) if begins_hidden(&method.value)),
        _ => false,
    }
}

/// Whether MLX would take what gets this name for a place in a list, as far as its text tells: `"0"`, `str(i)`, `f"{i}"`.
fn may_be_number<'a>(cx: &Cx<'a>, name: &'a ast::Expr) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match name {
        ast::Expr::Constant(constant) => constant.value.as_str().is_some_and(|name| is_digits(name)),
        ast::Expr::JoinedStr(text) => text.values.iter().all(|part| receiver::string(part).is_none_or(is_digits)),
        ast::Expr::BinOp(operation) => receiver::string(&operation.left) == Some("%d"),
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) => receiver::string(&method.value) == Some("{}"),
            func => matches!(cx.entity(func), Some(Entity::Builtin(name)) if name == "str"),
        },
        _ => false,
    }
}
