//! `torch2mlx.toml`, or `[tool.torch2mlx]` in `pyproject.toml`: the nearest one to the source is read, and only that one.

use std::fs;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use t2m_port::codes;
use t2m_syntax::TextSize;
use t2m_syntax::line_index::LineIndex;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::args::Layout;
use crate::failure::{failure, io_failure};
use crate::suggest::nearest;

const KEYS: [&str; 4] = ["layout", "exclude", "per-file", "rows"];
/// Sections of rows, as in mappings/README.md.
const SECTIONS: [&str; 7] = ["fn", "method", "attr", "class", "const", "module_method", "module_attr"];
const PER_FILE_KEYS: [&str; 1] = ["ignore"];

#[derive(Debug)]
pub(crate) struct Config {
    /// The file that was read.
    pub path: Option<PathBuf>,
    pub layout: Option<Layout>,
    /// Patterns as in `.gitignore`, below the file's folder.
    pub exclude: Gitignore,
    pub per_file: Vec<PerFile>,
    /// The user's own mapping rows.
    pub rows: Vec<UserRow>,
}

/// A mapping row, as a text of its own whose lines are those of the file.
#[derive(Debug)]
pub(crate) struct UserRow {
    pub text: String,
}

/// Codes that are not reported for some files; their TODOs still stand in the output.
#[derive(Debug)]
pub(crate) struct PerFile {
    pattern: Gitignore,
    ignore: Vec<String>,
}

impl Config {
    pub(crate) fn none() -> Self {
        Self { path: None, layout: None, exclude: Gitignore::empty(), per_file: Vec::new(), rows: Vec::new() }
    }

    /// The nearest configuration at or above `start`.
    pub(crate) fn find(start: &Path) -> anyhow::Result<Self> {
        let start = std::path::absolute(start).map_err(|error| io_failure("find", start, &error))?;
        let start = fs::canonicalize(&start).unwrap_or(start);
        for folder in start.ancestors().filter(|folder| folder.is_dir()) {
            let own = folder.join("torch2mlx.toml");
            if own.is_file() {
                return Self::read(&own);
            }
            let shared = folder.join("pyproject.toml");
            if shared.is_file() && Self::is_meant(&shared) {
                return Self::read(&shared);
            }
        }
        Ok(Self::none())
    }

    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).map_err(|error| io_failure("read", path, &error))?;
        let file = File { path, lines: LineIndex::new(&text), text: &text };
        let document = DeTable::parse(&text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            failure(format!("{}: {}", file.place(start), error.message().trim()), "see https://toml.io for the format")
        })?;
        let document = document.into_inner();
        let table = if path.file_name().is_some_and(|name| name == "pyproject.toml") {
            let tool = document.get("tool").and_then(|tool| tool.get_ref().as_table());
            match tool.and_then(|tool| tool.get("torch2mlx")) {
                Some(ours) => file.table(ours, "tool.torch2mlx")?,
                None => {
                    return Err(failure(
                        format!("`{}` has no table `[tool.torch2mlx]`", crate::walk::show_from_here(path)),
                        "name a file that has one",
                    ));
                }
            }
        } else {
            &document
        };
        Self::from_table(&file, table)
    }

    /// Whether a `pyproject.toml` is ours to read. One without our table is somebody else's; so is one that is broken, unless it names the table.
    fn is_meant(path: &Path) -> bool {
        let Ok(text) = fs::read_to_string(path) else { return false };
        match DeTable::parse(&text) {
            Ok(document) => document.get_ref().get("tool").and_then(|tool| tool.get_ref().get("torch2mlx")).is_some(),
            Err(_) => text.contains("[tool.torch2mlx"),
        }
    }

    fn from_table(file: &File<'_>, table: &DeTable<'_>) -> anyhow::Result<Self> {
        let folder = file.path.parent().unwrap_or(Path::new("."));
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let mut config = Self { path: Some(file.path.to_owned()), ..Self::none() };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "layout" => config.layout = Some(file.layout(value)?),
                "exclude" => config.exclude = file.patterns(&folder, &file.strings(value, "exclude")?, value)?,
                "per-file" => {
                    for (pattern, settings) in file.table(value, "per-file")? {
                        config.per_file.push(file.per_file(&folder, pattern.get_ref(), settings)?);
                    }
                }
                "rows" => config.rows = file.rows(value)?,
                unknown => return Err(file.unknown_key(unknown, key.span().start, &KEYS)),
            }
        }
        Ok(config)
    }

    /// Whether findings of `code` in the file at `path` are not to be reported.
    pub(crate) fn ignores(&self, path: &Path, code: &str) -> bool {
        if self.per_file.is_empty() {
            return false;
        }
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        self.per_file.iter().any(|entry| {
            entry.ignore.iter().any(|ignored| ignored.eq_ignore_ascii_case(code))
                && path.starts_with(entry.pattern.path())
                && entry.pattern.matched_path_or_any_parents(&path, false).is_ignore()
        })
    }
}

/// The text that is read, for places in errors.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
    lines: LineIndex,
}

