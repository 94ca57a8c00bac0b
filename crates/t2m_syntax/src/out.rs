//! Rendered text that knows which of its line breaks stand inside of a string, so that it can be re-indented.

/// Text with the offsets of the `\n` or `\r` characters that no re-indentation may touch.
#[derive(Debug, Default, Clone)]
pub(crate) struct Out {
    pub(crate) text: String,
    /// Sorted offsets of the line breaks inside of string tokens.
    protected: Vec<usize>,
    /// Where the logical line that is being written starts, and those of the statements around it.
    line: usize,
    outer_lines: Vec<usize>,
}

impl Out {
    pub(crate) fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Source text; `protected` holds offsets relative to it.
    pub(crate) fn push_protected(&mut self, text: &str, protected: impl Iterator<Item = usize>) {
        let base = self.text.len();
        self.protected.extend(protected.map(|offset| base + offset));
        self.text.push_str(text);
    }

    pub(crate) fn append(&mut self, other: &Self) {
        let base = self.text.len();
        self.protected.extend(other.protected.iter().map(|offset| base + offset));
        self.text.push_str(&other.text);
    }

    /// A logical line starts at `offset`.
    pub(crate) fn begin_line(&mut self, offset: usize) {
        self.line = offset;
    }

    /// Remembers the logical line that is being written, until [`Self::leave_line`] gives where it stands then.
    pub(crate) fn enter_line(&mut self) {
        self.outer_lines.push(self.line);
    }

    pub(crate) fn leave_line(&mut self) -> usize {
        self.outer_lines.pop().unwrap_or_default().min(self.text.len())
    }

    /// Inserts new text in front of what stands at `offset`.
    pub(crate) fn insert(&mut self, offset: usize, text: &str) {
        self.text.insert_str(offset, text);
        for place in self.protected.iter_mut().chain([&mut self.line]).chain(&mut self.outer_lines) {
            if *place >= offset {
                *place += text.len();
            }
        }
    }

    /// Where the line that holds `offset` starts; a line break inside of a string starts no line.
    pub(crate) fn line_start(&self, offset: usize) -> usize {
        let mut end = offset;
        while let Some(i) = self.text[..end].rfind(['\n', '\r']) {
            if self.protected.binary_search(&i).is_err() {
                return i + 1;
            }
            end = i;
        }
        0
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.text.truncate(len);
        self.protected.retain(|&offset| offset < len);
    }

    /// Replaces the indentation `from` by `to` on every line but the first, unless the line starts inside of a string.
    /// A line that is indented less than `from` (a comment at column 0) stays.
    pub(crate) fn reindent(&self, from: &str, to: &str) -> Self {
        if from == to {
            return self.clone();
        }
        let mut out = Self::default();
        let mut rest = 0;
        for (i, _) in self.text.match_indices(['\n', '\r']) {
            let line_end = i + 1;
            if self.text[i..].starts_with("\r\n") {
                continue;
            }
            let protected = self.protected.binary_search(&i).is_ok();
            out.push_slice(self, rest, line_end);
            rest = line_end;
            if protected {
                continue;
            }
            let line = &self.text[line_end..];
            if let Some(stripped) = line.strip_prefix(from)
                && !stripped.starts_with(['\n', '\r'])
                && !stripped.is_empty()
            {
                rest += from.len();
                out.push_str(to);
            }
        }
        out.push_slice(self, rest, self.text.len());
        out
    }

    /// All but the first `len` bytes.
    pub(crate) fn without_prefix(&self, len: usize) -> Self {
        let mut out = Self::default();
        out.push_slice(self, len, self.text.len());
        out
    }

    fn push_slice(&mut self, from: &Self, start: usize, end: usize) {
        let first = from.protected.partition_point(|&offset| offset < start);
        let last = from.protected.partition_point(|&offset| offset < end);
        self.push_protected(&from.text[start..end], from.protected[first..last].iter().map(|offset| offset - start));
    }

    /// Whether a line break stands outside of all brackets and strings.
    pub(crate) fn breaks_line(&self) -> bool {
        if !self.text.contains(['\n', '\r']) {
            return false;
        }
        let mut depth = 0i32;
        let mut quote: Option<(u8, usize)> = None;
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            match quote {
                Some((q, n)) => {
                    if byte == b'\\' {
                        at += 1;
                    } else if byte == q && bytes[at..].len() >= n && bytes[at..at + n].iter().all(|&b| b == q) {
                        quote = None;
                        at += n - 1;
                    }
                }
                None => match byte {
                    b'\'' | b'"' => {
                        let n = if bytes.get(at + 1) == Some(&byte) && bytes.get(at + 2) == Some(&byte) { 3 } else { 1 };
                        quote = Some((byte, n));
                        at += n - 1;
                    }
                    b'#' => {
                        while at + 1 < bytes.len() && !matches!(bytes[at + 1], b'\n' | b'\r') {
                            at += 1;
                        }
                    }
                    b'(' | b'[' | b'{' => depth += 1,
                    b')' | b']' | b'}' => depth -= 1,
                    b'\\' => at += if bytes[at + 1..].starts_with(b"\r\n") { 2 } else { 1 },
                    b'\n' | b'\r' if depth <= 0 => return true,
                    _ => {}
                },
            }
            at += 1;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_keep_their_lines() {
        let mut out = Out::default();
        out.push_str("x = f(\n        a)\n    s = ");
        out.push_protected("'''\n    t\n'''", [3, 9].into_iter());
        assert_eq!(out.reindent("    ", "").text, "x = f(\n    a)\ns = '''\n    t\n'''");
    }

    #[test]
    fn line_breaks_in_brackets_and_strings_do_not_count() {
        let breaks = |text: &str| {
            let mut out = Out::default();
            out.push_str(text);
            out.breaks_line()
        };
        assert!(!breaks("f(a,\n  b)"));
        assert!(!breaks("'''a\nb'''"));
        assert!(breaks("a +\nb"));
    }
}
