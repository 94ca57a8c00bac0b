//! Joining kinds where control flow meets.

use crate::facts::ClassId;
use crate::kind::{Evidence, Fact, Kind, NumpyKind, TensorKind};

/// The item kind of a container that nothing has been put into yet.
pub(crate) fn nothing_yet() -> Kind {
    Kind::tuple([])
}

pub(crate) fn is_nothing_yet(kind: &Kind) -> bool {
    matches!(kind, Kind::Tuple(items) if items.is_empty())
}

/// What joining asks of the project's classes.
pub(crate) trait Classes {
    /// Whether a value of this kind is a module, or a class of modules.
    fn is_module(&self, kind: &Kind) -> bool;

    /// An instance of either of two classes that make no modules.
    fn common(&self, a: ClassId, b: ClassId) -> Kind;

    /// Whether instances of a class are no tensors, modules or other things of PyTorch.
    fn is_plain(&self, class: ClassId) -> bool;
}

/// What is true of both. `classes` are those of the project.
pub(crate) fn join(a: &Kind, b: &Kind, classes: &dyn Classes) -> Kind {
    let inner = |a: &Kind, b: &Kind| {
        if is_nothing_yet(a) {
            *b
        } else if is_nothing_yet(b) {
            *a
        } else {
            join(a, b, classes)
        }
    };
    match (a, b) {
        _ if a == b => *a,
        (Kind::Unknown, _) | (_, Kind::Unknown) => Kind::Unknown,
        (Kind::Optional(a), Kind::None) | (Kind::None, Kind::Optional(a)) => Kind::Optional(*a),
        (Kind::Optional(_), _) | (_, Kind::Optional(_)) => optional(join(present(a), present(b), classes)),
        (Kind::None, kind) | (kind, Kind::None) => optional(*kind),
        (Kind::Tensor(a), Kind::Tensor(b)) => {
            Kind::Tensor(TensorKind { rank: a.rank.filter(|_| a.rank == b.rank), dtype: a.dtype.filter(|_| a.dtype == b.dtype) })
        }
        (Kind::Tensor(_), Kind::Parameter) | (Kind::Parameter, Kind::Tensor(_)) => Kind::TENSOR,
        (Kind::List(a), Kind::List(b)) => Kind::list(inner(a, b)),
        (Kind::Dict(a), Kind::Dict(b)) => Kind::dict(inner(a, b)),
        (Kind::ModuleList(a), Kind::ModuleList(b)) => Kind::module_list(inner(a, b)),
        (Kind::ModuleDict(a), Kind::ModuleDict(b)) => Kind::module_dict(inner(a, b)),
        (Kind::Tuple(a), Kind::Tuple(b)) if a.len() == b.len() => Kind::tuple(a.iter().zip(b.iter()).map(|(a, b)| join(a, b, classes))),
        (Kind::List(_) | Kind::Seq(_) | Kind::Tuple(_), Kind::List(_) | Kind::Seq(_) | Kind::Tuple(_)) => {
            let item = join(&item(a, classes), &item(b, classes), classes);
            if item.is_unknown() { Kind::Unknown } else { Kind::seq(item) }
        }
        (Kind::Numpy(a), Kind::Numpy(b)) => {
            Kind::Numpy(NumpyKind { is_number: a.is_number && b.is_number, is_float: a.is_float && b.is_float })
        }
        // One of NumPy's on some path: what is done about those does no harm to Python's.
        (Kind::Numpy(numpy), number) | (number, Kind::Numpy(numpy)) if number.is_number() => {
            Kind::Numpy(NumpyKind { is_float: numpy.is_float && *number == Kind::Float, ..*numpy })
        }
        _ if a.is_number() && b.is_number() => Kind::Number,
        _ if makes_modules(a, classes) && makes_modules(b, classes) => Kind::ModuleClass,
        _ if classes.is_module(a) && classes.is_module(b) && !is_class(a) && !is_class(b) => Kind::Module,
        (Kind::Instance(a), Kind::Instance(b)) => classes.common(*a, *b),
        (Kind::Instance(class), Kind::Other) | (Kind::Other, Kind::Instance(class)) if classes.is_plain(*class) => Kind::Other,
        _ => Kind::Unknown,
    }
}

pub(crate) fn join_facts(a: &Fact, b: &Fact, classes: &dyn Classes) -> Fact {
    if a == b {
        return *a;
    }
    match join(&a.kind, &b.kind, classes) {
        Kind::Unknown if a.is_open() || b.is_open() => Fact::default(),
        Kind::Unknown => Fact::mixed(),
        kind => Fact::new(kind, a.evidence.min(b.evidence)),
    }
}

