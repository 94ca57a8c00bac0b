//! Deleting an entry of a list in a text.

use std::ops::Range;

/// The part of a text to delete so that an item of a list in brackets is gone with its comma, and with its line where it had that for itself. A comment behind it
/// stays.
pub(crate) fn without_item(text: &str, item: Range<usize>) -> Range<usize> {
    let blanks = |at: usize| text[at..].len() - text[at..].trim_start_matches([' ', '\t']).len();
    let line_start = text[..item.start].rfind('\n').map_or(0, |at| at + 1);
    let is_first_in_line = text[line_start..item.start].trim().is_empty();
    let mut end = item.end + blanks(item.end);
    let has_comma = text[end..].starts_with(',');
    if has_comma {
        end += 1;
        end += blanks(end);
        let ends_line = ["\n", "\r\n"].iter().find(|newline| text[end..].starts_with(**newline));
        return match ends_line {
            Some(newline) if is_first_in_line => line_start..end + newline.len(),
            // The break stays for what stands before.
            Some(_) => text[..item.start].trim_end_matches([' ', '\t']).len()..end,
            None => item.start..end,
        };
    }
    // The last one takes the comma before it along.
    let before = text[..item.start].trim_end();
    match before.strip_suffix(',') {
        Some(before) => before.len()..item.end,
        None => item,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_goes_with_its_comma_and_its_line() {
        let cases = [
            ("['x', 'a']", "['a']"),
            ("['a', 'x']", "['a']"),
            ("['a', 'x', 'b']", "['a', 'b']"),
            ("['x']", "[]"),
            ("[\n  'a',\n  'x',\n  'b',\n]", "[\n  'a',\n  'b',\n]"),
            ("[\n  'a',\n  'x'\n]", "[\n  'a'\n]"),
            ("[\n  'x',  # why\n  'b'\n]", "[\n  # why\n  'b'\n]"),
            ("[\n  'a', 'x',\n  'b'\n]", "[\n  'a',\n  'b'\n]"),
            ("[\r\n  'x',\r\n  'b'\r\n]", "[\r\n  'b'\r\n]"),
        ];
        for (text, wanted) in cases {
            let at = text.find("'x'").unwrap_or_default();
            let mut out = text.to_owned();
            out.replace_range(without_item(text, at..at + 3), "");
            assert_eq!(out, wanted, "{text}");
        }
    }
}
