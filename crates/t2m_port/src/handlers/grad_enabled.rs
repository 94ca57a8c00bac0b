//! `torch.is_grad_enabled()` is true where nothing says otherwise, and false in a `no_grad` block or function.

use t2m_syntax::Prec;

use super::Call;
use crate::claim::Claim;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::rules::is_off_at;

pub(super) fn grad_enabled<'a>(cx: &Cx<'a>, call: &Call<'_, 'a>) -> Result<Option<Claim<'a>>, Finding> {
    Ok(is_off_at(cx, &call.call.func).then(|| Claim::text("False", Prec::Atom)))
}
