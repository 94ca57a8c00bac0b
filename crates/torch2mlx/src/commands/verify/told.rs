//! Sentences that the table and the Markdown report share.

use t2m_verify::{Costs, Difference, Divergence, Part, Verdict};

use super::project::{Project, Root};

/// Differences of one part that are printed.
pub(super) const SHOWN: usize = 3;

/// `agrees`, `DIFFERS`, or the side that could not run.
pub(super) fn status(verdict: &Verdict) -> String {
    match &verdict.stopped {
        Some(stopped) => format!("COULD NOT RUN ({} side, {})", stopped.side, stopped.stage),
        None if verdict.ok => "agrees".into(),
        None => "DIFFERS".into(),
    }
}

/// What stands behind the name of a part.
pub(super) fn part(part: &Part) -> String {
    let count = format!("{} array{}", part.arrays, if part.arrays == 1 { "" } else { "s" });
    match &part.worst {
        _ if !part.ok => format!("{count}, {} differ", part.differences.len() + part.more),
        Some(worst) => format!("{count}, largest difference {}", number(worst.max)),
        None => count,
    }
}

/// One difference in a line; the statistics follow.
pub(super) fn difference(difference: &Difference) -> String {
    difference.text.clone().unwrap_or_else(|| difference.at.clone())
}

pub(super) fn statistics(difference: &Difference) -> Option<String> {
    let (count, size) = (difference.count?, difference.size?);
    Some(format!("largest difference {}, mean {}, {count} of {size} elements", number(difference.max), number(difference.mean)))
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "not finite".into(), |value| format!("{value:.2e}"))
}

/// `blocks.0.attn (CausalSelfAttention)`, and the name that gets another value.
pub(super) fn divergence(found: &Divergence) -> String {
    let class = match &found.class {
        (Some(torch), Some(mlx)) if torch != mlx => format!(" ({torch}, in the port {mlx})"),
        (Some(class), _) | (None, Some(class)) => format!(" ({class})"),
        (None, None) => String::new(),
    };
    let path = match found.path.as_deref() {
        None => "the update of the parameters",
        Some("") => "the entry itself",
        Some(path) => path,
    };
    let name = match (&found.name, &found.function) {
        (Some(name), _) if name == "return" => ", what it returns".to_owned(),
        (Some(name), Some(function)) if function != "forward" => format!(", `{name}` in `{function}`"),
        (Some(name), _) => format!(", `{name}`"),
        (None, _) => String::new(),
    };
    format!("{path}{class}{name}")
}

/// `src/model.py:12: x = self.norm(x)`.
pub(super) fn place(root: &Root, place: Option<&(String, usize)>) -> Option<String> {
    let place = place?;
    let line = root.line(place).map(|line| format!(": {line}")).unwrap_or_default();
    Some(format!("{}{line}", root.show(place)))
}

/// Both places of a divergence.
pub(super) fn places(found: &Divergence, project: &Project) -> [(&'static str, Option<String>); 2] {
    [("original", place(&project.original, found.original.as_ref())), ("port", place(&project.port, found.port.as_ref()))]
}

/// Times and memory of both sides, and their ratios.
pub(super) fn cost(costs: &Costs) -> Option<String> {
    let (torch, mlx) = (costs.torch.as_ref()?, costs.mlx.as_ref()?);
    let runs = torch.runs.min(mlx.runs);
    Some(format!(
        "time {} under torch, {} under mlx: {} times (median of {runs}); memory {} and {}",
        seconds(torch.seconds),
        seconds(mlx.seconds),
        ratio(mlx.seconds, torch.seconds),
        bytes(torch.memory),
        bytes(mlx.memory),
    ))
}

pub(super) fn ratio(a: f64, b: f64) -> String {
    if b > 0.0 { format!("{:.2}", a / b) } else { "?".into() }
}

fn seconds(value: f64) -> String {
    if value < 1.0 { format!("{:.2} ms", value * 1e3) } else { format!("{value:.2} s") }
}

/// Small models need less than a megabyte.
fn bytes(value: u64) -> String {
    let kilobytes = value as f64 / 1024.0;
    if kilobytes < 1000.0 { format!("{kilobytes:.0} KB") } else { format!("{:.1} MB", kilobytes / 1024.0) }
}

/// The inputs that were proposed, as they are kept in a file of cases.
pub(super) fn proposal(verdict: &Verdict) -> Option<String> {
    let inputs: Vec<String> = verdict.proposal.as_ref()?.iter().map(|(name, spec)| format!("{name} = {spec}")).collect();
    Some(format!("inputs = {{ {} }}", inputs.join(", ")))
}
