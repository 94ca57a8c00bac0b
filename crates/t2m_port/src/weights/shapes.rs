//! The shapes of what PyTorch's layers hold (`mappings/names/layer_shapes.toml`), as far as a call says them in numbers.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use t2m_semantic::tables::read_names;

use super::arguments::Arguments;

/// Sizes by layer and name, as the table writes them; a name with `*` stands for many.
type Shapes = BTreeMap<String, BTreeMap<String, String>>;

fn shapes() -> &'static Shapes {
    static SHAPES: OnceLock<Shapes> = OnceLock::new();
    SHAPES.get_or_init(|| {
        let table: Shapes = read_names("layer_shapes");
        table.into_iter().map(|(layer, shapes)| (format!("torch.nn.{layer}"), shapes)).collect()
    })
}

/// How many axes an array of a layer has, whatever its constructor is given.
pub(super) fn rank(layer: &str, name: &str) -> Option<usize> {
    let sizes = shapes().get(layer)?.get(name)?;
    (!sizes.contains('*') || sizes.contains(" * ")).then(|| sizes.split(", ").count())
}

/// The shape in a layer that is made with these arguments: `64, 3, 7, 7`, with `?` for a size that is not known.
pub(super) fn shape(layer: &str, name: &str, arguments: &Arguments<'_>) -> Option<String> {
    let table = shapes().get(layer)?;
    let of_pattern = || table.iter().find(|(pattern, _)| stands_for(pattern, name)).map(|(_, sizes)| sizes);
    let text = table.get(name).or_else(of_pattern)?;
    let mut sizes = Vec::new();
    for size in text.split(", ") {
        match size.strip_prefix('*') {
            Some(argument) => sizes.extend(arguments.find(argument).sizes()?),
            None => sizes.push(value(size, arguments)),
        }
    }
    let shown = |size: &Option<u64>| size.map_or_else(|| "?".to_owned(), |size| size.to_string());
    Some(sizes.iter().map(shown).collect::<Vec<_>>().join(", "))
}

/// `hidden_size`, `4 * hidden_size`, `in_channels / groups`, `kernel_size.1`, `1`
fn value(text: &str, arguments: &Arguments<'_>) -> Option<u64> {
    if let Some((left, right)) = text.split_once(" * ") {
        return value(left, arguments)?.checked_mul(value(right, arguments)?);
    }
    if let Some((left, right)) = text.split_once(" / ") {
        return value(left, arguments)?.checked_div(value(right, arguments)?);
    }
    match text.split_once('.') {
        Some((argument, place)) => arguments.find(argument).item(place.parse().ok()?),
        None => text.parse().ok().or_else(|| arguments.find(text).size()),
    }
}

/// Whether a name is the pattern's, where `*` stands for characters but dots.
fn stands_for(pattern: &str, name: &str) -> bool {
    let Some((start, end)) = pattern.split_once('*') else { return pattern == name };
    name.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).is_some_and(|star| !star.contains('.'))
}
