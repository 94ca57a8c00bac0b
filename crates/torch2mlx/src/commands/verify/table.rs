//! The result for a terminal.

use std::fmt::Write;

use t2m_verify::Verdict;

use super::project::Project;
use super::run::Ran;
use super::told;

pub(super) fn render(ran: &Ran, project: &Project) -> String {
    let mut out = String::new();
    let width = ran.verdicts.iter().map(|verdict| verdict.id.chars().count()).max().unwrap_or(0);
    let mut told_before = None;
    for verdict in &ran.verdicts {
        line(&mut out, format_args!("{:width$}  {}", verdict.id, told::status(verdict)));
        if let Some(proposal) = told::proposal(verdict) {
            line(&mut out, format_args!("  proposed: {proposal}"));
        }
        if let Some(stopped) = &verdict.stopped {
            let reason = (&stopped.side, &stopped.what);
            if told_before.replace(reason) == Some(reason) {
                line(&mut out, format_args!("  for the same reason"));
                continue;
            }
            line(&mut out, format_args!("  {}", stopped.what));
            for text in stopped.traceback.iter().flat_map(|traceback| traceback.lines()) {
                line(&mut out, format_args!("    {text}"));
            }
            if let Some(help) = &stopped.help {
                line(&mut out, format_args!("  = help: {help}"));
            }
            divergence(&mut out, verdict, project);
            continue;
        }
        for part in &verdict.parts {
            line(&mut out, format_args!("  {}: {}", part.name, told::part(part)));
            for difference in part.differences.iter().take(told::SHOWN) {
                line(&mut out, format_args!("    {}", told::difference(difference)));
            }
        }
        divergence(&mut out, verdict, project);
        if let Some(cost) = verdict.cost.as_ref().and_then(told::cost) {
            line(&mut out, format_args!("  {cost}"));
        }
        for note in &verdict.notes {
            line(&mut out, format_args!("  note: {note}"));
        }
    }
    let agree = ran.verdicts.iter().filter(|verdict| verdict.ok).count();
    let stopped = ran.verdicts.iter().filter(|verdict| verdict.stopped.is_some()).count();
    let differ = ran.verdicts.len() - agree - stopped;
    let stopped = if stopped > 0 { format!(", {stopped} could not run") } else { String::new() };
    line(&mut out, format_args!("\n{agree} of {} agree, {differ} differ{stopped}", ran.verdicts.len()));
    out
}

/// The first place at which the port parts, with both lines and what may be the cause.
fn divergence(out: &mut String, verdict: &Verdict, project: &Project) {
    let Some(found) = &verdict.divergence else { return };
    line(out, format_args!("  first divergence: {}", told::divergence(found)));
    for (side, place) in told::places(found, project) {
        if let Some(place) = place {
            line(out, format_args!("    {side:8}  {place}"));
        }
    }
    if let Some(statistics) = found.difference.as_ref().and_then(told::statistics) {
        line(out, format_args!("    {statistics}"));
    }
    for cause in &found.causes {
        line(out, format_args!("    likely: {cause}"));
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{text}");
}
