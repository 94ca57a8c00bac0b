//! Arguments that are spread where the signature wants single ones: the call goes to what takes the same parameters in the same order.

use t2m_semantic::tables::signature::{Signature, Word};
use t2m_semantic::tables::{Case, Row, Section, Then};
use t2m_syntax::Edit;
use t2m_syntax::ast::{self, Ranged};

use super::{call_of, compiled, value_text};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::handlers;
use crate::names::Module;

/// `torch.linspace(*limits, 9, device=device)`: what stands for the name where it is passed on takes its arguments as they come.
pub(super) fn spread_by_value<'a>(
    cx: &Cx<'a>,
    row: &Row,
    signature: &Signature,
    receiver: Option<&'a ast::Expr>,
    call: &'a ast::ExprCall,
) -> Option<Claim<'a>> {
    if let Some(receiver) = receiver {
        return spread_by_function(cx, signature, receiver, call);
    }
    let value = row.value.as_deref().filter(|_| row.section == Section::Function && !row.in_place && row.check.is_none())?;
    let is_ours = value.starts_with("compat.");
    let mut kept = Vec::new();
    for keyword in &call.keywords {
        let (_, param) = signature.param(keyword.arg.as_deref()?)?;
        if param.accepts(Word::Unsupported) {
            return None;
        }
        if !param.accepts(Word::Ignored) {
            kept.push(keyword);
        }
    }
    // A function of MLX has other keywords than PyTorch's.
    if !is_ours && !kept.is_empty() {
        return None;
    }
    let (text, uses) = value_text(cx, &signature.name)?;
    if kept.len() == call.keywords.len() {
        return Some(Claim::edit(vec![Edit::text(call.func.range(), text)]).uses(uses));
    }
    Some(call_of(&text, call.args.iter(), kept.into_iter(), &str::to_owned).uses(uses))
}

/// `x.mean(**how)`: what stands for `torch.mean`, if that has the parameters of the method.
fn spread_by_function<'a>(cx: &Cx<'a>, signature: &Signature, receiver: &'a ast::Expr, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let function = format!("torch.{}", signature.name.strip_prefix("Tensor.")?);
    let mut rows = cx.tables.lookup(&function).filter(|(_, signature)| !signature.is_bare);
    let (Some((row, twin)), None) = (rows.next(), rows.next()) else { return None };
    let names = |signature: &Signature| signature.params.iter().map(|param| param.name.clone()).collect::<Vec<_>>();
    let is_ours = row.value.as_deref().is_some_and(|value| value.starts_with("compat."));
    if !is_ours || row.in_place || row.check.is_some() || names(twin) != names(signature) {
        return None;
    }
    let (text, uses) = value_text(cx, &function)?;
    Some(call_of(&text, std::iter::once(receiver).chain(&call.args), call.keywords.iter(), &str::to_owned).uses(uses))
}

/// `optim.AdamW(groups, lr=lr, **options)`
pub(super) fn options<'a>(cx: &Cx<'a>, row: &Row, signature: &Signature, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    (row.check.as_deref() == Some("optimizer")).then(|| handlers::optimizer::with_options(cx, signature, call)).flatten()
}

/// `self.add_module(*stage)`: what is spread goes to a function that takes the same parameters in the same order.
pub(super) fn spread_last<'a>(
    cx: &Cx<'a>,
    row: &Row,
    signature: &Signature,
    receiver: Option<&'a ast::Expr>,
    call: &'a ast::ExprCall,
) -> Option<Claim<'a>> {
    let is_starred = |arg: &ast::Expr| matches!(arg, ast::Expr::Starred(_));
    let (last, others) = call.args.split_last()?;
    if !is_starred(last) || others.iter().any(is_starred) || !call.keywords.is_empty() || row.in_place || row.check.is_some() {
        return None;
    }
    let [
        Case {
            when,
            used,
            differentiated: false,
            differentiable: false,
            half: false,
            growing: false,
            lessened: false,
            caught: false,
            stepped: false,
            assigned: None,
            asked: _,
            escapes: None,
            evaluates: _,
            then: Then::Template(text),
        },
    ] = &row.cases[..]
    else {
        return None;
    };
    if !when.is_empty() || !used.is_empty() {
        return None;
    }
    let template = compiled(text)?;
    let callee = template.same_parameters(signature)?;
    let callee = format!("{}.{callee}", cx.names.of(Module::Compat));
    Some(call_of(&callee, receiver.into_iter().chain(&call.args), [].iter(), &str::to_owned).uses(template.uses()))
}
