//! Whole training scripts, as different people write them: each is ported and executed from the same weights, or has the TODOs that its first line names.

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::{Found, adversary, packages};
use crate::case::Case;
use crate::repo;

const FOLDER: &str = "tests/numeric/scripts";
const PORT: &str = "target/scripts";
const MARK: &str = "# script ";
const TODO: &str = "# TODO(torch2mlx): ";

pub(super) fn collect() -> Result<Found> {
    let files = repo::files(&repo::root().join(FOLDER), "py")?;
    let ported = adversary::ported(&files)?;
    let target = repo::root().join(PORT);
    std::fs::create_dir_all(&target).with_context(|| format!("can't create {PORT}"))?;
    for file in &ported.added {
        std::fs::write(target.join(&file.path), &file.text).with_context(|| format!("can't write {PORT}/{}", file.path))?;
    }
    let (mut cases, mut problems) = (Vec::new(), Vec::new());
    for (file, out) in files.iter().zip(&ported.files) {
        let (name, text) = (repo::relative(file), repo::read(file)?);
        let (mut table, wanted) = header(&name, &text)?;
        let todos = todos(&out.text);
        if todos != wanted {
            problems.push(format!("{name}: its TODOs are [{}], its first line says [{}]", todos.join(", "), wanted.join(", ")));
        }
        if todos.is_empty() && wanted.is_empty() {
            table.insert("torch".to_owned(), text.into());
            table.insert("mlx".to_owned(), out.text.clone().into());
            let packages = table.remove("packages");
            let mut case = Case::from_table(name, &table)?;
            case.fields.insert("path_mlx".to_owned(), json!([target]));
            if let Some(packages) = packages.as_ref().and_then(toml::Value::as_str) {
                let packages: Vec<String> = packages.split(',').map(str::to_owned).collect();
                case.fields.insert("path_libraries".to_owned(), json!([packages::fetch(&packages)?]));
            }
            cases.push(case);
        }
    }
    Ok(Found { inputs: files.len(), cases, problems })
}

/// `# script model=net | xs=f32[10,6,4] | train=10`: inputs and keys of the case; `packages=a==1,b==2` what it imports; `todo=T2M301,T2M302` names what is not ported, in order.
fn header(name: &str, text: &str) -> Result<(toml::Table, Vec<String>)> {
    let Some(line) = text.lines().next().and_then(|line| line.strip_prefix(MARK)) else {
        bail!("{name}: its first line should say how it is run: `{MARK}model=net | xs=f32[10,6,4]`");
    };
    let (mut table, mut todos) = (toml::Table::new(), Vec::new());
    for part in line.split(" | ").map(str::trim) {
        match part.split_once('=') {
            Some(("todo", codes)) => todos.extend(codes.split(',').map(str::to_owned)),
            Some((key, value)) => drop(table.insert(key.to_owned(), super::value_of(key, value))),
            None => bail!("{name}: `{part}` is not `key=value`"),
        }
    }
    Ok((table, todos))
}

/// The codes of the TODOs, in order.
fn todos(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.trim_start().strip_prefix(TODO));
    lines.filter_map(|reason| reason.split_whitespace().next().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_says_inputs_keys_and_todos() {
        let (table, todos) =
            header("a.py", "# script model=net | xs=f32[10,6] > 0 | train=10 | todo=T2M301,T2M302\n").expect("a well-formed line");
        assert_eq!(table["xs"].as_str(), Some("f32[10,6] > 0"));
        assert_eq!(todos, ["T2M301", "T2M302"]);
        assert!(header("a.py", "import torch\n").is_err());
        assert!(header("a.py", "# script maybe\n").is_err());
    }

    #[test]
    fn todos_are_found_by_their_codes() {
        assert_eq!(todos("x = 1\n    # TODO(torch2mlx): T2M301 why\n    y\n"), ["T2M301"]);
    }
}
