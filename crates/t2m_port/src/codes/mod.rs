//! The codes of findings and their pages. A code is never reused or renumbered.
//!
//! To add one: write `CODE.md` beside this file (its first line is `# CODE: title`) and name it in `CODES`.
//!
//! | range | about |
//! | --- | --- |
//! | T2M1xx | calls, methods and attributes |
//! | T2M2xx | classes, imports, annotations |
//! | T2M3xx | training: backward, optimizers, gradients |
//! | T2M4xx | aliasing and in-place changes |
//! | T2M6xx | files that can't be read |
//! | T2M9xx | our own bugs, and notes about the run |

/// A code and its page in Markdown.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    pub code: &'static str,
    pub page: &'static str,
}

impl Code {
    /// The rest of the page's first line: what is matched, in a few words.
    pub fn title(&self) -> &'static str {
        let line = self.page.lines().next().unwrap_or_default();
        line.split_once(": ").map_or(line, |(_, title)| title)
    }
}

macro_rules! pages {
    ($($code:literal),* $(,)?) => {
        &[$(Code { code: $code, page: include_str!(concat!($code, ".md")) }),*]
    };
}

/// All codes, sorted.
static CODES: &[Code] = pages!["T2M601", "T2M602", "T2M603", "T2M604"];

/// All codes, sorted.
pub fn all() -> &'static [Code] {
    CODES
}

/// The page of a code, such as `T2M601`; letters of either case.
pub fn page(code: &str) -> Option<&'static str> {
    CODES.iter().find(|known| known.code.eq_ignore_ascii_case(code)).map(|known| known.page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(CODES.windows(2).all(|pair| pair[0].code < pair[1].code));
    }

    #[test]
    fn pages_start_with_their_code_and_title() {
        for code in CODES {
            let first = code.page.lines().next().unwrap_or_default();
            assert!(first.starts_with(&format!("# {}: ", code.code)), "{first}");
            assert!(!code.title().is_empty(), "{first}");
        }
    }

    #[test]
    fn every_page_in_the_folder_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/codes");
        for entry in std::fs::read_dir(folder).expect("the folder of pages") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            if let Some(code) = name.strip_suffix(".md") {
                assert!(page(code).is_some(), "{name} is not named in `CODES`");
            }
        }
    }
}
