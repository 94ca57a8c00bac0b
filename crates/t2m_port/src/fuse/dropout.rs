//! Dropout between the weights and the values, which goes where it is proved to be off.

use t2m_syntax::ast;

use super::flow::Term;
use super::form;
use crate::cx::Cx;
use crate::receiver;

/// Dropout: of what, and why it can't go, if it can't.
pub(super) fn dropped<'a>(cx: &Cx<'a>, term: Term<'a>) -> Option<(Term<'a>, Option<&'static str>)> {
    const REASON: &str = "dropout on the weights is not known to be 0";
    if let Some(op) = form::op(cx, term.expr).filter(|op| op.name == "dropout") {
        let off = op.arg(1, &["p"]).is_some_and(|p| is_zero(cx, p, 4)) || op.arg(2, &["training"]).is_some_and(form::is_false);
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
            p.is_some_and(|p| is_zero(cx, p, 4))
        }
        None => cx.call_of(made, "torch.nn.Identity").is_some(),
    };
    let made = form::stored(cx, &call.func, &attribute.attr).unwrap_or_default();
    let off = !made.is_empty() && made.iter().all(is_none);
    let is_dropout = receiver::layer(cx, &call.func).is_some_and(|name| matches!(name.as_str(), "torch.nn.Dropout" | "torch.nn.Identity"));
    // A layer of unknown sort between the weights and the values is most likely this one.
    (is_dropout || off || attribute.attr.contains("drop")).then_some((term.with(input), (!off).then_some(REASON)))
}

/// `0.0`, an attribute that holds nothing else, `0.0 if self.training else 0.0`.
fn is_zero<'a>(cx: &Cx<'a>, p: &'a ast::Expr, depth: usize) -> bool {
    match p {
        _ if form::number(p) == Some(0.0) => true,
        _ if depth == 0 => false,
        ast::Expr::IfExp(choice) => is_zero(cx, &choice.body, depth - 1) && is_zero(cx, &choice.orelse, depth - 1),
        ast::Expr::Attribute(attribute) if matches!(&*attribute.value, ast::Expr::Name(of) if of.id.as_str() == "self") => {
            let values = form::stored(cx, p, &attribute.attr).unwrap_or_default();
            !values.is_empty() && values.iter().all(|value| is_zero(cx, value, depth - 1))
        }
        _ => false,
    }
}
