//! Writes a training step: the loss function, its gradients, the update.

use t2m_syntax::ast;
use t2m_syntax::{Edit, Nest, Piece, Prec};

use super::Step;
use super::events::{Clip, argument};
use crate::claim::StmtClaim;
use crate::cx::{Cx, contains_word};
use crate::names::Module;
use crate::rules::SuiteClaims;

/// The claims on the statements of a step.
pub(super) fn claims<'a>(cx: &Cx<'a>, step: &Step<'a>) -> Result<SuiteClaims<'a>, String> {
    let names = Written {
        function: unused(cx, &["loss_fn", "compute_loss", "forward_loss", "step_loss"]),
        gradients: unused(cx, &["grads", "gradients", "model_grads"]),
        loss: match step.loss {
            ast::Expr::Name(_) | ast::Expr::Attribute(_) => cx.source(step.loss).to_owned(),
            _ => unused(cx, &["loss", "total_loss", "step_loss_value"]),
        },
    };
    let mut claims: SuiteClaims<'a> = step.zero_grads.iter().chain(&step.scaling).map(|gone| (*gone, StmtClaim::delete())).collect();
    claims.push((step.place.own(), backward(cx, step, &names)?));
    if let Some(guard) = step.place.guard {
        claims.push((guard, otherwise(step, &names)));
    }
    for clip in &step.clips {
        claims.push((clip.stmt, clipping(cx, clip, &names.gradients)?));
    }
    claims.push((&step.place.block[step.step], update(cx, step, &names)));
    Ok(claims)
}

/// New names.
struct Written {
    function: String,
    gradients: String,
    loss: String,
}

fn unused(cx: &Cx<'_>, names: &[&str]) -> String {
    let free = names.iter().find(|name| !contains_word(&cx.file.text, name));
    free.map_or_else(|| cx.fresh_name(names[0]), |name| (*name).to_owned())
}

/// `def loss_fn(): ...` and `loss, grads = nn.value_and_grad(model, loss_fn)()`.
fn backward<'a>(cx: &Cx<'a>, step: &Step<'a>, names: &Written) -> Result<StmtClaim<'a>, String> {
    let Written { function, gradients, loss } = names;
    let inputs = step.inputs.join(", ");
    let header = format!("def {function}({inputs}):");
    let outputs: String = step.outputs.iter().map(|name| format!(", {name}")).collect();
    let footer = vec![Piece::text("return "), Piece::Expr(step.loss, Prec::Named), Piece::text(outputs.clone())];
    let value = if outputs.is_empty() { loss.clone() } else { format!("({loss}{outputs})") };
    let (value_and_grad, uses) = cx.member(Module::Nn, "value_and_grad");
    let call = format!("{value}, {gradients} = {value_and_grad}({}, {function})({inputs})", step.model);
    let stmts = step.run();
    let claim = if stmts.is_empty() {
        if !cx.owns_its_lines(step.place.own()) {
            return Err("its statements share a line with others".into());
        }
        let mut pieces = vec![Piece::text(header), Piece::NewLine(1)];
        pieces.extend(footer);
        pieces.extend([Piece::NewLine(0), Piece::text(call)]);
        StmtClaim::replace(pieces)
    } else {
        let call = vec![Piece::text(call)];
        let is_apart = step.has_tail && step.place.guard.is_none();
        let (mut claim, below) = if is_apart { (StmtClaim::delete(), Some(call)) } else { (StmtClaim::replace(call), None) };
        claim.nest = Some(Nest { header, stmts, footer, below });
        claim
    };
    Ok(claim.uses(uses))
}

/// Where the gradients are not wanted, the loss function is called as it is.
fn otherwise<'a>(step: &Step<'a>, names: &Written) -> StmtClaim<'a> {
    let outputs: String = step.outputs.iter().map(|name| format!(", {name}")).collect();
    let call = format!("{}{outputs} = {}({})", names.loss, names.function, step.inputs.join(", "));
    let mut claim = StmtClaim::keep();
    claim.decision.after = vec![vec![Piece::text("else:"), Piece::NewLine(1), Piece::text(call)]];
    claim
}

