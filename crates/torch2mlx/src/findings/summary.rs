//! The last lines of a run: what became of the files, what is left to do.

use std::collections::BTreeMap;

use crate::args::PortArgs;
use crate::outcome::Outcome;

/// Codes named in the summary; the others are added up.
const TOP: usize = 5;

pub(crate) fn print(outcome: &Outcome, args: &PortArgs) {
    let totals = outcome.totals();
    let ported = totals.ported + totals.ported_with_todos;
    let mut files = vec![match totals.ported_with_todos {
        0 => format!("{} ported", count(ported, "file")),
        todos => format!("{} ported ({todos} with TODOs)", count(ported, "file")),
    }];
    for (n, word) in [
        (totals.unchanged, "unchanged"),
        (totals.fallback, "kept as is by a bug of ours"),
        (totals.failed, "failed"),
        (totals.copied, "copied"),
        (totals.added, "added"),
    ] {
        if n > 0 {
            files.push(format!("{n} {word}"));
        }
    }
    crate::tell!("{}", files.join(", "));
    if totals.sites_ported + totals.todos > 0 {
        let todos = if totals.todos == 0 { String::new() } else { format!(": {}", by_code(&outcome.todos_by_code())) };
        crate::tell!("{} of torch ported, {} left{todos}", count(totals.sites_ported, "use"), count(totals.todos, "TODO"));
    }
    if totals.forwards > 0 {
        crate::tell!("{} of {} ported without a TODO", totals.forwards_clean, count(totals.forwards, "forward method"));
    }
    print_skipped(outcome, args);
    if let Some(report) = &args.report {
        crate::tell!("report: {}", report.display());
    }
}

fn print_skipped(outcome: &Outcome, args: &PortArgs) {
    if outcome.skipped.is_empty() {
        return;
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for skipped in &outcome.skipped {
        *reasons.entry(&skipped.why).or_default() += 1;
    }
    let reasons = reasons.iter().map(|(why, n)| format!("{n} {why}")).collect::<Vec<_>>().join(", ");
    let names = if args.verbose { "" } else { "; -v names them" };
    crate::tell!("{} skipped ({reasons}){names}", count(outcome.skipped.len(), "path"));
    if args.verbose {
        for skipped in &outcome.skipped {
            crate::tell!("  {}: {}", skipped.shown, skipped.why);
        }
    }
}

fn by_code(counts: &BTreeMap<&'static str, usize>) -> String {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(code, n)| (std::cmp::Reverse(**n), **code));
    let rest: usize = counts.iter().skip(TOP).map(|(_, n)| **n).sum();
    let mut parts: Vec<_> = counts.iter().take(TOP).map(|(code, n)| format!("{n} {code}")).collect();
    if rest > 0 {
        parts.push(format!("{rest} others"));
    }
    parts.join(", ")
}

pub(crate) fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
