//! What is compared: one entry of the command line, or the cases of a TOML file, made into the lines that the engine reads.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::project::{Project, Root};
use crate::args::{CaseArgs, Mode};
use crate::failure::{failure, io_failure};
use crate::suggest::nearest;
use crate::walk::show_from_here;

/// The cases and the folders that they are about.
pub(super) struct Plan {
    pub(super) cases: Vec<Map<String, Value>>,
    pub(super) project: Project,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    src: Option<PathBuf>,
    port: Option<PathBuf>,
    seed: Option<u32>,
    #[serde(default, rename = "case")]
    cases: Vec<toml::Spanned<Case>>,
}

/// One `[[case]]`: the options of the command line under the same names.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: Option<String>,
    entry: String,
    entry_mlx: Option<String>,
    args: Option<String>,
    args_mlx: Option<String>,
    inputs: Option<Inputs>,
    call: Option<String>,
    call_mlx: Option<String>,
    weights: Option<PathBuf>,
    #[serde(default)]
    grad: bool,
    mode: Option<Modes>,
    train: Option<Train>,
    seed: Option<u32>,
    tol: Option<f64>,
    limit: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Inputs {
    Text(String),
    Named(toml::Table),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Modes {
    One(ModeName),
    Several(Vec<ModeName>),
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ModeName {
    Eval,
    Train,
}

/// `[case.train]`: either one `step`, or a `loop` that does all of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Train {
    steps: usize,
    step: Option<String>,
    step_mlx: Option<String>,
    #[serde(rename = "loop")]
    whole: Option<String>,
    loop_mlx: Option<String>,
    optimizer: Option<String>,
    optimizer_mlx: Option<String>,
}

/// The cases that the command line names. Without a port both folders are the original's: nothing is imported from the second one.
pub(super) fn plan(args: &CaseArgs, wants_port: bool) -> anyhow::Result<Plan> {
    if let Some(path) = &args.cases {
        return from_file(path, args, wants_port);
    }
    let usage = "name them: torch2mlx verify SRC PORT --entry module:Class; or a file of cases: --cases verify.toml";
    let (Some(source), Some(entry)) = (&args.source, &args.entry) else {
        let missing = if args.source.is_none() { "nothing to compare" } else { "no entry to run" };
        return Err(failure(missing, usage));
    };
    let port = match (&args.port, wants_port) {
        (Some(port), _) => port,
        (None, false) => source,
        (None, true) => return Err(failure(format!("no port of `{}` to compare with", source.display()), usage)),
    };
    let project = Project { original: Root::new(source, "SRC")?, port: Root::new(port, "PORT")? };
    let here = std::env::current_dir()?;
    let train = args.step.as_ref().map(|step| Train {
        steps: args.steps,
        step: Some(step.clone()),
        step_mlx: None,
        whole: None,
        loop_mlx: None,
        optimizer: args.optimizer.clone(),
        optimizer_mlx: None,
    });
    let case = Case {
        entry: entry.clone(),
        args: args.args.clone(),
        args_mlx: args.args_mlx.clone(),
        inputs: (!args.inputs.is_empty()).then(|| Inputs::Text(args.inputs.join("; "))),
        call: args.call.clone(),
        weights: args.weights.clone(),
        grad: args.grad,
        mode: args.mode.map(|mode| Modes::One(if mode == Mode::Eval { ModeName::Eval } else { ModeName::Train })),
        train,
        ..Case::default()
    };
    let cases = lower(&case, &project, &here, args, args.seed);
    Ok(Plan { cases, project })
}

fn from_file(path: &Path, args: &CaseArgs, wants_port: bool) -> anyhow::Result<Plan> {
    let text = std::fs::read_to_string(path).map_err(|error| io_failure("read", path, &error))?;
    let shown = show_from_here(path);
    let file: File = toml::from_str(&text).map_err(|error| unreadable(&shown, &text, &error))?;
    if file.cases.is_empty() {
        return Err(failure(format!("`{shown}` holds no case"), "add one: [[case]] with `entry = \"module:Class\"`"));
    }
    let base = path.canonicalize().ok().and_then(|path| path.parent().map(Path::to_owned)).unwrap_or_default();
    let folder = |path: &Option<PathBuf>, key: &str| {
        let path = path.as_ref().ok_or_else(|| {
            failure(format!("`{shown}` has no `{key}`"), format!("say it at the top, relative to the file: {key} = \"...\""))
        })?;
        Root::new(&base.join(path), key)
    };
    let original = folder(&file.src, "src")?;
    let port = if wants_port { folder(&file.port, "port")? } else { original.clone() };
    let project = Project { original, port };
    let mut cases = Vec::new();
    for case in &file.cases {
        let line = text[..case.span().start].matches('\n').count() + 1;
        let case = case.get_ref();
        if let Some(train) = &case.train
            && train.step.is_some() == train.whole.is_some()
        {
            return Err(failure(
                format!(
                    "{shown}:{line}: `[case.train]` has {} `step` and `loop`",
                    if train.step.is_some() { "both" } else { "neither of" }
                ),
                "say `step = \"train:step(model, optimizer, x, y)\"` for one step, or `loop = \"train:fit(model, x, y, steps)\"` for all of them",
            ));
        }
        cases.extend(lower(case, &project, &base, args, case.seed.or(file.seed).unwrap_or(args.seed)));
    }
    unique(&mut cases);
    Ok(Plan { cases, project })
}

/// A TOML error in our words: where, what, and the key that was probably meant.
fn unreadable(shown: &str, text: &str, error: &toml::de::Error) -> anyhow::Error {
    const KEYS: [&str; 22] = [
        "src",
        "port",
        "seed",
        "case",
        "name",
        "entry",
        "entry_mlx",
        "args",
        "args_mlx",
        "inputs",
        "call",
        "call_mlx",
        "weights",
        "grad",
        "mode",
        "train",
        "tol",
        "limit",
        "steps",
        "step",
        "loop",
        "optimizer",
    ];
    let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
    let message = error.message();
    let word = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
    let help = match word.and_then(|word| nearest(word, KEYS)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "the keys of a case file are described in docs/verify.md".into(),
    };
    failure(format!("{shown}:{line}: {message}"), help)
}

/// One line of the engine for each mode.
fn lower(case: &Case, project: &Project, base: &Path, args: &CaseArgs, seed: u32) -> Vec<Map<String, Value>> {
    let modes: Vec<Option<ModeName>> = match (&case.mode, &case.train) {
        (_, Some(_)) => vec![None],
        (Some(Modes::One(mode)), _) => vec![Some(*mode)],
        (Some(Modes::Several(modes)), _) => modes.iter().copied().map(Some).collect(),
        (None, None) => vec![Some(ModeName::Eval), Some(ModeName::Train)],
    };
    let name = case.name.as_deref().unwrap_or(&case.entry);
    let line = |mode: Option<ModeName>| {
        let mode = mode.map(|mode| if matches!(mode, ModeName::Eval) { "eval" } else { "train" });
        let id = match mode {
            Some(mode) => format!("{name} ({mode})"),
            None => format!("{name} (training)"),
        };
        let inputs = case.inputs.as_ref().map(|inputs| match inputs {
            Inputs::Text(text) => json!(text),
            Inputs::Named(table) => json!(table),
        });
        let fields = [
            ("id", json!(id)),
            ("name", json!(name)),
            ("entry", json!(case.entry)),
            ("entry_mlx", json!(case.entry_mlx)),
            ("args", json!(case.args)),
            ("args_mlx", json!(case.args_mlx)),
            ("inputs", json!(inputs)),
            ("call", json!(case.call)),
            ("call_mlx", json!(case.call_mlx)),
            ("weights", json!(case.weights.as_ref().map(|path| base.join(path)))),
            ("grad", if case.grad { json!(true) } else { Value::Null }),
            ("mode", json!(mode)),
            ("only_mode", if case.mode.is_some() { json!(true) } else { Value::Null }),
            ("train", case.train.as_ref().map_or(Value::Null, train)),
            ("seed", json!(seed)),
            ("tol", json!(case.tol.or(args.tol))),
            ("limit", json!(case.limit.unwrap_or(args.limit))),
            ("base", json!(base)),
        ];
        let mut line: Map<String, Value> =
            fields.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.to_owned(), value)).collect();
        place(&mut line, "torch", &project.original);
        place(&mut line, "mlx", &project.port);
        line
    };
    modes.into_iter().map(line).collect()
}

/// Where one side imports from.
pub(super) fn place(line: &mut Map<String, Value>, side: &str, root: &Root) {
    if let Some(folders) = line.entry("folder").or_insert_with(|| json!({})).as_object_mut() {
        folders.insert(side.to_owned(), json!(root.folder));
    }
    line.insert(format!("path_{side}"), json!([root.import_from]));
    line.insert(format!("package_{side}"), json!(root.package));
}

fn train(train: &Train) -> Value {
    json!({
        "steps": train.steps, "step": train.step, "step_mlx": train.step_mlx, "loop": train.whole, "loop_mlx": train.loop_mlx,
        "optimizer": train.optimizer, "optimizer_mlx": train.optimizer_mlx,
    })
}

/// Ids tell cases apart: a name that came before gets a number.
fn unique(cases: &mut [Map<String, Value>]) {
    let mut seen = std::collections::BTreeMap::new();
    for case in cases {
        let Some(id) = case.get("id").and_then(Value::as_str).map(str::to_owned) else { continue };
        let count: &mut usize = seen.entry(id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            case.insert("id".into(), json!(format!("{id} #{count}")));
        }
    }
}