/// `grads, norm = optim.clip_grad_norm(grads, max_norm=1.0)`: gradients are values, so clipping gives new ones.
fn clipping<'a>(cx: &Cx<'a>, clip: &Clip<'a>, gradients: &str) -> Result<StmtClaim<'a>, String> {
    let starred =
        clip.call.args.iter().any(|arg| matches!(arg, ast::Expr::Starred(_))) || clip.call.keywords.iter().any(|k| k.arg.is_none());
    let (limit, names) =
        if clip.by_value { ("clip_value", &["foreach"][..]) } else { ("max_norm", &["foreach", "error_if_nonfinite", "norm_type"][..]) };
    let Some(value) = argument(clip.call, 1, limit).filter(|_| !starred) else {
        return Err("the limit of the clipping is not plain".into());
    };
    if clip
        .call
        .keywords
        .iter()
        .filter_map(|k| k.arg.as_deref())
        .any(|name| name != limit && name != "parameters" && !names.contains(&name))
    {
        return Err("the clipping has an argument that MLX does not take".into());
    }
    if clip.by_value {
        let (function, uses) = cx.member(Module::Compat, "clip_grad_value_");
        let pieces =
            vec![Piece::text(format!("{gradients} = {function}({gradients}, ")), Piece::Expr(value, Prec::Named), Piece::text(")")];
        return Ok(StmtClaim::replace(pieces).uses(uses));
    }
    let norm_type = argument(clip.call, 2, "norm_type").filter(|value| !matches!(cx.source(*value), "2" | "2.0"));
    let nonfinite = argument(clip.call, 3, "error_if_nonfinite").filter(|value| cx.source(*value) != "False");
    let is_plain = norm_type.is_none() && nonfinite.is_none();
    let (function, uses) =
        if is_plain { cx.member(Module::Optimizers, "clip_grad_norm") } else { cx.member(Module::Compat, "clip_grad_norm_") };
    if clip.is_embedded {
        let is_text = |value: &ast::Expr| cx.is_simple(value) && cx.entity(value).is_none();
        if !is_plain || !is_text(value) {
            return Err(format!("`{}` does more than clip", cx.snippet(clip.stmt)));
        }
        let norm = unused(cx, &["grad_norm", "total_norm", "gradient_norm"]);
        let line = format!("{gradients}, {norm} = {function}({gradients}, max_norm={})", cx.source(value));
        let mut claim = StmtClaim::edit(vec![Edit::text(clip.call.range, norm)]);
        claim.decision.before = vec![line];
        return Ok(claim.uses(uses));
    }
    let norm = clip.norm.map_or("_", |norm| cx.source(norm));
    let mut pieces = vec![Piece::text(format!("{gradients}, {norm} = {function}({gradients}, max_norm=")), Piece::Expr(value, Prec::Named)];
    for (name, value) in [("norm_type", norm_type), ("error_if_nonfinite", nonfinite)] {
        if let Some(value) = value {
            pieces.extend([Piece::text(format!(", {name}=")), Piece::Expr(value, Prec::Named)]);
        }
    }
    pieces.push(Piece::text(")"));
    Ok(StmtClaim::replace(pieces).uses(uses))
}

/// `optimizer.update(model, grads)`, and the evaluation of everything that the step changed.
fn update<'a>(cx: &Cx<'a>, step: &Step<'a>, names: &Written) -> StmtClaim<'a> {
    let optimizer = cx.source(step.optimizer);
    let mut claim = StmtClaim::replace(vec![Piece::text(format!("{optimizer}.update({}, {})", step.model, names.gradients))]);
    let (eval, uses) = cx.member(Module::Core, "eval");
    claim.decision.after = vec![vec![Piece::text(format!("{eval}({}, {}.parameters(), {optimizer}.state)", names.loss, step.outermost))]];
    claim.uses(uses)
}
