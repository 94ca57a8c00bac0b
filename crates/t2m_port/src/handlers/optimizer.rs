//! `optim.Adam(model.parameters(), lr=...)`: an MLX optimizer gets the model in `update`, so the first argument goes, if it is all parameters of models.
//! Groups, and parameters that are chosen, belong to a helper that asks the model where they are.

use t2m_semantic::tables::signature::{Signature, Word};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Piece, Prec};

use super::Call;
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::rules::{Holder, TrainedModels, norm_of_all, owner_elsewhere, passed_whole, trained_by};

pub(super) fn optimizer<'a>(cx: &Cx<'a>, call: &Call<'_, 'a>) -> Result<Option<Claim<'a>>, Finding> {
    let refuse = |reason: String| {
        let finding = Finding::todo(codes::OPTIMIZER, call.call.range(), reason);
        finding.help("an MLX optimizer updates one model: join several in a module, or use mlx.optimizers.MultiOptimizer for groups")
    };
    let Some(params) = call.argument("params") else {
        return Err(refuse(format!("`{}` has no plain first argument", call.signature.name)));
    };
    if let Some(clip) = norm_of_all(cx, params) {
        return Err(refuse(format!(
            "`{clip}` elsewhere takes the norm of all gradients, and those of parameters beside `{}` add up from step to step",
            cx.snippet(params)
        )));
    }
    match trained_by(cx, params) {
        Some(trained) if trained.is_whole && owner_elsewhere(cx, params).is_none_or(|_| is_lbfgs(call.signature)) => Ok(None),
        // Its step asks for all gradients at once.
        Some(_) if is_lbfgs(call.signature) => Err(refuse(format!("`{}` trains all parameters of models alike", call.signature.name))),
        Some(trained) => {
            let given = call.signature.params.iter().enumerate().filter_map(|(at, param)| Some((param, call.bound.get(at)?)));
            let settings = given.filter(|(param, _)| param.name != "params" && !param.accepts(Word::Ignored));
            let settings: Vec<_> = settings.map(|(param, value)| (Some(param.name.as_str()), value)).collect();
            Ok(Some(grouped(cx, call.signature, params, &trained, &settings)))
        }
        None if !is_lbfgs(call.signature) && passed_whole(cx, params) => Ok(None),
        None => {
            Err(refuse(format!("`{}` gets `{}`, not the parameters of models that are known", call.signature.name, cx.snippet(params))))
        }
    }
}

/// `optim.AdamW(groups, lr=lr, **options)`: the helper looks which options there are when it runs.
pub(crate) fn with_options<'a>(cx: &Cx<'a>, signature: &Signature, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let is_starred = |arg: &ast::Expr| matches!(arg, ast::Expr::Starred(_));
    if is_lbfgs(signature) || call.args.iter().any(is_starred) || call.keywords.iter().all(|keyword| keyword.arg.is_some()) {
        return None;
    }
    let mut settings = Vec::new();
    let mut params = None;
    let positional = call.args.iter().zip(&signature.params).map(|(arg, param)| (Some(param.name.as_str()), arg));
    let named = call.keywords.iter().map(|keyword| (keyword.arg.as_deref(), &keyword.value));
    for (name, value) in positional.chain(named) {
        match name {
            Some("params") => params = Some(value),
            Some(name) if signature.param(name)?.1.accepts(Word::Ignored) => {}
            name => settings.push((name, value)),
        }
    }
    let params = params?;
    let trained = trained_by(cx, params)?;
    Some(grouped(cx, signature, params, &trained, &settings))
}

fn is_lbfgs(signature: &Signature) -> bool {
    signature.name == "torch.optim.LBFGS"
}

/// `compat.ParamGroups(model, groups, compat.AdamW, lr=...)`; what has no name is a dictionary of settings.
fn grouped<'a>(
    cx: &Cx<'a>,
    signature: &Signature,
    params: &'a ast::Expr,
    trained: &TrainedModels,
    settings: &[(Option<&str>, &'a ast::Expr)],
) -> Claim<'a> {
    let (function, mut uses) = cx.member(Module::Compat, "ParamGroups");
    let class = signature.name.rsplit('.').next().unwrap_or_default();
    let (class, more) = cx.member(Module::Compat, class);
    uses.extend(&more);
    let holder = Holder::of(cx, std::iter::once(&trained.models[..]), &trained.arrays);
    uses.extend(&holder.uses);
    // Who steps it elsewhere gives it the gradients of all.
    let model = owner_elsewhere(cx, params).map_or_else(|| holder.text(cx), |owner| cx.source(owner).to_owned());
    let mut pieces =
        vec![Piece::text(format!("{function}({model}, ")), Piece::Expr(params, Prec::Named), Piece::text(format!(", {class}"))];
    for (name, value) in settings {
        let (head, prec) = match name {
            Some(name) => (format!(", {name}="), Prec::Named),
            None => (", **".to_owned(), Prec::BitOr),
        };
        pieces.extend([Piece::text(head), Piece::Expr(value, prec)]);
    }
    pieces.push(Piece::text(")"));
    Claim::build(pieces, Prec::Atom).uses(uses)
}
