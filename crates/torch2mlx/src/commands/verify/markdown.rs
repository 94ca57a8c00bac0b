//! The result for a pull request: a table of all cases, then what is wrong.

use std::fmt::Write;

use t2m_verify::Verdict;

use super::project::Project;
use super::run::Ran;
use super::told;

pub(super) fn render(ran: &Ran, project: &Project) -> String {
    let mut out = String::from("| case | result | compared | mlx time / torch time |\n| --- | --- | --- | --- |\n");
    for verdict in &ran.verdicts {
        let parts: Vec<String> = verdict.parts.iter().map(|part| format!("{}: {}", part.name, told::part(part))).collect();
        let ratio = verdict.cost.as_ref().and_then(|costs| Some(told::ratio(costs.mlx.as_ref()?.seconds, costs.torch.as_ref()?.seconds)));
        let cells = [verdict.id.clone(), told::status(verdict), parts.join("; "), ratio.unwrap_or_default()];
        let _ = writeln!(out, "| {} |", cells.map(|cell| cell.replace('|', "\\|").replace('\n', " ")).join(" | "));
    }
    for verdict in ran.verdicts.iter().filter(|verdict| !verdict.ok) {
        detail(&mut out, verdict, project);
    }
    out
}

fn detail(out: &mut String, verdict: &Verdict, project: &Project) {
    let _ = writeln!(out, "\n### {}\n", verdict.id);
    if let Some(stopped) = &verdict.stopped {
        let _ = writeln!(out, "The {} side could not run: {}", stopped.side, stopped.what);
        if let Some(traceback) = &stopped.traceback {
            let _ = writeln!(out, "\n```text\n{traceback}\n```");
        }
        if let Some(help) = &stopped.help {
            let _ = writeln!(out, "\n{help}");
        }
    }
    for part in &verdict.parts {
        for difference in part.differences.iter().take(told::SHOWN) {
            let _ = writeln!(out, "- {}", told::difference(difference));
        }
        let more = (part.differences.len() + part.more).saturating_sub(told::SHOWN);
        if more > 0 {
            let _ = writeln!(out, "- {}: {more} more", part.name);
        }
    }
    let Some(found) = &verdict.divergence else { return };
    let _ = writeln!(out, "\nFirst divergence: {}\n", told::divergence(found));
    for (side, place) in told::places(found, project) {
        if let Some(place) = place {
            let _ = writeln!(out, "- {side}: `{}`", place.replace('`', "'"));
        }
    }
    for cause in &found.causes {
        let _ = writeln!(out, "- likely: {cause}");
    }
}