impl File<'_> {
    fn place(&self, offset: usize) -> String {
        let at = self.lines.line_column(self.text, TextSize::new(offset.min(self.text.len()) as u32));
        format!("{}:{}:{}", crate::walk::show_from_here(self.path), at.line, at.column)
    }

    fn wrong(&self, value: &Spanned<DeValue<'_>>, key: &str, wanted: &str) -> anyhow::Error {
        let found = value.get_ref().type_str();
        failure(
            format!("{}: `{key}` is {wanted}, and this is of type {found}", self.place(value.span().start)),
            "write it as docs/cli.md shows",
        )
    }

    fn unknown_key(&self, key: &str, offset: usize, known: &[&str]) -> anyhow::Error {
        let all = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        let all = if known.len() == 1 { format!("the key here is {all}") } else { format!("the keys here are {all}") };
        let help = nearest(key, known.iter().copied()).map_or(all.clone(), |near| format!("did you mean `{near}`? {all}"));
        failure(format!("{}: unknown key `{key}`", self.place(offset)), help)
    }

    fn table<'t, 'i>(&self, value: &'t Spanned<DeValue<'i>>, key: &str) -> anyhow::Result<&'t DeTable<'i>> {
        value.get_ref().as_table().ok_or_else(|| self.wrong(value, key, "a table"))
    }

    fn strings(&self, value: &Spanned<DeValue<'_>>, key: &str) -> anyhow::Result<Vec<String>> {
        let wrong = |value| self.wrong(value, key, "a list of strings");
        let items = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
        items.iter().map(|item| item.get_ref().as_str().map(str::to_owned).ok_or_else(|| wrong(item))).collect()
    }

    fn layout(&self, value: &Spanned<DeValue<'_>>) -> anyhow::Result<Layout> {
        let name = value.get_ref().as_str().ok_or_else(|| self.wrong(value, "layout", "a string"))?;
        clap::ValueEnum::from_str(name, false).map_err(|_: String| {
            failure(format!("{}: there is no layout `{name}`", self.place(value.span().start)), "the only layout is `nchw`")
        })
    }

    fn patterns(&self, folder: &Path, patterns: &[String], value: &Spanned<DeValue<'_>>) -> anyhow::Result<Gitignore> {
        let mut builder = GitignoreBuilder::new(folder);
        let wrong = |error: ignore::Error| {
            failure(format!("{}: {error}", self.place(value.span().start)), "patterns are written as in `.gitignore`")
        };
        for pattern in patterns {
            builder.add_line(None, pattern).map_err(wrong)?;
        }
        builder.build().map_err(wrong)
    }

    /// `[[rows.fn]]` and its like, each as `[[fn]]`.
    fn rows(&self, value: &Spanned<DeValue<'_>>) -> anyhow::Result<Vec<UserRow>> {
        let mut rows = Vec::new();
        for (section, list) in self.table(value, "rows")? {
            let name = section.get_ref().as_ref();
            if !SECTIONS.contains(&name) {
                return Err(self.unknown_key(name, section.span().start, &SECTIONS));
            }
            for row in list.get_ref().as_array().ok_or_else(|| self.wrong(list, name, "a list of rows"))? {
                self.table(row, name)?;
                let row_alone = toml::Table::from_iter([(name.to_owned(), toml::Value::Array(vec![to_value(row.get_ref())]))]);
                let line = self.lines.line(TextSize::new(row.span().start as u32));
                let text =
                    toml::to_string(&row_alone).map_err(|error| failure(error.to_string(), "write the row as in mappings/README.md"))?;
                rows.push(UserRow { text: "\n".repeat(line) + &text });
            }
        }
        Ok(rows)
    }

    fn per_file(&self, folder: &Path, pattern: &str, settings: &Spanned<DeValue<'_>>) -> anyhow::Result<PerFile> {
        let mut ignore = Vec::new();
        for (key, value) in self.table(settings, pattern)? {
            match key.get_ref().as_ref() {
                "ignore" => {
                    ignore = self.strings(value, "ignore")?;
                    if let Some(unknown) = ignore.iter().find(|code| codes::page(code).is_none()) {
                        let all = "`torch2mlx explain` lists all codes";
                        let near = nearest(unknown, codes::all().iter().map(|code| code.code));
                        let help = near.map_or(all.to_owned(), |near| format!("did you mean `{near}`? {all}"));
                        return Err(failure(format!("{}: there is no code `{unknown}`", self.place(value.span().start)), help));
                    }
                }
                unknown => return Err(self.unknown_key(unknown, key.span().start, &PER_FILE_KEYS)),
            }
        }
        Ok(PerFile { pattern: self.patterns(folder, &[pattern.to_owned()], settings)?, ignore })
    }
}

/// The same value without the places.
fn to_value(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or_else(|_| number.as_str().into(), toml::Value::Integer)
        }
        DeValue::Float(number) => number.as_str().parse().map_or_else(|_| number.as_str().into(), toml::Value::Float),
        DeValue::Boolean(value) => toml::Value::Boolean(*value),
        DeValue::Datetime(time) => toml::Value::Datetime(*time),
        DeValue::Array(items) => toml::Value::Array(items.iter().map(|item| to_value(item.get_ref())).collect()),
        DeValue::Table(table) => {
            toml::Value::Table(table.iter().map(|(key, value)| (key.get_ref().to_string(), to_value(value.get_ref()))).collect())
        }
    }
}
