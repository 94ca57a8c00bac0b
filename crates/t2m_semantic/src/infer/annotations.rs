//! What annotations say.

use t2m_syntax::{SourceFile, ast};

use super::World;
use crate::facts::Entity;
use crate::intern::Name;
use crate::kind::{Evidence, Fact, Kind};
use crate::lattice::{Classes, known, optional};
use crate::names::ScopeId;
use crate::project::FileId;
use crate::resolve::Resolver;

/// The fact that an annotation states; strings are parsed.
pub(super) fn fact(world: &World<'_>, resolver: &Resolver<'_>, file: FileId, scope: ScopeId, annotation: &ast::Expr) -> Fact {
    known(kind(world, resolver, file, scope, annotation, 0), Evidence::Annotated)
}

fn kind(world: &World<'_>, resolver: &Resolver<'_>, file: FileId, scope: ScopeId, annotation: &ast::Expr, depth: u8) -> Kind {
    if depth > 8 {
        return Kind::Unknown;
    }
    let below = |expr: &ast::Expr| kind(world, resolver, file, scope, expr, depth + 1);
    match annotation {
        ast::Expr::Constant(constant) => match &constant.value {
            ast::Constant::None => Kind::None,
            ast::Constant::Str(text) => match SourceFile::parse("", text.trim()).as_ref().map(|file| file.suite.as_slice()) {
                Ok([ast::Stmt::Expr(stmt)]) => below(&stmt.value),
                _ => Kind::Unknown,
            },
            _ => Kind::Unknown,
        },
        ast::Expr::BinOp(union) if matches!(union.op, ast::Operator::BitOr) => world.join_kinds(&below(&union.left), &below(&union.right)),
        ast::Expr::Subscript(generic) => {
            let args = match &*generic.slice {
                ast::Expr::Tuple(tuple) => tuple.elts.as_slice(),
                single => std::slice::from_ref(single),
            };
            match resolver.entity(file, scope, &generic.value) {
                Some(Entity::Library(name) | Entity::Builtin(name)) => of_generic(world, &name, args, &below),
                Some(Entity::Class(class)) => Kind::Instance(class),
                _ => Kind::Unknown,
            }
        }
        ast::Expr::Name(_) | ast::Expr::Attribute(_) => match resolver.entity(file, scope, annotation) {
            Some(Entity::Library(name) | Entity::Builtin(name)) => of_name(world, &name),
            Some(Entity::Class(class)) => Kind::Instance(class),
            // Ex) `"DiagonalGaussianDistribution"`, of a module that would be imported in a circle
            None => match annotation {
                ast::Expr::Name(name) if !is_bound(world, file, name.id.as_str()) => {
                    world.class_by_name.get(name.id.as_str()).copied().flatten().map(Kind::Instance).unwrap_or_default()
                }
                _ => Kind::Unknown,
            },
            _ => Kind::Unknown,
        },
        _ => Kind::Unknown,
    }
}

/// Whether a file binds a name anywhere, so that an annotation may mean that.
fn is_bound(world: &World<'_>, file: FileId, name: &str) -> bool {
    world.names(file).scopes.iter().any(|scope| scope.bindings.contains_key(name))
}

/// The last part of a name out of `typing` or `collections.abc`, or of a builtin.
fn typing_name(name: &str) -> Option<&str> {
    match name.rsplit_once('.') {
        None => Some(name),
        Some(("typing" | "typing_extensions" | "collections.abc" | "collections", last)) => Some(last),
        Some(_) => None,
    }
}

fn of_generic(world: &World<'_>, name: &str, args: &[ast::Expr], below: &dyn Fn(&ast::Expr) -> Kind) -> Kind {
    let first = || args.first().map(below).unwrap_or_default();
    match typing_name(name) {
        Some("Optional") => optional(first()),
        Some("Union") => args.iter().map(below).reduce(|a, b| world.join_kinds(&a, &b)).unwrap_or_default(),
        Some("List" | "list") => Kind::list(first()),
        Some("Sequence" | "MutableSequence" | "Iterable" | "Collection") => Kind::seq(first()),
        Some("Tuple" | "tuple") => match args {
            [item, ast::Expr::Constant(dots)] if matches!(dots.value, ast::Constant::Ellipsis) => Kind::seq(below(item)),
            items => Kind::tuple(items.iter().map(below)),
        },
        Some("Dict" | "dict" | "Mapping" | "MutableMapping" | "OrderedDict" | "DefaultDict" | "defaultdict") => {
            Kind::dict(args.get(1).map(below).unwrap_or_default())
        }
        Some("Set" | "FrozenSet" | "set" | "frozenset") => Kind::Other,
        Some("Annotated" | "Final" | "ClassVar" | "Required" | "NotRequired") => first(),
        Some("Literal") => {
            let literals =
                args.iter().map(|arg| if let ast::Expr::Constant(c) = arg { Fact::of_constant(&c.value).kind } else { Kind::Unknown });
            literals.reduce(|a, b| world.join_kinds(&a, &b)).unwrap_or_default()
        }
        Some("Type" | "type") => match args {
            [ast::Expr::Name(_) | ast::Expr::Attribute(_)] if world.is_module(&first()) => Kind::ModuleClass,
            _ => Kind::Unknown,
        },
        // jaxtyping
        _ if name.starts_with("jaxtyping.") => first(),
        _ if name == "numpy.typing.NDArray" => Kind::Ndarray,
        _ => Kind::Unknown,
    }
}

/// An instance of a library class, or a builtin type.
pub(super) fn of_name(world: &World<'_>, name: &str) -> Kind {
    if let Some(tensor) = world.library.tensor_type(name) {
        return tensor;
    }
    match name {
        "int" => Kind::Int,
        "float" => Kind::Float,
        "bool" => Kind::Bool,
        "str" => Kind::Str,
        "set" | "frozenset" | "bytes" | "complex" | "typing.Set" | "typing.FrozenSet" => Kind::Other,
        "list" | "typing.List" => Kind::list(Kind::Unknown),
        "dict" | "typing.Dict" => Kind::dict(Kind::Unknown),
        "torch.nn.Parameter" => Kind::Parameter,
        "torch.nn.Module" => Kind::Module,
        "torch.nn.ModuleList" => Kind::module_list(Kind::Unknown),
        "torch.nn.ModuleDict" => Kind::module_dict(Kind::Unknown),
        "torch.nn.Sequential" => Kind::Sequential,
        "torch.dtype" => Kind::DType,
        "torch.device" => Kind::Device,
        "torch.Size" => Kind::Size,
        "torch.utils.data.DataLoader" => Kind::Loader,
        "torch.utils.data.Dataset" => Kind::Dataset,
        "numpy.ndarray" => Kind::Ndarray,
        _ if name.starts_with("torch.optim.lr_scheduler.") || name == "torch.optim.swa_utils.SWALR" => Kind::Scheduler(Name::new(name)),
        _ if name.starts_with("torch.optim.") && !world.library.is_module(name) => Kind::Optimizer(Name::new(name)),
        _ if world.library.is_module(name) => {
            if name.starts_with("torch.nn.") {
                Kind::Layer(Name::new(name))
            } else {
                Kind::Module
            }
        }
        _ if name.starts_with("torch.") && name.rsplit('.').next().is_some_and(|last| last.starts_with(char::is_uppercase)) => {
            Kind::Library(Name::new(name))
        }
        _ => Kind::Unknown,
    }
}
