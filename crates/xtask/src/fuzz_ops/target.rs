//! What is drawn for: one spelling of a row, and what its executed examples teach about valid calls.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;
use t2m_semantic::tables::signature::ParamStyle;
use t2m_semantic::tables::{Example, Row, Section, Signature, Tables};
use t2m_syntax::SourceFile;
use t2m_syntax::ast::{self, Ranged};

use super::draw::Draw;
use super::run::Difference;
use super::spec::{Inputs, Spec};
use crate::repo;

const SETTINGS: &str = "tests/fuzz-ops.toml";

/// A spelling of a row.
pub(super) struct Target {
    /// The name, and a number where several rows have it.
    pub(super) id: String,
    pub(super) signature: Signature,
    pub(super) in_place: bool,
    /// `mappings/shape.toml:12`
    pub(super) place: String,
    pub(super) bases: Vec<Base>,
    /// For each parameter, the literals that examples pass.
    pub(super) pool: Vec<Vec<String>>,
    pub(super) settings: Settings,
}

impl Target {
    /// Whether one of the inputs may get other axes than the others.
    pub(super) fn broadcasts(&self) -> bool {
        !self.settings.without.iter().any(|word| word == "broadcast")
    }
}

/// The call of an example.
#[derive(Clone)]
pub(super) struct Base {
    /// For each parameter what is passed: nothing, a text, or several to a variadic one.
    pub(super) args: Vec<Vec<String>>,
    pub(super) inputs: Inputs,
    pub(super) check: Option<String>,
    pub(super) tol: Option<f64>,
}

/// What `tests/fuzz-ops.toml` says about names.
#[derive(Default, Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    #[serde(default)]
    names: Vec<String>,
    /// Why.
    #[serde(default)]
    reason: String,
    /// Not drawn at all.
    #[serde(default)]
    pub(super) skip: bool,
    /// `shape` where PyTorch promises no values.
    pub(super) check: Option<String>,
    /// Inputs that are not drawn: dtypes, `integers` (bools too), `empty`, `ones` (a size of one), `scalars` (no axes), `broadcast`; `bool scalars` are both.
    #[serde(default)]
    pub(super) without: Vec<String>,
    /// Parameters that keep the values of examples.
    #[serde(default)]
    pub(super) keep: Vec<String>,
    pub(super) tol: Option<f64>,
    /// Gradients are not compared.
    #[serde(default)]
    pub(super) no_grad: bool,
    /// Gradients are not compared beside an input of these dtypes or sorts.
    #[serde(default)]
    no_grad_beside: Vec<String>,
    /// Beside an input of these dtypes or sorts, only the values of a pair are compared: its indices say which of several equal values is meant.
    #[serde(default)]
    values_beside: Vec<String>,
}

impl Settings {
    /// All that is said about a name, or about all rows of its file.
    fn of(name: &str, file: &str, about: &[Settings]) -> Self {
        let mut all = Self::default();
        let speaks = |said: &&Settings| said.names.iter().any(|pattern| is_said(pattern, name) || pattern == file);
        for said in about.iter().filter(speaks) {
            all.skip |= said.skip;
            all.no_grad |= said.no_grad;
            all.no_grad_beside.extend(said.no_grad_beside.iter().cloned());
            all.values_beside.extend(said.values_beside.iter().cloned());
            all.check = all.check.or(said.check.clone());
            all.tol = all.tol.or(said.tol);
            all.without.extend(said.without.iter().cloned());
            all.keep.extend(said.keep.iter().cloned());
        }
        all
    }

    pub(super) fn refuses(&self, spec: &Spec) -> bool {
        self.without.iter().any(|word| spec.is(word))
    }

    pub(super) fn has_ties_beside(&self, spec: &Spec) -> bool {
        self.values_beside.iter().any(|word| spec.is(word))
    }

    pub(super) fn refuses_gradients_beside(&self, spec: &Spec) -> bool {
        self.no_grad_beside.iter().any(|word| spec.is(word))
    }
}

