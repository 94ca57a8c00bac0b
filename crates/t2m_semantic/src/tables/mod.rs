//! Mapping tables: rows, signatures, argument binding. The format is documented in `mappings/README.md`.

pub mod binding;
mod load;
pub mod predicate;
pub mod signature;
pub mod written;

use std::borrow::Cow;
use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::de::DeserializeOwned;

use crate::kind::Evidence;
pub use load::TableError;
pub use predicate::{Answer, Predicate, Use};
pub use signature::{LazySignature, Param, Returns, Signature, Word};

/// The `mappings/` folder as it was when the program was built.
pub static MAPPINGS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../mappings");

/// A table of names that rules ask: `mappings/names/NAME.toml`. Tests refuse one that can't be read; a release takes it as empty.
pub fn read_names<T: DeserializeOwned + Default>(name: &str) -> T {
    let text = MAPPINGS.get_file(format!("names/{name}.toml")).and_then(|file| file.contents_utf8()).unwrap_or_default();
    let read = toml::from_str(text);
    debug_assert!(!text.is_empty() && read.is_ok(), "mappings/names/{name}.toml");
    read.unwrap_or_default()
}

/// What sort of name a row speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    Function,
    Method,
    Attribute,
    Class,
    Constant,
    ModuleMethod,
    ModuleAttribute,
}

/// What a case writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// A template; parsed by the port.
    Template(String),
    /// The name of a Rust handler.
    Handler(String),
    Todo {
        code: String,
        reason: String,
    },
}

/// Whether what is written reads the values of an array: MLX evaluates it there, and `mx.compile` can't trace through it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evaluates {
    #[default]
    Never,
    /// What is given to it decides, or the object that it makes does so later.
    Perhaps,
    Always,
}

impl Evaluates {
    /// As lists of what is supported say it.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::Never => None,
            Self::Perhaps => Some("may evaluate"),
            Self::Always => Some("evaluates"),
        }
    }
}

/// One case of a row: taken if all of its predicates hold.
#[derive(Debug, Clone)]
pub struct Case {
    /// Parameter name, and the predicates of which one must hold.
    pub when: Vec<(String, Vec<Predicate>)>,
    /// How the result must be used, if that matters; one of these.
    pub used: Vec<Use>,
    /// Only where gradients may flow through the result.
    pub differentiated: bool,
    /// The same, or in a function that others may call on the way of gradients: for what MLX can't differentiate at all.
    pub differentiable: bool,
    /// Only where the first argument may be float16: it is, or nothing tells its dtype in a project that names that dtype.
    pub half: bool,
    /// Only where integers may grow beyond 32 bits, or the program asks for their dtype.
    pub growing: bool,
    /// Only where a number is taken off the result: what has no sign wraps then.
    pub lessened: bool,
    /// Only where a handler waits for an error of the computation.
    pub caught: bool,
    /// Only where last bits decide: what is computed is rounded, cast to integers or compared.
    pub stepped: bool,
    /// Only where the project assigns an attribute of this name from outside of its object.
    pub assigned: Option<String>,
    /// Only where the project asks a layer for an attribute of one of these names.
    pub asked: Vec<String>,
    /// Only where this argument of a layer is true, and what calls the layer is not seen where it is made.
    pub escapes: Option<String>,
    pub evaluates: Evaluates,
    pub then: Then,
}

/// Where a row was written.
#[derive(Debug, Clone, Default)]
pub struct RowOrigin {
    pub file: String,
    pub line: usize,
    /// From the user's own configuration.
    pub is_users: bool,
}

/// An executed example of a row.
#[derive(Debug, Clone)]
pub struct Example {
    pub torch: String,
    pub mlx: String,
    /// Inputs, `check`, `tol`, `grad`, `setup`: as written.
    pub rest: BTreeMap<String, toml::Value>,
}

/// How a layer keeps a weight, as the row says it: `axes`, `name`, `split`, `join`, `axis`, `drop`.
pub type Weight = BTreeMap<String, toml::Value>;

/// One fact: how some torch names are said in MLX.
#[derive(Debug, Clone)]
pub struct Row {
    pub section: Section,
    /// Several spellings that share parameter names.
    pub signatures: Vec<LazySignature>,
    pub cases: Vec<Case>,
    pub evidence: Evidence,
    /// The template gives the new value of the receiver.
    pub in_place: bool,
    /// With `in_place`: shape or dtype change, so only a new binding of the receiver's name can store the value.
    pub rebind: bool,
    /// A handler that looks at the call before the cases do.
    pub check: Option<String>,
    /// The template where nothing says whether the receiver is a tensor: a helper that decides at run time.
    pub doubtful: Option<String>,
    /// Of an attribute: the helper that takes the receiver and what is assigned.
    pub store: Option<String>,
    /// The MLX text for the name itself where it is not called: `compat.LayerNorm`.
    pub value: Option<String>,
    /// Of a class: how MLX's layer keeps the weights that it keeps otherwise than PyTorch's.
    pub weights: BTreeMap<String, Weight>,
    pub note: Option<String>,
    pub examples: Vec<Example>,
    pub origin: RowOrigin,
}

