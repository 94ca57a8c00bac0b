//! Workflow commands of GitHub Actions, which show findings beside the code.

use crate::outcome::{FileOutcome, Level, Noted};
use crate::report::Span;

pub(super) fn print(file: &FileOutcome, noted: &Noted) {
    let finding = &noted.finding;
    let at = Span::new(file.text.as_ref(), finding.range);
    let command = match noted.level {
        Level::Error => "error",
        Level::Todo => "warning",
        Level::Note => "notice",
    };
    let mut place = format!("file={}", property(&file.shown));
    // Lines of a cell are not those of the file.
    if at.cell.is_none() {
        place += &format!(",line={},endLine={}", at.line, at.end_line);
    }
    // GitHub takes columns only where the lines are the same.
    if at.cell.is_none() && at.line == at.end_line {
        place += &format!(",col={},endColumn={}", at.column, at.end_column);
    }
    let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let cell = at.in_cell().map(|place| place + ": ").unwrap_or_default();
    crate::tell!("::{command} {place},title={}::{}", finding.code, data(&format!("{cell}{}{help}", finding.reason)));
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    #[test]
    fn separators_are_escaped() {
        assert_eq!(super::property("a,b:c%.py"), "a%2Cb%3Ac%25.py");
        assert_eq!(super::data("a: b\nc"), "a: b%0Ac");
    }
}
