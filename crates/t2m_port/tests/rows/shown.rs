//! The examples of rows show each case, and each argument form that programs use.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use t2m_semantic::tables::signature::ParamStyle;
use t2m_semantic::tables::{Example, MAPPINGS, Tables, Then};
use t2m_syntax::ast::{self, Expr};
use t2m_syntax::{Node, SourceFile, stack};

use crate::example::{ported, program};

/// Which forms programs pass arguments in, with the percentage of the calls of that name.
const FORMS: &str = include_str!("../../../../tests/argument-forms.csv");
/// What has no example, and why.
const WITHOUT: &str = include_str!("../../../../tests/argument-forms.toml");

#[derive(Deserialize)]
struct Without {
    form: Vec<Excused>,
    case: Vec<Excused>,
}

#[derive(Deserialize)]
struct Excused {
    names: Vec<String>,
    #[serde(default)]
    forms: Vec<String>,
    reason: String,
}

fn without() -> Without {
    let without: Without = toml::from_str(WITHOUT).unwrap_or_else(|error| panic!("{error}"));
    assert!(without.form.iter().chain(&without.case).all(|excused| !excused.reason.is_empty()), "each of them needs a reason");
    without
}

#[test]
fn common_argument_forms_have_examples() {
    stack::with_deep_stack(|| {
        let tables = Tables::embedded().unwrap_or_else(|error| panic!("{error}"));
        let mut shown: BTreeSet<(String, String)> = BTreeSet::new();
        for example in tables.rows().iter().flat_map(|row| &row.examples) {
            shown.extend(calls(&tables, example));
        }
        let excused = without().form;
        let is_excused = |name: &str, form: &str| {
            excused.iter().any(|said| {
                said.names.iter().any(|known| known == name) && (said.forms.is_empty() || said.forms.iter().any(|known| known == form))
            })
        };
        let mut count = 0;
        let mut missing = Vec::new();
        for line in FORMS.lines().skip(1) {
            let mut cells = line.splitn(3, ',');
            let (Some(share), Some(name), Some(form)) = (cells.next(), cells.next(), cells.next()) else { panic!("`{line}`") };
            let is_ported = tables.lookup(name).any(|(row, _)| row.cases.iter().any(|case| !matches!(case.then, Then::Todo { .. })));
            if !is_ported || is_excused(name, form) {
                continue;
            }
            count += 1;
            let form = shortened(
                &tables,
                name,
                form.trim_matches(['(', ')']).split(", ").filter(|arg| !arg.is_empty()).map(str::to_owned).collect(),
            );
            if !shown.contains(&(name.to_owned(), form.clone())) {
                missing.push(format!("{name}({form}): {share}% of its calls"));
            }
        }
        eprintln!("{count} argument forms of names with rows, {} without an executed example", missing.len());
        assert!(missing.is_empty(), "{} of {count} argument forms have no executed example\n{}", missing.len(), missing.join("\n"));
    });
}

/// The names that an example calls, each with its argument form. A method is called by all kinds of objects.
fn calls(tables: &Tables, example: &Example) -> Vec<(String, String)> {
    let Ok(source) = SourceFile::parse("example.py", program(example)) else { return Vec::new() };
    let mut imported: BTreeMap<String, String> = BTreeMap::new();
    let mut found = Vec::new();
    for stmt in &source.suite {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Stmt(ast::Stmt::Import(import)) => {
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    imported.insert(name.to_string(), alias.name.to_string());
                }
            }
            Node::Stmt(ast::Stmt::ImportFrom(import)) => {
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    let module = import.module.as_deref().unwrap_or_default();
                    imported.insert(name.to_string(), format!("{module}.{}", alias.name));
                }
            }
            Node::Expr(Expr::Call(call)) => {
                let names = match dotted(&call.func, &imported) {
                    Some(name) => vec![name],
                    None => match &*call.func {
                        Expr::Attribute(method) => ["Tensor", "Module", "Optimizer", "LRScheduler"]
                            .iter()
                            .map(|class| format!("{class}.{}", method.attr))
                            .collect(),
                        _ => Vec::new(),
                    },
                };
                found.extend(names.into_iter().map(|name| {
                    let form = shortened(tables, &name, form(call));
                    (name, form)
                }));
            }
            _ => {}
        });
    }
    found
}

