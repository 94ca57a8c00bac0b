//! Calls: of the library, of project functions and classes, of modules.

use t2m_syntax::ast;

use super::annotations;
use super::creation::{created_dtype, created_rank, places};
use super::stmts::Interp;
use crate::classes::ParamForm;
use crate::facts::{ClassId, Entity, FunctionId};
use crate::kind::{DType, Evidence, Fact, Kind, NumpyKind, TensorKind};
use crate::lattice::{Classes, known, nothing_yet, present};
use crate::library::Gives;
use crate::tables::Returns;

/// Evaluated arguments of a call.
pub(super) struct Args<'p> {
    pub(super) call: &'p ast::ExprCall,
    pub(super) positional: Vec<Fact>,
    pub(super) keywords: Vec<Fact>,
}

impl<'p> Args<'p> {
    pub(super) fn first(&self) -> Option<&Fact> {
        self.positional.first().filter(|_| !matches!(self.call.args[0], ast::Expr::Starred(_)))
    }

    pub(super) fn keyword(&self, name: &str) -> Option<(&'p ast::Expr, &Fact)> {
        let at = self.call.keywords.iter().position(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg.as_str() == name))?;
        Some((&self.call.keywords[at].value, &self.keywords[at]))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.call.args.is_empty() && self.call.keywords.is_empty()
    }

    fn has_star(&self) -> bool {
        self.call.args.iter().any(|arg| matches!(arg, ast::Expr::Starred(_)))
            || self.call.keywords.iter().any(|keyword| keyword.arg.is_none())
    }

    fn any_tensor(&self) -> bool {
        self.positional.iter().chain(&self.keywords).any(|fact| fact.kind.is_tensor())
    }
}

fn constructed(kind: Kind) -> Fact {
    known(kind, Evidence::Constructed)
}

