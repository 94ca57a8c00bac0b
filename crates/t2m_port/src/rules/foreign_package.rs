//! Packages that import torch themselves: the import stays, and it is said that the port still needs torch through it.

use std::sync::LazyLock;

use serde::Deserialize;
use t2m_semantic::tables::read_names;
use t2m_syntax::ast::{self, Ranged};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::imports::is_torch_family;

pub(super) const RULE: Rule = Rule { name: "foreign-package", doc: include_str!("foreign_package.md"), hook: Hook::Stmt(foreign_package) };

/// Names from `mappings/names/packages.toml`.
#[derive(Deserialize, Default)]
struct Packages {
    packages: Vec<String>,
    parts: Vec<String>,
    kernels: Vec<String>,
    modules: Vec<String>,
    frameworks: Vec<String>,
}

static PACKAGES: LazyLock<Packages> = LazyLock::new(|| read_names("packages"));

impl Packages {
    fn all(&self) -> impl Iterator<Item = &str> {
        self.packages.iter().chain(&self.kernels).chain(&self.modules).map(String::as_str)
    }
}

fn foreign_package<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let modules: Vec<&'a str> = match stmt {
        ast::Stmt::Import(import) => import.names.iter().map(|alias| alias.name.as_str()).collect(),
        ast::Stmt::ImportFrom(import) if import.level.is_none_or(|level| level.to_u32() == 0) => vec![import.module.as_ref()?],
        _ => return None,
    };
    // Those of which the name alone tells are taken for what a program does without, where it asks for them in a branch, a `try` or a function.
    let is_called_so = |module: &&'a str| cx.parent(stmt).is_none() && is_named_after_torch(module);
    let module = modules.iter().copied().find_map(needs_torch).or_else(|| modules.iter().copied().find(is_called_so))?;
    // A project may carry the package itself, or be it.
    let top = module.split('.').next().unwrap_or(module);
    let is_own = cx.project.root_package.as_deref() == Some(top)
        || cx.project.files.iter().any(|file| file.path.split('/').any(|part| part == top || part.strip_suffix(".py") == Some(top)));
    if is_own {
        return None;
    }
    if PACKAGES.kernels.iter().any(|name| name == module) {
        let reason = format!("`{module}` compiles kernels for GPUs that MLX does not run on: `mx.fast.metal_kernel` takes their place");
        return Some(StmtClaim::todo(Finding::todo(codes::CUSTOM_KERNEL, stmt.range(), reason)));
    }
    let reason = format!("`{module}` imports torch, so this file still needs it");
    Some(StmtClaim::todo(
        Finding::todo(codes::FOREIGN_PACKAGE, stmt.range(), reason).help("port the package too, or use an MLX counterpart"),
    ))
}

/// The import packages that need torch.
pub(crate) fn packages_with_torch() -> impl Iterator<Item = &'static str> {
    PACKAGES.all().filter(|name| !name.contains('.'))
}

/// Array frameworks that are not torch.
pub(crate) fn frameworks() -> &'static [String] {
    &PACKAGES.frameworks
}

/// `torch_scatter`, `ema_pytorch.post_hoc_ema`; PyTorch's own companions have stand-ins.
fn is_named_after_torch(module: &str) -> bool {
    let top = module.split('.').next().unwrap_or(module);
    PACKAGES.parts.iter().any(|part| top.contains(part)) && !is_torch_family(top)
}

/// The listed name that a module is or lies in.
fn needs_torch(module: &str) -> Option<&'static str> {
    PACKAGES.all().find(|name| module == *name || module.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}
