//! Handlers: rows whose logic needs more than one parameter at once. Named by `handler = "..."` in a row; listed in [`HANDLERS`].

mod cat;
mod deque;
mod grad_enabled;
mod list_write;
mod masked_softmax;
mod module_list;
pub(crate) mod optimizer;

use t2m_semantic::tables::binding::Bound;
use t2m_semantic::tables::signature::Signature;
use t2m_syntax::Edit;
use t2m_syntax::ast::{self, Ranged};

use crate::claim::Claim;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::rows;

pub(crate) use cat::may_be_empty;

/// What a handler sees of its call.
pub struct Call<'c, 'a> {
    pub signature: &'c Signature,
    pub bound: &'c Bound<'a>,
    pub receiver: Option<&'a ast::Expr>,
    pub call: &'a ast::ExprCall,
}

impl<'a> Call<'_, 'a> {
    /// The argument of a parameter, if the caller wrote one.
    pub fn argument(&self, name: &str) -> Option<&'a ast::Expr> {
        let (at, _) = self.signature.param(name)?;
        self.bound.get(at)
    }
}

/// Writes a claim, or says in a finding why it can't. `None` leaves the writing to the row's templates.
pub type Handler = for<'c, 'a> fn(&Cx<'a>, &Call<'c, 'a>) -> Result<Option<Claim<'a>>, Finding>;

/// All handlers, by name.
pub const HANDLERS: &[(&str, Handler)] = &[
    ("cat", cat::cat),
    ("deque", deque::deque),
    ("grad_enabled", grad_enabled::grad_enabled),
    ("list_write", list_write::list_write),
    ("masked_softmax", masked_softmax::masked_softmax),
    ("module_list", module_list::module_list),
    ("optimizer", optimizer::optimizer),
    ("relabel", relabel),
];

/// The arguments stay as they are: the callee alone changes, to the row's `value`.
fn relabel<'a>(cx: &Cx<'a>, call: &Call<'_, 'a>) -> Result<Option<Claim<'a>>, Finding> {
    let Some((text, uses)) = rows::value_text(cx, &call.signature.name) else { return Ok(None) };
    Ok(Some(Claim::edit(vec![Edit::text(call.call.func.range(), text)]).uses(uses)))
}

pub(crate) fn run<'a>(
    name: &str,
    cx: &Cx<'a>,
    signature: &Signature,
    bound: &Bound<'a>,
    receiver: Option<&'a ast::Expr>,
    call: &'a ast::ExprCall,
) -> Option<Result<Option<Claim<'a>>, Finding>> {
    let (_, handler) = HANDLERS.iter().find(|(known, _)| *known == name)?;
    Some(handler(cx, &Call { signature, bound, receiver, call }))
}
