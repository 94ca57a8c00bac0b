//! What PyTorch's own functions, methods, attributes and layers give (`mappings/names/kinds.toml`).

use std::sync::OnceLock;

use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use t2m_syntax::ast;

use crate::intern::Name;
use crate::kind::{DType, Kind, NumpyKind, TensorKind};

type Groups = IndexMap<String, Vec<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    functions: Groups,
    methods: Groups,
    module_methods: Groups,
    attributes: Groups,
    tensor_only: TensorOnly,
    takes_tensors: TakesTensors,
    dtypes: Groups,
    tensor_types: Groups,
    constants: Groups,
    libraries: Libraries,
    give_themselves: Groups,
    object_methods: IndexMap<String, Groups>,
    object_attributes: IndexMap<String, Groups>,
    classes: Classes,
    layer_attributes: Groups,
    telling_attributes: Groups,
    layers: Groups,
    decorators: Decorators,
    keeps_axes: KeepsAxes,
    reduces: Reduces,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reduces {
    to_one_number: FxHashSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TensorOnly {
    methods: FxHashSet<String>,
    methods_with_arguments: FxHashSet<String>,
    methods_with_numbers: FxHashSet<String>,
    methods_with_tensors: FxHashSet<String>,
    methods_without_arguments: FxHashSet<String>,
    methods_with_many_arguments: FxHashMap<String, usize>,
    keywords: FxHashSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TakesTensors {
    first_two: FxHashSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Libraries {
    without_tensors: FxHashSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Classes {
    modules: FxHashSet<String>,
    not_modules: FxHashSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decorators {
    transparent: FxHashSet<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeepsAxes {
    dtype: FxHashSet<String>,
    floats: FxHashSet<String>,
}

/// Which dtypes of its first tensor stay what they are in a result of as many axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeptDTypes {
    All,
    Floats,
}

/// What a call gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Gives {
    Kind(Kind),
    /// A tensor of the first tensor's dtype.
    Same,
    /// Some of those.
    SeqSame,
    /// `(same, tensor[int64])`
    SameAndIndices,
    /// Two tensors if a `dim` is given, else one.
    PairIfDim,
    /// Two tensors if `return_indices` is given.
    PairIfIndices,
    TensorLikeFirst,
    /// A NumPy array if the first argument is one, else perhaps a NumPy number.
    ArrayLikeFirst {
        is_float: bool,
    },
    /// A NumPy number if no axis is given.
    ReducedArray {
        is_float: bool,
    },
    LikeFirst,
}

/// What a method of `nn.Module` gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ModuleGives {
    /// The module, for the next call.
    Itself,
    Kind(Kind),
}

/// The facts about the library.
#[derive(Debug, Default)]
pub(crate) struct Library {
    functions: FxHashMap<String, Gives>,
    methods: FxHashMap<String, Gives>,
    keeps_axes: KeepsAxes,
    reduces: FxHashSet<String>,
    module_methods: FxHashMap<String, ModuleGives>,
    give_themselves: Groups,
    object_methods: ByPackage,
    object_attributes: ByPackage,
    attributes: FxHashMap<String, Gives>,
    layer_attributes: FxHashMap<String, Gives>,
    telling_attributes: FxHashMap<String, Kind>,
    layers: FxHashMap<String, Kind>,
    dtypes: FxHashMap<String, Option<DType>>,
    tensor_types: FxHashMap<String, Option<DType>>,
    constants: FxHashMap<String, Kind>,
    only: FxHashSet<String>,
    only_with_arguments: FxHashSet<String>,
    only_with_numbers: FxHashSet<String>,
    only_with_tensors: FxHashSet<String>,
    only_without_arguments: FxHashSet<String>,
    only_with_many_arguments: FxHashMap<String, usize>,
    only_keywords: FxHashSet<String>,
    takes_two: FxHashSet<String>,
    without_tensors: FxHashSet<String>,
    modules: FxHashSet<String>,
    not_modules: FxHashSet<String>,
    transparent: FxHashSet<String>,
}

impl Library {
    /// The embedded facts.
    pub(crate) fn builtin() -> &'static Self {
        static LIBRARY: OnceLock<Library> = OnceLock::new();
        LIBRARY.get_or_init(|| Self::parse(include_str!("../../../mappings/names/kinds.toml")).unwrap_or_default())
    }

    fn parse(text: &str) -> Result<Self, String> {
        let data: Data = toml::from_str(text).map_err(|error| error.to_string())?;
        let dtypes = named(&data.dtypes, |word| Ok(dtype(word)))?;
        Ok(Self {
            functions: named(&data.functions, gives)?,
            methods: named(&data.methods, gives)?,
            module_methods: named(&data.module_methods, module_gives)?,
            give_themselves: data.give_themselves,
            object_methods: by_package(&data.object_methods)?,
            object_attributes: by_package(&data.object_attributes)?,
            attributes: named(&data.attributes, gives)?,
            layer_attributes: named(&data.layer_attributes, gives)?,
            telling_attributes: named(&data.telling_attributes, kind)?,
            layers: named(&data.layers, kind)?,
            dtypes: dtypes.into_iter().map(|(name, dtype)| (format!("torch.{name}"), dtype)).collect(),
            tensor_types: named(&data.tensor_types, |word| Ok(dtype(word)))?,
            constants: named(&data.constants, kind)?,
            only: data.tensor_only.methods,
            only_with_arguments: data.tensor_only.methods_with_arguments,
            only_without_arguments: data.tensor_only.methods_without_arguments,
            only_with_numbers: data.tensor_only.methods_with_numbers,
            only_with_tensors: data.tensor_only.methods_with_tensors,
            only_with_many_arguments: data.tensor_only.methods_with_many_arguments,
            only_keywords: data.tensor_only.keywords,
            takes_two: data.takes_tensors.first_two,
            without_tensors: data.libraries.without_tensors,
            modules: data.classes.modules,
            not_modules: data.classes.not_modules,
            transparent: data.decorators.transparent,
            keeps_axes: data.keeps_axes,
            reduces: data.reduces.to_one_number,
        })
    }

    pub(crate) fn function(&self, qualified: &str) -> Option<&Gives> {
        self.functions.get(qualified)
    }

    pub(crate) fn method(&self, name: &str) -> Option<&Gives> {
        self.methods.get(name)
    }

    /// Of a method, and of the function of `torch` of that name, whose result has as many axes as its first tensor.
    pub(crate) fn keeps_axes(&self, name: &str) -> Option<KeptDTypes> {
        let all = || self.keeps_axes.dtype.contains(name).then_some(KeptDTypes::All);
        all().or_else(|| self.keeps_axes.floats.contains(name).then_some(KeptDTypes::Floats))
    }

    /// Whether a method, or the function of `torch` of that name, gives one number where no dimension is named.
    pub(crate) fn reduces(&self, name: &str) -> bool {
        self.reduces.contains(name)
    }

    /// Whether a method of an object that is no tensor and no module gives the object itself.
    pub(crate) fn gives_itself(&self, class: &str, method: &str) -> bool {
        self.give_themselves.get(class).is_some_and(|methods| methods.iter().any(|name| name == method))
    }

    /// What a method gives of an object of a library class that is no tensor and no module: `Normal(0, 1).log_prob(x)`.
    pub(crate) fn object_method(&self, class: &str, method: &str) -> Option<Kind> {
        member(&self.object_methods, class, method)
    }

    /// What an attribute is of such an object.
    pub(crate) fn object_attribute(&self, class: &str, name: &str) -> Option<Kind> {
        member(&self.object_attributes, class, name)
    }

    /// What a method that `nn.Module` defines gives.
    pub(crate) fn module_method(&self, name: &str) -> Option<&ModuleGives> {
        self.module_methods.get(name)
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&Gives> {
        self.attributes.get(name)
    }

    pub(crate) fn layer_attribute(&self, name: &str) -> Option<&Gives> {
        self.layer_attributes.get(name)
    }

    /// An attribute that no other object is known to have, whatever it is asked of.
    pub(crate) fn telling_attribute(&self, name: &str) -> Option<Kind> {
        self.telling_attributes.get(name).copied()
    }

    /// Ex) `torch.float16`; the inner `None` is a dtype without a name among ours.
    pub(crate) fn dtype(&self, qualified: &str) -> Option<Option<DType>> {
        self.dtypes.get(qualified).copied()
    }

    /// What a value of a library is that is no function: `math.pi`.
    pub(crate) fn constant(&self, qualified: &str) -> Option<Kind> {
        self.constants.get(qualified).copied()
    }

    /// Ex) `torch.Tensor`, `torch.LongTensor`
    pub(crate) fn tensor_type(&self, qualified: &str) -> Option<Kind> {
        self.tensor_types.get(qualified).map(|dtype| Kind::Tensor(TensorKind { rank: None, dtype: *dtype }))
    }

    /// The dtype of a legacy tensor class; `torch.Tensor` stands for PyTorch's default.
    pub(crate) fn dtype_of_class(&self, qualified: &str) -> Option<DType> {
        self.tensor_types.get(qualified).map(|dtype| dtype.unwrap_or(DType::Float32))
    }

    /// Whether only tensors have this method, or take these arguments.
    pub(crate) fn is_tensor_only(&self, method: &str, call: &ast::ExprCall) -> bool {
        let has_arguments = !call.args.is_empty() || !call.keywords.is_empty();
        let has_keyword =
            || call.keywords.iter().any(|keyword| keyword.arg.as_ref().is_some_and(|name| self.only_keywords.contains(name.as_str())));
        let many = self.only_with_many_arguments.get(method);
        self.only.contains(method)
            || (if has_arguments { &self.only_with_arguments } else { &self.only_without_arguments }).contains(method)
            || (self.only_with_numbers.contains(method) && call.args.iter().any(|arg| number(arg).is_some()))
            || many.is_some_and(|count| call.args.len() >= *count)
            || (method == "transpose" && swaps_no_matrix(call))
            || (method == "new" && takes_shape(call))
            || (self.methods.contains_key(method) && has_keyword())
    }

    /// Whether only tensors have this method, if its one argument is a tensor.
    pub(crate) fn takes_one_tensor(&self, method: &str) -> bool {
        self.only_with_tensors.contains(method)
    }

    /// How many of the first arguments of a call of a layer are tensors and nothing else.
    pub(crate) fn takes_tensors(&self, layer: &str) -> usize {
        if self.takes_two.contains(layer) { 2 } else { 0 }
    }

    /// Whether a name belongs to a library, or a module of one, that gives none of PyTorch's tensors.
    pub(crate) fn gives_no_tensor(&self, qualified: &str) -> bool {
        qualified.match_indices('.').any(|(at, _)| self.without_tensors.contains(&qualified[..at]))
            || self.without_tensors.contains(qualified)
    }

    /// Whether a library class is an `nn.Module`.
    pub(crate) fn is_module(&self, qualified: &str) -> bool {
        self.modules.contains(qualified)
            || qualified.strip_prefix("torch.nn.").is_some_and(|name| {
                name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains('.') && !self.not_modules.contains(name)
            })
    }

    /// What a call of a layer gives; unknown for modules that are no layers of their own.
    pub(crate) fn layer_call(&self, qualified: &str) -> Kind {
        match qualified.strip_prefix("torch.nn.") {
            Some(name) => self.layers.get(name).cloned().unwrap_or(Kind::TENSOR),
            None => Kind::Unknown,
        }
    }

    pub(crate) fn is_transparent_decorator(&self, qualified: &str) -> bool {
        self.transparent.contains(qualified)
    }
}

/// The value of an integer that is written out.
fn number(expr: &ast::Expr) -> Option<i64> {
    match expr {
        ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Int(value), .. }) => value.to_string().parse().ok(),
        ast::Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::USub) => number(&unary.operand).map(|value| -value),
        _ => None,
    }
}

