//! Canonical names: under how many names PyTorch knows the same thing (`mappings/names/aliases.toml`).

use std::sync::OnceLock;

use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    modules: IndexMap<String, String>,
    names: IndexMap<String, String>,
    leaked: IndexMap<String, Vec<String>>,
    exports: IndexMap<String, Vec<String>>,
}

/// The aliases of library names.
#[derive(Debug, Default)]
pub(crate) struct Aliases {
    modules: FxHashMap<String, String>,
    names: FxHashMap<String, String>,
    /// The last part of a name, and the module that it really comes from.
    leaked: FxHashMap<String, String>,
    exports: FxHashMap<String, FxHashSet<String>>,
}

impl Aliases {
    /// The embedded ones.
    pub(crate) fn builtin() -> &'static Self {
        static ALIASES: OnceLock<Aliases> = OnceLock::new();
        ALIASES.get_or_init(|| Self::parse(include_str!("../../../mappings/names/aliases.toml")).unwrap_or_default())
    }

    fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let data: Data = toml::from_str(text)?;
        Ok(Self {
            modules: data.modules.into_iter().collect(),
            names: data.names.into_iter().collect(),
            leaked: data.leaked.into_iter().flat_map(|(module, names)| names.into_iter().map(move |name| (name, module.clone()))).collect(),
            exports: data.exports.into_iter().map(|(module, names)| (module, names.into_iter().collect())).collect(),
        })
    }

    /// Ex) `torch.nn.modules.linear.Linear` is `torch.nn.Linear`
    pub(crate) fn canonical(&self, name: String) -> String {
        if let Some(name) = self.names.get(&name) {
            return name.clone();
        }
        let is_torch = name.starts_with("torch.");
        if !is_torch && !name.starts_with("torchvision.") {
            return name;
        }
        if is_torch
            && let Some((_, last)) = name.rsplit_once('.')
            && let Some(module) = self.leaked.get(last)
        {
            return format!("{module}.{last}");
        }
        for (at, _) in name.rmatch_indices('.') {
            if let Some(module) = self.modules.get(&name[..at]) {
                let rest = &name[at + 1..];
                let first = rest.split('.').next().unwrap_or(rest);
                if self.exports.get(module).is_some_and(|names| names.contains(first)) {
                    return format!("{module}.{rest}");
                }
            }
        }
        name
    }

    /// Whether `from module import *` binds `name`.
    pub(crate) fn exports(&self, module: &str, name: &str) -> bool {
        let module = self.modules.get(module).map_or(module, String::as_str);
        self.exports.get(module).is_some_and(|names| names.contains(name))
    }
}

/// The public spelling of a torch name: `torch.nn.modules.linear.Linear` is `torch.nn.Linear`.
pub fn canonical_name(name: &str) -> String {
    Aliases::builtin().canonical(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_aliases_load() {
        let aliases = Aliases::parse(include_str!("../../../mappings/names/aliases.toml")).expect("aliases.toml is valid");
        assert!(aliases.exports("torch.nn", "Linear"));
        assert!(!aliases.exports("torch.nn", "einsum"));
    }

    #[test]
    fn the_public_name_is_canonical() {
        let canonical = |name: &str| Aliases::builtin().canonical(name.to_owned());
        assert_eq!(canonical("torch.nn.modules.linear.Linear"), "torch.nn.Linear");
        assert_eq!(canonical("torch.nn.modules.Linear"), "torch.nn.Linear");
        assert_eq!(canonical("torch.functional.einsum"), "torch.einsum");
        assert_eq!(canonical("torch.nn.parameter.Parameter.data"), "torch.nn.Parameter.data");
        assert_eq!(canonical("torch.autograd.no_grad"), "torch.no_grad");
        assert_eq!(canonical("torch.concat"), "torch.concat");
        assert_eq!(canonical("torch.jit.Final"), "typing.Final");
        assert_eq!(canonical("torch.functional.Tensor"), "torch.Tensor");
        assert_eq!(canonical("torch.nn.functional.softmax"), "torch.nn.functional.softmax");
    }
}
