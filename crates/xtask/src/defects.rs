//! `torch2mlx verify` must find what is planted: each defect of `tests/verify/defects.toml`, one at a time, in the tool's own port of
//! `tests/verify/src`, and nothing in the port as it is.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::numeric::Tally;
use crate::repo;

const FOLDER: &str = "tests/verify";

#[derive(Deserialize)]
struct Defects {
    defect: Vec<Defect>,
}

#[derive(Deserialize)]
struct Defect {
    what: String,
    /// The case of `verify.toml` whose port it is planted into.
    case: String,
    from: String,
    to: String,
    /// The module that has to be named; absent where the defect sits in none.
    module: Option<String>,
    /// The line of the port that has to be shown, where it is not the planted one.
    line: Option<String>,
    /// A part of the likely causes.
    shows: Option<String>,
}

/// What a verdict has to say.
struct Expected<'a> {
    name: String,
    defect: &'a Defect,
    file: String,
    line: usize,
}

pub(crate) fn run(python: &Path) -> Result<Tally> {
    let started = Instant::now();
    let source = repo::root().join(FOLDER);
    let defects: Defects = toml::from_str(&repo::read(&source.join("defects.toml"))?).context("defects.toml")?;
    let tool = build()?;
    let work = tempfile::tempdir()?;
    let port = work.path().join("mlx");
    let status = Command::new(&tool).arg("port").arg(source.join("src")).args(["-q", "--fail-on-todo", "--out"]).arg(&port).status();
    if !status.context("can't run torch2mlx")?.success() {
        bail!("{FOLDER}/src does not port without TODOs");
    }
    let mut file: toml::Table = toml::from_str(&repo::read(&source.join("verify.toml"))?).context("verify.toml")?;
    file.insert("src".into(), source.join("src").to_string_lossy().into_owned().into());
    let Some(toml::Value::Array(cases)) = file.get_mut("case") else { bail!("{FOLDER}/verify.toml holds no case") };
    let correct = cases.len();
    let mut expected = Vec::new();
    for (number, defect) in defects.defect.iter().enumerate() {
        let (case, found) = plant(defect, number, &cases[..correct], &port).with_context(|| format!("the defect `{}`", defect.what))?;
        cases.push(case);
        expected.push(found);
    }
    let path = work.path().join("verify.toml");
    std::fs::write(&path, toml::to_string(&file)?)?;
    let verdicts = verify(&tool, python, &path)?;

    let mut tally = Tally::default();
    let mut judge = |what: String, wrong: Option<String>| match wrong {
        None => tally.passed += 1,
        Some(wrong) => {
            println!("FAILED defects: {what}: {wrong}");
            tally.failed += 1;
        }
    };
    for verdict in verdicts.iter().filter(|verdict| expected.iter().all(|e| !names(verdict, &e.name))) {
        judge(format!("the correct port, {}", verdict["id"]), (verdict["ok"] != true).then(|| verdict["error"].to_string()));
    }
    for expected in &expected {
        let found = verdicts.iter().filter(|verdict| names(verdict, &expected.name)).find(|verdict| verdict["ok"] != true);
        judge(expected.defect.what.clone(), found.map_or(Some("no mismatch is reported".into()), |verdict| wrong(verdict, expected)));
    }
    println!(
        "defects: {} planted, {} found ({:.1} s)",
        expected.len(),
        expected.len() - tally.failed.min(expected.len()),
        started.elapsed().as_secs_f64()
    );
    Ok(tally)
}

fn names(verdict: &Value, name: &str) -> bool {
    verdict["id"].as_str().is_some_and(|id| id.rsplit_once(" (").map(|(head, _)| head) == Some(name))
}

/// Writes the port with the defect beside the correct one, under another module name, and the case that runs it. The name says nothing about the defect.
fn plant<'a>(defect: &'a Defect, number: usize, cases: &[toml::Value], port: &Path) -> Result<(toml::Value, Expected<'a>)> {
    let named = |case: &&toml::Value| case.get("name").and_then(toml::Value::as_str) == Some(&defect.case);
    let mut case =
        cases.iter().find(named).and_then(toml::Value::as_table).cloned().with_context(|| format!("no case `{}`", defect.case))?;
    let entry = case.get("entry").and_then(toml::Value::as_str).context("a case without an entry")?.to_owned();
    let module = entry.split(':').next().unwrap_or_default().to_owned();
    let other = format!("{module}_{number}");
    let text = repo::read(&port.join(format!("{module}.py")))?;
    if text.matches(&defect.from).count() != 1 {
        bail!("`{}` stands {} times in the port of {module}.py", defect.from, text.matches(&defect.from).count());
    }
    let shown = defect.line.as_ref().unwrap_or(&defect.from);
    let line = repo::line_of(&text, text.find(shown.as_str()).with_context(|| format!("no line `{shown}`"))?);
    std::fs::write(port.join(format!("{other}.py")), text.replace(&defect.from, &defect.to))?;
    let renamed = |text: &str| text.replace(&format!("{module}:"), &format!("{other}:"));
    let name = format!("planted {number}");
    case.insert("name".into(), name.clone().into());
    case.insert("entry_mlx".into(), renamed(&entry).into());
    if let Some(train) = case.get_mut("train").and_then(toml::Value::as_table_mut) {
        for key in ["step", "optimizer"] {
            if let Some(text) = train.get(key).and_then(toml::Value::as_str).map(renamed) {
                train.insert(format!("{key}_mlx"), text.into());
            }
        }
    }
    Ok((case.into(), Expected { name, defect, file: format!("{other}.py"), line }))
}

/// What is missing in a report of a mismatch.
fn wrong(verdict: &Value, expected: &Expected) -> Option<String> {
    let found = &verdict["divergence"];
    let told = format!("{found}");
    if let Some(module) = &expected.defect.module {
        if found["path"] != **module {
            return Some(format!("the module is `{module}`: {told}"));
        }
        if found["port"][0] != *expected.file || found["port"][1] != expected.line {
            return Some(format!("the line is {}:{}: {told}", expected.file, expected.line));
        }
    }
    let causes = found["causes"].to_string();
    let shows = expected.defect.shows.as_ref()?;
    (!causes.contains(shows.as_str())).then(|| format!("`{shows}` is not among the causes: {causes}"))
}

/// The tool as this tree has it.
pub(crate) fn build() -> Result<PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let status =
        cargo.current_dir(repo::root()).args(["build", "--quiet", "--package", "torch2mlx"]).status().context("can't run cargo build")?;
    if !status.success() {
        bail!("torch2mlx does not compile");
    }
    let name = format!("torch2mlx{}", std::env::consts::EXE_SUFFIX);
    Ok(std::env::current_exe()?.with_file_name(name))
}

fn verify(tool: &Path, python: &Path, cases: &Path) -> Result<Vec<Value>> {
    let mut command = Command::new(tool);
    command.args(["verify", "-q", "--format", "json", "--cases"]).arg(cases);
    command.arg("--torch-python").arg(python).arg("--mlx-python").arg(python).stdin(Stdio::null());
    let output = command.output().context("can't run torch2mlx verify")?;
    let document: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("torch2mlx verify gave no report: {}", String::from_utf8_lossy(&output.stderr)))?;
    if output.status.code() != Some(1) {
        bail!("the exit code is {:?}, and 1 where something differs", output.status.code());
    }
    Ok(document["cases"].as_array().cloned().unwrap_or_default())
}
