//! Source line and carets, as rustc writes them.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level as Title, Origin, Renderer, Snippet};
use t2m_syntax::TextRange;

use crate::input::Text;
use crate::outcome::{FileOutcome, Level, Noted};
use crate::report::Span;

pub(super) fn print(file: &FileOutcome, noted: &Noted) {
    crate::tell!("{}\n", render(&file.shown, file.text.as_ref(), noted, &Renderer::styled()));
}

fn render(shown: &str, text: Option<&Text>, noted: &Noted, renderer: &Renderer) -> String {
    let finding = &noted.finding;
    let level = match noted.level {
        Level::Error => Title::ERROR,
        Level::Todo => Title::WARNING,
        Level::Note => Title::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(&finding.reason).id(finding.code));
    let window = text.map(|text| Window::new(text, noted));
    let shown = &*Span::new(text, finding.range).place(shown);
    group = match &window {
        Some(window) => {
            let mut snippet = Snippet::source(window.source).line_start(window.first_line).path(shown);
            snippet = snippet.annotation(AnnotationKind::Primary.span(window.local(finding.range)));
            for (range, label) in &finding.because {
                snippet = snippet.annotation(AnnotationKind::Context.span(window.local(*range)).label(label));
            }
            group.element(snippet)
        }
        None => group.element(Origin::path(shown)),
    };
    if let Some(help) = &finding.help {
        group = group.element(Title::HELP.message(help));
    }
    renderer.render(&[group])
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
        let mut start = text.lines.line_start(first).to_usize();
        if start == 0 && text.text.starts_with('\u{feff}') {
            start = '\u{feff}'.len_utf8();
        }
        let end = if last + 1 < text.lines.len() { text.lines.line_start(last + 1).to_usize() } else { text.text.len() };
        let first_line = text.notebook.as_ref().map_or(first + 1, |notebook| notebook.place(first).1);
        Self { source: &text.text[start..end], start, first_line }
    }

    /// A range of several lines is cut at the end of its first: carets below a whole function help nobody.
    fn local(&self, range: TextRange) -> Range<usize> {
        let start = range.start().to_usize().saturating_sub(self.start);
        let end = range.end().to_usize().saturating_sub(self.start);
        let line_end = self.source[start..end].find(['\n', '\r']).map_or(end, |len| start + len);
        start..line_end
    }
}

#[cfg(test)]
mod tests {
    use t2m_port::Finding;
    use t2m_syntax::TextSize;

    use super::*;

    fn place(text: &str, of: &str) -> TextRange {
        TextRange::at(TextSize::new(text.find(of).expect("the place") as u32), TextSize::new(of.len() as u32))
    }

    fn render_plain(text: &str, at: &str, because: &[(&str, &str)]) -> String {
        let because = because.iter().map(|(of, label)| (place(text, of), (*label).to_owned())).collect();
        let help = Some("append `loss.item()`, then port again".into());
        let finding = Finding { code: "T2M301", range: place(text, at), reason: "kept as is".into(), because, help, is_todo: true };
        let noted = Noted { finding, level: Level::Todo, ignored: false };
        render("src/train.py", Some(&Text::new(text.into())), &noted, &Renderer::plain())
    }

    #[test]
    fn the_cause_has_a_label_of_its_own() {
        let text = "import x\n\n\ndef f():\n    loss.backward()\n    pass\n    history.append(loss)\n";
        let expected = "\
warning[T2M301]: kept as is
 --> src/train.py:5:5
  |
5 |     loss.backward()
  |     ^^^^^^^^^^^^^^^
6 |     pass
7 |     history.append(loss)
  |                    ----- keeps the graph alive here
  |
  = help: append `loss.item()`, then port again";
        assert_eq!(render_plain(text, "loss.backward()", &[("loss)", "keeps the graph alive here")]), expected);
    }

    #[test]
    fn several_lines_wide_characters_and_odd_line_ends() {
        let text = "# \u{65e5}\u{672c}\r\nx = f(\r\n    1,\r\n)\r\n";
        let shown = render_plain(text, "f(\r\n    1,\r\n)", &[]);
        assert!(shown.contains("src/train.py:2:5") && shown.contains("2 | x = f("), "{shown}");
        assert!(!shown.contains("1,"), "only the first line is marked: {shown}");
        let shown = render_plain("\u{feff}s = '\u{65e5}' + y\n", "y", &[]);
        assert!(shown.contains("src/train.py:1:11"), "{shown}");
    }

    #[test]
    fn a_file_without_text_has_no_place() {
        let finding = Finding::note("T2M603", TextRange::default(), "cannot read the file");
        let noted = Noted { finding, level: Level::Error, ignored: false };
        let shown = render("src/a.py", None, &noted, &Renderer::plain());
        assert!(shown.starts_with("error[T2M603]: cannot read the file") && shown.contains("--> src/a.py"), "{shown}");
    }
}