/// All rows, by qualified torch name.
#[derive(Debug, Default)]
pub struct Tables {
    rows: Vec<Row>,
    /// Name to (row, signature); the user's rows come first, then file order.
    by_name: FxHashMap<String, Vec<(usize, usize)>>,
    /// The last parts of all names.
    members: FxHashSet<String>,
    /// Other spellings of keywords that torch accepts: `axis` for `dim`.
    keyword_aliases: FxHashMap<String, String>,
}

impl Row {
    /// What holds for all of its cases.
    pub fn evaluates(&self) -> Evaluates {
        let cases = || self.cases.iter().map(|case| case.evaluates);
        match (cases().min(), cases().max()) {
            (Some(least), Some(most)) if least == most => most,
            (_, Some(Evaluates::Never) | None) => Evaluates::Never,
            _ => Evaluates::Perhaps,
        }
    }

    /// Whether the signatures parse, and the cases name parameters of theirs.
    ///
    /// # Errors
    /// What is wrong, in words.
    fn check(&self) -> Result<(), String> {
        self.signatures.iter().try_for_each(LazySignature::check)?;
        let is_param = |name: &str| self.signatures.iter().any(|signature| signature.param(name).is_some());
        match self.cases.iter().flat_map(|case| &case.when).find(|(name, _)| !is_param(name)) {
            Some((name, _)) => Err(format!("`when` names `{name}`, which is not a parameter")),
            None => Ok(()),
        }
    }
}

impl Tables {
    /// The embedded tables.
    ///
    /// # Errors
    /// A row breaks the format; the error names file and line.
    pub fn embedded() -> Result<Self, TableError> {
        Self::of_mappings(Cow::Borrowed)
    }

    /// The embedded tables for a port, which needs no examples: they are more than half of the text.
    ///
    /// # Errors
    /// As those of [`Tables::embedded`].
    pub fn without_examples() -> Result<Self, TableError> {
        Self::of_mappings(|text| Cow::Owned(load::without_examples(text)))
    }

    fn of_mappings(read: impl Fn(&'static str) -> Cow<'static, str>) -> Result<Self, TableError> {
        let mut tables = Self::default();
        let mut files: Vec<_> = MAPPINGS.files().filter(|file| file.path().extension().is_some_and(|ext| ext == "toml")).collect();
        files.sort_by_key(|file| file.path());
        for file in files {
            let path = format!("mappings/{}", file.path().display());
            let text = file.contents_utf8().ok_or_else(|| TableError::new(&path, 1, "not UTF-8"))?;
            tables.add_file(&path, &read(text), false)?;
        }
        Ok(tables)
    }

    /// Adds the rows of one TOML text. Rows of users come before all others.
    ///
    /// # Errors
    /// A row breaks the format.
    pub fn add_file(&mut self, path: &str, text: &str, is_users: bool) -> Result<(), TableError> {
        load::file(self, path, text, is_users)
    }

    fn push(&mut self, row: Row) {
        let index = self.rows.len();
        for (i, signature) in row.signatures.iter().enumerate() {
            self.members.extend(signature.name.rsplit('.').next().map(str::to_owned));
            let rows = self.by_name.entry(signature.name.clone()).or_default();
            let at = if row.origin.is_users { 0 } else { rows.len() };
            rows.insert(at, (index, i));
        }
        self.rows.push(row);
    }

    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows of a name with the signature of that spelling: `torch.cat`, `Tensor.view`, `Module.parameters`.
    pub fn lookup(&self, name: &str) -> impl Iterator<Item = (&Row, &Signature)> {
        self.by_name.get(name).into_iter().flatten().map(|&(row, signature)| (&self.rows[row], &*self.rows[row].signatures[signature]))
    }

    pub fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Whether the name of a row ends so: most attributes of a program are not of PyTorch.
    pub fn has_member(&self, member: &str) -> bool {
        self.members.contains(member)
    }

    /// The name that a signature uses for a keyword.
    pub fn keyword<'k>(&'k self, keyword: &'k str) -> &'k str {
        self.keyword_aliases.get(keyword).map_or(keyword, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_alone_are_left_out_for_a_port() {
        let (mut all, few) = (Tables::embedded().expect("the tables are read"), Tables::without_examples().expect("the tables are read"));
        assert!(few.rows.iter().all(|row| row.examples.is_empty()));
        all.rows.iter_mut().for_each(|row| row.examples.clear());
        assert_eq!(format!("{:?}", all.rows), format!("{:?}", few.rows));
    }

    #[test]
    fn every_embedded_row_holds() {
        let tables = Tables::embedded().expect("the tables are read");
        for row in tables.rows() {
            let RowOrigin { file, line, .. } = &row.origin;
            row.check().unwrap_or_else(|message| panic!("{file}:{line}: {message}"));
        }
    }
}
