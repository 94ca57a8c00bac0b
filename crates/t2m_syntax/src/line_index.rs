//! Offsets to lines and columns.

use crate::TextSize;

/// Start offsets of all lines. `\n`, `\r\n` and a lone `\r` end a line, as in Python.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// Then a column is a subtraction, however long the line is.
    is_ascii: bool,
}

/// A place as people count: both from one, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    pub line: usize,
    pub column: usize,
}

impl LineIndex {
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for i in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[i] == b'\n' || bytes.get(i + 1) != Some(&b'\n') {
                starts.push(i as u32 + 1);
            }
        }
        Self { starts, is_ascii: text.is_ascii() }
    }

    /// Number of lines, counting an empty last one.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    pub fn is_empty(&self) -> bool {
        false
    }

    /// Zero-based line that holds `offset`.
    pub fn line(&self, offset: TextSize) -> usize {
        self.starts.partition_point(|&start| start <= offset.to_u32()) - 1
    }

    /// Offset of the first byte of a zero-based line.
    pub fn line_start(&self, line: usize) -> TextSize {
        TextSize::new(self.starts[line.min(self.starts.len() - 1)])
    }

    pub fn line_column(&self, text: &str, offset: TextSize) -> LineColumn {
        let line = self.line(offset);
        let start = self.line_start(line).to_usize();
        if self.is_ascii {
            return LineColumn { line: line + 1, column: offset.to_usize() - start + 1 };
        }
        // A byte order mark is no column: editors don't show it.
        let column = text[start..offset.to_usize()].chars().filter(|&c| start > 0 || c != '\u{feff}').count() + 1;
        LineColumn { line: line + 1, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_no_byte_order_mark() {
        let text = "\u{feff}x = 'é' + y\r\nz\rw\n";
        let index = LineIndex::new(text);
        let at = |of: &str| index.line_column(text, TextSize::new(text.find(of).expect("the place") as u32));
        assert_eq!(at("x"), LineColumn { line: 1, column: 1 });
        assert_eq!(at("y"), LineColumn { line: 1, column: 11 });
        assert_eq!(at("z"), LineColumn { line: 2, column: 1 });
        assert_eq!(at("w"), LineColumn { line: 3, column: 1 });
        assert_eq!(index.len(), 4);
    }
}
