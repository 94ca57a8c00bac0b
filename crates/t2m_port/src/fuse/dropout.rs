//! Dropout between the weights and the values, which goes where it is proved to be off.

use t2m_syntax::ast;

use super::flow::Term;
use super::form;
use crate::cx::Cx;

/// Dropout: of what, and why it can't go, if it can't.
pub(super) fn dropped<'a>(cx: &Cx<'a>, term: Term<'a>) -> Option<(Term<'a>, Option<&'static str>)> {
    const REASON: &str = "dropout on the weights is not known to be 0";
    if let Some(op) = form::op(cx, term.expr).filter(|op| op.name == "dropout") {
        let off = op.arg(1, &["p"]).is_some_and(|p| form::number(p) == Some(0.0)) || op.arg(2, &["training"]).is_some_and(form::is_false);
        return Some((term.with(op.arg(0, &["input"])?), (!off).then_some(REASON)));
    }
    let ast::Expr::Call(call) = term.expr else { return None };
    let ([input], []) = (&call.args[..], &call.keywords[..]) else { return None };
    let attribute = match &*call.func {
        ast::Expr::Attribute(attribute) => attribute,
        _ => return None,
    };
    let is_none = |made: &&'a ast::Expr| match cx.call_of(made, "torch.nn.Dropout") {
        Some(made) => {
            let p = made.args.first().or_else(|| made.keywords.iter().find(|kw| kw.arg.as_deref() == Some("p")).map(|kw| &kw.value));
            p.is_some_and(|p| form::number(p) == Some(0.0))
        }
        None => cx.call_of(made, "torch.nn.Identity").is_some(),
    };
    let made = form::stored(cx, &call.func, &attribute.attr).unwrap_or_default();
    let off = !made.is_empty() && made.iter().all(is_none);
    let is_dropout = form::layer(cx, &call.func).is_some_and(|name| matches!(name.as_str(), "torch.nn.Dropout" | "torch.nn.Identity"));
    // A layer of unknown sort between the weights and the values is most likely this one.
    (is_dropout || off || attribute.attr.contains("drop")).then_some((term.with(input), (!off).then_some(REASON)))
}
