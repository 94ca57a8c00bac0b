//! `verify record` and `verify replay`: the original runs where there is torch, the port where there is only mlx.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Map, Value, json};
use t2m_verify::{Engine, Side};

use super::project::{Project, Root};
use super::run::{self, Ran};
use super::{cases, interpreters};
use crate::args::{RecordArgs, RunArgs};
use crate::failure::{failure, io_failure};
use crate::walk::show_from_here;

/// What the original's side consists of. Everything is traced, since nothing can be run again later.
const FILES: [&str; 4] = ["cases.jsonl", "torch.jsonl", "torch.bin", "torch.log"];

pub(super) fn record(args: &RecordArgs) -> anyhow::Result<u8> {
    let out = args.out.as_path();
    let plan = cases::plan(&args.what, false)?;
    let python = interpreters::one(args.torch_python.as_deref(), "torch", "--torch-python")?;
    let foreign = std::fs::read_dir(out).map(|entries| entries.flatten().any(|entry| !FILES.iter().any(|file| entry.file_name() == *file)));
    if foreign.unwrap_or(false) {
        return Err(failure(format!("`{}` holds other files", show_from_here(out)), "name a new folder, or an earlier record"));
    }
    let work = tempfile::Builder::new().prefix("torch2mlx-verify").tempdir()?;
    let engine = Engine::unpack(&work.path().join("engine"))?;
    let traced: Vec<Map<String, Value>> =
        plan.cases.iter().map(|case| Map::from_iter(case.clone().into_iter().chain([("trace".to_owned(), json!(true))]))).collect();
    run::write_cases(out, &traced)?;
    engine.run(&python, Side::Torch, out)?;
    let failed = told_failures(out)?;
    // What is kept names no folder of this machine.
    let name = plan.project.original.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let kept: Vec<Map<String, Value>> = traced.into_iter().map(|case| without_folders(case, &name)).collect();
    run::write_cases(out, &kept)?;
    let _ = std::fs::remove_file(out.join("torch.log"));
    crate::tell!("{} recorded in `{}`", run::count(&kept), show_from_here(out));
    Ok(if failed { crate::COULD_NOT_RUN } else { crate::OK })
}

fn without_folders(mut case: Map<String, Value>, name: &str) -> Map<String, Value> {
    for key in ["path_torch", "path_mlx", "base", "weights", "package_mlx"] {
        case.remove(key);
    }
    case.insert("folder".into(), json!({ "torch": name }));
    case
}

/// Says which originals could not run.
fn told_failures(folder: &Path) -> anyhow::Result<bool> {
    let mut failed = false;
    for record in lines(&folder.join("torch.jsonl"))? {
        if record.get("ok").and_then(Value::as_bool) != Some(true) {
            failed = true;
            let text = |key: &str| record.get(key).and_then(Value::as_str).unwrap_or_default();
            crate::tell!("error: {}: {}", text("id"), text("error"));
        }
    }
    Ok(failed)
}

pub(super) fn replay(reference: &Path, port: &Path, how: &RunArgs) -> anyhow::Result<u8> {
    let no_record =
        || failure(format!("`{}` is no record", show_from_here(reference)), "make one: torch2mlx verify record --cases FILE --out DIR");
    let recorded = lines(&reference.join("cases.jsonl")).map_err(|_| no_record())?;
    let port = Root::new(port, "PORT")?;
    let python = interpreters::one(how.mlx_python.as_deref(), "mlx", "--mlx-python")?;
    let name = recorded.first().and_then(|case| case.get("folder")?.get("torch")?.as_str()).unwrap_or_default().to_owned();
    let cases: Vec<Map<String, Value>> = recorded
        .into_iter()
        .map(|mut case| {
            cases::place(&mut case, "mlx", &port);
            case
        })
        .collect();
    let work = tempfile::Builder::new().prefix("torch2mlx-verify").tempdir()?;
    let engine = Engine::unpack(&work.path().join("engine"))?;
    for file in ["torch.jsonl", "torch.bin"] {
        let from = reference.join(file);
        if from.exists() {
            std::fs::copy(&from, work.path().join(file)).map_err(|error| io_failure("read", &from, &error))?;
        }
    }
    run::write_cases(work.path(), &cases)?;
    run::say(how, format_args!("running {} under MLX", run::count(&cases)));
    engine.run(&python, Side::Mlx, work.path())?;
    let verdicts = engine.compare(&python, work.path())?;
    let original = Root { folder: PathBuf::from(name), import_from: PathBuf::new(), package: None };
    super::tell(&Ran { verdicts: run::told(verdicts) }, &Project { original, port }, how)
}

fn lines(path: &Path) -> anyhow::Result<Vec<Map<String, Value>>> {
    let text = std::fs::read_to_string(path).map_err(|error| io_failure("read", path, &error))?;
    text.lines().map(|line| serde_json::from_str(line).with_context(|| format!("`{}` is broken", path.display()))).collect()
}
