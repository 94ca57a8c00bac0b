//! `cargo xtask coverage`: how much of what programs use the tables and rules speak for, by tier.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use t2m_port::support::{self, How};

use crate::{fuzz_ops, repo};

/// Use sites of PyTorch's names in published model and training code, and their tiers: 90%, 97% and 99.5% of all sites.
const USAGE: &str = "tests/api-usage.csv";
/// What has to be covered: the share of use sites in percent, and at most so many of them by a TODO.
const GOALS: [(usize, f64, f64); 3] = [(1, 100.0, 2.0), (2, 100.0, 2.0), (3, 95.0, 100.0)];
const SHOWN: usize = 40;

#[derive(Default)]
struct Tier {
    names: BTreeMap<How, usize>,
    sites: BTreeMap<How, usize>,
    /// Names that nothing speaks for.
    missing: Vec<(usize, String)>,
}

/// Prints the table; false where a goal is missed.
pub(crate) fn run() -> Result<bool> {
    let tables = fuzz_ops::tables()?;
    let mut known: BTreeMap<String, How> = BTreeMap::new();
    for entry in support::entries(&tables) {
        for name in entry.names {
            // Of several rows of one name, the one that does most counts.
            let how = known.entry(name).or_insert(entry.how);
            *how = (*how).min(entry.how);
        }
    }
    let mut tiers: BTreeMap<usize, Tier> = BTreeMap::new();
    for line in repo::read(&repo::root().join(USAGE))?.lines().skip(1) {
        let mut cells = line.splitn(3, ',');
        let (Some(tier), Some(sites), Some(name)) = (cells.next(), cells.next(), cells.next()) else {
            bail!("{USAGE}: `{line}` is not `tier,sites,name`");
        };
        let sites: usize = sites.parse().with_context(|| format!("{USAGE}: `{line}`"))?;
        let tier = tiers.entry(tier.parse().with_context(|| format!("{USAGE}: `{line}`"))?).or_default();
        // Who subclasses a layer inherits from the one that its row names.
        match known.get(name).or_else(|| known.get(name.strip_suffix(" (base)")?)) {
            Some(&how) => {
                *tier.names.entry(how).or_default() += 1;
                *tier.sites.entry(how).or_default() += sites;
            }
            None => tier.missing.push((sites, name.to_owned())),
        }
    }
    let mut all_met = true;
    for (number, tier) in &tiers {
        let missing: usize = tier.missing.iter().map(|(sites, _)| sites).sum();
        let named: usize = tier.names.values().sum();
        let spoken: usize = tier.sites.values().sum();
        let todo = tier.sites.get(&How::Todo).copied().unwrap_or_default();
        let total = (spoken + missing).max(1);
        let percent = |sites: usize| 100.0 * sites as f64 / total as f64;
        let goal = GOALS.iter().find(|goal| goal.0 == *number);
        let met = goal.is_none_or(|&(_, covered, most)| percent(spoken) >= covered && percent(todo) <= most);
        all_met &= met;
        let ways: Vec<String> = tier.names.iter().map(|(how, names)| format!("{names} {}", how.name())).collect();
        let name = if goal.is_some() { format!("tier {number}") } else { "beyond".to_owned() };
        println!(
            "{name}: {named} of {} names ({}), {:.2}% of {total} use sites, {:.2}% by a TODO with its reason{}",
            named + tier.missing.len(),
            ways.join(", "),
            percent(spoken),
            percent(todo),
            if met { "" } else { ": below its goal" }
        );
        if goal.is_some() && !tier.missing.is_empty() {
            let mut missing = tier.missing.clone();
            missing.sort_by_key(|(sites, _)| std::cmp::Reverse(*sites));
            let shown: Vec<String> = missing.iter().take(SHOWN).map(|(sites, name)| format!("{name} {sites}")).collect();
            println!("  nothing speaks for: {}", shown.join(", "));
        }
    }
    Ok(all_met)
}
