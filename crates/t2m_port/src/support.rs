//! What is supported, and how: read from the tables, for `torch2mlx mappings`, docs/support-matrix.md and the measure of coverage.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use t2m_semantic::tables::signature::{Param, ParamStyle, Signature};
use t2m_semantic::tables::{Evaluates, MAPPINGS, Row, Tables, Then, read_names};

/// How PyTorch names become MLX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// An MLX expression.
    Row,
    /// A function or layer of the helper module.
    Helper,
    /// One or the other, by what the arguments are.
    RowOrHelper,
    /// A rule, which looks at more than the call.
    Rule,
    /// The same text.
    Unchanged,
    /// A TODO that says why.
    Todo,
}

impl How {
    pub fn name(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Helper => "helper",
            Self::RowOrHelper => "row or helper",
            Self::Rule => "rule",
            Self::Unchanged => "as it is",
            Self::Todo => "TODO",
        }
    }
}

/// The spellings of one row, or a name that a rule speaks for.
#[derive(Debug, Clone)]
pub struct Entry {
    pub names: Vec<String>,
    /// `torch.cat(tensors, dim=0)`, for each name.
    pub signatures: Vec<String>,
    pub how: How,
    /// The templates of its cases, with their TODOs, or the rule's name.
    pub writes: Vec<String>,
    /// Executed examples.
    pub examples: usize,
    /// Whether it reads the values of arrays, so that `mx.compile` can't trace through it.
    pub evaluates: Evaluates,
    pub note: Option<String>,
    /// `mappings/shape.toml:12`; none of a rule.
    pub place: Option<(String, usize)>,
}

/// All rows in the order of the tables, then what rules speak for.
pub fn entries(tables: &Tables) -> Vec<Entry> {
    let mut entries: Vec<Entry> = tables.rows().iter().map(of_row).collect();
    for (name, rule) in &BY_RULE.rules {
        entries.push(of_name(name, How::Rule, &format!("rule {rule}")));
    }
    for name in &BY_RULE.unchanged {
        entries.push(of_name(name, How::Unchanged, "the same"));
    }
    entries
}

/// What a file of the tables is about: its first line.
pub fn about(file: &str) -> Option<&'static str> {
    let file = MAPPINGS.get_file(file.strip_prefix("mappings/")?)?;
    file.contents_utf8()?.lines().next()?.strip_prefix("# ")
}

/// The names that rules speak for, and the rules.
pub fn rules() -> impl Iterator<Item = (&'static str, &'static str)> {
    BY_RULE.rules.iter().map(|(name, rule)| (name.as_str(), rule.as_str()))
}

/// Whether a rule decides about a name.
pub(crate) fn is_by_rule(name: &str) -> bool {
    BY_RULE.rules.contains_key(name)
}

#[derive(serde::Deserialize, Default)]
struct ByRule {
    rules: BTreeMap<String, String>,
    unchanged: Vec<String>,
}

static BY_RULE: LazyLock<ByRule> = LazyLock::new(|| read_names("by_rule"));

fn of_name(name: &str, how: How, writes: &str) -> Entry {
    Entry {
        names: vec![name.to_owned()],
        signatures: vec![name.to_owned()],
        how,
        writes: vec![writes.to_owned()],
        examples: 0,
        evaluates: Evaluates::Never,
        note: None,
        place: None,
    }
}

fn of_row(row: &Row) -> Entry {
    let (mut plain, mut helper) = (false, false);
    let mut writes = Vec::new();
    for case in &row.cases {
        let text = match &case.then {
            Then::Template(text) => {
                let is_helper = text.contains("compat.");
                helper |= is_helper;
                plain |= !is_helper;
                text.clone()
            }
            Then::Handler(name) => {
                plain = true;
                row.value.clone().unwrap_or_else(|| format!("handler {name}"))
            }
            Then::Todo { code, reason } => format!("{code}: {reason}"),
        };
        if !writes.contains(&text) {
            writes.push(text);
        }
    }
    let how = match (plain, helper) {
        (true, true) => How::RowOrHelper,
        (true, false) => How::Row,
        (false, true) => How::Helper,
        (false, false) => How::Todo,
    };
    Entry {
        names: row.signatures.iter().map(|signature| signature.name.clone()).collect(),
        signatures: row.signatures.iter().map(|signature| text_of(signature)).collect(),
        how,
        writes,
        examples: row.examples.len(),
        evaluates: row.evaluates(),
        note: row.note.clone(),
        place: Some((row.origin.file.clone(), row.origin.line)),
    }
}

/// A signature as documentation writes it.
fn text_of(signature: &Signature) -> String {
    if signature.is_bare {
        return signature.name.clone();
    }
    let method = ["Tensor.", "Module."].iter().any(|of| signature.name.starts_with(of));
    let mut parts = Vec::new();
    let mut is_starred = false;
    for param in signature.params.iter().skip(usize::from(method)) {
        if param.style == ParamStyle::KeywordOnly && !is_starred {
            parts.push("*".to_owned());
        }
        is_starred |= matches!(param.style, ParamStyle::KeywordOnly | ParamStyle::Variadic);
        parts.push(text_of_param(param));
    }
    format!("{}({})", signature.name, parts.join(", "))
}

fn text_of_param(param: &Param) -> String {
    let stars = match param.style {
        ParamStyle::Variadic => "*",
        ParamStyle::VariadicKeywords => "**",
        _ => "",
    };
    let default = param.default.as_ref().map(|default| format!("={default}")).unwrap_or_default();
    format!("{stars}{}{default}", param.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rules_are_of_rules_and_have_no_row() {
        let file = MAPPINGS.get_file("names/by_rule.toml").and_then(|file| file.contents_utf8()).expect("names/by_rule.toml");
        let read: ByRule = toml::from_str(file).expect("well formed");
        let tables = Tables::embedded().expect("tables");
        for (name, rule) in &read.rules {
            assert!(crate::rules::RULES.iter().any(|known| known.name == rule), "{name}: there is no rule `{rule}`");
        }
        for name in read.rules.keys().chain(&read.unchanged) {
            assert!(
                entries(&tables).iter().all(|entry| entry.place.is_none() || entry.how == How::Todo || !entry.names.contains(name)),
                "{name} has a row"
            );
        }
    }

    #[test]
    fn an_entry_says_how() {
        let mut tables = Tables::default();
        let text = "[[fn]]\ntorch = [\"torch.a(x: tensor, *, k: int = 1) -> tensor\", \"Tensor.a(x: tensor, *, k: int = 1) -> tensor\"]\nmlx = \"mx.a({x}, {k?})\"\nex = [{ torch = \"x\", mlx = \"x\" }]\n";
        tables.add_file("mappings/a.toml", text, false).expect("a row");
        let entry = &entries(&tables)[0];
        assert_eq!(entry.signatures, ["torch.a(x, *, k=1)", "Tensor.a(*, k=1)"]);
        assert_eq!((entry.how, entry.examples), (How::Row, 1));
    }
}
