//! Kinds: what a value is, as far as a transpiler needs to know, and how well it is known.

use t2m_syntax::ast;

use crate::facts::{ClassId, Entity, FunctionId};
use crate::intern::{Inner, Items, Name};

/// The dtypes that decisions depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DType {
    Float16,
    BFloat16,
    Float32,
    Float64,
    Complex64,
    Bool,
    UInt8,
    Int8,
    Int16,
    Int32,
    Int64,
}

impl DType {
    /// By PyTorch's name, without `torch.`.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "float16" | "half" => Self::Float16,
            "bfloat16" => Self::BFloat16,
            "float32" | "float" => Self::Float32,
            "float64" | "double" => Self::Float64,
            "complex64" | "cfloat" => Self::Complex64,
            "bool" => Self::Bool,
            "uint8" => Self::UInt8,
            "int8" => Self::Int8,
            "int16" | "short" => Self::Int16,
            "int32" | "int" => Self::Int32,
            "int64" | "long" => Self::Int64,
            _ => return None,
        })
    }

    /// PyTorch's name, without `torch.`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Float16 => "float16",
            Self::BFloat16 => "bfloat16",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Complex64 => "complex64",
            Self::Bool => "bool",
            Self::UInt8 => "uint8",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
        }
    }
}

/// What is known of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TensorKind {
    pub rank: Option<u8>,
    pub dtype: Option<DType>,
}

/// What is known of a value of NumPy's that may be a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NumpyKind {
    /// A number for sure, and no array.
    pub is_number: bool,
    /// No integer.
    pub is_float: bool,
}

/// A small lattice; `Unknown` is its top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Kind {
    #[default]
    Unknown,
    Tensor(TensorKind),
    /// `nn.Parameter`: a tensor that the optimizer sees.
    Parameter,
    /// An instance of a torch layer (`torch.nn.Linear`) by its qualified name.
    Layer(Name),
    /// An instance of a project class, module or not.
    Instance(ClassId),
    /// Some `nn.Module`, of a class that is not known.
    Module,
    /// `nn.ModuleList` or a plain list of modules; the kind of its items.
    ModuleList(Inner),
    ModuleDict(Inner),
    /// `nn.Sequential`, by torch's class or a project class that inherits it.
    Sequential,
    /// An instance of `torch.optim.X`, by its qualified name.
    Optimizer(Name),
    Scheduler(Name),
    Loader,
    Dataset,
    /// An instance of another library class that the tables or rules know, by its qualified name (`torch.Generator`, `torch.cuda.amp.GradScaler`).
    Library(Name),
    DType,
    Device,
    Size,
    Int,
    Float,
    Bool,
    /// A Python number: `x.item()`.
    Number,
    Str,
    None,
    Ndarray,
    /// `np.sqrt(d)`, `table[i]`: a number of NumPy's own types, or an array where nothing says which.
    Numpy(NumpyKind),
    /// A value of Python's own that is none of these: a set, bytes.
    Other,
    List(Inner),
    Tuple(Items),
    /// A tuple or other sequence of unknown length, with its item kind.
    Seq(Inner),
    Dict(Inner),
    /// A function of the project.
    Function(FunctionId),
    /// A class of the project, as a value.
    Class(ClassId),
    /// A name of torch or another library that is not called here: `torch.softmax`, `nn.LayerNorm`, by its qualified name.
    Name(Name),
    /// A class or factory of which is only known that it makes modules: `norm_layer=nn.LayerNorm`.
    ModuleClass,
    /// A value that is `None` or the inner kind (`Optional[...]`, a default of `None`).
    Optional(Inner),
}

/// How well a kind is known, weakest first. A row or rule states the least that it accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Evidence {
    #[default]
    Nothing,
    /// A parameter of a module's `forward`.
    Assumed,
    /// The way it is used: `x.masked_fill(...)` exists on tensors alone.
    Used,
    /// All call sites in the project agree.
    Called,
    Annotated,
    Constructed,
}

/// A kind with its evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Fact {
    pub kind: Kind,
    pub evidence: Evidence,
}

impl Kind {
    pub const TENSOR: Self = Self::Tensor(TensorKind { rank: None, dtype: None });

    pub fn optional(kind: Self) -> Self {
        Self::Optional(Inner::new(kind))
    }

    pub fn list(item: Self) -> Self {
        Self::List(Inner::new(item))
    }

    pub fn seq(item: Self) -> Self {
        Self::Seq(Inner::new(item))
    }

    pub fn dict(item: Self) -> Self {
        Self::Dict(Inner::new(item))
    }

    pub fn module_list(item: Self) -> Self {
        Self::ModuleList(Inner::new(item))
    }

    pub fn module_dict(item: Self) -> Self {
        Self::ModuleDict(Inner::new(item))
    }

    pub fn tuple(items: impl IntoIterator<Item = Self>) -> Self {
        Self::Tuple(items.into_iter().collect())
    }

    /// A tensor or parameter, also where it may be `None`.
    pub fn is_tensor(&self) -> bool {
        match self {
            Self::Tensor(_) | Self::Parameter => true,
            Self::Optional(inner) => inner.is_tensor(),
            _ => false,
        }
    }

    /// Any kind of `nn.Module` that can be told without the class table; for `Instance` ask [`crate::Facts::is_module_class`].
    pub fn is_layer(&self) -> bool {
        match self {
            Self::Layer(_) | Self::Module | Self::ModuleList(_) | Self::ModuleDict(_) | Self::Sequential => true,
            Self::Optional(inner) => inner.is_layer(),
            _ => false,
        }
    }

    /// An optimizer, also where its place holds `None` at first.
    pub fn is_optimizer(&self) -> bool {
        match self {
            Self::Optimizer(_) => true,
            Self::Optional(inner) => inner.is_optimizer(),
            _ => false,
        }
    }

    /// A Python number or `bool`.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Float | Self::Bool | Self::Number | Self::Numpy(NumpyKind { is_number: true, .. }))
    }

    /// A name that is not called.
    pub fn of_entity(entity: &Entity) -> Self {
        match entity {
            Entity::Library(name) => Self::Name(*name),
            Entity::Class(class) => Self::Class(*class),
            Entity::Function(function) => Self::Function(*function),
            // Its members may have the names of a tensor's methods: `ops.to(x, device)`.
            Entity::File(_) => Self::Other,
            Entity::Builtin(_) => Self::Unknown,
        }
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

impl Fact {
    pub fn new(kind: Kind, evidence: Evidence) -> Self {
        Self { kind, evidence }
    }

    /// Of a value that is different things on different paths, or known not to be what it seemed: no further guess is right.
    pub(crate) fn mixed() -> Self {
        Self::new(Kind::Unknown, Evidence::Constructed)
    }

    /// Nothing is known: neither what it is nor what it is not.
    pub(crate) fn is_open(&self) -> bool {
        self.kind.is_unknown() && self.evidence == Evidence::Nothing
    }

    /// Of a literal.
    pub fn of_constant(constant: &ast::Constant) -> Self {
        let kind = match constant {
            ast::Constant::None => Kind::None,
            ast::Constant::Bool(_) => Kind::Bool,
            ast::Constant::Str(_) => Kind::Str,
            ast::Constant::Int(_) => Kind::Int,
            ast::Constant::Float(_) => Kind::Float,
            ast::Constant::Tuple(_) | ast::Constant::Bytes(_) | ast::Constant::Complex { .. } | ast::Constant::Ellipsis => {
                return Self::default();
            }
        };
        Self::new(kind, Evidence::Constructed)
    }
}