/// Where two paths meet: what one of them knows for sure to be a tensor is used as one after them, so a path that knows nothing agrees.
pub(crate) fn meet_facts(a: &Fact, b: &Fact, classes: &dyn Classes) -> Fact {
    let (open, sure) = match (a.is_open(), b.is_open()) {
        (true, false) => (a, b),
        (false, true) => (b, a),
        _ => return join_facts(a, b, classes),
    };
    match &sure.kind {
        Kind::None => *open,
        _ if sure.evidence < Evidence::Annotated => Fact::default(),
        Kind::Optional(inner) if inner.is_tensor() => Fact::new(optional(Kind::TENSOR), Evidence::Assumed),
        kind if kind.is_tensor() => Fact::new(Kind::TENSOR, Evidence::Assumed),
        _ => Fact::mixed(),
    }
}

/// An unknown kind has no evidence.
pub(crate) fn known(kind: Kind, evidence: Evidence) -> Fact {
    if kind.is_unknown() { Fact::default() } else { Fact::new(kind, evidence) }
}

pub(crate) fn optional(kind: Kind) -> Kind {
    match kind {
        Kind::Unknown | Kind::None | Kind::Optional(_) => kind,
        kind => Kind::optional(kind),
    }
}

/// The kind where it is known not to be `None`.
pub(crate) fn present(kind: &Kind) -> &Kind {
    match kind {
        Kind::Optional(inner) => inner,
        kind => kind,
    }
}

/// What iterating gives.
pub(crate) fn item(kind: &Kind, classes: &dyn Classes) -> Kind {
    match present(kind) {
        Kind::Tensor(tensor) => Kind::Tensor(TensorKind { rank: tensor.rank.and_then(|rank| rank.checked_sub(1)), dtype: tensor.dtype }),
        Kind::Parameter => Kind::TENSOR,
        Kind::Size => Kind::Int,
        Kind::List(item) | Kind::Seq(item) | Kind::ModuleList(item) if !is_nothing_yet(item) => **item,
        Kind::Tuple(items) => match items.split_first() {
            Some((first, rest)) => rest.iter().fold(*first, |all, kind| join(&all, kind, classes)),
            None => Kind::Unknown,
        },
        Kind::Sequential => Kind::Module,
        Kind::Str | Kind::ModuleDict(_) => Kind::Str,
        Kind::Ndarray => Kind::Numpy(NumpyKind { is_number: false, is_float: false }),
        Kind::Numpy(numpy) if !numpy.is_number => Kind::Numpy(*numpy),
        _ => Kind::Unknown,
    }
}

/// A layer's class, a project's module class, or a factory of either.
fn makes_modules(kind: &Kind, classes: &dyn Classes) -> bool {
    is_class(kind) && classes.is_module(kind)
}

fn is_class(kind: &Kind) -> bool {
    matches!(kind, Kind::ModuleClass | Kind::Class(_) | Kind::Name(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intern::Name;

    struct Layers;

    impl Classes for Layers {
        fn is_module(&self, kind: &Kind) -> bool {
            kind.is_layer()
        }

        fn common(&self, _: ClassId, _: ClassId) -> Kind {
            Kind::Other
        }

        fn is_plain(&self, _: ClassId) -> bool {
            true
        }
    }

    #[test]
    fn joins() {
        let check = |a: Kind, b: Kind, expected: Kind| {
            assert_eq!(join(&a, &b, &Layers), expected);
            assert_eq!(join(&b, &a, &Layers), expected);
        };
        check(Kind::None, Kind::TENSOR, Kind::optional(Kind::TENSOR));
        check(Kind::Parameter, Kind::TENSOR, Kind::TENSOR);
        check(Kind::Int, Kind::Float, Kind::Number);
        check(Kind::Int, Kind::TENSOR, Kind::Unknown);
        check(Kind::Layer(Name::new("torch.nn.Linear")), Kind::Layer(Name::new("torch.nn.Identity")), Kind::Module);
        check(Kind::list(nothing_yet()), Kind::list(Kind::TENSOR), Kind::list(Kind::TENSOR));
        check(Kind::tuple([Kind::Int, Kind::Int]), Kind::tuple([Kind::Int]), Kind::seq(Kind::Int));
    }
}
