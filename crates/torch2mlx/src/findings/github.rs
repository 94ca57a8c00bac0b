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
    let mut place = format!("file={},line={},endLine={}", property(&file.shown), at.line, at.end_line);
    // GitHub takes columns only where the lines are the same.
    if at.line == at.end_line {
        place += &format!(",col={},endColumn={}", at.column, at.end_column);
    }
    let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    crate::tell!("::{command} {place},title={}::{}", finding.code, data(&format!("{}{help}", finding.reason)));
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