impl<'p> Interp<'_, 'p> {
    fn args(&mut self, call: &'p ast::ExprCall) -> Args<'p> {
        let positional = call.args.iter().map(|arg| self.eval(arg)).collect();
        let keywords = call.keywords.iter().map(|keyword| self.eval(&keyword.value)).collect();
        Args { call, positional, keywords }
    }

    pub(super) fn call(&mut self, call: &'p ast::ExprCall) -> Fact {
        if let Some(entity) = self.entity(&call.func).cloned() {
            self.eval(&call.func);
            let args = self.args(call);
            return match entity {
                Entity::Builtin(name) => self.builtin(&name, &args),
                entity => self.call_kind(&constructed(Kind::of_entity(&entity)), &args, false),
            };
        }
        let ast::Expr::Attribute(attribute) = &*call.func else {
            let callee = self.eval(&call.func);
            let args = self.args(call);
            return self.call_kind(&callee, &args, true);
        };
        let name = attribute.attr.as_str();
        if is_super(&attribute.value) {
            let args = self.args(call);
            return self.super_method(name, &args);
        }
        let object = self.eval(&attribute.value);
        let args = self.args(call);
        self.method(&attribute.value, &object, name, &args)
    }

    fn super_method(&mut self, name: &'p str, args: &Args<'p>) -> Fact {
        let Some(class) = self.frame.class else { return Fact::default() };
        let line = self.world.definitions.class(class).mro.iter().skip(1);
        let found = line.filter_map(|class| self.world.definitions.class(*class).methods.get(name)).next().copied();
        match found {
            Some(method) => self.call_function(method, args, self.world.is_bound_method(method)),
            None if name == "forward" => match self.world.definitions.torch_base(class) {
                Some(base) => self.layer_result(base, Evidence::Constructed),
                None => Fact::default(),
            },
            None => Fact::default(),
        }
    }

    /// The result of calling a value. `bound`: a method comes with its instance.
    pub(super) fn call_kind(&mut self, callee: &Fact, args: &Args<'p>, bound: bool) -> Fact {
        match present(&callee.kind) {
            Kind::Function(function) => self.call_function(*function, args, bound && self.world.is_bound_method(*function)),
            Kind::Class(class) => self.construct(*class, args),
            Kind::Name(name) => {
                let name = *name;
                self.demand(&name, args);
                let given = self.call_library(&name, args);
                // Ex) `np.sqrt(x)`: an array or a number, but no tensor
                if given.is_open() && self.world.library.gives_no_tensor(&name) { Fact::mixed() } else { given }
            }
            Kind::Instance(class) => self.call_instance(*class, callee, args),
            Kind::Layer(layer) => {
                self.demand(&layer.clone(), args);
                self.call_layer(layer, callee.evidence, args)
            }
            Kind::ModuleClass => known(Kind::Module, callee.evidence),
            Kind::Module | Kind::Sequential if args.any_tensor() => Fact::new(Kind::TENSOR, Evidence::Assumed),
            _ => Fact::default(),
        }
    }

    fn call_layer(&self, layer: &str, evidence: Evidence, args: &Args<'p>) -> Fact {
        let mut fact = self.layer_result(layer, evidence);
        // A recurrent layer gives back a packed sequence if it gets one.
        if matches!(layer, "torch.nn.LSTM" | "torch.nn.GRU" | "torch.nn.RNN")
            && !args.first().is_some_and(|first| first.kind.is_tensor())
            && let Kind::Tuple(kinds) = fact.kind
        {
            fact.kind = Kind::tuple(kinds.iter().enumerate().map(|(at, kind)| if at == 0 { Kind::Unknown } else { *kind }));
        }
        fact
    }

    fn layer_result(&self, layer: &str, evidence: Evidence) -> Fact {
        known(self.world.library.layer_call(layer), evidence)
    }

    fn call_instance(&mut self, class: ClassId, callee: &Fact, args: &Args<'p>) -> Fact {
        let is_module = self.world.definitions.class(class).is_module;
        let method = self.world.definitions.method(class, "__call__").or_else(|| {
            let forward = self.world.definitions.method(class, "forward");
            forward.filter(|_| is_module)
        });
        if let Some(method) = method {
            return self.call_function(method, args, true);
        }
        match self.world.definitions.torch_base(class) {
            Some("torch.nn.Sequential") if args.any_tensor() => Fact::new(Kind::TENSOR, Evidence::Assumed),
            Some(base) if is_module => self.layer_result(base, callee.evidence),
            _ => Fact::default(),
        }
    }

    fn construct(&mut self, class: ClassId, args: &Args<'p>) -> Fact {
        if let Some(init) = self.world.definitions.method(class, "__init__") {
            self.pass_args(init, args, 1);
        }
        constructed(Kind::Instance(class))
    }

    pub(super) fn call_function(&mut self, function: FunctionId, args: &Args<'p>, bound: bool) -> Fact {
        self.call_behind(function, args, usize::from(bound))
    }

    /// A call whose caller is not the one who gives the first parameters.
    pub(super) fn call_behind(&mut self, function: FunctionId, args: &Args<'p>, given: usize) -> Fact {
        self.pass_args(function, args, given);
        self.result(function)
    }

    /// Tells a function what this call passes.
    fn pass_args(&mut self, function: FunctionId, args: &Args<'p>, given: usize) {
        if self.frame.env.dead {
            return;
        }
        let world = self.world;
        if args.has_star() {
            self.found.pass_unknown(world, function);
            return;
        }
        let params = &world.definitions.function(function).params;
        let slots = params.iter().enumerate().filter(|(_, param)| matches!(param.form, ParamForm::PositionalOnly | ParamForm::Normal));
        for (fact, (at, _)) in args.positional.iter().zip(slots.skip(given)) {
            self.found.pass(world, function, at, fact);
        }
        for (keyword, fact) in args.call.keywords.iter().zip(&args.keywords) {
            let Some(name) = &keyword.arg else { continue };
            if let Some(at) = params.iter().position(|param| param.name == name.as_str()) {
                self.found.pass(world, function, at, fact);
            }
        }
    }

    fn call_library(&mut self, name: &str, args: &Args<'p>) -> Fact {
        if let Some(gives) = self.world.library.function(name) {
            return self.gives(gives, args, name);
        }
        if let Some(Kind::Tensor(tensor)) = self.world.library.tensor_type(name) {
            return constructed(Kind::Tensor(tensor));
        }
        let inner = |fact: Option<&Fact>| fact.map_or_else(nothing_yet, |fact| self.world.item(fact).kind);
        match name {
            "torch.nn.Parameter" | "torch.nn.Buffer" => return constructed(Kind::Parameter),
            "torch.nn.Sequential" => return constructed(Kind::Sequential),
            "torch.nn.ModuleList" => return constructed(Kind::module_list(inner(args.first()))),
            "torch.nn.ModuleDict" => {
                let item = match args.first().map(|fact| present(&fact.kind)) {
                    Some(Kind::Dict(item)) => **item,
                    Some(_) => Kind::Module,
                    None => nothing_yet(),
                };
                return constructed(Kind::module_dict(item));
            }
            "torch.where" => {
                let only_condition = args.positional.len() == 1 && args.keywords.is_empty();
                return constructed(if only_condition { Kind::seq(int64()) } else { Kind::TENSOR });
            }
            "torch.nonzero" => return constructed(places(args)),
            "torch.unique" | "torch.unique_consecutive" => {
                let more = ["return_inverse", "return_counts"].iter().any(|name| args.keyword(name).is_some());
                return if more || args.positional.len() > 2 { Fact::default() } else { constructed(Kind::TENSOR) };
            }
            "torch.stft" | "torch.lu" => return constructed(Kind::TENSOR),
            "functools.partial" => {
                return match args.first().map(|fact| &fact.kind) {
                    Some(kind @ Kind::Name(_)) => constructed(*kind),
                    Some(kind @ (Kind::Class(_) | Kind::ModuleClass)) if self.world.is_module(kind) => constructed(Kind::ModuleClass),
                    _ => Fact::default(),
                };
            }
            "torch.utils.checkpoint.checkpoint" => {
                let Some(callee) = args.first().cloned() else { return Fact::default() };
                let keeps = args.call.keywords.iter().all(|keyword| keyword.arg.is_some());
                let rest = Args { call: args.call, positional: args.positional[1..].to_vec(), keywords: Vec::new() };
                return match present(&callee.kind) {
                    Kind::Function(function) if keeps => {
                        self.found.pass_unknown(self.world, *function);
                        self.result(*function)
                    }
                    Kind::Function(_) | Kind::Class(_) | Kind::ModuleClass => Fact::default(),
                    Kind::Instance(class) => {
                        let forward = self.world.definitions.method(*class, "forward");
                        forward.map(|forward| self.result(forward)).unwrap_or_default()
                    }
                    _ => self.call_kind(&callee, &rest, true),
                };
            }
            "torch.nn.utils.parametrizations.weight_norm"
            | "torch.nn.utils.weight_norm"
            | "torch.nn.utils.spectral_norm"
            | "torch.nn.utils.parametrizations.spectral_norm" => return args.first().cloned().unwrap_or_default(),
            // What a set adds is no tensor's `add`.
            "collections.defaultdict" if args.call.args.first().is_some_and(|factory| self.is_set_class(factory)) => {
                return constructed(Kind::dict(Kind::Other));
            }
            "collections.OrderedDict" | "collections.defaultdict" => return constructed(Kind::dict(Kind::Unknown)),
            "torch.optim.Optimizer" => return Fact::default(),
            _ => {}
        }
        if name.starts_with("torch.utils.data.") && name.ends_with("Dataset") {
            return constructed(Kind::Dataset);
        }
        let is_class = name.rsplit('.').next().is_some_and(|last| last.starts_with(char::is_uppercase)) || matches!(name, "torch.device");
        if !is_class {
            return self.row_result(name, args);
        }
        if !name.starts_with("torch.") {
            return Fact::default();
        }
        // Ex) `nn.MaxPool2d(2, return_indices=True)` gives pairs
        if args.keyword("return_indices").is_some() {
            return Fact::default();
        }
        constructed(annotations::of_name(self.world, name))
    }

    /// What the row of a function says that it gives, where `kinds.toml` is silent.
    fn row_result(&self, name: &str, args: &Args<'p>) -> Fact {
        let mut results = self.world.tables.lookup(name).map(|(_, signature)| &signature.returns);
        match (results.next(), results.next()) {
            (Some(Returns::Same), None) => args.first().copied().unwrap_or_default(),
            (Some(returns), None) => {
                let kind = returned(returns);
                if kind.is_unknown() { Fact::default() } else { constructed(kind) }
            }
            _ => Fact::default(),
        }
    }

    /// The result of a library function whose arguments are all in `args`.
    fn gives(&self, gives: &Gives, args: &Args<'p>, name: &str) -> Fact {
        let first = args.first();
        let same = || {
            let dtype = match first.map(|fact| present(&fact.kind)) {
                Some(Kind::Tensor(tensor)) => tensor.dtype,
                _ => None,
            };
            let dtype = args.keyword("dtype").map_or(dtype, |(dtype, _)| self.dtype_of(dtype));
            Kind::Tensor(TensorKind { rank: None, dtype })
        };
        let method = name.strip_prefix("torch.").filter(|_| args.keyword("dtype").is_none());
        if let (Some(method), Some(Kind::Tensor(tensor))) = (method, first.map(|fact| present(&fact.kind)))
            && let Some(kept) = self.keeping_axes(method, *tensor)
        {
            return constructed(Kind::Tensor(kept));
        }
        let reduces = name.strip_prefix("torch.").is_some_and(|name| self.world.library.reduces(name))
            && args.positional.len() == 1
            && args.call.keywords.is_empty()
            && first.is_some_and(|fact| fact.kind.is_tensor());
        let kind = match gives {
            Gives::Kind(Kind::Tensor(tensor)) => {
                let given = args.keyword("dtype").map(|(dtype, _)| self.dtype_of(dtype));
                let dtype = given.unwrap_or(tensor.dtype.or_else(|| created_dtype(name, args)));
                Kind::Tensor(TensorKind { rank: created_rank(name, args), dtype })
            }
            Gives::Kind(kind) => *kind,
            Gives::Same => same(),
            Gives::SeqSame => Kind::seq(same()),
            Gives::SameAndIndices => Kind::tuple([same(), int64()]),
            Gives::PairIfDim => self.pair_if_dim(args, 1),
            Gives::PairIfIndices if args.keyword("return_indices").is_some() => Kind::Unknown,
            Gives::PairIfIndices => Kind::TENSOR,
            Gives::TensorLikeFirst => match first.map(|fact| present(&fact.kind)) {
                Some(Kind::Tensor(tensor)) => Kind::Tensor(TensorKind { rank: None, dtype: tensor.dtype }),
                Some(Kind::Parameter) => Kind::TENSOR,
                Some(Kind::List(item) | Kind::Seq(item)) if item.is_tensor() => Kind::TENSOR,
                _ => Kind::Unknown,
            },
            Gives::ArrayLikeFirst { is_float } => match first.map(|fact| present(&fact.kind)) {
                Some(Kind::Ndarray | Kind::List(_) | Kind::Seq(_) | Kind::Tuple(_)) => Kind::Ndarray,
                Some(kind) if kind.is_tensor() => Kind::Unknown,
                Some(_) => {
                    let is_number = args.positional.iter().all(|fact| fact.kind.is_number());
                    let of_float =
                        args.positional.iter().any(|fact| matches!(fact.kind, Kind::Float | Kind::Numpy(NumpyKind { is_float: true, .. })));
                    Kind::Numpy(NumpyKind { is_number, is_float: *is_float || of_float })
                }
                None => Kind::Unknown,
            },
            Gives::ReducedArray { is_float } => match first.map(|fact| present(&fact.kind)) {
                Some(kind) if !kind.is_tensor() => {
                    Kind::Numpy(NumpyKind { is_number: args.positional.len() == 1 && args.call.keywords.is_empty(), is_float: *is_float })
                }
                _ => Kind::Unknown,
            },
            Gives::LikeFirst => return first.cloned().unwrap_or_default(),
        };
        let kind = if reduces { without_dimensions(kind) } else { kind };
        let evidence = match gives {
            Gives::TensorLikeFirst => first.map_or(Evidence::Nothing, |fact| fact.evidence),
            _ => Evidence::Constructed,
        };
        known(kind, evidence)
    }

    /// `max` and its like: with a `dim` values and indices, with a tensor a tensor. `at` is the position of `dim`.
    pub(super) fn pair_if_dim(&self, args: &Args<'p>, at: usize) -> Kind {
        let pair = || Kind::tuple([Kind::TENSOR, int64()]);
        if args.keyword("dim").is_some() {
            return pair();
        }
        match args.positional.get(at).map(|fact| present(&fact.kind)) {
            None if args.call.keywords.is_empty() => Kind::TENSOR,
            Some(Kind::Int) => pair(),
            Some(Kind::Tensor(_) | Kind::Parameter) => Kind::TENSOR,
            _ => Kind::Unknown,
        }
    }

    fn is_set_class(&self, expr: &ast::Expr) -> bool {
        matches!(self.entity(expr), Some(Entity::Builtin(name)) if matches!(name.as_str(), "set" | "frozenset"))
    }

    /// The dtype that an expression names: `torch.float16`.
    pub(super) fn dtype_of(&self, expr: &ast::Expr) -> Option<DType> {
        match self.entity(expr) {
            Some(Entity::Library(name)) => self.world.library.dtype(name).flatten(),
            Some(Entity::Builtin(name)) if name == "bool" => Some(DType::Bool),
            _ => None,
        }
    }

    fn builtin(&mut self, name: &str, args: &Args<'p>) -> Fact {
        let first = args.first().cloned().unwrap_or_default();
        let item = || self.world.item(&first).kind;
        let derived = |kind: Kind| known(kind, first.evidence.max(Evidence::Assumed));
        match name {
            "len" | "int" | "hash" | "id" | "ord" => constructed(Kind::Int),
            "float" => constructed(Kind::Float),
            "bool" | "isinstance" | "issubclass" | "callable" | "hasattr" => constructed(Kind::Bool),
            "set" | "frozenset" | "bytes" | "bytearray" | "memoryview" | "object" | "complex" | "slice" => constructed(Kind::Other),
            "str" | "repr" | "chr" | "format" | "input" => constructed(Kind::Str),
            "any" | "all" => constructed(Kind::Bool),
            "range" => constructed(Kind::seq(Kind::Int)),
            "list" | "sorted" if args.is_empty() => constructed(Kind::list(nothing_yet())),
            "list" | "sorted" => derived(Kind::list(item())),
            "tuple" => match &first.kind {
                kind @ Kind::Tuple(_) => derived(*kind),
                _ => derived(Kind::seq(item())),
            },
            "reversed" => derived(Kind::seq(item())),
            "iter" => first,
            "next" => match (known(item(), first.evidence), args.positional.get(1)) {
                (module, Some(default)) if self.world.is_module(&module.kind) => self.world.or_default(&module, Some(default)),
                (item, _) => item,
            },
            "getattr" => self.named_module(&first, args),
            "dict" if args.is_empty() => constructed(Kind::dict(nothing_yet())),
            // `dict(model.named_parameters())`, `dict(zip(names, rows))`
            "dict" => match item() {
                Kind::Tuple(pair) if pair.len() == 2 && args.keywords.is_empty() => constructed(Kind::dict(pair[1])),
                _ => constructed(Kind::dict(Kind::Unknown)),
            },
            "enumerate" => derived(Kind::seq(Kind::tuple([Kind::Int, item()]))),
            // `xs, ys = zip(*pairs)`
            "zip" if args.has_star() => match &args.positional[..] {
                [rows] => match self.world.item(rows) {
                    Fact { kind: Kind::Tuple(columns), evidence } => {
                        known(Kind::tuple(columns.iter().map(|column| Kind::seq(*column))), evidence)
                    }
                    Fact { kind: Kind::List(item) | Kind::Seq(item), evidence } => known(Kind::seq(Kind::seq(*item)), evidence),
                    _ => constructed(Kind::seq(Kind::seq(Kind::Unknown))),
                },
                _ => constructed(Kind::seq(Kind::seq(Kind::Unknown))),
            },
            "zip" => {
                let kinds = args.positional.iter().map(|fact| self.world.item(fact).kind).collect();
                let evidence = args.positional.iter().map(|fact| fact.evidence).filter(|evidence| *evidence != Evidence::Nothing).min();
                known(Kind::seq(Kind::Tuple(kinds)), evidence.unwrap_or(Evidence::Assumed))
            }
            "abs" if first.kind == Kind::Parameter => derived(Kind::TENSOR),
            "abs" => first,
            "round" if args.positional.len() == 1 && first.kind.is_number() => constructed(Kind::Int),
            "round" if first.kind.is_number() => constructed(Kind::Number),
            "min" | "max" if args.positional.len() > 1 => {
                let joined = args.positional.iter().skip(1).fold(first, |all, fact| self.world.join(&all, fact));
                if present(&joined.kind).is_number() || joined.kind == Kind::Str { joined } else { Fact::default() }
            }
            "min" | "max" if args.keyword("key").is_none() && !first.kind.is_tensor() => known(item(), first.evidence),
            "sum" => match item() {
                Kind::Int | Kind::Bool => constructed(Kind::Int),
                Kind::Float => constructed(Kind::Number),
                Kind::Tensor(tensor) => known(Kind::Tensor(TensorKind { rank: None, ..tensor }), first.evidence),
                _ => Fact::default(),
            },
            _ => Fact::default(),
        }
    }
}

