//! A reason to stop: what is wrong and where, then what to do next.

use std::fmt::{self, Display};
use std::path::Path;

use crate::walk::show_from_here;

#[derive(Debug)]
struct Failure {
    what: String,
    help: String,
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Failure {}

/// An error with advice. Both lower case, without a full stop.
pub(crate) fn failure(what: impl Into<String>, help: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Failure { what: what.into(), help: help.into() })
}

/// An error of the operating system about one path.
pub(crate) fn io_failure(doing: &str, path: &Path, error: &std::io::Error) -> anyhow::Error {
    failure(format!("cannot {doing} `{}`: {}", show_from_here(path), reason(error)), "check the path and its permissions")
}

/// The system's words without Rust's `(os error 13)`.
pub(crate) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + chars.as_str())
}

pub(crate) fn print(error: &anyhow::Error) {
    let style = anstyle_bold_red();
    crate::tell!("{style}error{style:#}: {error}");
    if let Some(failure) = error.downcast_ref::<Failure>() {
        crate::tell!("  = help: {}", failure.help);
    }
}

fn anstyle_bold_red() -> clap::builder::styling::Style {
    clap::builder::styling::AnsiColor::Red.on_default().bold()
}