/// `x.transpose(1, 2)`, `x.transpose(-2, -1)`: NumPy's method takes all axes, so two of them are those of a matrix, `(1, 0)`.
fn swaps_no_matrix(call: &ast::ExprCall) -> bool {
    let [first, second] = &call.args[..] else { return false };
    let of_matrix = |axis: i64| matches!(axis, 0 | 1);
    number(first).zip(number(second)).is_some_and(|(first, second)| !(of_matrix(first) && of_matrix(second)))
}

/// `x.new(y.shape)`, `x.new(y.size())`
fn takes_shape(call: &ast::ExprCall) -> bool {
    let ([size], []) = (&call.args[..], &call.keywords[..]) else { return false };
    match size {
        ast::Expr::Attribute(attribute) => attribute.attr.as_str() == "shape",
        ast::Expr::Call(call) => {
            matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "size")
                && call.args.is_empty()
                && call.keywords.is_empty()
        }
        _ => false,
    }
}

fn named<T: Clone>(groups: &Groups, parse: impl Fn(&str) -> Result<T, String>) -> Result<FxHashMap<String, T>, String> {
    let mut all = FxHashMap::default();
    for (word, names) in groups {
        let value = parse(word)?;
        all.extend(names.iter().map(|name| (name.clone(), value.clone())));
    }
    Ok(all)
}

