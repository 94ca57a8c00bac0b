//! Traps: PyTorch sources of many hands. Each piece is ported and executed, or has a TODO where its `# run` line allows one: never anything else.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::json;
use t2m_port::{Options, Ported, port};
use t2m_semantic::tables::Tables;
use t2m_semantic::{Project, ProjectFile};
use t2m_syntax::{SourceFile, stack};

use super::Found;
use crate::case::Case;
use crate::repo;

pub(crate) const FOLDER: &str = "tests/numeric/adversary";
const PORT: &str = "target/adversary";
const MARK: &str = "# run ";
/// What the porter's own comments start with.
const TODO: &str = "# TODO(torch2mlx):";

/// A `# run` line: `# run f(x) | x=f32[2,3] | grad=x`, or `... | todo`: then a TODO is as good as the right numbers.
struct Run {
    line: usize,
    table: toml::Table,
    todo: bool,
}

/// A `# run` line of a ported source.
pub(crate) struct Trap {
    pub(crate) case: Case,
    /// Whether a TODO is as good as the right numbers.
    may_have_todo: bool,
    /// The first TODO of the text that the line speaks for.
    pub(crate) todo: Option<String>,
}

pub(super) fn collect() -> Result<Found> {
    let root = repo::root();
    let (inputs, traps, mut problems) = traps(&root.join(FOLDER), &root.join(PORT))?;
    let mut cases = Vec::new();
    for trap in traps {
        match (trap.may_have_todo, trap.todo) {
            (false, Some(line)) => problems.push(format!("{}: {line}", trap.case.id)),
            (true, Some(_)) => {}
            (_, None) => cases.push(trap.case),
        }
    }
    Ok(Found { inputs, cases, problems })
}

/// Ports the sources of `folder` as one project to `target`: how many there are, their traps, and what is wrong with their `# run` lines.
pub(crate) fn traps(folder: &Path, target: &Path) -> Result<(usize, Vec<Trap>, Vec<String>)> {
    let files = repo::files(folder, "py")?;
    let ported = ported(&files)?;
    std::fs::create_dir_all(target).with_context(|| format!("can't create {}", target.display()))?;
    let texts = ported.files.iter().map(|file| (&file.path, &file.text)).chain(ported.added.iter().map(|file| (&file.path, &file.text)));
    for (path, text) in texts {
        std::fs::write(target.join(path), text).with_context(|| format!("can't write {path} into {}", target.display()))?;
    }
    let (mut traps, mut problems) = (Vec::new(), Vec::new());
    for (file, out) in files.iter().zip(&ported.files) {
        let name = repo::relative(file);
        let module = out.path.trim_end_matches(".py");
        let runs = runs(&name, module, &repo::read(file)?)?;
        let todos = todos(&out.text);
        if todos.len() != runs.len() {
            problems.push(format!("{name}: {} `# run` lines became {}", runs.len(), todos.len()));
            continue;
        }
        for (run, todo) in runs.into_iter().zip(todos) {
            let mut case = Case::from_table(format!("{name}:{}", run.line), &run.table)?;
            case.fields.insert("path_torch".to_owned(), json!([folder]));
            case.fields.insert("path_mlx".to_owned(), json!([target]));
            traps.push(Trap { case, may_have_todo: run.todo, todo });
        }
    }
    Ok((files.len(), traps, problems))
}

/// All files as one project.
pub(super) fn ported(files: &[std::path::PathBuf]) -> Result<Ported> {
    let tables = Tables::embedded().map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut project = Project::default();
    for file in files {
        let path = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let source = SourceFile::parse(&path, repo::read(file)?).map_err(|error| anyhow::anyhow!("{path}: {}", error.message))?;
        project.files.push(ProjectFile { source, path: path.as_str().into() });
    }
    Ok(stack::with_deep_stack(|| port(&project, &tables, &Options::default())))
}

/// The `# run` lines of a source. Each speaks for the text up to the next one that does not follow at once.
fn runs(name: &str, module: &str, text: &str) -> Result<Vec<Run>> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some(rest) = line.strip_prefix(MARK) else { continue };
        let mut parts = rest.split(" | ").map(str::trim);
        let call = format!("from {module} import *\n{}", parts.next().unwrap_or_default());
        let mut run = Run { line: index + 1, table: toml::Table::new(), todo: false };
        for key in ["torch", "mlx"] {
            run.table.insert(key.to_owned(), call.clone().into());
        }
        for part in parts {
            match part.split_once('=') {
                Some((key, value)) => drop(run.table.insert(key.to_owned(), super::value_of(key, value))),
                None if part == "todo" => run.todo = true,
                None => bail!("{name}:{}: `{part}` is neither `todo` nor `key=value`", index + 1),
            }
        }
        found.push(run);
    }
    Ok(found)
}

/// For each `# run` line of a port, the first TODO of the text that it speaks for.
fn todos(text: &str) -> Vec<Option<String>> {
    let mut found = Vec::new();
    let mut group = 0;
    let mut last_was_mark = false;
    for line in text.lines() {
        if line.starts_with(MARK) {
            if !last_was_mark {
                group = found.len();
            }
            found.push(None);
        } else if line.trim_start().starts_with(TODO) {
            for entry in found.iter_mut().skip(group) {
                entry.get_or_insert_with(|| line.trim_start_matches(['#', ' ']).to_owned());
            }
        }
        last_was_mark = line.starts_with(MARK);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_todo_counts_for_the_marks_above_it() {
        let text = "# run f(x)\n# run f(y)\ndef f(x):\n    # TODO(torch2mlx): T2M101 why\n    pass\n# run g()\n\ndef g():\n    pass\n";
        let found = todos(text);
        assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, false]);
    }

    #[test]
    fn parts_of_a_mark_are_inputs_keys_or_the_word_todo() {
        let found = runs("a.py", "a", "# run f(x) | x=f32[2] > 0 | grad=x | todo\n").expect("a well-formed mark");
        assert!(found[0].todo);
        assert_eq!(found[0].table["x"].as_str(), Some("f32[2] > 0"));
        assert_eq!(found[0].table["grad"].as_array().map(Vec::len), Some(1));
        assert!(runs("a.py", "a", "# run f(x) | maybe\n").is_err());
    }
}
