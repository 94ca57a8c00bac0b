//! Reading, decoding and parsing. What can't be read gets a finding and the others go on.

use std::fs;
use std::path::Path;

use t2m_port::Finding;
use t2m_syntax::encoding::{self, DecodeError, Encoding};
use t2m_syntax::line_index::LineIndex;
use t2m_syntax::{SourceFile, TextRange, TextSize};

use crate::failure::reason;

/// A Python file, as far as it could be read.
pub(crate) enum Loaded {
    Parsed {
        source: SourceFile,
        encoding: Encoding,
    },
    /// The text is there if it could be decoded.
    Broken {
        finding: Finding,
        text: Option<Text>,
        bytes: Option<Vec<u8>>,
    },
}

/// Text with its lines, for messages about places.
#[derive(Debug)]
pub(crate) struct Text {
    pub text: String,
    pub lines: LineIndex,
}

impl Text {
    pub(crate) fn new(text: String) -> Self {
        Self { lines: LineIndex::new(&text), text }
    }
}

/// Reads and parses. Run it on a deep stack.
pub(crate) fn load(path: &Path, shown: &str) -> Loaded {
    match fs::read(path) {
        Ok(bytes) => parse(bytes, shown),
        Err(error) => {
            let help = "check the file's permissions, then port again";
            let finding = broken("T2M603", TextRange::default(), format!("cannot read the file: {}", reason(&error)), help);
            Loaded::Broken { finding, text: None, bytes: None }
        }
    }
}

pub(crate) fn parse(bytes: Vec<u8>, shown: &str) -> Loaded {
    let (text, encoding) = match encoding::decode(&bytes) {
        Ok(decoded) => decoded,
        Err(error) => {
            let (text, range) = undecodable(&bytes, &error);
            let finding = broken("T2M602", range, error.to_string(), "save the file as UTF-8, then port again");
            return Loaded::Broken { finding, text: Some(text), bytes: Some(bytes) };
        }
    };
    match SourceFile::parse(shown, text.as_str()) {
        Ok(source) => Loaded::Parsed { source, encoding },
        Err(error) => {
            let text = Text::new(text);
            let range = one_character(&text.text, error.offset.to_usize());
            let help = "if `python -m py_compile` accepts the file, its syntax is newer than our parser: `torch2mlx explain T2M601` says what to write";
            let finding = broken("T2M601", range, lower_case(&error.message), help);
            Loaded::Broken { finding, text: Some(text), bytes: Some(bytes) }
        }
    }
}

fn broken(code: &'static str, range: TextRange, reason: String, help: &str) -> Finding {
    Finding { code, range, reason, because: Vec::new(), help: Some(help.to_owned()), is_todo: false }
}

/// The bytes with replacement characters, and the place of the first wrong one in that text.
fn undecodable(bytes: &[u8], error: &DecodeError) -> (Text, TextRange) {
    let (start, known) = match error {
        DecodeError::Invalid { offset } => (*offset, &bytes[..*offset]),
        DecodeError::UnknownEncoding { .. } => (0, &bytes[..0]),
    };
    let text = String::from_utf8_lossy(known).into_owned() + &String::from_utf8_lossy(&bytes[start..]);
    let range = match error {
        DecodeError::Invalid { .. } => one_character(&text, start),
        DecodeError::UnknownEncoding { name } => match text.find(name.as_str()) {
            Some(at) => TextRange::at(TextSize::new(at as u32), TextSize::new(name.len() as u32)),
            None => TextRange::default(),
        },
    };
    (Text::new(text), range)
}

/// The character at `offset`, or an empty range at a line's end.
fn one_character(text: &str, offset: usize) -> TextRange {
    let mut start = offset.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let len = text[start..].chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
    TextRange::at(TextSize::new(start as u32), TextSize::new(len as u32))
}

/// `Got unexpected token: `x`` as messages here are written; names such as `EOF` keep their case.
fn lower_case(message: &str) -> String {
    let mut chars = message.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().collect::<String>() + chars.as_str(),
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(bytes: &[u8]) -> (&'static str, String) {
        match parse(bytes.to_vec(), "m.py") {
            Loaded::Parsed { .. } => ("", String::new()),
            Loaded::Broken { finding, text, .. } => {
                let text = text.expect("there is text for all that could be read");
                (finding.code, text.text[finding.range.start().to_usize()..finding.range.end().to_usize()].to_owned())
            }
        }
    }

    #[test]
    fn places_are_exact() {
        assert_eq!(finding(b"x = 'a'\n"), ("", String::new()));
        assert_eq!(finding(b"x = 1\ny = \xff\n"), ("T2M602", "\u{fffd}".into()));
        assert_eq!(finding(b"# coding: koi8-r\nx = 1\n"), ("T2M602", "koi8-r".into()));
        assert_eq!(finding(b"x = (1]\n"), ("T2M601", "]".into()));
    }
}
