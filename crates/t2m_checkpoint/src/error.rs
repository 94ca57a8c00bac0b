//! Why a checkpoint was refused, in one line: what is wrong, and where it helps, what to do.

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(String);

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Lower case, without a full stop. What a file says is cut and escaped, so that a message stays one line.
    pub fn new(reason: impl Into<String>) -> Self {
        let reason: String = reason.into();
        let plain = reason.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c });
        Self(plain.collect())
    }

    /// The same with the place in front: `data/12: ...`.
    #[must_use]
    pub fn at(self, place: impl fmt::Display) -> Self {
        Self::new(format!("{place}: {}", self.0))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// A name from a file as a message shows it.
pub(crate) fn shown(name: &str) -> String {
    const LONGEST: usize = 120;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}...`", &name[..end]),
        None => format!("`{name}`"),
    }
}

/// The first few of a list, in words.
pub(crate) fn some_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 8;
    let mut names = names.into_iter();
    let mut out = names.by_ref().take(MOST).map(shown).collect::<Vec<_>>().join(", ");
    let rest = names.count();
    if rest > 0 {
        out += &format!(" and {rest} more");
    }
    out
}

/// An error from a format string.
macro_rules! refuse {
    ($($arg:tt)*) => { $crate::error::Error::new(format!($($arg)*)) };
}
pub(crate) use refuse;
