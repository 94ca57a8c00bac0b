//! `pyproject.toml` in the forms of PEP 621, Poetry, PDM, uv, Hatch and pixi, and `Pipfile`: lists of requirements, and tables of names with versions.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Changes, Fate, Placed, without_item};

pub(super) fn port(changes: &mut Changes<'_>, path: &str) {
    let text = changes.text;
    // A file that does not parse is copied; whoever reads it will say so.
    let Ok(document) = DeTable::parse(text) else { return };
    let mut walk = Walk { changes, is_pipfile: path.to_lowercase().ends_with("pipfile") };
    walk.table(document.get_ref(), &mut Vec::new());
}

struct Walk<'c, 'a> {
    changes: &'c mut Changes<'a>,
    is_pipfile: bool,
}

impl Walk<'_, '_> {
    fn table<'t>(&mut self, table: &'t DeTable<'_>, path: &mut Vec<&'t str>) {
        for (key, value) in table {
            let name: &str = key.get_ref();
            path.push(name);
            match value.get_ref() {
                DeValue::Table(inner) if self.is_by_name(path) => self.by_name(inner, matches!(name, "dependencies" | "packages")),
                DeValue::Table(inner) if is_sources(path) => self.sources(inner),
                DeValue::Table(inner) => self.table(inner, path),
                DeValue::Array(items) if is_list(path) => {
                    let is_main = matches!(path[..], ["project", "dependencies"]);
                    items.iter().for_each(|item| self.item(item, is_main));
                }
                DeValue::Array(items) if matches!(name, "source" | "index") => items.iter().for_each(|item| self.index(item)),
                DeValue::String(_) if name == "requires-python" || self.is_python_of_pipfile(path) => self.python(value.span()),
                _ => {}
            }
            path.pop();
        }
    }

    /// Whether the keys of a table are names of distributions.
    fn is_by_name(&self, path: &[&str]) -> bool {
        match path {
            ["packages" | "dev-packages"] => self.is_pipfile,
            ["tool", "poetry" | "pixi", .., last] | [last] => {
                matches!(*last, "dependencies" | "dev-dependencies" | "pypi-dependencies" | "build-dependencies" | "host-dependencies")
            }
            ["feature" | "target", .., "dependencies" | "pypi-dependencies"] => true,
            _ => false,
        }
    }

    fn is_python_of_pipfile(&self, path: &[&str]) -> bool {
        self.is_pipfile && matches!(path, ["requires", "python_version" | "python_full_version"])
    }

    /// `torch = "^2.0"`, `torch = { version = "2.0", source = "pytorch" }`
    fn by_name(&mut self, table: &DeTable<'_>, is_main: bool) {
        for (key, value) in table {
            let name: &str = key.get_ref();
            if name == "python" {
                if matches!(value.get_ref(), DeValue::String(_)) {
                    self.python(value.span());
                }
                continue;
            }
            match self.changes.fate(name) {
                Fate::Replaced => {
                    let mlx = &self.changes.distributions.mlx;
                    let is_bound = !matches!(value.get_ref(), DeValue::String(version) if version.as_ref() == "*");
                    let version = if is_bound { format!(">={}", mlx.version) } else { "*".to_owned() };
                    let whole = key.span().start..value.span().end;
                    let is_dotted = !self.changes.text[key.span().end..].trim_start().starts_with('=');
                    if is_dotted {
                        self.changes.note(whole, format!("`{name}` stands in a table of its own: put `{}` there by hand", mlx.name));
                        continue;
                    }
                    self.changes.replace(whole.clone(), format!("{} = \"{version}\"", mlx.name));
                    if is_main && self.changes.placed.is_none() {
                        self.changes.placed = Some(Placed { end: whole.end, before: "\n".to_owned(), after: " = \"*\"".to_owned() });
                    }
                }
                Fate::Dropped => self.delete_lines(key.span().start..value.span().end),
                Fate::NeedsTorch => {
                    self.changes.note(key.span(), format!("`{name}` needs PyTorch itself, and installs it"));
                    self.changes.named.push(name.to_owned());
                }
                Fate::Kept => self.changes.named.push(name.to_owned()),
            }
        }
    }

    fn python(&mut self, span: Range<usize>) {
        let at = inner(span);
        if let Some(specifier) = self.changes.text.get(at.clone()) {
            self.changes.pythons.push((at.start, specifier));
        }
    }

    /// Where a distribution comes from: `torch = { index = "pytorch-cu118" }`.
    fn sources(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            if matches!(self.changes.distributions.fate(key.get_ref()), Fate::Replaced | Fate::Dropped) {
                self.delete_lines(key.span().start..value.span().end);
            }
        }
    }

    /// One requirement of a list.
    fn item(&mut self, item: &Spanned<DeValue<'_>>, is_main: bool) {
        let DeValue::String(requirement) = item.get_ref() else { return };
        let text = self.changes.text;
        let span = item.span();
        // Text with escapes is left.
        if text.get(inner(span.clone())) != Some(requirement.as_ref()) {
            return;
        }
        let placed = self.changes.requirement(inner(span.clone()).start, requirement, || without_item(text, span.clone()));
        if placed.is_some() && is_main && self.changes.placed.is_none() {
            self.changes.placed = Some(beside(text, span));
        }
    }

    /// `[[tool.uv.index]]` with the address of PyTorch's wheels.
    fn index(&mut self, item: &Spanned<DeValue<'_>>) {
        let DeValue::Table(table) = item.get_ref() else { return };
        let is_torch = table.iter().any(|(key, value)| {
            key.get_ref() == "url" && matches!(value.get_ref(), DeValue::String(url) if self.changes.distributions.is_torch_host(url))
        });
        let first = table.iter().map(|(key, _)| key.span().start).min();
        if let (true, Some(first)) = (is_torch, first) {
            let text = self.changes.text;
            let header = text[..first].rfind("[[").unwrap_or(first);
            let end = text[first..].find("\n[").map_or(text.len(), |at| first + at + 1);
            self.changes.delete(header..first, header..end);
        }
    }

    fn delete_lines(&mut self, at: Range<usize>) {
        let text = self.changes.text;
        let start = text[..at.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[at.end..].find('\n').map_or(text.len(), |line| at.end + line + 1);
        // `sources = { torch = .., other = .. }` in one line is not taken apart.
        if text[start..at.start].trim().is_empty() {
            self.changes.delete(at, start..end);
        }
    }
}

