//! Joining kinds where control flow meets.

use crate::kind::{Evidence, Fact, Kind, TensorKind};

/// The item kind of a container that nothing has been put into yet.
pub(crate) fn nothing_yet() -> Kind {
    Kind::Tuple(Vec::new())
}

/// What is true of both. `is_module` tells project classes that are modules.
pub(crate) fn join(a: &Kind, b: &Kind, is_module: &dyn Fn(&Kind) -> bool) -> Kind {
    let inner = |a: &Kind, b: &Kind| {
        if *a == nothing_yet() {
            Box::new(b.clone())
        } else if *b == nothing_yet() {
            Box::new(a.clone())
        } else {
            Box::new(join(a, b, is_module))
        }
    };
    match (a, b) {
        _ if a == b => a.clone(),
        (Kind::Unknown, _) | (_, Kind::Unknown) => Kind::Unknown,
        (Kind::Optional(a), Kind::None) | (Kind::None, Kind::Optional(a)) => Kind::Optional(a.clone()),
        (Kind::Optional(_), _) | (_, Kind::Optional(_)) => optional(join(present(a), present(b), is_module)),
        (Kind::None, kind) | (kind, Kind::None) => optional(kind.clone()),
        (Kind::Tensor(a), Kind::Tensor(b)) => {
            Kind::Tensor(TensorKind { rank: a.rank.filter(|_| a.rank == b.rank), dtype: a.dtype.filter(|_| a.dtype == b.dtype) })
        }
        (Kind::Tensor(_), Kind::Parameter) | (Kind::Parameter, Kind::Tensor(_)) => Kind::TENSOR,
        (Kind::List(a), Kind::List(b)) => Kind::List(inner(a, b)),
        (Kind::Dict(a), Kind::Dict(b)) => Kind::Dict(inner(a, b)),
        (Kind::ModuleList(a), Kind::ModuleList(b)) => Kind::ModuleList(inner(a, b)),
        (Kind::ModuleDict(a), Kind::ModuleDict(b)) => Kind::ModuleDict(inner(a, b)),
        (Kind::Tuple(a), Kind::Tuple(b)) if a.len() == b.len() => {
            Kind::Tuple(a.iter().zip(b).map(|(a, b)| join(a, b, is_module)).collect())
        }
        (Kind::List(_) | Kind::Seq(_) | Kind::Tuple(_), Kind::List(_) | Kind::Seq(_) | Kind::Tuple(_)) => {
            let item = join(&item(a, is_module), &item(b, is_module), is_module);
            if item.is_unknown() { Kind::Unknown } else { Kind::Seq(Box::new(item)) }
        }
        _ if a.is_number() && b.is_number() => Kind::Number,
        _ if makes_modules(a, is_module) && makes_modules(b, is_module) => Kind::ModuleClass,
        _ if is_module(a) && is_module(b) && !is_class(a) && !is_class(b) => Kind::Module,
        _ => Kind::Unknown,
    }
}

pub(crate) fn join_facts(a: &Fact, b: &Fact, is_module: &dyn Fn(&Kind) -> bool) -> Fact {
    if a == b {
        return a.clone();
    }
    match join(&a.kind, &b.kind, is_module) {
        Kind::Unknown if a.is_open() || b.is_open() => Fact::default(),
        Kind::Unknown => Fact::mixed(),
        kind => Fact::new(kind, a.evidence.min(b.evidence)),
    }
}

/// Where two paths meet: what one of them knows for sure to be a tensor is used as one after them, so a path that knows nothing agrees.
pub(crate) fn meet_facts(a: &Fact, b: &Fact, is_module: &dyn Fn(&Kind) -> bool) -> Fact {
    let (open, sure) = match (a.is_open(), b.is_open()) {
        (true, false) => (a, b),
        (false, true) => (b, a),
        _ => return join_facts(a, b, is_module),
    };
    match &sure.kind {
        Kind::None => open.clone(),
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
        kind => Kind::Optional(Box::new(kind)),
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
pub(crate) fn item(kind: &Kind, is_module: &dyn Fn(&Kind) -> bool) -> Kind {
    match present(kind) {
        Kind::Tensor(tensor) => Kind::Tensor(TensorKind { rank: tensor.rank.and_then(|rank| rank.checked_sub(1)), dtype: tensor.dtype }),
        Kind::Parameter => Kind::TENSOR,
        Kind::Size => Kind::Int,
        Kind::List(item) | Kind::Seq(item) | Kind::ModuleList(item) if **item != nothing_yet() => (**item).clone(),
        Kind::Tuple(items) => match items.split_first() {
            Some((first, rest)) => rest.iter().fold(first.clone(), |all, kind| join(&all, kind, is_module)),
            None => Kind::Unknown,
        },
        Kind::Sequential => Kind::Module,
        Kind::Str | Kind::ModuleDict(_) => Kind::Str,
        _ => Kind::Unknown,
    }
}

/// A layer's class, a project's module class, or a factory of either.
fn makes_modules(kind: &Kind, is_module: &dyn Fn(&Kind) -> bool) -> bool {
    is_class(kind) && is_module(kind)
}

fn is_class(kind: &Kind) -> bool {
    matches!(kind, Kind::ModuleClass | Kind::Class(_) | Kind::Name(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins() {
        let check = |a: Kind, b: Kind, expected: Kind| {
            let is_module = |kind: &Kind| kind.is_layer();
            assert_eq!(join(&a, &b, &is_module), expected);
            assert_eq!(join(&b, &a, &is_module), expected);
        };
        check(Kind::None, Kind::TENSOR, Kind::Optional(Box::new(Kind::TENSOR)));
        check(Kind::Parameter, Kind::TENSOR, Kind::TENSOR);
        check(Kind::Int, Kind::Float, Kind::Number);
        check(Kind::Int, Kind::TENSOR, Kind::Unknown);
        check(Kind::Layer("torch.nn.Linear".into()), Kind::Layer("torch.nn.Identity".into()), Kind::Module);
        check(Kind::List(Box::new(nothing_yet())), Kind::List(Box::new(Kind::TENSOR)), Kind::List(Box::new(Kind::TENSOR)));
        check(Kind::Tuple(vec![Kind::Int, Kind::Int]), Kind::Tuple(vec![Kind::Int]), Kind::Seq(Box::new(Kind::Int)));
    }
}
