//! The examples of mapping rows.

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use toml::Spanned;

use super::{Found, packages, setup};
use crate::case::Case;
use crate::repo;

/// The sections of a table file. Everything else about rows is checked by their own loader.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Tables {
    #[serde(rename = "fn")]
    functions: Vec<Spanned<Row>>,
    method: Vec<Spanned<Row>>,
    attr: Vec<Spanned<Row>>,
    class: Vec<Spanned<Row>>,
    #[serde(rename = "const")]
    constants: Vec<Spanned<Row>>,
    module_method: Vec<Spanned<Row>>,
    module_attr: Vec<Spanned<Row>>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    ex: Vec<toml::Table>,
}

pub(super) fn collect() -> Result<Found> {
    let files = repo::files(&repo::root().join("mappings"), "toml")?;
    let (mut cases, mut problems) = (Vec::new(), Vec::new());
    for file in &files {
        let text = repo::read(file)?;
        let name = repo::relative(file);
        let tables: Tables = toml::from_str(&text).with_context(|| format!("{name} is not a mapping table"))?;
        let sections =
            [tables.functions, tables.method, tables.attr, tables.class, tables.constants, tables.module_method, tables.module_attr];
        let mut rows: Vec<Spanned<Row>> = sections.into_iter().flatten().collect();
        rows.sort_by_key(|row| row.span().start);
        for row in rows {
            let line = repo::line_of(&text, row.span().start);
            for (index, example) in row.get_ref().ex.iter().enumerate() {
                let id = format!("{name}:{line}#{}", index + 1);
                let mut example = example.clone();
                let also = example.remove("also");
                let reads = setup::reads(&id, &example)?;
                if let (Some(setup), false) = (example.get("setup").and_then(toml::Value::as_str), example.contains_key("setup_mlx")) {
                    match setup::ported(&id, setup) {
                        Ok(ported) => drop(example.insert("setup_mlx".to_owned(), ported.into())),
                        Err(error) => {
                            problems.push(format!("{error:#}"));
                            continue;
                        }
                    }
                }
                // Of other libraries: what the example imports.
                let packages = example.remove("packages");
                let mut case = Case::from_table(id, &example)?;
                if let Some(reads) = reads {
                    case.fields.insert("reads".to_owned(), reads.into());
                }
                if let Some(packages) = packages {
                    let packages: Vec<String> = packages.try_into().context("`packages` is a list of pinned names")?;
                    case.fields.insert("path_libraries".to_owned(), json!([packages::fetch(&packages)?]));
                }
                let shapes: Vec<String> = also.map_or(Ok(Vec::new()), |also| also.try_into().context("`also` is a list of shapes"))?;
                for shape in shapes {
                    cases.push(of_shape(&case, &shape)?);
                }
                cases.push(case);
            }
        }
    }
    Ok(Found { inputs: files.len(), cases, problems })
}

/// The same example with inputs of another shape, such as `[0,3]`: all of them, which are alike.
fn of_shape(case: &Case, shape: &str) -> Result<Case> {
    let mut case = Case { id: format!("{} as {shape}", case.id), ..case.clone() };
    let Some(Value::Object(inputs)) = case.fields.get_mut("inputs") else { bail!("{}: no inputs", case.id) };
    let mut shapes = Vec::new();
    for (_, input) in inputs.iter_mut() {
        let spec = input.as_str().and_then(|spec| spec.split_once('[')).and_then(|(dtype, rest)| Some((dtype, rest.split_once(']')?)));
        let Some((dtype, (sizes, bounds))) = spec else { bail!("{}: `also` needs inputs with shapes, not {input}", case.id) };
        shapes.push(sizes.to_owned());
        *input = format!("{dtype}{shape}{bounds}").into();
    }
    shapes.dedup();
    ensure!(shapes.len() == 1, "{}: `also` needs inputs of one shape", case.id);
    Ok(case)
}
