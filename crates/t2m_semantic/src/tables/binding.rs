//! Binding of a call's arguments to a signature, by Python's rules.

use t2m_syntax::ast;

use super::Tables;
use super::signature::{ParamStyle, Signature};

/// What one parameter received.
#[derive(Debug, Clone, Default)]
pub enum Argument<'a> {
    #[default]
    Absent,
    One(&'a ast::Expr),
    /// Of a variadic parameter; starred items are among them as `Starred`.
    Many(Vec<&'a ast::Expr>),
}

/// A call bound to a signature: one argument per parameter, and the order in which they were written.
#[derive(Debug, Clone)]
pub struct Bound<'a> {
    pub arguments: Vec<Argument<'a>>,
    /// Keywords as written, with the parameter that each belongs to.
    pub keywords: Vec<(&'a ast::Keyword, usize)>,
}

impl<'a> Bound<'a> {
    pub fn get(&self, param: usize) -> Option<&'a ast::Expr> {
        match self.arguments.get(param)? {
            Argument::One(expr) => Some(expr),
            _ => None,
        }
    }

    pub fn is_absent(&self, param: usize) -> bool {
        match &self.arguments[param] {
            Argument::Absent => true,
            Argument::One(_) => false,
            Argument::Many(items) => items.is_empty(),
        }
    }
}

/// Why a call does not fit a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BindError {
    /// `f(*xs)` where the parameters are not variadic, or `f(**kw)`.
    Starred,
    UnknownKeyword(String),
    TooMany,
    Twice(String),
    Missing(String),
}

impl std::fmt::Display for BindError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Starred => write!(f, "a starred argument can't be matched to parameters"),
            Self::UnknownKeyword(name) => write!(f, "keyword `{name}` is not among the known parameters"),
            Self::TooMany => write!(f, "there are more arguments than known parameters"),
            Self::Twice(name) => write!(f, "parameter `{name}` is given twice"),
            Self::Missing(name) => write!(f, "parameter `{name}` is missing"),
        }
    }
}

/// Tells the keywords in `**kwargs`, where the dictionary is known.
pub type Splat<'s, 'a> = &'s dyn Fn(&'a ast::Expr) -> Option<Vec<(&'a str, &'a ast::Expr)>>;

/// Binds `call` to `signature`. `receiver` takes the first parameter of a method.
///
/// # Errors
/// The call does not fit.
pub fn bind<'a>(
    tables: &Tables,
    signature: &Signature,
    receiver: Option<&'a ast::Expr>,
    call: &'a ast::ExprCall,
    splat: Splat<'_, 'a>,
) -> Result<Bound<'a>, BindError> {
    let params = &signature.params;
    let mut arguments: Vec<Argument<'a>> = vec![Argument::Absent; params.len()];
    let variadic = params.iter().position(|param| param.style == ParamStyle::Variadic);
    let rest = params.iter().position(|param| param.style == ParamStyle::VariadicKeywords);
    for at in variadic.into_iter().chain(rest) {
        arguments[at] = Argument::Many(Vec::new());
    }
    let mut next = 0;
    for arg in receiver.into_iter().chain(&call.args) {
        let positional = params.get(next).is_some_and(|param| matches!(param.style, ParamStyle::PositionalOnly | ParamStyle::Positional));
        let starred = matches!(arg, ast::Expr::Starred(_));
        if positional && !starred {
            arguments[next] = Argument::One(arg);
            next += 1;
        } else if let Some(at) = variadic
            && (!positional || params[next..at].is_empty())
        {
            if let Argument::Many(items) = &mut arguments[at] {
                items.push(arg);
            }
        } else {
            return Err(if starred { BindError::Starred } else { BindError::TooMany });
        }
    }
    let mut keywords = Vec::new();
    for keyword in &call.keywords {
        let Some(name) = &keyword.arg else {
            if take_rest(&mut arguments, rest, &keyword.value) {
                continue;
            }
            for (name, value) in splat(&keyword.value).ok_or(BindError::Starred)? {
                let (at, param) = signature.param(name).ok_or_else(|| BindError::UnknownKeyword(name.to_owned()))?;
                if matches!(param.style, ParamStyle::Variadic | ParamStyle::VariadicKeywords) || !matches!(arguments[at], Argument::Absent)
                {
                    return Err(BindError::Twice(name.to_owned()));
                }
                arguments[at] = Argument::One(value);
            }
            continue;
        };
        let found = signature.param(name).or_else(|| signature.param(tables.keyword(name)));
        match found {
            // `size=(2, 3)` names a variadic parameter.
            Some((at, param)) if param.style == ParamStyle::Variadic => match &mut arguments[at] {
                Argument::Many(items) if items.is_empty() => {
                    items.push(&keyword.value);
                    keywords.push((keyword, at));
                }
                _ => return Err(BindError::Twice(name.to_string())),
            },
            Some((at, param)) if !matches!(param.style, ParamStyle::VariadicKeywords | ParamStyle::PositionalOnly) => {
                if !matches!(arguments[at], Argument::Absent) {
                    return Err(BindError::Twice(name.to_string()));
                }
                arguments[at] = Argument::One(&keyword.value);
                keywords.push((keyword, at));
            }
            _ if take_rest(&mut arguments, rest, &keyword.value) => {}
            // Where a function writes its result is no matter of its value: rows don't speak of it.
            _ if receiver.is_none() && name.as_str() == "out" => {}
            _ => return Err(BindError::UnknownKeyword(name.to_string())),
        }
    }
    for (param, argument) in params.iter().zip(&arguments) {
        let needed = matches!(param.style, ParamStyle::PositionalOnly | ParamStyle::Positional | ParamStyle::KeywordOnly);
        if needed && param.default.is_none() && matches!(argument, Argument::Absent) {
            return Err(BindError::Missing(param.name.clone()));
        }
    }
    Ok(Bound { arguments, keywords })
}

/// Gives a keyword's value to the `**rest` of the signature, if it has one.
fn take_rest<'a>(arguments: &mut [Argument<'a>], rest: Option<usize>, value: &'a ast::Expr) -> bool {
    match rest.map(|at| &mut arguments[at]) {
        Some(Argument::Many(items)) => {
            items.push(value);
            true
        }
        _ => false,
    }
}