/// An error that MLX raises where PyTorch has an answer, or a difference that is known of some names, and that names no mistake of the port.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limit {
    /// A part of its text.
    #[serde(default)]
    error: String,
    #[serde(default)]
    names: Vec<String>,
    /// Parts of the call, where it is about some calls of those names: one of them is there.
    #[serde(default)]
    calls: Vec<String>,
    /// Inputs beside which alone it is one: dtypes and sorts, `x: bool` where one input is meant.
    #[serde(default)]
    beside: Vec<String>,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    about: Vec<Settings>,
    limit: Vec<Limit>,
}

impl About {
    pub(super) fn read() -> Result<Self> {
        let file: Self =
            toml::from_str(&repo::read(&repo::root().join(SETTINGS))?).with_context(|| format!("{SETTINGS} is not well formed"))?;
        for settings in &file.about {
            anyhow::ensure!(!settings.reason.is_empty(), "{SETTINGS}: {:?} need a reason", settings.names);
        }
        for limit in &file.limit {
            // Where inputs tell, the error need not.
            let is_narrow = if limit.beside.is_empty() { limit.error.len() > 8 } else { !limit.names.is_empty() };
            anyhow::ensure!(
                !limit.reason.is_empty() && is_narrow,
                "{SETTINGS}: {:?} of {:?} needs a reason, and has to be narrow",
                limit.error,
                limit.names
            );
        }
        Ok(file)
    }

    /// Whether an error of the port is a limit that is known. A difference has to be known of the name: it is not loud.
    pub(super) fn is_limit(&self, targets: &[Target], draw: &Draw, difference: Difference, error: &str) -> bool {
        let target = &targets[draw.target];
        let file = target.place.split(':').next().unwrap_or_default();
        let call = draw.function(targets);
        let of_all = difference == Difference::Raises;
        let names = |limit: &Limit| {
            of_all && limit.names.is_empty() || limit.names.iter().any(|said| is_said(said, &target.signature.name) || said == file)
        };
        let inputs = |limit: &Limit| limit.beside.is_empty() || draw.has_input(&limit.beside);
        let calls = |limit: &Limit| limit.calls.is_empty() || limit.calls.iter().any(|part| call.contains(part));
        let speaks = |limit: &Limit| error.contains(&limit.error) && calls(limit) && names(limit) && inputs(limit);
        self.limit.iter().any(speaks)
    }
}

/// `torch.empty*` says all names that start so, `torch.*_window` those that end so too.
fn is_said(said: &str, name: &str) -> bool {
    match said.split_once('*') {
        Some((start, end)) => name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end),
        None => said == name,
    }
}

/// All spellings of functions, methods and attributes whose names hold the filter, or one of several: `cumsum,cumprod`.
pub(super) fn all(tables: &Tables, about: &About, filter: Option<&str>) -> Vec<Target> {
    let mut targets = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for row in tables.rows() {
        for signature in &row.signatures {
            if filter.is_some_and(|filter| !filter.split(',').any(|part| signature.name.contains(part))) {
                continue;
            }
            if let Some(mut target) = target(row, signature, &about.about) {
                let times = seen.entry(signature.name.clone()).or_insert(0);
                *times += 1;
                target.id = format!("{} {times}", signature.name);
                targets.push(target);
            }
        }
    }
    targets
}

fn target(row: &Row, signature: &Signature, about: &[Settings]) -> Option<Target> {
    let drawn = matches!(row.section, Section::Function | Section::Method | Section::Attribute);
    let of_torch = signature.name.starts_with("Tensor.") || signature.name.starts_with("torch.");
    if !drawn || !of_torch || row.examples.is_empty() {
        return None;
    }
    let settings = Settings::of(&signature.name, &row.origin.file, about);
    if settings.skip {
        return None;
    }
    let bases: Vec<Base> = row.examples.iter().filter_map(|example| base(row, example)).collect();
    let mut pool = vec![Vec::new(); signature.params.len()];
    for base in &bases {
        for (texts, args) in pool.iter_mut().zip(&base.args) {
            for text in args {
                let is_input = base.inputs.iter().any(|(name, _)| has_word(text, name));
                if !is_input && !texts.contains(text) {
                    texts.push(text.clone());
                }
            }
        }
    }
    let place = format!("{}:{}", row.origin.file, row.origin.line);
    Some(Target { id: String::new(), signature: signature.clone(), in_place: row.in_place, place, bases, pool, settings })
}

