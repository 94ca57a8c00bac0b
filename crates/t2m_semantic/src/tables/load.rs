//! TOML to rows. Unknown keys and words are errors that name file and line.

use std::collections::BTreeMap;

use serde::Deserialize;
use t2m_syntax::TextSize;
use t2m_syntax::line_index::LineIndex;
use toml::Spanned;

use super::predicate::{Predicate, Use};
use super::signature::LazySignature;
use super::{Case, Evaluates, Example, Row, RowOrigin, Section, Tables, Then, Weight};
use crate::kind::Evidence;

/// A row that breaks the format.
#[derive(Debug, Clone)]
pub struct TableError {
    pub path: String,
    pub line: usize,
    pub message: String,
}

impl TableError {
    pub(super) fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl std::fmt::Display for TableError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

impl std::error::Error for TableError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default, rename = "fn")]
    functions: Vec<Spanned<RawRow>>,
    #[serde(default, rename = "method")]
    methods: Vec<Spanned<RawRow>>,
    #[serde(default, rename = "attr")]
    attributes: Vec<Spanned<RawRow>>,
    #[serde(default, rename = "class")]
    classes: Vec<Spanned<RawRow>>,
    #[serde(default, rename = "const")]
    constants: Vec<Spanned<RawRow>>,
    #[serde(default)]
    module_method: Vec<Spanned<RawRow>>,
    #[serde(default)]
    module_attr: Vec<Spanned<RawRow>>,
    /// Other spellings of keywords: `axis = "dim"`.
    #[serde(default)]
    keywords: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a string or a list of strings is wanted here")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTodo {
    code: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCase {
    #[serde(default)]
    when: BTreeMap<String, OneOrMany>,
    mlx: Option<String>,
    handler: Option<String>,
    todo: Option<RawTodo>,
    evaluates: Option<toml::Value>,
    assigned: Option<String>,
    asked: Option<OneOrMany>,
    escapes: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    torch: OneOrMany,
    mlx: Option<String>,
    handler: Option<String>,
    todo: Option<RawTodo>,
    #[serde(default, rename = "case")]
    cases: Vec<RawCase>,
    evidence: Option<String>,
    #[serde(default)]
    in_place: bool,
    #[serde(default)]
    rebind: bool,
    evaluates: Option<toml::Value>,
    doubtful: Option<String>,
    store: Option<String>,
    value: Option<String>,
    #[serde(default)]
    weights: BTreeMap<String, RawWeight>,
    note: Option<String>,
    #[serde(default)]
    ex: Vec<BTreeMap<String, toml::Value>>,
}

/// How MLX's layer keeps what PyTorch's calls by a name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWeight {
    name: Option<String>,
    axes: Option<Vec<i64>>,
    split: Option<Vec<String>>,
    join: Option<Vec<String>>,
    axis: Option<i64>,
    drop: Option<bool>,
}

fn weights(raw: BTreeMap<String, RawWeight>, section: Section) -> Result<BTreeMap<String, Weight>, String> {
    if section != Section::Class && !raw.is_empty() {
        return Err("`weights` belongs to a class".into());
    }
    let check = |(name, raw): (String, RawWeight)| {
        let ways = [raw.name.is_some() || raw.axes.is_some(), raw.split.is_some(), raw.join.is_some(), raw.drop.is_some()];
        if ways.iter().filter(|way| **way).count() != 1 {
            return Err(format!("`{name}` of `weights` needs `name` or `axes`, or one of `split`, `join`, `drop`"));
        }
        if raw.axes.as_ref().is_some_and(|axes| (0..axes.len() as i64).any(|axis| !axes.contains(&axis))) {
            return Err(format!("`axes` of `{name}` names each axis from 0 on once"));
        }
        if raw.axis.is_some_and(|axis| axis < 0) {
            return Err(format!("`axis` of `{name}` counts from 0"));
        }
        let list = |names: Vec<String>| toml::Value::from(names);
        let fields = [
            ("name", raw.name.map(toml::Value::from)),
            ("axes", raw.axes.map(toml::Value::from)),
            ("split", raw.split.map(list)),
            ("join", raw.join.map(list)),
            ("axis", raw.axis.map(toml::Value::from)),
            ("drop", raw.drop.map(toml::Value::from)),
        ];
        Ok((name, fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()))
    };
    raw.into_iter().map(check).collect()
}

/// Adds the rows of one file.
pub(super) fn file(tables: &mut Tables, path: &str, text: &str, is_users: bool) -> Result<(), TableError> {
    let lines = LineIndex::new(text);
    let line_of = |offset: usize| lines.line(TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX))) + 1;
    let raw: RawFile = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(span.start));
        TableError::new(path, line, error.message())
    })?;
    tables.keyword_aliases.extend(raw.keywords);
    let sections = [
        (Section::Function, raw.functions),
        (Section::Method, raw.methods),
        (Section::Attribute, raw.attributes),
        (Section::Class, raw.classes),
        (Section::Constant, raw.constants),
        (Section::ModuleMethod, raw.module_method),
        (Section::ModuleAttribute, raw.module_attr),
    ];
    for (section, rows) in sections {
        for row in rows {
            let origin = RowOrigin { file: path.to_owned(), line: line_of(row.span().start), is_users };
            let line = origin.line;
            let row = convert(section, row.into_inner(), origin).map_err(|message| TableError::new(path, line, message))?;
            tables.push(row);
        }
    }
    Ok(())
}