/// Where an item of a list has its next one: on a line of its own, behind the comment, if the item has.
fn beside(text: &str, item: Range<usize>) -> Placed {
    let quote = &text[item.start..=item.start];
    let line = text[..item.start].rfind('\n').map_or(0, |at| at + 1);
    let indent = &text[line..item.start];
    let rest = &text[item.end..];
    let (same_line, _) = rest.split_once('\n').unwrap_or((rest, ""));
    let is_alone = indent.trim().is_empty();
    match same_line.strip_prefix(',') {
        Some(tail) if is_alone && (tail.trim().is_empty() || tail.trim_start().starts_with('#')) => {
            let newline = if same_line.ends_with('\r') { "\r\n" } else { "\n" };
            Placed { end: item.end + same_line.len() + 1, before: format!("{indent}{quote}"), after: format!("{quote},{newline}") }
        }
        _ if is_alone => Placed { end: item.end, before: format!(",\n{indent}{quote}"), after: quote.to_owned() },
        _ => Placed { end: item.end, before: format!(", {quote}"), after: quote.to_owned() },
    }
}

/// Without the quotes of a string.
fn inner(span: Range<usize>) -> Range<usize> {
    span.start + 1..(span.end - 1).max(span.start + 1)
}

fn is_sources(path: &[&str]) -> bool {
    matches!(path, ["tool", "uv", "sources"])
}

/// Whether an array under these keys holds requirements.
fn is_list(path: &[&str]) -> bool {
    match path {
        ["build-system", "requires"] | ["dependency-groups", _] | ["project", "optional-dependencies", _] => true,
        [.., "dev-dependencies", _] | [.., "extras", _] => true,
        [.., last] => matches!(
            *last,
            "dependencies" | "dev-dependencies" | "extra-dependencies" | "constraint-dependencies" | "override-dependencies"
        ),
        [] => false,
    }
}
