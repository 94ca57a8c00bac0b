//! What of a checkpoint has another shape than the class says, where the plan knows that for certain.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::keys;
use super::required::{Seen, join};
use super::walk::Walked;
use super::{Plan, matches};
use crate::error::shown;
use crate::view::View;

/// A parameter of another shape: what is expected, and what is there.
struct Wrong {
    expected: String,
    found: String,
}

impl Plan {
    /// How many have a wrong shape, and the first few in words: "`fc.weight` (expected [4, 16], found [4, 12])".
    pub(super) fn wrong_shapes<'p>(&'p self, seen: &Seen<'p>, known: &[(&str, &View, Walked<'p>)]) -> Option<String> {
        let mut wrong: BTreeMap<&str, Wrong> = BTreeMap::new();
        for (name, view, walked) in known {
            let rank = walked.entry.filter(|_| walked.is_layers).and_then(|found| found.entry.rank);
            if let Some(rank) = rank.filter(|rank| *rank != view.shape().len() && !self.is_reshaped(name)) {
                let expected = format!("{rank} {}", if rank == 1 { "axis" } else { "axes" });
                wrong.insert(name, Wrong { expected, found: shape(view) });
            }
        }
        if !self.reshaped.contains("*") {
            let sizes = self.sizes(seen);
            for (name, view, _) in known {
                if let Some(sizes) = sizes.get(*name).filter(|sizes| !fits(sizes, view.shape()) && !self.is_reshaped(name)) {
                    wrong.insert(name, Wrong { expected: format!("[{sizes}]"), found: shape(view) });
                }
            }
        }
        let say = |(name, Wrong { expected, found }): (&&str, &Wrong)| format!("{} (expected {expected}, found {found})", shown(name));
        let mut text = wrong.iter().take(MOST).map(say).collect::<Vec<_>>().join(", ");
        if wrong.len() > MOST {
            text += &format!(" and {} more", wrong.len() - MOST);
        }
        (!wrong.is_empty()).then(|| format!("{} of another shape: {text}", keys(wrong.len())))
    }

    /// What the classes say of the arrays that the checkpoint holds, by name.
    fn sizes<'p>(&'p self, seen: &Seen<'p>) -> BTreeMap<String, &'p str> {
        let mut sizes = BTreeMap::new();
        for (prefix, class) in seen.exact_classes(self) {
            for (name, member) in &class.members {
                let layer = join(prefix, name);
                for (held, shape) in &member.shapes {
                    sizes.extend(seen.written_out(&layer, held).into_iter().map(|held| (join(&layer, &held), shape.as_str())));
                }
            }
        }
        sizes
    }

    /// Whether the project may put other arrays or layers there.
    fn is_reshaped(&self, name: &str) -> bool {
        let is_in = |names: &BTreeSet<String>, part: &str| names.iter().any(|name| matches(name, part));
        name.split('.').any(|part| is_in(&self.set_from_outside, part) || self.reshaped.contains(part))
    }
}

/// Whether a shape is the one that is written, where `?` stands for any size.
fn fits(sizes: &str, shape: &[u64]) -> bool {
    let sizes: Vec<&str> = sizes.split(", ").collect();
    sizes.len() == shape.len() && sizes.iter().zip(shape).all(|(size, found)| *size == "?" || size.parse() == Ok(*found))
}

fn shape(view: &View) -> String {
    format!("{:?}", view.shape())
}

/// As many are shown.
const MOST: usize = 8;