type ByPackage = Vec<(String, FxHashMap<String, Kind>)>;

fn by_package(groups: &IndexMap<String, Groups>) -> Result<ByPackage, String> {
    groups.iter().map(|(package, groups)| Ok((format!("{package}."), named(groups, kind)?))).collect()
}

fn member(members: &ByPackage, class: &str, name: &str) -> Option<Kind> {
    members.iter().find(|(package, _)| class.starts_with(package))?.1.get(name).copied()
}

fn gives(word: &str) -> Result<Gives, String> {
    Ok(match word {
        "same" => Gives::Same,
        "seq[same]" => Gives::SeqSame,
        "(same, tensor[int64])" => Gives::SameAndIndices,
        "tensor | (tensor, tensor)" => Gives::PairIfDim,
        "tensor | (tensor, tensor) if return_indices" => Gives::PairIfIndices,
        "tensor like first" => Gives::TensorLikeFirst,
        "ndarray like first" => Gives::ArrayLikeFirst { is_float: false },
        "float ndarray like first" => Gives::ArrayLikeFirst { is_float: true },
        "reduced ndarray" => Gives::ReducedArray { is_float: false },
        "reduced float ndarray" => Gives::ReducedArray { is_float: true },
        "like first" => Gives::LikeFirst,
        _ => Gives::Kind(kind(word)?),
    })
}

