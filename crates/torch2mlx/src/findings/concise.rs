//! One line each, for editors and grep: `src/a.py:3:5: warning[T2M104] reason`.

use crate::outcome::{FileOutcome, Noted};
use crate::report::Span;

pub(super) fn print(file: &FileOutcome, noted: &Noted) {
    let finding = &noted.finding;
    let at = Span::new(file.text.as_ref(), finding.range);
    let level = super::level_name(noted.level);
    crate::tell!("{}:{}:{}: {level}[{}] {}", at.place(&file.shown), at.line, at.column, finding.code, finding.reason);
}
