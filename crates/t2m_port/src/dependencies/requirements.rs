//! Requirements files of pip, and the lists of `setup.cfg`, which are written the same way.

use std::ops::Range;

use super::{Changes, Placed};

pub(super) fn port(changes: &mut Changes<'_>) {
    let text = changes.text;
    if text.contains("--hash=") {
        return changes.name_by_hand("stands among hashes of wheels: make the file anew from the port's dependencies");
    }
    for line in lines(text) {
        one(changes, line);
    }
    // What another file names is not looked up.
    if text.lines().any(|line| line.starts_with("-r") || line.starts_with("--requirement")) {
        changes.placed = None;
    }
}

/// Keys of `setup.cfg` below which requirements stand; all of `[options.extras_require]`.
const KEYS: [&str; 3] = ["install_requires", "setup_requires", "tests_require"];

pub(super) fn port_setup_cfg(changes: &mut Changes<'_>) {
    let text = changes.text;
    let (mut is_extras, mut is_list) = (false, false);
    for line in lines(text) {
        let code = &text[line.clone()];
        if code.starts_with([' ', '\t']) {
            if is_list {
                one(changes, line);
            }
            continue;
        }
        if code.starts_with('[') {
            is_extras = code.trim_end() == "[options.extras_require]";
            is_list = false;
            continue;
        }
        let Some((key, value)) = code.split_once(['=', ':']) else { continue };
        is_list = is_extras || KEYS.contains(&key.trim());
        if key.trim() == "python_requires" {
            changes.pythons.push((line.end - value.len(), value));
        }
    }
}

/// The lines of a text with their breaks.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let next = |line: &str| {
        start += line.len();
        start - line.len()..start
    };
    text.split_inclusive('\n').map(next).collect()
}

fn one(changes: &mut Changes<'_>, line: Range<usize>) {
    let text = &changes.text[line.clone()];
    let code = text.trim();
    if code.starts_with('#') {
        return;
    }
    if code.starts_with('-') || code.contains("://") && !code.contains('@') {
        if changes.distributions.is_torch_host(code) {
            let start = line.start + (text.len() - text.trim_start().len());
            changes.delete(start..start + code.len(), line);
        }
        return;
    }
    let is_new = changes.placed.is_none();
    let body = text.trim_end();
    let placed = changes.requirement(line.start, body, || line.clone());
    if placed.is_some() && is_new {
        let blank = &text[..text.len() - text.trim_start().len()];
        let newline = if text.ends_with("\r\n") { "\r\n" } else { "\n" };
        let before = if text.ends_with('\n') { String::new() } else { newline.to_owned() };
        let after = if text.ends_with('\n') { newline.to_owned() } else { String::new() };
        changes.placed = Some(Placed { end: line.end, before: before + blank, after });
    }
}