fn module_gives(word: &str) -> Result<ModuleGives, String> {
    if word == "itself" { Ok(ModuleGives::Itself) } else { kind(word).map(ModuleGives::Kind) }
}

/// The kind that a word of `kinds.toml` stands for.
pub(crate) fn kind(word: &str) -> Result<Kind, String> {
    if let Some(inner) = word.strip_prefix("optional ") {
        return Ok(Kind::optional(kind(inner)?));
    }
    if let Some(inner) = word.strip_prefix("0-d ") {
        return match kind(inner)? {
            Kind::Tensor(tensor) => Ok(Kind::Tensor(TensorKind { rank: Some(0), ..tensor })),
            _ => Err(format!("`{inner}` has no rank")),
        };
    }
    if let Some(inner) = word.strip_prefix("seq[").and_then(|rest| rest.strip_suffix(']')) {
        return Ok(Kind::seq(kind(inner)?));
    }
    if let Some(inner) = word.strip_prefix("dict[").and_then(|rest| rest.strip_suffix(']')) {
        return Ok(Kind::dict(kind(inner)?));
    }
    if let Some(inner) = word.strip_prefix("tensor[").and_then(|rest| rest.strip_suffix(']')) {
        let dtype = dtype(inner).ok_or_else(|| format!("unknown dtype `{inner}`"))?;
        return Ok(Kind::Tensor(TensorKind { rank: None, dtype: Some(dtype) }));
    }
    if let Some(inner) = word.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return Ok(Kind::Tuple(split_top(inner).into_iter().map(kind).collect::<Result<_, _>>()?));
    }
    if let Some(class) = word.strip_prefix("object ") {
        return Ok(Kind::Library(Name::new(class)));
    }
    if let Some(layer) = word.strip_prefix("layer ") {
        return Ok(Kind::Layer(Name::new(layer)));
    }
    Ok(match word {
        "tensor" => Kind::TENSOR,
        "parameter" => Kind::Parameter,
        "module" => Kind::Module,
        "int" => Kind::Int,
        "float" => Kind::Float,
        "bool" => Kind::Bool,
        "number" => Kind::Number,
        "str" => Kind::Str,
        "none" => Kind::None,
        "size" => Kind::Size,
        "dtype" => Kind::DType,
        "device" => Kind::Device,
        "ndarray" => Kind::Ndarray,
        "ndarray or number" => Kind::Numpy(NumpyKind { is_number: false, is_float: false }),
        "ndarray or float" => Kind::Numpy(NumpyKind { is_number: false, is_float: true }),
        "other" => Kind::Other,
        "unknown" => Kind::Unknown,
        _ => return Err(format!("unknown kind word `{word}`")),
    })
}

