//! The files of a project and the module names by which they import each other.

use t2m_syntax::SourceFile;

/// Packages, and modules of packages, that are or import torch. An absolute import of one is never an import of the project:
/// a folder `torch/` among the sources does not hide the library.
pub const TORCH_PACKAGES: &[&str] =
    &["torch", "torchvision", "torchaudio", "torchtext", "einops.layers.torch", "einops._torch_specific", "safetensors.torch"];

/// Whether a dotted name belongs to one of [`TORCH_PACKAGES`].
pub fn is_torch_family(name: &str) -> bool {
    TORCH_PACKAGES.iter().any(|package| t2m_syntax::laws::is_within(name, package))
}

/// Index of a file in its project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// One parsed file.
#[derive(Debug)]
pub struct ProjectFile {
    pub source: SourceFile,
    /// Path below the project's root, with `/`.
    pub path: String,
}

/// All Python files that are ported together. Files that don't parse are not among them.
#[derive(Debug, Default)]
pub struct Project {
    pub files: Vec<ProjectFile>,
    /// The package name where SRC itself is a package (it holds an `__init__.py`): `timm` for `port site-packages/timm`.
    /// Absolute imports `timm.layers` then mean files of the project.
    pub root_package: Option<String>,
    /// Paths of what stands beside the files: Python that does not parse, and what is no Python.
    pub others: Vec<String>,
}

impl Project {
    /// The packages of [`TORCH_PACKAGES`] that are not the project itself: `torchvision` is, for `port site-packages/torchvision`.
    pub fn torch_packages(&self) -> Vec<&'static str> {
        TORCH_PACKAGES.iter().copied().filter(|package| Some(*package) != self.root_package.as_deref()).collect()
    }

    pub fn file(&self, id: FileId) -> &ProjectFile {
        &self.files[id.0 as usize]
    }

    pub fn ids(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..self.files.len() as u32).map(FileId)
    }
}
