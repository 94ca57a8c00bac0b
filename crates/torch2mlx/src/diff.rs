//! Unified diffs of bytes, as `git apply` and `patch -p1` take them.
//!
//! Lines end at `\n` alone, because these two think so: a `\r` is part of its line.

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

const CONTEXT: usize = 3;

/// The diff of one file below `name`; nothing where nothing changes. `None` before: a new file.
pub(crate) fn unified(name: &str, before: Option<&[u8]>, after: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    if before == Some(after) {
        return out;
    }
    let old = lines(before.unwrap_or_default());
    let new = lines(after);
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    let groups = group_diff_ops(ops, CONTEXT);
    if groups.is_empty() {
        return out;
    }
    let from = if before.is_some() { header_name("a", name) } else { "/dev/null".into() };
    out.extend(format!("--- {from}\n+++ {}\n", header_name("b", name)).into_bytes());
    for group in &groups {
        hunk(&mut out, group, &old, &new);
    }
    out
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|&byte| byte == b'\n').collect()
}

fn hunk(out: &mut Vec<u8>, ops: &[DiffOp], old: &[&[u8]], new: &[&[u8]]) {
    let (Some(first), Some(last)) = (ops.first(), ops.last()) else { return };
    let old_range = first.old_range().start..last.old_range().end;
    let new_range = first.new_range().start..last.new_range().end;
    out.extend(format!("@@ -{} +{} @@\n", span(&old_range), span(&new_range)).into_bytes());
    for op in ops {
        if let DiffOp::Equal { .. } = op {
            op.old_range().for_each(|i| line(out, b' ', old[i]));
        } else {
            op.old_range().for_each(|i| line(out, b'-', old[i]));
            op.new_range().for_each(|i| line(out, b'+', new[i]));
        }
    }
}

/// `start,count`; an empty span names the line before it.
fn span(range: &std::ops::Range<usize>) -> String {
    match range.len() {
        0 => format!("{},0", range.start),
        1 => format!("{}", range.start + 1),
        len => format!("{},{len}", range.start + 1),
    }
}

fn line(out: &mut Vec<u8>, sign: u8, line: &[u8]) {
    out.push(sign);
    out.extend_from_slice(line);
    if !line.ends_with(b"\n") {
        out.extend_from_slice(b"\n\\ No newline at end of file\n");
    }
}

/// Names with quotes, control or non-ASCII characters are quoted as in C; one with a space gets a tab behind it, where the name would else end.
fn header_name(side: &str, name: &str) -> String {
    let name = format!("{side}/{name}");
    if name.bytes().any(|byte| !(0x20..0x7f).contains(&byte) || matches!(byte, b'"' | b'\\')) {
        let quoted: String = name
            .bytes()
            .map(|byte| match byte {
                b'"' | b'\\' => format!("\\{}", char::from(byte)),
                b'\n' => "\\n".into(),
                b'\t' => "\\t".into(),
                0x20..0x7f => char::from(byte).to_string(),
                _ => format!("\\{byte:03o}"),
            })
            .collect();
        return format!("\"{quoted}\"");
    }
    if name.contains(' ') { format!("{name}\t") } else { name }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;
    use std::process::{Command, Stdio};

    use super::*;

    /// Applies the diff with both tools and compares bytes.
    fn check(name: &str, before: Option<&[u8]>, after: &[u8]) {
        let diff = unified(name, before, after);
        for tool in [&["git", "apply"][..], &["patch", "-p1", "--binary", "-s"]] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            if let Some(before) = before {
                std::fs::write(&path, before).expect("the file before");
            }
            apply(tool, folder.path(), &diff);
            assert_eq!(std::fs::read(&path).expect("the file after"), after, "{tool:?} {name}\n{}", String::from_utf8_lossy(&diff));
        }
    }

    fn apply(tool: &[&str], folder: &Path, diff: &[u8]) {
        let mut child = Command::new(tool[0])
            .args(&tool[1..])
            .current_dir(folder)
            // No repository above the folder may take part.
            .env("GIT_CEILING_DIRECTORIES", folder.parent().expect("a parent"))
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git and patch are installed");
        child.stdin.take().expect("stdin").write_all(diff).expect("the diff is read");
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{tool:?}: {}\n{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(diff));
    }

    #[test]
    fn changes_far_apart() {
        let before: String = (0..40).map(|i| format!("line {i}\n")).collect();
        let after = before.replace("line 3\n", "line three\n").replace("line 30\n", "").replace("line 39\n", "line 39\nmore\n");
        check("a.py", Some(before.as_bytes()), after.as_bytes());
    }

    #[test]
    fn newline_at_the_end() {
        for (before, after) in [("a\nb", "a\nc"), ("a\nb\n", "a\nb"), ("a\nb", "a\nb\n"), ("a", "b\nc"), ("a\n", "x\na\n")] {
            check("sub/a.py", Some(before.as_bytes()), after.as_bytes());
        }
    }

    #[test]
    fn line_ends_and_bytes_are_kept() {
        check("a.py", Some(b"a\r\nb\r\nc\r\n"), b"a\r\nB\r\nc\r\n");
        check("a.py", Some(b"a\r\nb\nc"), b"a\r\nB\nc");
        check("a.py", Some(b"a\rb\rc\nd\n"), b"a\rB\rc\nd\n");
        check("a.py", Some(b"# \xe9\nx\n\x0cy\n"), b"# \xe9\nz\n\x0cy\n");
        check("a.py", Some(b"\xef\xbb\xbfx\n"), b"\xef\xbb\xbfy\n");
    }

    #[test]
    fn new_and_emptied_files() {
        check("mlx_compat.py", None, b"def f():\n    pass\n");
        check("new/deep/er.py", None, b"x");
        check("a.py", Some(b""), b"x = 1\n");
    }

    #[test]
    fn odd_names() {
        for name in ["with space.py", "gr\u{fc}n/\u{65e5}.py", "quo\"te.py", "tab\tbed.py", "back\\slash.py"] {
            check(name, Some(b"a\n"), b"b\n");
            check(name, None, b"b\n");
        }
    }

    #[test]
    fn no_change_is_no_diff() {
        assert_eq!(unified("a.py", Some(b"a\n"), b"a\n"), b"");
        assert_eq!(unified("a.py", None, b""), b"");
    }
}