/// The call of an example in parts, if it is one call of a spelling of this row. Spellings share parameter names, and so positions.
fn base(row: &Row, example: &Example) -> Option<Base> {
    if ["setup", "packages", "model"].iter().any(|key| example.rest.contains_key(*key)) {
        return None;
    }
    let file = SourceFile::parse("example.py", format!("{}\n", example.torch)).ok()?;
    let value = file.suite.iter().find_map(|stmt| match stmt {
        ast::Stmt::Expr(stmt) => Some(&*stmt.value),
        ast::Stmt::Assign(stmt) => Some(&*stmt.value),
        _ => None,
    })?;
    let (signature, args) = call(row, &file, value)?;
    let mut inputs = Inputs::new();
    for (key, value) in &example.rest {
        if !["also", "check", "tol", "grad"].contains(&key.as_str()) {
            inputs.push((key.clone(), Spec::parse(value.as_str()?)));
        }
    }
    debug_assert_eq!(args.len(), signature.params.len());
    let check = example.rest.get("check").and_then(toml::Value::as_str).map(str::to_owned);
    // What is exact as it stands there need not be with other values.
    let tol = example.rest.get("tol").and_then(toml::Value::as_float).filter(|tol| *tol > 0.0);
    Some(Base { args, inputs, check, tol })
}

fn call<'r>(row: &'r Row, file: &SourceFile, expr: &ast::Expr) -> Option<(&'r Signature, Vec<Vec<String>>)> {
    let text = |expr: &ast::Expr| file.slice(expr.range()).to_owned();
    let attribute = |attribute: &ast::ExprAttribute| {
        let signature = row.signatures.iter().find(|s| s.name.strip_prefix("Tensor.") == Some(attribute.attr.as_str()))?;
        Some((signature, text(&attribute.value)))
    };
    if let ast::Expr::Attribute(of) = expr
        && let Some((signature, receiver)) = attribute(of).filter(|(signature, _)| signature.is_bare)
    {
        return Some((signature, vec![vec![receiver]; signature.params.len().min(1)]));
    }
    let ast::Expr::Call(made) = expr else {
        // `x.max(1)[0]`, `x.max(1).values`
        return match expr {
            ast::Expr::Subscript(of) => call(row, file, &of.value),
            ast::Expr::Attribute(of) => call(row, file, &of.value),
            _ => None,
        };
    };
    let name = text(&made.func);
    let full = if let Some(rest) = name.strip_prefix("F.") { format!("torch.nn.functional.{rest}") } else { name };
    let (signature, receiver) = match row.signatures.iter().find(|signature| signature.name == full) {
        Some(signature) => (signature, None),
        None => match &*made.func {
            ast::Expr::Attribute(of) => attribute(of).map(|(signature, receiver)| (signature, Some(receiver)))?,
            _ => return None,
        },
    };
    let mut args = vec![Vec::new(); signature.params.len()];
    let mut at = 0;
    if let Some(receiver) = receiver {
        args.first_mut()?.push(receiver);
        at = 1;
    }
    for arg in &made.args {
        if matches!(arg, ast::Expr::Starred(_)) {
            return None;
        }
        // An example of another row of that name: `torch.randint(low, high, size)`.
        let param = signature.params.get(at).filter(|param| param.style != ParamStyle::KeywordOnly)?;
        args.get_mut(at)?.push(text(arg));
        if param.style != ParamStyle::Variadic {
            at += 1;
        }
    }
    for keyword in &made.keywords {
        let (at, param) = signature.param(keyword.arg.as_ref()?.as_str())?;
        if param.style != ParamStyle::VariadicKeywords && !args[at].is_empty() {
            return None;
        }
        args[at].push(text(&keyword.value));
    }
    Some((signature, args))
}

/// Whether a name stands in a text.
pub(super) fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word)
}
