//! `torch2mlx mappings [SEARCH]`: what is supported, and how.

use std::io::Write;

use t2m_port::support::{Entry, How, entries};
use t2m_semantic::tables::Tables;

use crate::failure::failure;
use crate::suggest::nearest;

pub(crate) fn run(search: Option<&str>) -> anyhow::Result<u8> {
    let tables = Tables::embedded().map_err(|error| anyhow::anyhow!("{error}"))?;
    let entries = entries(&tables);
    let mut out = std::io::stdout().lock();
    let Some(search) = search.map(str::trim) else {
        list(&mut out, &entries)?;
        return Ok(crate::OK);
    };
    let wanted = spelled_out(&search.to_lowercase());
    let mut found: Vec<&Entry> =
        entries.iter().filter(|entry| entry.names.iter().any(|name| name.to_lowercase().contains(&wanted))).collect();
    // What is called so comes before what only has the word in its name: `Tensor.view` before `torch.view_as_real`.
    found.sort_by_key(|entry| !entry.names.iter().any(|name| is_called(&name.to_lowercase(), &wanted)));
    if found.is_empty() {
        return Err(unknown(search, &entries));
    }
    for (index, entry) in found.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        show(&mut out, entry)?;
    }
    Ok(crate::OK)
}

/// The name behind the usual short ones: `F.pad` is `nn.functional.pad`.
fn spelled_out(search: &str) -> String {
    let short = [("f.", "nn.functional."), ("th.", "torch."), ("x.", "tensor."), ("tf.", "transforms.functional.")];
    let long = short.iter().find_map(|(short, long)| search.strip_prefix(short).map(|rest| format!("{long}{rest}")));
    long.unwrap_or_else(|| search.to_owned()).trim_end_matches("()").to_owned()
}

/// Whether a name is the wanted one, or ends with it behind a dot.
fn is_called(name: &str, wanted: &str) -> bool {
    name.strip_suffix(wanted).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// A line for each name.
fn list(out: &mut impl Write, entries: &[Entry]) -> std::io::Result<()> {
    let mut lines: Vec<(&str, How, usize)> =
        entries.iter().flat_map(|entry| entry.names.iter().map(|name| (name.as_str(), entry.how, entry.examples))).collect();
    lines.sort_unstable();
    // Rows that differ by their parameters alone are one line.
    lines.dedup_by(|later, kept| {
        let same = later.0 == kept.0 && later.1 == kept.1;
        kept.2 += if same { later.2 } else { 0 };
        same
    });
    let width = lines.iter().map(|(name, ..)| name.len()).max().unwrap_or_default();
    for (name, how, examples) in &lines {
        match examples {
            0 => writeln!(out, "{name:width$}  {}", how.name())?,
            1 => writeln!(out, "{name:width$}  {}, 1 example", how.name())?,
            _ => writeln!(out, "{name:width$}  {}, {examples} examples", how.name())?,
        }
    }
    Ok(())
}

fn show(out: &mut impl Write, entry: &Entry) -> std::io::Result<()> {
    for signature in &entry.signatures {
        writeln!(out, "{signature}")?;
    }
    write!(out, "  {}", entry.how.name())?;
    match entry.examples {
        0 => {}
        1 => write!(out, ", 1 executed example")?,
        many => write!(out, ", {many} executed examples")?,
    }
    if let Some(words) = entry.evaluates.words() {
        write!(out, ", {words}")?;
    }
    match &entry.place {
        Some((file, _)) => writeln!(out, ", {file}")?,
        None => writeln!(out)?,
    }
    for text in &entry.writes {
        writeln!(out, "  -> {text}")?;
    }
    if let Some(note) = &entry.note {
        writeln!(out, "  note: {note}")?;
    }
    Ok(())
}

fn unknown(search: &str, entries: &[Entry]) -> anyhow::Error {
    let names = entries.iter().flat_map(|entry| entry.names.iter().map(String::as_str));
    let help = match nearest(search, names) {
        Some(near) => format!("did you mean `{near}`? What has no row becomes a TODO with the code T2M101"),
        None => "what has no row becomes a TODO with the code T2M101; `torch2mlx mappings` lists all names".into(),
    };
    failure(format!("no name holds `{search}`"), help)
}
