//! Jupyter notebooks ([nbformat 4](https://nbformat.readthedocs.io)): the code cells are one program, which is ported as a whole and put back cell by cell.
//!
//! All else in the file stays byte for byte: text cells, results, metadata, and how the JSON is laid out.

use std::borrow::Cow;
use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;
use t2m_port::port_install_commands;
use t2m_syntax::line_index::LineIndex;
use t2m_syntax::{NOTEBOOK, SourceFile, TextSize};

/// Magics of whole cells whose other lines are Python of the notebook itself.
const PYTHON_MAGICS: &[&str] = &["time", "timeit", "capture", "prun", "memit", "mprun", "snakeviz"];

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    cells: Vec<Cell<'a>>,
    #[serde(default, borrow)]
    metadata: Metadata<'a>,
}

#[derive(Deserialize)]
struct Cell<'a> {
    #[serde(borrow)]
    cell_type: Cow<'a, str>,
    #[serde(borrow)]
    source: &'a RawValue,
}

#[derive(Default, Deserialize)]
struct Metadata<'a> {
    #[serde(default, borrow)]
    kernelspec: Language<'a>,
    #[serde(default, borrow)]
    language_info: Language<'a>,
}

#[derive(Default, Deserialize)]
struct Language<'a> {
    /// Of the language, or of the kernel.
    #[serde(default, borrow)]
    name: Cow<'a, str>,
    #[serde(default, borrow)]
    language: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Lines {
    Together(String),
    Apart(Vec<String>),
}

/// A notebook, and where its code stands.
#[derive(Debug)]
pub(crate) struct Notebook {
    pub(crate) json: String,
    cells: Vec<CodeCell>,
    /// Cells that are not Python of the notebook itself and name torch, by number.
    pub(crate) foreign: Vec<usize>,
}

#[derive(Debug)]
struct CodeCell {
    /// Among all cells, from one.
    number: usize,
    /// Of the value `source` in the JSON.
    span: Range<usize>,
    /// The line of the script where its code starts, from zero.
    first_line: usize,
    code: String,
}

impl Notebook {
    /// The notebook and its code as a script, in which each cell stands below a comment; none if it is no notebook of Python in format 4.
    pub(crate) fn read(json: String) -> Option<(Self, String)> {
        let document: Document<'_> = serde_json::from_str(&json).ok()?;
        let is_python = |name: &str| name.is_empty() || name.starts_with("python") || name.starts_with("ipython");
        if !is_python(&document.metadata.kernelspec.language) || !is_python(&document.metadata.language_info.name) {
            return None;
        }
        let (mut cells, mut script, mut foreign) = (Vec::new(), String::new(), Vec::new());
        for (cell, number) in document.cells.iter().zip(1..).filter(|(cell, _)| cell.cell_type == "code") {
            let lines: Lines = serde_json::from_str(cell.source.get()).ok()?;
            let code = match lines {
                Lines::Together(text) => text,
                Lines::Apart(lines) => lines.concat(),
            };
            if is_of_another_language(&code) {
                foreign.extend(code.contains("torch").then_some(number));
                continue;
            }
            if code.lines().any(|line| marker_number(line).is_some()) {
                return None;
            }
            script += &format!("# In[{number}]:\n");
            let first_line = script.lines().count();
            script += &code;
            if !code.ends_with('\n') {
                script.push('\n');
            }
            // The slice is a part of the text that was read.
            let start = cell.source.get().as_ptr() as usize - json.as_ptr() as usize;
            cells.push(CodeCell { number, span: start..start + cell.source.get().len(), first_line, code });
        }
        drop(document);
        Some((Self { json, cells, foreign }, script))
    }

    /// Where the cells start in the script.
    pub(crate) fn starts(&self, script: &LineIndex) -> Vec<TextSize> {
        self.cells.iter().map(|cell| script.line_start(cell.first_line)).collect()
    }

    /// The cell that a line of the script lies in, and its line there, both from one. Lines of the script are from zero.
    pub(crate) fn place(&self, line: usize) -> (usize, usize) {
        let cell = self.cells.partition_point(|cell| cell.first_line <= line).checked_sub(1).and_then(|at| self.cells.get(at));
        cell.map_or((1, 1), |cell| (cell.number, line - cell.first_line + 1))
    }

    /// The notebook with the code of a script of the same cells; none if it does not fall into them.
    pub(crate) fn with_code(&self, script: &str) -> Option<String> {
        let mut json = String::with_capacity(self.json.len());
        let mut written = 0;
        for (cell, code) in self.cells.iter().zip(self.split(script)?) {
            let code = port_install_commands(&like(&cell.code, &code));
            if code == cell.code {
                continue;
            }
            SourceFile::parse(NOTEBOOK, code.as_str()).ok()?;
            json += &self.json[written..cell.span.start];
            json += &encode(&code, &self.json[cell.span.clone()]);
            written = cell.span.end;
        }
        Some(json + &self.json[written..])
    }

