//! Environments of conda: `channels`, `dependencies`, and pip's own list among these. Read by lines, which is how people write them.

use std::ops::Range;

use super::{Changes, Fate, Placed};

/// The channel that has MLX.
const CHANNEL: &str = "conda-forge";

pub(super) fn port(changes: &mut Changes<'_>) {
    let text = changes.text;
    let entries: Vec<Entry<'_>> = entries(text);
    if !entries.iter().any(|entry| matches!(entry.list, List::Packages | List::Pip)) {
        return;
    }
    for entry in entries.iter().filter(|entry| entry.list == List::Packages) {
        package(changes, entry);
    }
    for entry in entries.iter().filter(|entry| entry.list == List::Pip) {
        if entry.value.starts_with('-') {
            if changes.distributions.is_torch_host(entry.value) {
                changes.delete(entry.at.clone(), entry.line.clone());
            }
            continue;
        }
        let placed = changes.requirement(entry.at.start, entry.value, || entry.line.clone());
        place(changes, entry, placed.is_some());
    }
    let mut has_channel = entries.iter().any(|entry| entry.list == List::Channels && entry.value == CHANNEL);
    let is_changed = changes.replaced > 0;
    for entry in entries.iter().filter(|entry| is_changed && entry.list == List::Channels) {
        if !changes.distributions.is_torch_channel(entry.value) {
            continue;
        }
        if has_channel {
            changes.delete(entry.at.clone(), entry.line.clone());
        } else {
            changes.change(entry.at.clone(), CHANNEL.to_owned());
            has_channel = true;
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Channels,
    Packages,
    Pip,
    Other,
}

/// An item of a list: `  - pytorch=1.12  # why`
struct Entry<'t> {
    list: List,
    /// The whole line with its break.
    line: Range<usize>,
    /// The value without quotes.
    at: Range<usize>,
    value: &'t str,
}

fn entries(text: &str) -> Vec<Entry<'_>> {
    let (mut list, mut pip, mut start) = (List::Other, None, 0);
    let mut entries = Vec::new();
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let indent = line.len() - line.trim_start().len();
        let code = line.trim();
        if code.is_empty() || code.starts_with('#') {
            continue;
        }
        let Some(item) = code.strip_prefix("- ") else {
            if indent == 0 {
                list = match code.trim_end_matches(':') {
                    "channels" => List::Channels,
                    "dependencies" => List::Packages,
                    _ => List::Other,
                };
                pip = None;
            }
            continue;
        };
        if pip.is_some_and(|outer| indent <= outer) {
            pip = None;
        }
        let value = item.split(" #").next().unwrap_or(item).trim();
        if list == List::Packages && pip.is_none() && value == "pip:" {
            pip = Some(indent);
            continue;
        }
        let value_start = at + indent + code.len() - item.trim_start().len();
        let bare = value.trim_matches(['"', '\'']);
        let value_start = value_start + (value.len() - value.trim_start_matches(['"', '\'']).len());
        let list = if pip.is_some() { List::Pip } else { list };
        entries.push(Entry { list, line: at..start, at: value_start..value_start + bare.len(), value: bare });
    }
    entries
}

/// `pytorch::pytorch=1.12=py3_cuda`, `python>=3.8`
fn package<'a>(changes: &mut Changes<'a>, entry: &Entry<'a>) {
    let name = entry.value.rsplit("::").next().unwrap_or(entry.value);
    let end = name.find(['=', '<', '>', '!', '~', ' ', '[']).unwrap_or(name.len());
    let (name, version) = name.split_at(end);
    if name == "python" {
        changes.pythons.push((entry.at.end - version.len(), version));
        return;
    }
    match changes.fate(name) {
        Fate::Replaced => {
            let new = changes.distributions.requirement(!version.is_empty());
            changes.replace(entry.at.clone(), new);
            place(changes, entry, true);
        }
        Fate::Dropped => changes.delete(entry.at.clone(), entry.line.clone()),
        Fate::NeedsTorch => {
            changes.note(entry.at.clone(), format!("`{name}` needs PyTorch itself, and installs it"));
            changes.named.push(name.to_owned());
        }
        Fate::Kept => changes.named.push(name.to_owned()),
    }
}

/// Other packages may follow behind this one.
fn place(changes: &mut Changes<'_>, entry: &Entry<'_>, is_replaced: bool) {
    if !is_replaced || changes.placed.is_some() {
        return;
    }
    let text = &changes.text[entry.line.clone()];
    let head = &text[..text.len() - text.trim_start().len()];
    let newline = if text.ends_with("\r\n") { "\r\n" } else { "\n" };
    let (before, after) = if text.ends_with('\n') { ("", newline) } else { (newline, "") };
    changes.placed = Some(Placed { end: entry.line.end, before: format!("{before}{head}- "), after: after.to_owned() });
}
