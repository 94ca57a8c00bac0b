//! `torch2mlx verify`: runs the original under PyTorch and the port under MLX, and says where they part.
//!
//! What runs, compares and explains is the Python engine of `t2m_verify`. Here its cases are read, its interpreters chosen, its verdicts told.

mod cases;
mod interpreters;
mod json;
mod markdown;
mod plot;
mod project;
mod reference;
mod run;
mod table;
mod told;

use std::io::Write;

use t2m_verify::Verdict;

use crate::args::{RunArgs, VerifyAction, VerifyArgs, VerifyFormat};
use project::Project;
use run::Ran;

pub(crate) fn run(args: &VerifyArgs) -> anyhow::Result<u8> {
    match &args.action {
        Some(VerifyAction::Record(args)) => reference::record(args),
        Some(VerifyAction::Replay { reference, port, how }) => reference::replay(reference, port, how),
        None => {
            let plan = cases::plan(&args.what, true)?;
            let pythons = interpreters::both(args.torch_python.as_deref(), args.how.mlx_python.as_deref())?;
            let ran = run::both(&plan.cases, &pythons, &args.how)?;
            tell(&ran, &plan.project, &args.how)
        }
    }
}

/// Writes the result to stdout, and pictures where they are asked for. Gives the exit code.
fn tell(ran: &Ran, project: &Project, how: &RunArgs) -> anyhow::Result<u8> {
    let text = match how.format {
        VerifyFormat::Table => table::render(ran, project),
        VerifyFormat::Json => json::render(ran)?,
        VerifyFormat::Markdown => markdown::render(ran, project),
    };
    anstream::stdout().lock().write_all(text.as_bytes())?;
    if let Some(folder) = &how.plot {
        plot::write(&ran.verdicts, folder)?;
    }
    Ok(exit_code(&ran.verdicts))
}

/// 2 where a side could not run, 1 on a mismatch.
fn exit_code(verdicts: &[Verdict]) -> u8 {
    if verdicts.iter().any(|verdict| verdict.stopped.is_some()) {
        crate::COULD_NOT_RUN
    } else if verdicts.iter().any(|verdict| !verdict.ok) {
        crate::FOUND
    } else {
        crate::OK
    }
}