    /// The script cell by cell. What was written above the first comment belongs to the first cell.
    fn split(&self, script: &str) -> Option<Vec<String>> {
        let (mut above, mut cells) = (String::new(), Vec::<String>::new());
        for line in script.split_inclusive('\n') {
            match marker_number(line.trim_end()) {
                Some(number) if self.cells.get(cells.len())?.number == number => cells.push(std::mem::take(&mut above)),
                Some(_) => return None,
                None => cells.last_mut().unwrap_or(&mut above).push_str(line),
            }
        }
        (cells.len() == self.cells.len()).then_some(cells)
    }
}

/// The cell that a comment of the script stands above.
fn marker_number(line: &str) -> Option<usize> {
    line.strip_prefix("# In[")?.strip_suffix("]:")?.parse().ok()
}

/// Ex) `%%bash`
fn is_of_another_language(code: &str) -> bool {
    let magic = code.trim_start().strip_prefix("%%").map(|line| line.split_whitespace().next().unwrap_or_default());
    magic.is_some_and(|magic| !PYTHON_MAGICS.contains(&magic))
}

/// A ported cell begins and ends with as many empty lines as the original.
fn like(original: &str, new: &str) -> String {
    let trimmed = original.trim_matches('\n');
    let (before, after) = match original.find(trimmed) {
        Some(start) if !trimmed.is_empty() => (&original[..start], &original[start + trimmed.len()..]),
        _ => ("", ""),
    };
    format!("{before}{}{after}", new.trim_matches('\n'))
}

/// Text as the JSON had it before: in one string, or in lines that are laid out in the same way.
fn encode(text: &str, before: &str) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    if !before.starts_with('[') {
        return quoted(text);
    }
    let inside = &before[1..before.len() - 1];
    let blank = |text: &str| text.len() - text.trim_start().len();
    let first = &inside[..blank(inside)];
    let last = &inside[inside.trim_end().len().max(first.len())..];
    let lines: Vec<String> = text.split_inclusive('\n').map(quoted).collect();
    match lines.is_empty() {
        true => "[]".into(),
        false => format!("[{first}{}{last}]", lines.join(&format!(",{}", if first.is_empty() { " " } else { first }))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r##"{
 "cells": [
  {"cell_type": "markdown", "source": ["# In[2]:"]},
  {"cell_type": "code", "source": [
    "%%time\n",
    "x = \"é\"\n",
    "y"
   ], "outputs": []},
  {"cell_type": "code", "source": "%%bash\npip install torch"},
  {"cell_type": "code", "source": "z = 1\n\n"},
  {"cell_type": "code", "source": []}
 ],
 "metadata": {"kernelspec": {"language": "python"}}
}
"##;

    fn read(json: &str) -> Option<(Notebook, String)> {
        Notebook::read(json.to_owned())
    }

    #[test]
    fn cells_become_a_script_and_come_back_byte_for_byte() {
        let (notebook, script) = read(JSON).expect("a notebook");
        assert_eq!(script, "# In[2]:\n%%time\nx = \"é\"\ny\n# In[4]:\nz = 1\n\n# In[5]:\n\n");
        assert_eq!(notebook.foreign, [3]);
        assert_eq!(notebook.with_code(&script).as_deref(), Some(JSON));
        let starts = notebook.starts(&LineIndex::new(&script));
        assert_eq!(
            starts.iter().map(|start| script[start.to_usize()..].chars().next()).collect::<Vec<_>>(),
            [Some('%'), Some('z'), Some('\n')]
        );
        assert_eq!([0, 1, 3, 5, 6].map(|line| notebook.place(line)), [(1, 1), (2, 1), (2, 3), (4, 1), (4, 2)]);
    }

    #[test]
    fn a_changed_cell_is_laid_out_as_before() {
        let (notebook, script) = read(JSON).expect("a notebook");
        let ported = format!("import q\n{}", script.replace("y\n", "w\nw\n\n").replace("z = 1", "z = 2"));
        let json = notebook.with_code(&ported).expect("the same cells");
        let expected = JSON
            .replace("    \"%%time\\n\",", "    \"import q\\n\",\n    \"%%time\\n\",")
            .replace("    \"y\"\n", "    \"w\\n\",\n    \"w\"\n")
            .replace("z = 1", "z = 2");
        assert_eq!(json, expected);
        let filled = notebook.with_code(&script.replace("# In[5]:\n", "# In[5]:\nq\nr\n")).expect("the same cells");
        assert!(filled.contains(r#""source": ["q\n", "r"]}"#), "{filled}");
    }

    #[test]
    fn what_does_not_fall_into_cells_is_refused() {
        let (notebook, script) = read(JSON).expect("a notebook");
        for wrong in [
            script.replace("# In[4]:\n", ""),
            script.replace("# In[4]:", "    # In[4]:"),
            script.replace("In[4]", "In[5]"),
            script.replace("z = 1", "if z:\n"),
        ] {
            assert_eq!(notebook.with_code(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_notebook_of_python_is_not_read() {
        for other in [
            "{",
            "[]",
            r#"{"worksheets": []}"#,
            r#"{"cells": [], "metadata": {"kernelspec": {"language": "julia"}}}"#,
            r##"{"cells": [{"cell_type": "code", "source": "# In[7]:"}]}"##,
        ] {
            assert!(read(other).is_none(), "{other}");
        }
    }
}
