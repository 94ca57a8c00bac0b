//! `def snapshot(model): return model.state_dict()`: whose arrays a function of the project gives, as they are.

use t2m_semantic::Role;
use t2m_syntax::{ast, node};

use super::last_name;
use crate::callee::callee;
use crate::cx::Cx;
use crate::{storage, views};

/// The model of `snapshot(model)`, `model.weights()` and `trainer.state()`.
pub(super) fn model<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<&'a ast::Expr> {
    let callee = callee(cx, call)?;
    let function = callee.function;
    let source = &cx.project.file(function.file).source;
    if !source.slice(function.range).contains(".state_dict(") {
        return None;
    }
    let def = storage::function_at(&source.suite, function.range)?;
    let mut asked = None;
    node::statements(&def.body, &mut |stmt| {
        if let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt {
            asked = asked.or_else(|| state_of(value).or_else(|| bound_state(&def.body, value)));
        }
    });
    let owner = head(asked?)?;
    // `self.net.state_dict()`: the state is the object's.
    if function.role == Role::Method && function.params.first().is_some_and(|own| own.name == owner) {
        return callee.object(call);
    }
    callee.passed(call).find(|(param, _)| *param == owner).map(|(_, given)| given)
}

/// `state = model.state_dict()`, and then `return state`.
fn bound_state<'a>(body: &'a [ast::Stmt], value: &ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Name(name) = value else { return None };
    match views::bindings(body, &name.id)[..] {
        [(_, state)] => state_of(state),
        _ => None,
    }
}

/// The model of `model.state_dict()`, and of another dictionary of the same tensors.
fn state_of(value: &ast::Expr) -> Option<&ast::Expr> {
    match value {
        ast::Expr::Call(call) => match (&*call.func, &call.args[..]) {
            (ast::Expr::Attribute(method), []) if method.attr.as_str() == "state_dict" => Some(&method.value),
            (ast::Expr::Attribute(method), []) if method.attr.as_str() == "copy" => state_of(&method.value),
            (func, [state]) if matches!(last_name(func), Some("dict" | "OrderedDict" | "copy")) => state_of(state),
            _ => None,
        },
        // `{k: v for k, v in model.state_dict().items()}`
        ast::Expr::DictComp(all) => {
            let [generator] = &all.generators[..] else { return None };
            let (ast::Expr::Call(items), ast::Expr::Tuple(pair)) = (&generator.iter, &generator.target) else { return None };
            let ast::Expr::Attribute(method) = &*items.func else { return None };
            let [_, ast::Expr::Name(item)] = &pair.elts[..] else { return None };
            let is_same = method.attr.as_str() == "items" && views::is_same_name(&all.value, item.id.as_str());
            is_same.then(|| state_of(&method.value)).flatten()
        }
        _ => None,
    }
}

/// `self` of `self.net`
fn head(model: &ast::Expr) -> Option<&str> {
    match model {
        ast::Expr::Name(name) => Some(name.id.as_str()),
        ast::Expr::Attribute(part) => head(&part.value),
        _ => None,
    }
}
