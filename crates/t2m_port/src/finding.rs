//! Findings: what the user should know about a place. Data, not text for a terminal.

use t2m_syntax::TextRange;

/// Something that the user should know about one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `T2M104`; explained by its page.
    pub code: &'static str,
    pub range: TextRange,
    /// What stands in the way, lower case, no full stop.
    pub reason: String,
    /// Other places that caused it, each with a few words.
    pub because: Vec<(TextRange, String)>,
    /// What to do next.
    pub help: Option<String>,
    /// A TODO stands in the output at this place; otherwise it is a note.
    pub is_todo: bool,
}

/// What every TODO line starts with.
pub const TODO: &str = "# TODO(torch2mlx):";

impl Finding {
    pub fn todo(code: &'static str, range: TextRange, reason: impl Into<String>) -> Self {
        // A reason is one line, whatever source text it quotes.
        let reason = reason.into().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { code, range, reason, because: Vec::new(), help: None, is_todo: true }
    }

    pub fn note(code: &'static str, range: TextRange, reason: impl Into<String>) -> Self {
        Self { is_todo: false, ..Self::todo(code, range, reason) }
    }

    #[must_use]
    pub fn because(mut self, range: TextRange, text: impl Into<String>) -> Self {
        self.because.push((range, text.into()));
        self
    }

    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// The comment line of a TODO.
    pub fn line(&self) -> String {
        format!("{TODO} {} {}", self.code, self.reason)
    }
}
