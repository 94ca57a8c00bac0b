//! Reading, decoding and parsing. What can't be read gets a finding and the others go on.

use std::fs;
use std::path::Path;

use t2m_port::Finding;
use t2m_syntax::encoding::{self, DecodeError, Encoding};
use t2m_syntax::line_index::LineIndex;
use t2m_syntax::{NOTEBOOK, SourceFile, SyntaxError, TextRange, TextSize};

use crate::failure::reason;
use crate::notebook::Notebook;

/// A Python file, as far as it could be read.
pub(crate) enum Loaded {
    Parsed {
        source: SourceFile,
        encoding: Encoding,
        /// What the source is the code of.
        notebook: Option<Notebook>,
    },
    /// Not Python, which its content tells.
    Other,
    /// The text is there if it could be decoded.
    Broken { finding: Finding, text: Option<Text>, bytes: Option<Vec<u8>> },
}

/// Text with its lines, for messages about places.
#[derive(Debug)]
pub(crate) struct Text {
    pub text: String,
    pub lines: LineIndex,
    /// What the text is the code of.
    pub notebook: Option<Notebook>,
}

impl Text {
    pub(crate) fn new(text: String) -> Self {
        Self { lines: LineIndex::new(&text), text, notebook: None }
    }

    fn line(&self, offset: TextSize) -> &str {
        let line = self.lines.line(offset);
        let start = self.lines.line_start(line).to_usize();
        self.text[start..].lines().next().unwrap_or_default()
    }
}

/// Reads and parses. Run it on a deep stack.
pub(crate) fn load(path: &Path, shown: &str) -> Loaded {
    match fs::read(path) {
        Ok(bytes) => parse(bytes, shown),
        Err(error) => Loaded::Broken { finding: unreadable("file", &reason(&error)), text: None, bytes: None },
    }
}

/// `what`: a file or a folder.
pub(crate) fn unreadable(what: &str, reason: &str) -> Finding {
    broken(
        "T2M603",
        TextRange::default(),
        format!("cannot read the {what}: {reason}"),
        &format!("check the {what}'s permissions, then port again"),
    )
}

/// What is to be said of a file that is copied: it can't be, or it holds torch in a form that is not ported.
pub(crate) fn copied(path: &Path) -> Result<Option<Finding>, Finding> {
    let unreadable = |error: &std::io::Error| unreadable("file", &reason(error));
    let (what, help) = match path.extension().and_then(|suffix| suffix.to_str()) {
        Some("ipynb") => ("a notebook in another format or language", "`jupyter nbconvert --to notebook FILE` writes older ones anew"),
        Some("pyi") => ("a stub file", "write its annotations into the module, or port it by hand"),
        Some("pyx" | "pxd") => ("Cython", "port it by hand"),
        Some("yaml" | "yml" | "json" | "gin" | "sh" | "bash") if !is_weight_plan(path) => {
            return settings(path).map_err(|error| unreadable(&error));
        }
        _ => return fs::File::open(path).map(|_| None).map_err(|error| unreadable(&error)),
    };
    let bytes = fs::read(path).map_err(|error| unreadable(&error))?;
    let names_torch = bytes.windows(5).any(|word| word == b"torch");
    Ok(names_torch.then(|| broken("T2M605", TextRange::default(), format!("{what} is copied as it is, and it names torch"), help)))
}

/// `mlx_weights.json` of an earlier port, which names PyTorch's layers.
fn is_weight_plan(path: &Path) -> bool {
    path.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| stem.starts_with("mlx_weights"))
}

/// Settings and scripts are copied; where a line names something of torch (`_target_: torch.optim.Adam`), the program that reads it would import that.
fn settings(path: &Path) -> std::io::Result<Option<Finding>> {
    /// Larger ones are data.
    const LARGEST: u64 = 1 << 20;
    if fs::metadata(path)?.len() > LARGEST {
        return fs::File::open(path).map(|_| None);
    }
    let bytes = fs::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let named = text.lines().enumerate().find_map(|(at, line)| Some((at + 1, torch_name(line.split('#').next()?)?)));
    Ok(named.map(|(line, name)| {
        let reason = format!("line {line} names `{name}`, and the file is copied as it is");
        broken("T2M605", TextRange::default(), reason, "name what the port has in its place")
    }))
}

/// `torch.optim.Adam` in a line; not `x.torch.y` and not `torch_dtype`.
fn torch_name(line: &str) -> Option<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    line.split(|c| !is_part(c))
        .find(|word| word.strip_prefix("torch.").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic())))
}

pub(crate) fn parse(bytes: Vec<u8>, shown: &str) -> Loaded {
    if shown.ends_with(NOTEBOOK) {
        return parse_notebook(bytes, shown);
    }
    let (text, encoding) = match encoding::decode(&bytes) {
        Ok(decoded) => decoded,
        Err(error) => {
            let (text, range) = undecodable(&bytes, &error);
            let finding = broken("T2M602", range, error.to_string(), "save the file as UTF-8, then port again");
            return Loaded::Broken { finding, text: Some(text), bytes: Some(bytes) };
        }
    };
    match SourceFile::parse(shown, text.as_str()) {
        Ok(source) => Loaded::Parsed { source, encoding, notebook: None },
        Err(error) => unparsable(&error, Text::new(text), bytes),
    }
}

