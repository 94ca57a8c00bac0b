//! `optim.Adam(model.parameters(), lr=...)`: an MLX optimizer gets the model in `update`, so the first argument goes, if it is all parameters of models.
//! Groups, and parameters that are chosen, belong to a helper that asks the model where they are.

use t2m_semantic::tables::signature::Word;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Piece, Prec};

use super::Call;
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::rules::trained_by;

pub(super) fn optimizer<'a>(cx: &Cx<'a>, call: &Call<'_, 'a>) -> Result<Option<Claim<'a>>, Finding> {
    let refuse = |reason: String| {
        let finding = Finding::todo(codes::OPTIMIZER, call.call.range(), reason);
        finding.help("an MLX optimizer updates one model: join several in a module, or use mlx.optimizers.MultiOptimizer for groups")
    };
    let Some(params) = call.argument("params") else {
        return Err(refuse(format!("`{}` has no plain first argument", call.signature.name)));
    };
    match trained_by(cx, params) {
        Some(trained) if trained.is_whole => Ok(None),
        Some(trained) => Ok(Some(grouped(cx, call, params, &trained.models))),
        None => {
            Err(refuse(format!("`{}` gets `{}`, not the parameters of models that are known", call.signature.name, cx.snippet(params))))
        }
    }
}

/// `compat.ParamGroups(model, groups, compat.AdamW, lr=...)`
fn grouped<'a>(cx: &Cx<'a>, call: &Call<'_, 'a>, params: &'a ast::Expr, models: &[String]) -> Claim<'a> {
    let (function, mut uses) = cx.member(Module::Compat, "ParamGroups");
    let class = call.signature.name.rsplit('.').next().unwrap_or_default();
    let (class, more) = cx.member(Module::Compat, class);
    uses.extend(&more);
    let model = match models {
        [model] => model.clone(),
        models => {
            let (sequential, more) = cx.member(Module::Nn, "Sequential");
            uses.extend(&more);
            format!("{sequential}({})", models.join(", "))
        }
    };
    let mut pieces =
        vec![Piece::text(format!("{function}({model}, ")), Piece::Expr(params, Prec::Named), Piece::text(format!(", {class}"))];
    for (at, param) in call.signature.params.iter().enumerate() {
        let is_setting = param.name != "params" && !param.accepts(Word::Ignored);
        if let Some(value) = call.bound.get(at).filter(|_| is_setting) {
            pieces.extend([Piece::text(format!(", {}=", param.name)), Piece::Expr(value, Prec::Named)]);
        }
    }
    pieces.push(Piece::text(")"));
    Claim::build(pieces, Prec::Atom).uses(uses)
}
