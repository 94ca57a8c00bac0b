//! `torch.is_grad_enabled()` is true where nothing says otherwise, and false in a `no_grad` block or function. Where callers may have switched gradients off,
//! and values depend on it, a flag of the helper module tells: see `asked_gradients`.

use t2m_syntax::ast::Ranged;
use t2m_syntax::{Edit, Node, Prec};

use super::Call;
use crate::asked_gradients::{Told, is_answered, told_around};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::rules::last_name;

pub(super) fn grad_enabled<'a>(cx: &Cx<'a>, call: &Call<'_, 'a>) -> Result<Option<Claim<'a>>, Finding> {
    let func = &*call.call.func;
    let Some(Node::Expr(question)) = cx.parent(func) else { return Ok(None) };
    let asks_gradients = cx.is_qualified(func, "torch.is_grad_enabled");
    if asks_gradients && told_around(cx, question) == Some(Told::Off) {
        return Ok(Some(Claim::text("False", Prec::Atom)));
    }
    if !is_answered(cx, question) {
        return Ok(None);
    }
    let Some(name) = cx.qualified(func).and_then(|name| name.rsplit('.').next()).or_else(|| last_name(func)) else { return Ok(None) };
    let (text, uses) = cx.member(Module::Compat, name);
    Ok(Some(Claim::edit(vec![Edit::text(func.range(), text)]).uses(uses)))
}
