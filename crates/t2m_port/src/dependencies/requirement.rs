//! One requirement, as PEP 508 writes it: `torch[opt] >=2.0,<3 ; python_version > "3.8"`.

use std::ops::Range;

use super::distributions::normalized;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    /// As PyPI compares names.
    pub(crate) name: String,
    /// From the name to the end of the version or address, in the text that was parsed.
    pub(crate) range: Range<usize>,
    name_end: usize,
}

impl Requirement {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let start = text.len() - text.trim_start().len();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let name_end = text[start..].find(|c| !is_part(c)).map_or(text.len(), |at| start + at);
        let name = text[start..name_end].trim_end_matches(['-', '_', '.']);
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let name_end = start + name.len();
        let mut rest = &text[name_end..];
        if let Some(close) = rest.trim_start().strip_prefix('[').and_then(|_| rest.find(']')) {
            rest = &rest[close + 1..];
        }
        let after = rest.trim_start();
        // An address may hold anything but blanks.
        let end = match after.strip_prefix('@') {
            Some(_) => after.find(" ;").or_else(|| after.find(" #")).unwrap_or(after.len()),
            None if after.is_empty() || after.starts_with(['=', '<', '>', '!', '~', '(', ';', '#', ',']) => {
                after.find([';', '#']).or_else(|| after.find(" --")).or_else(|| after.find('\\')).unwrap_or(after.len())
            }
            // `torch is what we need` is no requirement.
            None => return None,
        };
        let spec = text.len() - after.len();
        let end = spec + after[..end].trim_end().len();
        let end = if end == spec { text.len() - rest.len() } else { end };
        Some(Self { name: normalized(name), range: start..end, name_end })
    }

    /// Whether the version is bound, or the place that it comes from.
    pub(crate) fn is_bound(&self) -> bool {
        self.range.end > self.name_end
    }
}

/// The minor version of the oldest Python 3 that a specifier lets in, and where the whole version stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Oldest {
    pub(crate) minor: u32,
    pub(crate) range: Range<usize>,
}

/// Ex) `>=3.8,<4`, `^3.9`, `~=3.8`, `3.8` as Pipenv and Poetry have it
pub(crate) fn oldest_python(specifier: &str) -> Option<Oldest> {
    let at = match specifier.starts_with(|c: char| c.is_ascii_digit()) {
        true => 0,
        false => [">=", "~=", "==", "^", ">", "="].iter().find_map(|operator| Some(specifier.find(operator)? + operator.len()))?,
    };
    // `>=3.8,<3.10` lets in none that MLX runs on: that is for the user to say.
    if specifier.contains('<') && !specifier.contains("<4") && !specifier.contains("<=4") {
        return None;
    }
    let start = at + (specifier[at..].len() - specifier[at..].trim_start().len());
    let version = &specifier[start..];
    let end = version.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(version.len());
    let end = version[..end].trim_end_matches('.').len(); // `3.8.*`
    let mut parts = version[..end].split('.');
    if parts.next() != Some("3") {
        return None;
    }
    let minor = parts.next()?.parse().ok()?;
    Some(Oldest { minor, range: start..start + end })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(String, &str)> {
        Requirement::parse(text).map(|requirement| (requirement.name, &text[requirement.range]))
    }

    #[test]
    fn a_requirement_ends_before_its_marker_and_its_comment() {
        let cases = [
            ("torch", "torch"),
            ("  torch >= 2.0, <3  # fast", "torch >= 2.0, <3"),
            ("torch[opt]==2.0.1+cu118; sys_platform != 'darwin'", "torch[opt]==2.0.1+cu118"),
            ("torch[opt] # why", "torch[opt]"),
            ("torch (>=1.0)", "torch (>=1.0)"),
            ("torch @ https://a.b/torch-2.0%2Bcu.whl#sha=1 ; x", "torch @ https://a.b/torch-2.0%2Bcu.whl#sha=1"),
            ("torch==2.0 --hash=sha256:1", "torch==2.0"),
        ];
        for (text, wanted) in cases {
            assert_eq!(parts(text), Some(("torch".to_owned(), wanted)), "{text}");
        }
        assert_eq!(parts("torch is fine"), None);
        assert_eq!(parts("-r other.txt"), None);
        assert_eq!(parts("Torch_Vision>=1").map(|(name, _)| name).as_deref(), Some("torch-vision"));
        assert!(!Requirement::parse("torch  ; x").is_some_and(|requirement| requirement.is_bound()));
    }

    #[test]
    fn the_oldest_python_of_a_specifier() {
        assert_eq!(oldest_python(">=3.8"), Some(Oldest { minor: 8, range: 2..5 }));
        assert_eq!(oldest_python("^3.11"), Some(Oldest { minor: 11, range: 1..5 }));
        assert_eq!(oldest_python(">=3.8,<4.0"), Some(Oldest { minor: 8, range: 2..5 }));
        assert_eq!(oldest_python(">=3.8,<3.10"), None);
        assert_eq!(oldest_python("3.8"), Some(Oldest { minor: 8, range: 0..3 }));
        assert_eq!(oldest_python("==3.8.*"), Some(Oldest { minor: 8, range: 2..5 }));
        assert_eq!(oldest_python("*"), None);
    }
}
