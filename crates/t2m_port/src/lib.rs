//! What MLX *should be*: templates, the decision driver, rules, findings and their codes, imports, helpers, TODO lines, the report model.
//!
//! The core is pure: [`port`] reads a parsed project and tables and gives texts and findings. Same input, same bytes out, at any thread count.

mod aliases;
mod array_libraries;
mod array_use;
mod asked;
mod asked_gradients;
mod asking_functions;
mod assigned;
mod axisless;
mod body_bindings;
mod bound;
mod called_operator;
mod called_values;
mod callee;
mod carried_views;
mod caught;
mod chain;
mod chained_writes;
mod changed_slices;
mod changing_layers;
pub mod claim;
pub mod codes;
mod compat;
mod complex_parameters;
mod constructed;
mod copies;
mod counted_modules;
mod cpu_only;
pub mod cx;
mod dependencies;
mod detached_values;
mod diagonal_write;
mod driver;
mod edges;
mod effects;
mod evaluates;
pub mod finding;
mod forwards;
mod fresh_values;
mod functions_as_values;
pub mod fuse;
mod gathered_views;
mod given;
mod given_views;
mod global_views;
mod grad_managers;
mod gradient_names;
mod growing_integers;
mod handed_data;
pub mod handlers;
mod hard_uses;
mod held_tensors;
mod held_views;
pub mod helpers;
mod hidden_calls;
mod host_read;
pub mod imports;
mod in_place;
mod index_places;
mod inplace_layers;
mod integer_uses;
mod integers;
mod joined_index;
mod joined_names;
mod keep;
mod kept_casts;
mod kept_views;
mod large_integers;
mod last_bits;
mod leading_ones;
mod lessened;
mod list_indices;
mod made_integers;
mod masks;
mod member_views;
pub mod names;
mod numpy_indices;
mod open_functions;
mod other_holders;
mod other_memory;
mod out_argument;
mod own_methods;
mod passed_flags;
mod per_body;
mod placed;
mod plain_numbers;
mod reached;
mod reached_methods;
mod receiver;
mod recent;
mod replaced_values;
mod reshaped_write;
mod row_check;
mod rows;
pub mod rules;
mod same_object;
mod shared;
mod sliced_write;
mod sounds;
mod stale_views;
mod storage;
mod stored_back;
pub mod support;
mod survey;
mod switched_off;
mod taken_names;
mod taken_views;
pub mod template;
mod tensor_uses;
mod tensors_around;
mod told_lists;
mod turn_values;
mod turns;
mod unknown_arrays;
mod unread_base;
mod unused;
mod view_names;
mod viewed_parts;
pub mod views;
mod walked_views;
mod weights;
mod wide_integers;
mod written_arguments;
mod zero_names;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use t2m_semantic::tables::Tables;
use t2m_semantic::{Facts, FileId, Project};
use t2m_syntax::{Decisions, TextRange};

pub use dependencies::{Imports, PortedDependencies, is_dependency_file, port_dependencies, port_install_commands};
pub use finding::Finding;
pub use row_check::check_row;

/// What the user chose.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Record why each decision was taken (`-v`, and `why` in the report).
    pub explain: bool,
    /// Write fused operations of MLX for what is written out by hand, where that is proved (`--fuse`).
    pub fuse: bool,
}

/// How a file came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not a word changed.
    Unchanged,
    Ported,
    /// Ported, with TODOs left.
    PortedWithTodos,
    /// A law broke, which is our bug: the text is a copy with one TODO.
    Fallback,
}

/// One count of the report: how often a row or rule decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count {
    /// `row torch.cat` or `rule no-grad`.
    pub name: String,
    pub sites: usize,
}

