//! Findings on stderr, in the format that was asked for.

use t2m_port::codes;

use crate::args::{Format, PortArgs};
use crate::outcome::{FileOutcome, Level, Noted, Outcome};

mod concise;
mod full;
mod github;
mod json;
mod sarif;
mod summary;

pub(crate) use summary::{count, print as print_summary};

/// How many findings are shown with their source before the rest is only counted; `-v` shows all.
const SHOWN: usize = 50;

/// Prints what is to be told: errors always, the rest unless `-q`.
pub(crate) fn print(outcome: &Outcome, args: &PortArgs) -> anyhow::Result<()> {
    let all: Vec<(&FileOutcome, &Noted)> = outcome
        .files
        .iter()
        .flat_map(|file| file.findings.iter().map(move |noted| (file, noted)))
        .filter(|(_, noted)| noted.level == Level::Error || !(args.quiet || noted.ignored))
        .filter(|(_, noted)| args.verbose || !codes::is_detail(noted.finding.code))
        .collect();
    match args.format {
        Format::Full => {
            let shown = if args.verbose { all.len() } else { all.len().min(SHOWN) };
            // Where not all are shown, errors are.
            type Told<'a> = Vec<(&'a FileOutcome, &'a Noted)>;
            let (errors, others): (Told<'_>, Told<'_>) = all.iter().copied().partition(|(_, noted)| noted.level == Level::Error);
            let mut chosen: Vec<_> = errors.into_iter().chain(others).take(shown).collect();
            chosen.sort_by(|a, b| (&a.0.rel, a.1.finding.range.start()).cmp(&(&b.0.rel, b.1.finding.range.start())));
            chosen.iter().for_each(|(file, noted)| full::print(file, noted));
            if shown < all.len() {
                crate::tell!("and {} more findings; -v prints all, --report FILE writes them down\n", all.len() - shown);
            }
        }
        Format::Concise => all.iter().for_each(|(file, noted)| concise::print(file, noted)),
        Format::Github => all.iter().for_each(|(file, noted)| github::print(file, noted)),
        Format::Json => json::print(&all)?,
        Format::Sarif => sarif::print(&all)?,
    }
    Ok(())
}

/// Says why each decision was taken, one line each.
pub(crate) fn print_why(outcome: &Outcome) {
    for file in &outcome.files {
        for (range, why) in &file.why {
            let span = crate::report::Span::new(file.text.as_ref(), *range);
            crate::tell!("{}:{}:{}: {why}", span.place(&file.shown), span.line, span.column);
        }
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Todo => "warning",
        Level::Note => "note",
    }
}
