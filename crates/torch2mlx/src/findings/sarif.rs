//! SARIF 2.1.0, which code scanners read: one run, its findings as results.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Value, json};
use t2m_port::codes;
use t2m_syntax::TextRange;

use crate::outcome::{FileOutcome, Noted};
use crate::report::Span;

pub(super) fn print(all: &[(&FileOutcome, &Noted)]) -> anyhow::Result<()> {
    crate::tell!("{}", serde_json::to_string_pretty(&document(all))?);
    Ok(())
}

fn document(all: &[(&FileOutcome, &Noted)]) -> Value {
    let told: BTreeSet<&str> = all.iter().map(|(_, noted)| noted.finding.code).collect();
    let rules: Vec<Value> = codes::all()
        .iter()
        .filter(|code| told.contains(code.code))
        .map(|code| json!({ "id": code.code, "shortDescription": { "text": code.title() }, "help": { "text": code.page } }))
        .collect();
    let results: Vec<Value> = all.iter().map(|(file, noted)| result(file, noted)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(file: &FileOutcome, noted: &Noted) -> Value {
    let finding = &noted.finding;
    let text = match &finding.help {
        Some(help) => format!("{}\nhelp: {help}", finding.reason),
        None => finding.reason.clone(),
    };
    let mut result = json!({
        "ruleId": finding.code,
        "level": super::level_name(noted.level),
        "message": { "text": text },
        "locations": [location(file, finding.range)],
    });
    if !finding.because.is_empty() {
        let related = finding.because.iter().map(|(range, label)| {
            let mut location = location(file, *range);
            location["message"] = json!({ "text": label });
            location
        });
        result["relatedLocations"] = related.collect();
    }
    result
}

fn location(file: &FileOutcome, range: TextRange) -> Value {
    let at = Span::new(file.text.as_ref(), range);
    if let Some(place) = at.in_cell() {
        // Lines of a cell are not those of the file.
        return json!({
            "physicalLocation": { "artifactLocation": { "uri": uri(&file.shown) } },
            "logicalLocations": [{ "name": place }],
        });
    }
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&file.shown) },
            "region": { "startLine": at.line, "startColumn": at.column, "endLine": at.end_line, "endColumn": at.end_column },
        },
    })
}

/// A path as a relative reference, or as a `file:` URI where it is absolute.
fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_become_references() {
        assert_eq!(super::uri("src/with space/\u{e9}.py"), "src/with%20space/%C3%A9.py");
        assert_eq!(super::uri("/a:b.py"), "file:///a%3Ab.py");
    }
}
