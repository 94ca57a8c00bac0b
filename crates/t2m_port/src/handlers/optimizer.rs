//! `optim.Adam(model.parameters(), lr=...)`: an MLX optimizer gets the model in `update`, so the first argument goes, if it is one model's parameters.

use t2m_syntax::ast::Ranged;

use super::Call;
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::rules::model_of_parameters;

pub(super) fn optimizer<'a>(cx: &Cx<'a>, call: &Call<'_, 'a>) -> Result<Option<Claim<'a>>, Finding> {
    let refuse = |reason: String| {
        let finding = Finding::todo(codes::OPTIMIZER, call.call.range(), reason);
        finding.help("an MLX optimizer updates one model: join several in a module, or use mlx.optimizers.MultiOptimizer for groups")
    };
    let Some(params) = call.argument("params") else {
        return Err(refuse(format!("`{}` has no plain first argument", call.signature.name)));
    };
    match model_of_parameters(cx, params) {
        Some(_) => Ok(None),
        None => Err(refuse(format!("`{}` gets `{}`, not the parameters of one model", call.signature.name, cx.snippet(params)))),
    }
}
