//! Method calls on values of known kind.

use t2m_syntax::ast;

use super::calls::{Args, int64};
use super::stmts::Interp;
use super::uses::is_module_method;
use crate::facts::ClassId;
use crate::kind::{Evidence, Fact, Kind, NumpyKind, TensorKind};
use crate::lattice::{Classes, is_nothing_yet, known, present};
use crate::library::{Gives, KeptDTypes, ModuleGives};

impl<'p> Interp<'_, 'p> {
    pub(super) fn method(&mut self, place: &'p ast::Expr, object: &Fact, name: &'p str, args: &Args<'p>) -> Fact {
        let learned;
        let object = if self.world.library.method(name).is_some() && !is_module_method(name) {
            let operand = self.as_operand(place, *object);
            learned = self.as_cast(place, operand);
            &learned
        } else {
            object
        };
        let derived = |kind: Kind| known(kind, object.evidence);
        let kind = match *present(&object.kind) {
            // Neither has methods of tensors: what was inferred is not all that the value may be.
            Kind::None | Kind::Function(_) if self.world.library.method(name).is_some() => {
                self.renote(place, &Fact::default());
                Kind::Unknown
            }
            Kind::Instance(class) if self.world.library.is_tensor_only(name, args.call) && self.lacks(class, name) => Kind::Unknown,
            kind => kind,
        };
        match &kind {
            Kind::Parameter if name == "requires_grad_" => *object,
            Kind::Tensor(_) | Kind::Parameter => {
                // An assumption about the receiver says nothing of others.
                if object.evidence > Evidence::Assumed {
                    self.learn_arguments(&format!("Tensor.{name}"), args.call);
                }
                let tensor = if let Kind::Tensor(tensor) = &kind { *tensor } else { TensorKind::default() };
                derived(self.tensor_method(tensor, name, args))
            }
            Kind::Instance(class) => self.instance_method(*class, object, name, args),
            Kind::Class(class) => {
                if name == "apply" && self.world.definitions.class(*class).is_autograd_function() {
                    let forward = self.world.definitions.method(*class, "forward");
                    let has_context = self.world.definitions.method(*class, "setup_context").is_none();
                    let Some(forward) = forward else { return Fact::default() };
                    let has_class = self.world.definitions.function(forward).role == crate::classes::Role::ClassMethod;
                    return self.call_behind(forward, args, usize::from(has_context) + usize::from(has_class));
                }
                match self.world.definitions.method(*class, name) {
                    Some(method) => {
                        let bound = self.world.definitions.function(method).role == crate::classes::Role::ClassMethod;
                        self.call_function(method, args, bound)
                    }
                    None => Fact::default(),
                }
            }
            Kind::Layer(_) | Kind::Module | Kind::Sequential | Kind::ModuleList(_) | Kind::ModuleDict(_) => {
                if let (Kind::ModuleList(item), "append") = (&kind, name) {
                    let put = args.first().map(|fact| self.put(item, &fact.kind)).unwrap_or_default();
                    self.replace(place, Kind::module_list(put), object.evidence);
                }
                module_method(object, name, self)
            }
            Kind::List(item) => {
                match (name, args.first()) {
                    ("append", Some(fact)) => {
                        let put = self.put(item, &fact.kind);
                        self.replace(place, Kind::list(put), fact.evidence.min(object.evidence).max(Evidence::Assumed));
                    }
                    ("extend", Some(fact)) => {
                        let put = self.put(item, &self.world.item(fact).kind);
                        self.replace(place, Kind::list(put), fact.evidence.min(object.evidence).max(Evidence::Assumed));
                    }
                    ("insert", _) => {
                        let put = args.positional.get(1).map(|fact| self.put(item, &fact.kind)).unwrap_or_default();
                        self.replace(place, Kind::list(put), object.evidence);
                    }
                    _ => {}
                }
                match name {
                    "pop" if !is_nothing_yet(item) => derived(**item),
                    "copy" => *object,
                    "index" | "count" => Fact::new(Kind::Int, Evidence::Constructed),
                    _ => Fact::default(),
                }
            }
            Kind::Dict(item) => match name {
                "items" => derived(Kind::seq(Kind::tuple([Kind::Unknown, (**item)]))),
                "values" => derived(Kind::Seq(*item)),
                "copy" => *object,
                "pop" if args.positional.len() == 1 && !is_nothing_yet(item) => derived(**item),
                "get" if self.world.is_module(item) => self.world.or_default(&derived(**item), args.positional.get(1)),
                "update" | "setdefault" => {
                    self.replace(place, Kind::dict(Kind::Unknown), object.evidence);
                    Fact::default()
                }
                _ => Fact::default(),
            },
            Kind::Size => match name {
                "numel" | "count" | "index" => derived(Kind::Int),
                _ => Fact::default(),
            },
            Kind::Str => match name {
                "split" | "rsplit" | "splitlines" => derived(Kind::list(Kind::Str)),
                "format" | "join" | "lower" | "upper" | "strip" | "lstrip" | "rstrip" | "replace" | "title" => derived(Kind::Str),
                "startswith" | "endswith" | "isdigit" => derived(Kind::Bool),
                _ => Fact::default(),
            },
            Kind::Ndarray => match name {
                "astype" | "reshape" | "transpose" | "copy" | "squeeze" | "flatten" | "ravel" | "clip" | "round" | "repeat"
                | "swapaxes" | "cumsum" | "cumprod" | "argsort" | "view" | "conj" => derived(Kind::Ndarray),
                // Ex) `a.mean(axis=0)`, `a.max(-1)`: without an axis a number
                "mean" | "sum" | "max" | "min" | "std" | "var" | "argmax" | "argmin" | "prod" | "all" | "any" if !args.is_empty() => {
                    derived(Kind::Ndarray)
                }
                "mean" | "std" | "var" => derived(Kind::Numpy(NumpyKind { is_number: true, is_float: true })),
                "sum" | "max" | "min" | "prod" | "argmax" | "argmin" => {
                    derived(Kind::Numpy(NumpyKind { is_number: true, is_float: false }))
                }
                "tolist" => derived(Kind::list(Kind::Unknown)),
                "item" => derived(Kind::Number),
                _ => Fact::default(),
            },
            // A row or an element of an array.
            &Kind::Numpy(NumpyKind { is_number, is_float }) => match name {
                "astype" | "copy" | "reshape" | "squeeze" | "flatten" | "ravel" | "clip" | "round" => {
                    derived(Kind::Numpy(NumpyKind { is_number: is_number && name != "reshape", is_float: false }))
                }
                "mean" | "std" | "var" => derived(Kind::Numpy(NumpyKind { is_number: is_number || args.is_empty(), is_float: true })),
                "sum" | "max" | "min" | "prod" | "argmax" | "argmin" => derived(Kind::Numpy(NumpyKind {
                    is_number: is_number || args.is_empty(),
                    is_float: is_float && !name.starts_with("arg"),
                })),
                "item" => derived(Kind::Number),
                _ => Fact::default(),
            },
            Kind::Library(class) if self.world.library.gives_itself(class, name) => *object,
            Kind::Library(class) => self.world.library.object_method(class, name).map(derived).unwrap_or_default(),
            Kind::Optimizer(_) | Kind::Loader | Kind::Dataset | Kind::Scheduler(_) => Fact::default(),
            Kind::Function(_) | Kind::Name(_) => Fact::default(),
            Kind::Unknown => self.unknown_method(place, name, args),
            _ => Fact::default(),
        }
    }

    /// A method that only tensors have says what its receiver is, from here on.
    fn unknown_method(&mut self, place: &'p ast::Expr, name: &'p str, args: &Args<'p>) -> Fact {
        let takes_tensor = matches!(&args.positional[..], [fact] if fact.kind.is_tensor() && fact.evidence > Evidence::Assumed)
            && args.call.keywords.is_empty()
            && self.world.library.takes_one_tensor(name);
        if !takes_tensor && !self.world.tells_tensor(self.file, name, args.call) {
            // `x.numpy()` is an array of NumPy's, whatever `x` is, unless a class of the project gives something else.
            if name == "numpy" && args.is_empty() && !self.world.has_other_method(name) {
                return Fact::new(Kind::Ndarray, Evidence::Used);
            }
            return self.unknown_module_method(place, name, args);
        }
        self.learn_tensor(place);
        self.learn_arguments(&format!("Tensor.{name}"), args.call);
        known(self.tensor_method(TensorKind::default(), name, args), Evidence::Used)
    }

    /// Ex) `model.named_parameters()`: a module, unless a class of the project has such a method too.
    fn unknown_module_method(&mut self, place: &'p ast::Expr, name: &'p str, args: &Args<'p>) -> Fact {
        // Ex) `parameters`, `named_modules`: those that list what a module holds
        let lists = matches!(self.world.library.module_method(name), Some(ModuleGives::Kind(Kind::Seq(_))));
        let takes_known = args.call.args.is_empty()
            && args.call.keywords.iter().all(|kw| matches!(kw.arg.as_deref(), Some("recurse" | "prefix" | "remove_duplicate")));
        if !lists || !takes_known || !matches!(place, ast::Expr::Name(_) | ast::Expr::Attribute(_)) || self.world.has_other_method(name) {
            return Fact::default();
        }
        let module = Fact::new(Kind::Module, Evidence::Used);
        if place.is_name_expr() {
            self.learn(place, &module);
        }
        module_method(&module, name, self)
    }

    /// Whether a class has no such member for sure. Ex) a descriptor, whose attribute is the tensor that it stands for
    fn lacks(&mut self, class: ClassId, name: &'p str) -> bool {
        let info = self.world.definitions.class(class);
        let is_whole = info.library_bases.is_empty() && !info.is_module;
        let is_dynamic = ["__getattr__", "__getattribute__"].iter().any(|hook| self.world.definitions.method(class, hook).is_some());
        is_whole && !is_dynamic && self.attr(class, name).is_none() && self.methods(class, name).is_empty()
    }

    fn instance_method(&mut self, class: ClassId, object: &Fact, name: &'p str, args: &Args<'p>) -> Fact {
        // Ex) `self.proj(x)`: what the attribute holds is called
        if let Some(held) = self.attr(class, name) {
            return self.call_kind(&held, args, true);
        }
        let methods = self.methods(class, name);
        if !methods.is_empty() {
            let mut joined: Option<Fact> = None;
            for method in methods.iter() {
                let fact = self.call_function(*method, args, self.world.is_bound_method(*method));
                joined = Some(joined.map_or_else(|| fact, |joined| self.world.join(&joined, &fact)));
            }
            return joined.unwrap_or_default();
        }
        if !self.world.definitions.class(class).is_module {
            return Fact::default();
        }
        match (name, args.first()) {
            ("register_buffer" | "register_parameter" | "add_module" | "register_module", _) => {
                self.register(class, name, args);
                Fact::default()
            }
            ("forward", _) => self.call_kind(object, args, true),
            _ => module_method(object, name, self),
        }
    }

    /// Ex) `self.register_buffer("mask", mask)`
    fn register(&mut self, class: ClassId, how: &str, args: &Args<'p>) {
        let given =
            |name: &str| args.call.keywords.iter().find(|keyword| keyword.arg.as_deref() == Some(name)).map(|keyword| &keyword.value);
        let name = args.call.args.first().or_else(|| given("name"));
        let Some(ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Str(name), .. })) = name else { return };
        let by_keyword = || ["tensor", "param", "module"].iter().find_map(|name| args.keyword(name)).map(|(_, fact)| fact);
        let value = args.positional.get(1).or_else(by_keyword).cloned().unwrap_or_default();
        let fact = match (how, &value.kind) {
            (_, Kind::None) => value,
            ("register_buffer", kind) if !kind.is_tensor() => Fact::new(Kind::TENSOR, Evidence::Constructed),
            ("register_parameter", _) => Fact::new(Kind::Parameter, Evidence::Constructed),
            _ => value,
        };
        self.set_attr(class, name.as_str(), &fact);
    }

    fn tensor_method(&self, tensor: TensorKind, name: &str, args: &Args<'p>) -> Kind {
        let same = |rank: Option<u8>| Kind::Tensor(TensorKind { rank, dtype: tensor.dtype });
        let count = u8::try_from(args.positional.len()).ok();
        let all_int = args.positional.iter().all(|fact| fact.kind == Kind::Int);
        match name {
            "size" | "stride" if args.is_empty() => return if name == "size" { Kind::Size } else { Kind::seq(Kind::Int) },
            "size" | "stride" => return Kind::Int,
            "view" if self.first_dtype(args).is_some() => {
                return Kind::Tensor(TensorKind { rank: tensor.rank, dtype: self.first_dtype(args).flatten() });
            }
            // Ex) `x.view(dtype)`, `x.view(shape)`
            "view" if args.positional.len() == 1 && args.positional[0].kind.is_unknown() => return Kind::TENSOR,
            "view" | "reshape" => {
                let sizes = match &args.call.args[..] {
                    [ast::Expr::Tuple(tuple)] => Some(tuple.elts.as_slice()),
                    sizes if all_int => Some(sizes),
                    _ => None,
                };
                let sizes = sizes.filter(|sizes| !sizes.iter().any(|size| matches!(size, ast::Expr::Starred(_))));
                return same(sizes.and_then(|sizes| u8::try_from(sizes.len()).ok()).filter(|rank| *rank > 0));
            }
            "permute" => return same(tensor.rank.or(count.filter(|count| *count > 1 && all_int))),
            "contiguous" | "cpu" | "cuda" | "requires_grad_" => return same(tensor.rank),
            "unsqueeze" => return same(tensor.rank.map(|rank| rank + 1)),
            "to" | "type" => {
                if name == "type" && args.is_empty() {
                    return Kind::Str;
                }
                let mut all = args
                    .call
                    .args
                    .iter()
                    .chain(args.call.keywords.iter().map(|keyword| &keyword.value))
                    .zip(args.positional.iter().chain(&args.keywords));
                let keeps =
                    name == "to" && all.all(|(_, fact)| matches!(present(&fact.kind), Kind::Device | Kind::Str | Kind::Bool | Kind::Int));
                let given =
                    args.call.args.first().or_else(|| args.keyword("dtype").map(|(expr, _)| expr)).and_then(|expr| self.dtype_of(expr));
                let dtype = if keeps { tensor.dtype } else { given.filter(|_| args.positional.len() + args.keywords.len() == 1) };
                return Kind::Tensor(TensorKind { rank: tensor.rank, dtype });
            }
            "nonzero" => return super::creation::places(args),
            "unique" | "unique_consecutive" => {
                let more = ["return_inverse", "return_counts"].iter().any(|name| args.keyword(name).is_some());
                return if more || args.positional.len() > 1 { Kind::Unknown } else { same(None) };
            }
            "where" => return if args.positional.len() == 2 { Kind::TENSOR } else { Kind::Unknown },
            "tolist" => return Kind::list(Kind::Unknown),
            // Floats keep their dtype; sums of integers may not.
            "sum" | "mean" | "prod" | "max" | "min" | "std" | "var" | "median" | "norm" if args.is_empty() => {
                let dtype = tensor.dtype.filter(|dtype| super::ops::is_float(*dtype));
                return Kind::Tensor(TensorKind { rank: Some(0), dtype });
            }
            name if let Some(kept) = self.keeping_axes(name, tensor) => return Kind::Tensor(kept),
            name if self.world.library.reduces(name) && args.is_empty() => {
                return match self.world.library.method(name) {
                    Some(Gives::Kind(kind)) => super::calls::without_dimensions(*kind),
                    _ => super::calls::without_dimensions(Kind::TENSOR),
                };
            }
            _ => {}
        }
        match self.world.library.method(name) {
            Some(Gives::Kind(Kind::Tensor(given))) => {
                let dtype = args.keyword("dtype").map_or(given.dtype, |(dtype, _)| self.dtype_of(dtype));
                let keeps_rank = matches!(
                    name,
                    "float" | "long" | "bool" | "half" | "int" | "double" | "bfloat16" | "softmax" | "log_softmax" | "type_as"
                );
                Kind::Tensor(TensorKind { rank: tensor.rank.filter(|_| keeps_rank), dtype })
            }
            Some(Gives::Kind(kind)) => *kind,
            Some(Gives::Same) => {
                let dtype = args.keyword("dtype").map_or(tensor.dtype, |(dtype, _)| self.dtype_of(dtype));
                Kind::Tensor(TensorKind { rank: super::creation::created_rank(name, args), dtype })
            }
            Some(Gives::SeqSame) => Kind::seq(same(tensor.rank.filter(|_| name != "unbind"))),
            Some(Gives::SameAndIndices) => Kind::tuple([same(None), int64()]),
            Some(Gives::PairIfDim) => self.pair_if_dim(args, 0),
            _ => Kind::Unknown,
        }
    }

    /// What gives a tensor of as many axes, as a method and as a function: `x.sqrt()`, `torch.sqrt(x)`.
    pub(super) fn keeping_axes(&self, name: &str, tensor: TensorKind) -> Option<TensorKind> {
        let keeps = self.world.library.keeps_axes(name)?;
        let dtype = tensor.dtype.filter(|dtype| keeps == KeptDTypes::All || super::ops::is_float(*dtype));
        Some(TensorKind { rank: tensor.rank, dtype })
    }

    /// The dtype that the first argument is, if it is one.
    fn first_dtype(&self, args: &Args<'p>) -> Option<Option<crate::kind::DType>> {
        let first = args.call.args.first()?;
        (args.positional.first()?.kind == Kind::DType).then(|| self.dtype_of(first))
    }
}

/// Methods of `nn.Module` itself; what they give, the table says.
fn module_method(object: &Fact, name: &str, interp: &Interp<'_, '_>) -> Fact {
    let module = present(&object.kind);
    let kind = match (name, module) {
        ("items", Kind::ModuleDict(item)) => Kind::seq(Kind::tuple([Kind::Str, (**item)])),
        ("values", Kind::ModuleDict(item)) => Kind::Seq(*item),
        ("forward", Kind::Layer(layer)) => interp.world.library.layer_call(layer),
        _ => match interp.world.library.module_method(name) {
            Some(ModuleGives::Itself) => *module,
            Some(ModuleGives::Kind(kind)) => *kind,
            None => Kind::Unknown,
        },
    };
    known(kind, object.evidence)
}