fn parse_notebook(bytes: Vec<u8>, shown: &str) -> Loaded {
    let Some((notebook, script)) = String::from_utf8(bytes).ok().and_then(Notebook::read) else { return Loaded::Other };
    match SourceFile::parse(shown, script.as_str()) {
        Ok(mut source) => {
            source.cells = notebook.starts(&source.lines);
            Loaded::Parsed { source, encoding: Encoding::Utf8, notebook: Some(notebook) }
        }
        Err(error) => {
            let bytes = notebook.json.clone().into_bytes();
            unparsable(&error, Text { notebook: Some(notebook), ..Text::new(script) }, bytes)
        }
    }
}

/// A file with a syntax error, or with syntax that is too new.
fn unparsable(error: &SyntaxError, text: Text, bytes: Vec<u8>) -> Loaded {
    let range = one_character(&text.text, error.offset.to_usize());
    let line = text.line(range.start());
    let help = match newer_syntax(line) {
        _ if is_python_2(line) => "this looks like Python 2: make it Python 3 first, for example with `2to3 -w FILE`".into(),
        Some(what) => format!("{what}: our parser does not read it yet, `torch2mlx explain T2M601` says what to write"),
        None => "if `python -m py_compile` accepts the file, its syntax is newer than our parser: see `torch2mlx explain T2M601`".into(),
    };
    let finding = broken("T2M601", range, format!("the file does not parse: {}", plain(&error.message)), &help);
    Loaded::Broken { finding, text: Some(text), bytes: Some(bytes) }
}

fn broken(code: &'static str, range: TextRange, reason: String, help: &str) -> Finding {
    Finding { code, range, reason, because: Vec::new(), help: Some(help.to_owned()), is_todo: false }
}

/// The bytes with replacement characters, and the place of the first wrong one in that text.
fn undecodable(bytes: &[u8], error: &DecodeError) -> (Text, TextRange) {
    let (start, known) = match error {
        DecodeError::Invalid { offset } | DecodeError::Nul { offset } => (*offset, &bytes[..*offset]),
        DecodeError::UnknownEncoding { .. } | DecodeError::Utf16 => (0, &bytes[..0]),
    };
    let text = String::from_utf8_lossy(known).into_owned() + &String::from_utf8_lossy(&bytes[start..]);
    let range = match error {
        // Text in Latin-1 has more bytes here than there: the place is counted in what is shown.
        DecodeError::Invalid { .. } | DecodeError::Nul { .. } => one_character(&text, String::from_utf8_lossy(known).len()),
        DecodeError::Utf16 => TextRange::default(),
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

/// The parser's message in the words of ours: ``unexpected `]` ``.
fn plain(message: &str) -> String {
    let message = message.strip_prefix("invalid syntax. ").unwrap_or(message);
    if let Some(token) = message.strip_prefix("Got unexpected token ") {
        return format!("unexpected `{}`", token.trim_matches('\''));
    }
    if message.contains("unexpected EOF") {
        return "it ends too early".into();
    }
    let mut chars = message.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + chars.as_str())
}

/// Ex) `print "done"`
fn is_python_2(line: &str) -> bool {
    let code = line.trim_start();
    ["print ", "exec "]
        .iter()
        .any(|word| code.strip_prefix(word).is_some_and(|rest| !rest.trim_start().starts_with(['(', '=', '.', ',', ':', '['])))
}

/// What on the line looks like Python that our parser rejects. A guess, and told as a help only.
fn newer_syntax(line: &str) -> Option<&'static str> {
    let has_string = |prefix: char| {
        let mut before = ' ';
        line.char_indices().any(|(i, c)| {
            let starts = c == prefix && !before.is_alphanumeric() && before != '_' && line[i + c.len_utf8()..].starts_with(['"', '\'']);
            before = c;
            starts
        })
    };
    if has_string('t') {
        Some("template strings (Python 3.14)")
    } else if has_string('f') && line.contains('{') {
        Some("perhaps an f-string with a comment or too many strings in it (Python 3.12)")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(bytes: &[u8]) -> (&'static str, String) {
        match parse(bytes.to_vec(), "m.py") {
            Loaded::Other => panic!("a module is Python"),
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
        assert_eq!(finding(b"# coding: utf-7\nx = 1\n"), ("T2M602", "utf-7".into()));
        assert_eq!(finding(b"x = (1]\n"), ("T2M601", "]".into()));
        assert_eq!(finding(b"x = 1\n\0y\n"), ("T2M602", "\0".into()));
        assert_eq!(finding("\u{feff}x = 'é'\0\n".as_bytes()), ("T2M602", "\0".into()));
    }

    #[test]
    fn newer_syntax_is_named() {
        for (line, word) in [
            ("x = f\"{f\"{f\"{a}\"}\"}\"\n", "too many strings"),
            ("x = t\"{a}\"\n", "template"),
            ("x = (1]\n", "py_compile"),
            ("if 1:\n    print 'done'\n", "Python 2"),
        ] {
            let Loaded::Broken { finding, .. } = parse(line.into(), "m.py") else {
                panic!("{line} parses: it is no newer syntax any more")
            };
            let help = finding.help.expect("help");
            assert!(help.contains(word), "{line}: {help}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_a_finding() {
        // A folder can be read as a file by nobody, root included.
        let Loaded::Broken { finding, text, bytes } = load(Path::new(env!("CARGO_MANIFEST_DIR")), "m.py") else {
            panic!("a folder was read")
        };
        assert_eq!(finding.code, "T2M603");
        assert!(finding.reason.contains("is a directory"), "{}", finding.reason);
        assert!(text.is_none() && bytes.is_none());
    }
}