/// Splits at the commas outside of parentheses.
fn split_top(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (i, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(text[start..i].trim());
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

fn dtype(word: &str) -> Option<DType> {
    Some(match word {
        "float16" => DType::Float16,
        "bfloat16" => DType::BFloat16,
        "float32" => DType::Float32,
        "float64" => DType::Float64,
        "complex64" => DType::Complex64,
        "bool" => DType::Bool,
        "uint8" => DType::UInt8,
        "int8" => DType::Int8,
        "int16" => DType::Int16,
        "int32" => DType::Int32,
        "int64" => DType::Int64,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_facts_load() {
        let library = Library::parse(include_str!("../../../mappings/names/kinds.toml")).expect("kinds.toml is valid");
        assert_eq!(library.method("view"), Some(&Gives::Same));
        assert_eq!(library.module_method("eval"), Some(&ModuleGives::Itself));
        assert_eq!(library.module_method("modules"), Some(&ModuleGives::Kind(Kind::seq(Kind::Module))));
        assert_eq!(library.function("torch.topk"), Some(&Gives::SameAndIndices));
        assert!(library.is_module("torch.nn.Linear") && !library.is_module("torch.nn.Parameter"));
        assert_eq!(library.layer_call("torch.nn.LSTM"), Kind::tuple([Kind::TENSOR, Kind::tuple([Kind::TENSOR, Kind::TENSOR])]));
        let is_tensor_only = |text: &str| {
            let source = t2m_syntax::SourceFile::parse("", text).expect("parses");
            let [ast::Stmt::Expr(stmt)] = &source.suite[..] else { panic!("not an expression: {text}") };
            let ast::Expr::Call(call) = &*stmt.value else { panic!("not a call: {text}") };
            let ast::Expr::Attribute(attribute) = &*call.func else { panic!("not a method: {text}") };
            library.is_tensor_only(attribute.attr.as_str(), call)
        };
        assert!(is_tensor_only("x.transpose(1, 2)") && is_tensor_only("x.transpose(-1, -2)") && !is_tensor_only("x.transpose(1, 0, 2)"));
        assert!(is_tensor_only("x.repeat(1, n, 1)") && !is_tensor_only("x.repeat(n, 1)") && is_tensor_only("x.view(n, -1)"));
        assert!(is_tensor_only("a.gather(-1, t)") && !is_tensor_only("accelerator.gather(x)") && !is_tensor_only("x.view(dtype)"));
        assert!(is_tensor_only("x.unsqueeze(0)") && !is_tensor_only("x.transpose(0, 1)"));
        assert!(is_tensor_only("x.new(y.shape)") && is_tensor_only("x.new(x.size())") && !is_tensor_only("x.new(2)"));
        assert!(is_tensor_only("x.size(0)") && !is_tensor_only("x.size()"));
        assert!(is_tensor_only("x.sum(dim=0)") && !is_tensor_only("x.sum(axis=0)") && !is_tensor_only("x.apply(dim=0)"));
    }
}
