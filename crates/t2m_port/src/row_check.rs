//! What the tables can't see of a row: whether its templates, helpers, handlers and codes exist.

use t2m_semantic::tables::signature::{ParamStyle, Signature, Word};
use t2m_semantic::tables::{Row, Then};

use crate::codes;
use crate::handlers::HANDLERS;
use crate::helpers::Helpers;
use crate::template::Template;

/// Checks a row for what would only come out when it is used.
///
/// # Errors
/// What is wrong, in words.
pub fn check_row(row: &Row) -> Result<(), String> {
    for case in &row.cases {
        match &case.then {
            Then::Template(text) => check_template(row, text)?,
            Then::Handler(name) => check_handler(name)?,
            Then::Todo { code, .. } if codes::page(code).is_none() => {
                return Err(format!("there is no code `{code}`; `torch2mlx explain` lists all"));
            }
            Then::Todo { .. } => {}
        }
    }
    row.check.iter().try_for_each(|name| check_handler(name))?;
    row.value.iter().chain(&row.doubtful).chain(&row.store).try_for_each(|text| check_template(row, text))
}

fn check_template(row: &Row, text: &str) -> Result<(), String> {
    let template = Template::compile(text)?;
    for hole in template.holes() {
        if let Some(signature) = row.signatures.iter().find(|signature| !signature.is_bare && signature.param(hole).is_none()) {
            return Err(format!("template `{text}`: `{hole}` is not a parameter of `{}`", signature.name));
        }
    }
    if text.contains('(')
        && let Some((signature, rest)) = row.signatures.iter().find_map(|signature| Some((signature, lost_keywords(&template, signature)?)))
    {
        return Err(format!(
            "template `{text}` has no place for `**{rest}` of `{}`: annotate it as `ignored`, or use `relabel`",
            signature.name
        ));
    }
    match template.uses().helpers.iter().find(|name| !Helpers::embedded().contains(name)) {
        Some(name) => Err(format!("template `{text}`: there is no helper `{name}`")),
        None => Ok(()),
    }
}

/// The `**rest` of a signature, whose values a template can't write: a hole takes arguments by place.
fn lost_keywords<'s>(template: &Template, signature: &'s Signature) -> Option<&'s str> {
    let rest = signature.params.iter().find(|param| param.style == ParamStyle::VariadicKeywords)?;
    let is_dropped = rest.accepts(Word::Ignored) || rest.accepts(Word::Unsupported);
    (!is_dropped && !template.holes().any(|hole| hole == rest.name)).then_some(&*rest.name)
}

fn check_handler(name: &str) -> Result<(), String> {
    if HANDLERS.iter().any(|(known, _)| *known == name) {
        return Ok(());
    }
    let known: Vec<String> = HANDLERS.iter().map(|(known, _)| format!("`{known}`")).collect();
    Err(format!("there is no handler `{name}`; the handlers are {}", known.join(", ")))
}