/// The text of a table with empty lines in place of the examples.
pub(super) fn without_examples(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut is_example = false;
    for line in text.split_inclusive('\n') {
        let is_first = line.starts_with("ex = [");
        let is_last = line.trim_end() == "]" || line.trim_end().ends_with("}]");
        kept.push_str(if is_first || is_example { "\n" } else { line });
        is_example = (is_first || is_example) && !is_last;
    }
    kept
}

fn then(mlx: Option<String>, handler: Option<String>, todo: Option<RawTodo>) -> Result<Option<Then>, String> {
    match (mlx, handler, todo) {
        (None, None, None) => Ok(None),
        (Some(template), None, None) => Ok(Some(Then::Template(template))),
        (None, Some(handler), None) => Ok(Some(Then::Handler(handler))),
        (None, None, Some(todo)) => Ok(Some(Then::Todo { code: todo.code, reason: todo.reason })),
        _ => Err("only one of `mlx`, `handler` and `todo` may be given".into()),
    }
}

fn evaluates(value: Option<&toml::Value>) -> Result<Evaluates, String> {
    match value {
        None => Ok(Evaluates::Never),
        Some(toml::Value::Boolean(true)) => Ok(Evaluates::Always),
        Some(toml::Value::String(word)) if word == "perhaps" => Ok(Evaluates::Perhaps),
        Some(other) => Err(format!("`evaluates` is true or \"perhaps\", not `{other}`")),
    }
}

fn convert(section: Section, raw: RawRow, origin: RowOrigin) -> Result<Row, String> {
    let signatures: Vec<_> = raw.torch.into_vec().into_iter().map(|text| LazySignature::new(text.trim().to_owned())).collect();
    if signatures.is_empty() {
        return Err("`torch` names no signature".into());
    }
    let evaluates = self::evaluates(raw.evaluates.as_ref())?;
    let mut cases = Vec::new();
    for case in raw.cases {
        let then = then(case.mlx, case.handler, case.todo)?.ok_or("a case needs one of `mlx`, `handler` and `todo`")?;
        let (mut when, mut used) = (Vec::new(), Vec::new());
        let (mut differentiated, mut differentiable, mut half, mut growing, mut lessened) = (false, false, false, false, false);
        let (mut caught, mut stepped) = (false, false);
        for (name, predicates) in case.when {
            let predicates = predicates.into_vec();
            if name == "used" {
                for text in &predicates {
                    match text.as_str() {
                        "differentiated" => differentiated = true,
                        "differentiable" => differentiable = true,
                        "half" => half = true,
                        "growing" => growing = true,
                        "lessened" => lessened = true,
                        "caught" => caught = true,
                        "stepped" => stepped = true,
                        _ => used.push(Use::parse(text).ok_or_else(|| format!("`{text}` is not a use of a result"))?),
                    }
                }
                continue;
            }
            when.push((name, predicates.iter().map(|text| Predicate::parse(text)).collect::<Result<_, _>>()?));
        }
        cases.push(Case {
            when,
            used,
            differentiated,
            differentiable,
            half,
            growing,
            lessened,
            caught,
            stepped,
            assigned: case.assigned,
            asked: case.asked.map(OneOrMany::into_vec).unwrap_or_default(),
            escapes: case.escapes,
            evaluates: self::evaluates(case.evaluates.as_ref())?.max(evaluates),
            then,
        });
    }
    // A handler beside templates looks first at what they can't see.
    let (check, handler) = if raw.mlx.is_some() || !cases.is_empty() { (raw.handler, None) } else { (None, raw.handler) };
    match then(raw.mlx, handler, raw.todo)? {
        Some(_) if !cases.is_empty() => return Err("`case` and `mlx` exclude each other".into()),
        Some(then) => {
            let (when, used) = (Vec::new(), Vec::new());
            cases.push(Case {
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
                asked: Vec::new(),
                escapes: None,
                evaluates,
                then,
            });
        }
        None if cases.is_empty() => return Err("a row needs `mlx`, `handler`, `todo` or cases".into()),
        None => {}
    }
    let evidence = match raw.evidence.as_deref() {
        None | Some("used") => Evidence::Nothing,
        Some("assumed") => Evidence::Assumed,
        Some(other) => return Err(format!("`evidence` is `used` or `assumed`, not `{other}`")),
    };
    let mut examples = Vec::new();
    for mut entry in raw.ex {
        let mut text = |key: &str| match entry.remove(key) {
            Some(toml::Value::String(text)) => Ok(text),
            Some(_) => Err(format!("`{key}` of an example is a string")),
            None if key == "mlx" => Ok(String::new()),
            None => Err(format!("an example needs `{key}`")),
        };
        let (torch, mlx) = (text("torch")?, text("mlx")?);
        examples.push(Example { torch, mlx, rest: entry });
    }
    let row = Row {
        section,
        signatures,
        cases,
        evidence,
        in_place: raw.in_place,
        rebind: raw.rebind,
        check,
        doubtful: raw.doubtful,
        store: raw.store,
        value: raw.value,
        weights: weights(raw.weights, section)?,
        note: raw.note,
        examples,
        origin,
    };
    if row.origin.is_users {
        row.check()?;
    }
    Ok(row)
}