/// `F.pad` -> `torch.nn.functional.pad`
fn dotted(expr: &Expr, imported: &BTreeMap<String, String>) -> Option<String> {
    match expr {
        Expr::Name(name) => imported.get(name.id.as_str()).cloned(),
        Expr::Attribute(attribute) => Some(format!("{}.{}", dotted(&attribute.value, imported)?, attribute.attr)),
        _ => None,
    }
}

/// `f(x, *y, b=1, a=2, **c)` -> `_`, `*_`, `a=`, `b=`, `**`
fn form(call: &ast::ExprCall) -> Vec<String> {
    let mut form: Vec<String> = call.args.iter().map(|arg| if matches!(arg, Expr::Starred(_)) { "*_" } else { "_" }.to_owned()).collect();
    let mut keywords: Vec<String> =
        call.keywords.iter().map(|keyword| keyword.arg.as_ref().map_or("**".to_owned(), |name| format!("{name}="))).collect();
    // `**` comes last.
    keywords.sort_by_key(|keyword| (keyword == "**", keyword.clone()));
    form.extend(keywords);
    form
}

/// Two sizes stand for more of them: `x.permute(0, 2, 1)` is of the form of `x.permute(1, 0)`.
fn shortened(tables: &Tables, name: &str, mut form: Vec<String>) -> String {
    let variadic = |params: &[t2m_semantic::tables::signature::Param]| params.iter().position(|param| param.style == ParamStyle::Variadic);
    let of_method = usize::from(!name.starts_with(char::is_lowercase));
    if let Some(at) = tables.lookup(name).find_map(|(_, signature)| variadic(&signature.params)) {
        let mut positional = 0;
        form.retain(|arg| {
            positional += usize::from(arg == "_");
            arg != "_" || positional + of_method <= at + 2
        });
    }
    form.join(", ")
}

#[test]
fn every_case_has_an_example() {
    stack::with_deep_stack(|| {
        let (tables, cases) = marked();
        let examples = tables.rows().iter().flat_map(|row| &row.examples);
        let texts: String = examples.filter_map(|example| ported(&tables, example)).map(|text| text + "\n").collect();
        let taken: BTreeSet<&str> = texts.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| word.starts_with(MARK)).collect();
        let excused = without().case;
        let is_excused = |case: &str| excused.iter().any(|said| said.names.iter().any(|name| case.contains(name.as_str())));
        let missing: Vec<&String> =
            cases.iter().filter(|(mark, case)| !taken.contains(mark.as_str()) && !is_excused(case)).map(|(_, case)| case).collect();
        eprintln!("{} cases of rows, {} without an executed example", cases.len(), missing.len());
        let lines: Vec<&str> = missing.iter().map(|case| case.as_str()).collect();
        assert!(missing.is_empty(), "{} of {} cases have no executed example\n{}", missing.len(), cases.len(), lines.join("\n"));
    });
}

const MARK: &str = "case_number_";

/// The tables with a mark in the place of each case's template, and what the marks stand for.
fn marked() -> (Tables, BTreeMap<String, String>) {
    let mut tables = Tables::default();
    let mut cases = BTreeMap::new();
    for file in MAPPINGS.files().filter(|file| file.path().extension().is_some_and(|extension| extension == "toml")) {
        let path = file.path().display().to_string();
        let mut sections: toml::Table =
            toml::from_str(file.contents_utf8().unwrap_or_default()).unwrap_or_else(|error| panic!("{path}: {error}"));
        for row in sections.iter_mut().filter_map(|(_, rows)| rows.as_array_mut()).flatten() {
            let torch = row.get("torch").map(ToString::to_string).unwrap_or_default();
            let of_row = row.get_mut("case").and_then(toml::Value::as_array_mut);
            for case in of_row.into_iter().flatten().filter_map(toml::Value::as_table_mut) {
                let when = case.get("when").map(ToString::to_string).unwrap_or_default();
                let Some(template) = case.get_mut("mlx") else { continue };
                let mark = format!("{MARK}{}", cases.len());
                let name = torch.split('(').next().unwrap_or_default().trim_start_matches(['[', '"', '\'']);
                cases.insert(mark.clone(), format!("{path}: {name}: {when} -> {template}"));
                *template = toml::Value::String(mark);
            }
        }
        let text = toml::to_string(&sections).unwrap_or_else(|error| panic!("{path}: {error}"));
        tables.add_file(&path, &text, false).unwrap_or_else(|error| panic!("{error}"));
    }
    (tables, cases)
}
