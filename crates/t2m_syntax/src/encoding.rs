//! Bytes to text and back, by BOM and by the coding line of PEP 263.

/// How a file's bytes stand for text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    /// One byte a character, code points 0 to 255.
    Latin1,
}

/// Why bytes are not text that we can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// The coding line names something else than UTF-8, ASCII or Latin-1.
    UnknownEncoding { name: String },
    /// It starts with the byte order mark of UTF-16.
    Utf16,
    /// A zero byte, which Python takes nowhere.
    Nul { offset: usize },
    /// Not valid in its encoding, from this byte on.
    Invalid { offset: usize },
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownEncoding { name } => write!(f, "the coding line names `{name}`; UTF-8, ASCII and Latin-1 can be read"),
            Self::Utf16 => write!(f, "the file is UTF-16, which Python does not read"),
            Self::Nul { offset } => write!(f, "byte {offset} is zero, which Python takes nowhere in a source"),
            Self::Invalid { offset } => write!(f, "byte {offset} is not valid in the file's encoding"),
        }
    }
}

/// Decodes a Python file; a BOM stays in the text as U+FEFF, so that encoding gives the same bytes back.
pub fn decode(bytes: &[u8]) -> Result<(String, Encoding), DecodeError> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(DecodeError::Utf16);
    }
    if let Some(offset) = bytes.iter().position(|&byte| byte == 0) {
        return Err(DecodeError::Nul { offset });
    }
    let encoding = match coding_line(bytes) {
        _ if bytes.starts_with(b"\xef\xbb\xbf") => Encoding::Utf8,
        None => Encoding::Utf8,
        Some(name) => match normalize(&name).as_str() {
            "utf-8" | "utf8" | "u8" | "ascii" | "us-ascii" => Encoding::Utf8,
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "iso-latin-1" | "l1" => Encoding::Latin1,
            // As Emacs writes them, and as Python reads them. Ex) `utf-8-unix`
            name if name.starts_with("utf-8-") => Encoding::Utf8,
            name if name.starts_with("latin-1-") || name.starts_with("iso-8859-1-") || name.starts_with("iso-latin-1-") => Encoding::Latin1,
            normal if bytes.is_ascii() && holds_ascii(normal) => Encoding::Utf8,
            _ => return Err(DecodeError::UnknownEncoding { name }),
        },
    };
    let text = match encoding {
        Encoding::Utf8 => std::str::from_utf8(bytes).map_err(|error| DecodeError::Invalid { offset: error.valid_up_to() })?.to_owned(),
        Encoding::Latin1 => bytes.iter().map(|&byte| char::from(byte)).collect(),
    };
    Ok((text, encoding))
}

/// The bytes of `text`, or `None` where it holds a character that the encoding lacks.
pub fn encode(text: &str, encoding: Encoding) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Utf8 => Some(text.as_bytes().to_vec()),
        Encoding::Latin1 => text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect(),
    }
}

/// Whether ASCII stands for itself in an encoding: its first letters tell the family.
fn holds_ascii(normal: &str) -> bool {
    const FAMILIES: &[&str] = &[
        "cp125",
        "windows-125",
        "iso-8859-",
        "iso8859-",
        "koi8-",
        "gb",
        "cp936",
        "big5",
        "euc-",
        "euckr",
        "mac-",
        "cp437",
        "cp85",
        "cp86",
    ];
    FAMILIES.iter().any(|family| normal.starts_with(family))
}

fn normalize(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// The name in `# -*- coding: NAME -*-` on one of the first two lines.
fn coding_line(bytes: &[u8]) -> Option<String> {
    bytes.split(|&b| b == b'\n').take(2).find_map(|line| {
        let line = String::from_utf8_lossy(line);
        let comment = line.trim_start_matches(['\u{feff}', ' ', '\t', '\u{c}']).strip_prefix('#')?;
        let (_, rest) = comment.split_once("coding")?;
        let rest = rest.strip_prefix([':', '='])?.trim_start_matches([' ', '\t']);
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
        (!name.is_empty()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin1_round_trip() {
        let bytes = b"# -*- coding: latin-1 -*-\nx = '\xe9'\n";
        let (text, encoding) = decode(bytes).expect("declared encoding");
        assert!(text.contains('é'));
        assert_eq!(encode(&text, encoding).as_deref(), Some(&bytes[..]));
    }

    #[test]
    fn invalid_and_unknown_are_errors() {
        assert_eq!(decode(b"x = '\xe9'\n"), Err(DecodeError::Invalid { offset: 5 }));
        assert!(matches!(decode(b"# coding: koi8-r\nx = '\xc1'\n"), Err(DecodeError::UnknownEncoding { .. })));
        assert!(matches!(decode(b"# coding: utf-7\n"), Err(DecodeError::UnknownEncoding { .. })));
    }

    #[test]
    fn names_as_python_reads_them() {
        for (name, expected) in [("utf-8-unix", Encoding::Utf8), ("U8", Encoding::Utf8), ("iso-8859-1-dos", Encoding::Latin1)] {
            let source = format!("# -*- coding: {name} -*-\n");
            assert_eq!(decode(source.as_bytes()), Ok((source.clone(), expected)), "{name}");
        }
    }

    #[test]
    fn plain_ascii_is_the_same_in_most_encodings() {
        for name in ["koi8-r", "gbk", "cp1252", "ISO-8859-15"] {
            let source = format!("# coding={name}\nx = 1\n");
            assert_eq!(decode(source.as_bytes()), Ok((source.clone(), Encoding::Utf8)), "{name}");
        }
    }
}
