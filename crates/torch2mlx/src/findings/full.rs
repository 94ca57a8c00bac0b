//! Source line and carets, as rustc writes them.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level as Title, Origin, Renderer, Snippet};
use t2m_syntax::TextRange;

use crate::input::Text;
use crate::outcome::{FileOutcome, Level, Noted};

pub(super) fn print(file: &FileOutcome, noted: &Noted) {
    let finding = &noted.finding;
    let level = match noted.level {
        Level::Error => Title::ERROR,
        Level::Todo => Title::WARNING,
        Level::Note => Title::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(&finding.reason).id(finding.code));
    let window = file.text.as_ref().map(|text| Window::new(text, noted));
    group = match &window {
        Some(window) => {
            let mut snippet = Snippet::source(window.source).line_start(window.first_line).path(&file.shown);
            snippet = snippet.annotation(AnnotationKind::Primary.span(window.local(finding.range)));
            for (range, label) in &finding.because {
                snippet = snippet.annotation(AnnotationKind::Context.span(window.local(*range)).label(label));
            }
            group.element(snippet)
        }
        None => group.element(Origin::path(&file.shown)),
    };
    if let Some(help) = &finding.help {
        group = group.element(Title::HELP.message(help));
    }
    anstream::eprintln!("{}\n", Renderer::styled().render(&[group]));
}

/// The lines that a finding speaks of, so that a long file is not laid out again for each of its findings.
struct Window<'a> {
    source: &'a str,
    start: usize,
    first_line: usize,
}

impl<'a> Window<'a> {
    fn new(text: &'a Text, noted: &Noted) -> Self {
        let ranges = || std::iter::once(noted.finding.range).chain(noted.finding.because.iter().map(|(range, _)| *range));
        let first = ranges().map(|range| text.lines.line(range.start())).min().unwrap_or(0);
        let last = ranges().map(|range| text.lines.line(range.end())).max().unwrap_or(first);
        let start = text.lines.line_start(first).to_usize();
        let end = if last + 1 < text.lines.len() { text.lines.line_start(last + 1).to_usize() } else { text.text.len() };
        Self { source: &text.text[start..end], start, first_line: first + 1 }
    }

    /// A range of several lines is cut at the end of its first: carets below a whole function help nobody.
    fn local(&self, range: TextRange) -> Range<usize> {
        let start = range.start().to_usize() - self.start;
        let end = range.end().to_usize() - self.start;
        let line_end = self.source[start..end].find(['\n', '\r']).map_or(end, |len| start + len);
        start..line_end
    }
}
