//! The modules that ported code refers to, and the names they go by in one file.

use std::collections::BTreeSet;

/// A module that MLX code imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Module {
    /// `mlx.core`
    Core,
    /// `mlx.nn`
    Nn,
    /// `mlx.optimizers`
    Optimizers,
    /// `mlx.utils`
    Utils,
    Math,
    Numpy,
    Typing,
    Contextlib,
    /// The generated helper module of the port.
    Compat,
}

impl Module {
    pub const ALL: [Self; 9] =
        [Self::Core, Self::Nn, Self::Optimizers, Self::Utils, Self::Math, Self::Numpy, Self::Typing, Self::Contextlib, Self::Compat];

    /// The name that templates use, and that a file uses unless it is taken.
    pub fn conventional_name(self) -> &'static str {
        match self {
            Self::Core => "mx",
            Self::Nn => "nn",
            Self::Optimizers => "optim",
            Self::Utils => "mlx_utils",
            Self::Math => "math",
            Self::Numpy => "np",
            Self::Typing => "typing",
            Self::Contextlib => "contextlib",
            Self::Compat => "compat",
        }
    }

    /// The name for a file in which the conventional one means something else.
    fn fallback_name(self) -> &'static str {
        match self {
            Self::Core => "mlx_core",
            Self::Nn => "mlx_nn",
            Self::Optimizers => "mlx_optimizers",
            Self::Utils => "_mlx_utils",
            Self::Math => "_math",
            Self::Numpy => "numpy",
            Self::Typing => "_typing",
            Self::Contextlib => "_contextlib",
            Self::Compat => "mlx_compat",
        }
    }

    /// The dotted module to import, but for the helper module, whose place differs by file.
    pub fn path(self) -> &'static str {
        match self {
            Self::Core => "mlx.core",
            Self::Nn => "mlx.nn",
            Self::Optimizers => "mlx.optimizers",
            Self::Utils => "mlx.utils",
            Self::Math => "math",
            Self::Numpy => "numpy",
            Self::Typing => "typing",
            Self::Contextlib => "contextlib",
            Self::Compat => crate::helpers::MODULE,
        }
    }

    /// The torch module whose import this one takes the place of.
    pub fn replaces(self) -> Option<&'static str> {
        match self {
            Self::Core => Some("torch"),
            Self::Nn => Some("torch.nn"),
            Self::Optimizers => Some("torch.optim"),
            Self::Utils | Self::Math | Self::Numpy | Self::Typing | Self::Contextlib | Self::Compat => None,
        }
    }

    pub fn by_template_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|module| module.conventional_name() == name)
    }
}

/// What a piece of ported text refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    pub modules: BTreeSet<Module>,
    /// Helpers of the helper module, by name.
    pub helpers: BTreeSet<String>,
    /// The stand-in for `torch`.
    pub stand_in: bool,
}

impl Uses {
    pub fn module(mut self, module: Module) -> Self {
        self.modules.insert(module);
        self
    }

    pub fn helper(mut self, name: &str) -> Self {
        self.modules.insert(Module::Compat);
        self.helpers.insert(name.to_owned());
        self
    }

    pub fn stand_in(mut self) -> Self {
        self.stand_in = true;
        self
    }

    pub fn extend(&mut self, other: &Self) {
        self.modules.extend(other.modules.iter().copied());
        self.helpers.extend(other.helpers.iter().cloned());
        self.stand_in |= other.stand_in;
    }
}

/// The names of modules in one file.
#[derive(Debug, Clone)]
pub struct ModuleNames([String; Module::ALL.len()]);

impl ModuleNames {
    /// `taken` says of a name whether the file binds it to something that stays.
    pub fn new(taken: impl Fn(&str, Module) -> bool) -> Self {
        Self(Module::ALL.map(|module| {
            let mut name = module.conventional_name().to_owned();
            if taken(&name, module) {
                module.fallback_name().clone_into(&mut name);
            }
            while taken(&name, module) {
                name.push('_');
            }
            name
        }))
    }

    pub fn of(&self, module: Module) -> &str {
        let index = Module::ALL.iter().position(|&m| m == module).unwrap_or_default();
        &self.0[index]
    }
}