/// The ported text of one file.
#[derive(Debug, Clone)]
pub struct PortedFile {
    /// Path below the project's root, as in the project.
    pub path: String,
    pub text: String,
    pub status: Status,
    pub findings: Vec<Finding>,
    /// Use sites of torch that were ported, by row and rule.
    pub ported: Vec<Count>,
    /// `forward` methods, and how many of them hold no TODO.
    pub forwards: usize,
    pub forwards_clean: usize,
    /// Why each decision was taken, with `Options::explain`: (place, text).
    pub why: Vec<(TextRange, String)>,
}

/// A file that the port adds: a helper module, or the weight plan.
#[derive(Debug, Clone)]
pub struct AddedFile {
    pub path: String,
    pub text: String,
    /// Whether a ported file imports it.
    pub is_imported: bool,
}

/// The result for a whole project.
#[derive(Debug, Clone, Default)]
pub struct Ported {
    /// In the order of the project's files.
    pub files: Vec<PortedFile>,
    pub added: Vec<AddedFile>,
}

/// Decides about a project as [`port`] does, and hands the decisions to `then`, in the order of the project's files. For measurements.
pub fn with_decisions(project: &Project, facts: &Facts, tables: &Tables, then: impl FnOnce(&[Decisions<'_>])) {
    let homes = compat::Homes::new(project, facts);
    let shared = shared::Shared::new(project, facts, tables);
    let decided = |id: FileId| {
        let mut cx = cx::Cx::new(project, facts, tables, id, &shared);
        driver::decisions(&mut cx, &homes.import(id), &Options::default()).decisions
    };
    let ids: Vec<FileId> = project.ids().collect();
    then(&ids.par_iter().map(|&id| decided(id)).collect::<Vec<_>>());
}

/// Ports a project. Never fails: what can't be ported keeps its text and gets a finding. Call it on a deep stack, with rayon threads that have one too.
pub fn port(project: &Project, tables: &Tables, options: &Options) -> Ported {
    let facts = Facts::new(project, tables);
    let homes = compat::Homes::new(project, &facts);
    let shared = shared::Shared::new(project, &facts, tables);
    let ids: Vec<FileId> = project.ids().collect();
    let port_file = |&id: &FileId| driver::port_file(project, &facts, tables, options, id, &homes.import(id), &shared);
    let (plan, ports): (_, Vec<driver::FilePort>) = rayon::join(
        || weights::Plan::new(project, &facts, tables, &shared.survey).and_then(|plan| plan.file(project)),
        || ids.par_iter().map(port_file).collect(),
    );
    let helpers_of = |id: &FileId| &ports[id.0 as usize].uses.helpers;
    // Who has a model has weights to load.
    let with_models: BTreeSet<FileId> = facts.classes().filter(|(_, class)| class.is_module).map(|(_, class)| class.file).collect();
    let users: Vec<FileId> = ids.into_iter().filter(|id| !helpers_of(id).is_empty() || with_models.contains(id)).collect();
    let embedded = helpers::Helpers::embedded();
    let mut ported = Ported::default();
    let mut renewed = BTreeMap::new();
    for (path, users) in homes.modules(&users) {
        let mut used: BTreeSet<String> = users.iter().flat_map(helpers_of).cloned().collect();
        let is_imported = !used.is_empty();
        if users.iter().any(|id| with_models.contains(id)) {
            used.insert(helpers::LOAD_WEIGHTS.to_owned());
        }
        // Where a part of the project was ported before, the module grows.
        if let Some(earlier) = project.files.iter().find(|file| file.path == path) {
            used.extend(embedded.generated(&earlier.source).into_iter().flatten());
            renewed.insert(path, embedded.module(&used));
        } else {
            ported.added.push(AddedFile { path, text: embedded.module(&used), is_imported });
        }
    }
    if let Some((path, text)) = plan {
        ported.added.push(AddedFile { path, text, is_imported: false });
    }
    ported.files = ports.into_iter().map(|port| port.file).collect();
    for file in &mut ported.files {
        if let Some(text) = renewed.remove(&file.path).filter(|text| *text != file.text) {
            file.text = text;
            file.status = Status::Ported;
        }
    }
    ported
}