impl<'p> Interp<'_, 'p> {
    /// `getattr(self, "norm", None)`: a module that a class of the project holds.
    fn named_module(&mut self, object: &Fact, args: &Args<'p>) -> Fact {
        let Some(ast::Expr::Constant(name)) = args.call.args.get(1) else { return Fact::default() };
        let (Some(name), Kind::Instance(class)) = (name.value.as_str(), *present(&object.kind)) else { return Fact::default() };
        let Some(module) = self.attr(class, name).filter(|fact| self.world.is_module(&fact.kind)) else { return Fact::default() };
        match args.positional.get(2) {
            Some(default) => self.world.join(&module, default),
            None => module,
        }
    }
}

/// The kind of a tensor that has been reduced to one number.
pub(super) fn without_dimensions(kind: Kind) -> Kind {
    match kind {
        Kind::Tensor(tensor) => Kind::Tensor(TensorKind { rank: Some(0), ..tensor }),
        kind => kind,
    }
}

pub(super) fn int64() -> Kind {
    Kind::Tensor(TensorKind { rank: None, dtype: Some(DType::Int64) })
}

/// Ex) `super().forward(x)`
fn is_super(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Call(call) if matches!(&*call.func, ast::Expr::Name(name) if name.id.as_str() == "super"))
}

/// The kind behind the words of a signature.
fn returned(returns: &Returns) -> Kind {
    match returns {
        Returns::Tensor(dtype) => Kind::Tensor(TensorKind { rank: None, dtype: *dtype }),
        Returns::Tuple(parts) => Kind::tuple(parts.iter().map(returned)),
        Returns::ListOf(item) => Kind::list(returned(item)),
        Returns::Word(word) => crate::library::kind(word.name()).unwrap_or_default(),
        Returns::Same | Returns::Unknown => Kind::Unknown,
    }
}
