//! Whose attribute or method is meant: what `self`, `super()` and other expressions stand for.

use t2m_semantic::kind::DType;
use t2m_semantic::{ClassId, Entity, FileFacts, Kind, Name, Role};
use t2m_syntax::ast;
use t2m_syntax::{Node, NodeId};

use crate::cx::Cx;
use crate::views;

/// The class whose instance `self` is: the first parameter of the method around it, also in functions inside of the method.
pub(crate) fn self_class<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<ClassId> {
    let ast::Expr::Name(name) = expr else { return None };
    cx.self_classes.get(NodeId::from(expr), || found_self(cx, expr, name))
}

fn found_self<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &'a ast::ExprName) -> Option<ClassId> {
    for up in cx.scopes(expr) {
        match up {
            Node::Stmt(stmt @ (ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_))) => {
                let args = match stmt {
                    ast::Stmt::FunctionDef(def) => &def.args,
                    ast::Stmt::AsyncFunctionDef(def) => &def.args,
                    _ => continue,
                };
                if !takes(args, &name.id) {
                    continue;
                }
                let function = cx.project_facts.function(cx.project_facts.function_of_stmt(cx.id, stmt)?);
                let is_first = function.params.first().is_some_and(|param| param.name == name.id.as_str());
                return match function.class {
                    Some(class) => Some(class).filter(|_| is_first && matches!(function.role, Role::Method | Role::Property)),
                    None => class_of_wrapper(cx, stmt).filter(|_| is_first && name.id.as_str() == "self"),
                };
            }
            Node::Stmt(ast::Stmt::ClassDef(_)) => return None,
            Node::Expr(ast::Expr::Lambda(lambda)) if lambda.args.args.iter().any(|arg| arg.def.arg == name.id) => return None,
            _ => {}
        }
    }
    None
}

/// The class of a function that a class method defines for its class: `def wrapper(self): ...` in `__init_subclass__(cls)`.
fn class_of_wrapper<'a>(cx: &Cx<'a>, function: &'a ast::Stmt) -> Option<ClassId> {
    let outer = cx.ancestors(Node::Stmt(function)).find_map(|up| match up {
        Node::Stmt(stmt @ (ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_))) => Some(stmt),
        _ => None,
    })?;
    let outer = cx.project_facts.function(cx.project_facts.function_of_stmt(cx.id, outer)?);
    outer.class.filter(|_| outer.role == Role::ClassMethod)
}

/// The project class of an expression's value: `self`, or an instance of a known class.
pub(crate) fn class_of<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<ClassId> {
    self_class(cx, expr).or_else(|| instance(cx.kind(expr)))
}

pub(crate) fn instance(kind: Kind) -> Option<ClassId> {
    match kind {
        Kind::Instance(class) => Some(class),
        Kind::Optional(inner) => instance(*inner),
        _ => None,
    }
}

/// An object of a class of the project that is no tensor: its `data` and `T` are attributes of its own.
pub(crate) fn is_own_object<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    class_of(cx, expr).is_some_and(|class| !may_make_tensors(cx, class))
}

/// Whether a class of the project inherits one of tensors, by what is known of its bases.
fn may_make_tensors(cx: &Cx<'_>, class: ClassId) -> bool {
    let is_tensor = |base: &String| base.starts_with("torch.") && ["Tensor", "Parameter", "Buffer"].iter().any(|end| base.ends_with(end));
    cx.project_facts.class(class).library_bases.iter().any(is_tensor)
}

/// Whether a class that the file defines keeps an attribute of this name itself, and is none of tensors.
pub(crate) fn is_attribute_of_own_class(cx: &Cx<'_>, name: &str) -> bool {
    let mut owners = cx.shared.owners(cx.project_facts, name).iter();
    owners.any(|class| cx.project_facts.class(*class).file == cx.id && !may_make_tensors(cx, *class))
}

/// Whether a function around the expression has a parameter of this name.
pub(crate) fn is_parameter_around<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &str) -> bool {
    cx.scopes(expr).any(|up| matches!(up, Node::Stmt(ast::Stmt::FunctionDef(def)) if has_parameter(def, name)))
}

pub(crate) fn has_parameter(def: &ast::StmtFunctionDef, name: &str) -> bool {
    takes(&def.args, name)
}

pub(crate) fn takes(args: &ast::Arguments, name: &str) -> bool {
    let more = [&args.vararg, &args.kwarg].into_iter().flatten();
    let mut all = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).map(|arg| &arg.def).chain(more.map(|arg| &**arg));
    all.any(|arg| arg.arg.as_str() == name)
}

/// A class whose instances are modules: by its bases, or, for a mixin, by a class that inherits it.
pub(crate) fn makes_modules(cx: &Cx<'_>, class: ClassId) -> bool {
    let facts = cx.project_facts;
    facts.is_module_class(class) || facts.class(class).subclasses.iter().any(|sub| facts.is_module_class(*sub))
}

/// Whether `self` of a class that is no module, nor any other library's, keeps a value: nothing in MLX looks for parameters there.
pub(crate) fn is_kept_by_plain_class<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let Some(Node::Stmt(ast::Stmt::Assign(assign))) = cx.parent(value) else { return false };
    let [ast::Expr::Attribute(target)] = &assign.targets[..] else { return false };
    self_class(cx, &target.value).is_some_and(|class| {
        let info = cx.project_facts.class(class);
        let are_known = info.mro.iter().all(|class| cx.project_facts.class(*class).bases.iter().all(Option::is_some));
        are_known && info.library_bases.is_empty() && !makes_modules(cx, class)
    })
}

/// Whether the value of an expression is a module.
pub(crate) fn is_module<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match self_class(cx, expr) {
        Some(class) => makes_modules(cx, class),
        None => cx.project_facts.is_module(&cx.kind(expr)),
    }
}

/// The layer of torch that is called: `self.query(x)`, where the class keeps one.
pub(crate) fn layer<'a>(cx: &Cx<'a>, func: &'a ast::Expr) -> Option<Name> {
    let kept = |attribute: &'a ast::ExprAttribute| {
        let class = self_class(cx, &attribute.value)?;
        Some(cx.project_facts.lookup_attr(class, &attribute.attr).kind)
    };
    match (cx.kind(func), func) {
        (Kind::Layer(name), _) => Some(name),
        (Kind::Unknown, ast::Expr::Attribute(attribute)) => match kept(attribute)? {
            Kind::Layer(name) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// `super()` or `super(Net, self)`.
pub(crate) fn is_super(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Call(call) if matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name == "super"))
}

/// The innermost class around a node, if no function that is not its method stands between.
pub(crate) fn enclosing_class<'a>(cx: &Cx<'a>, node: Node<'a>) -> Option<ClassId> {
    let class = cx.ancestors(node).find_map(|up| match up {
        Node::Stmt(stmt @ ast::Stmt::ClassDef(_)) => Some(stmt),
        _ => None,
    })?;
    cx.project_facts.class_of_stmt(cx.id, class)
}

/// The class whose body holds the statement directly, or under an `if` of the body.
pub(crate) fn class_of_body<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<ClassId> {
    for up in cx.ancestors(Node::Stmt(stmt)) {
        match up {
            Node::Stmt(class @ ast::Stmt::ClassDef(_)) => return cx.project_facts.class_of_stmt(cx.id, class),
            Node::Stmt(ast::Stmt::If(_) | ast::Stmt::Try(_)) => {}
            _ => return None,
        }
    }
    None
}

/// A class, as a value: the project's own module class, a torch layer, `cls`, or `type(self)`.
pub(crate) fn is_module_class<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match cx.entity(expr) {
        Some(Entity::Class(class)) => return makes_modules(cx, *class),
        Some(Entity::Library(name)) => {
            return name.starts_with("torch.nn.") && name.rsplit('.').next().is_some_and(|n| n.starts_with(char::is_uppercase));
        }
        Some(_) => return false,
        None => {}
    }
    match expr {
        ast::Expr::Call(call) => match &call.args[..] {
            [object] => matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name == "type") && is_module(cx, object),
            _ => false,
        },
        ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "__class__" => is_module(cx, &attribute.value),
        _ => match cx.kind(expr) {
            Kind::Class(class) => makes_modules(cx, class),
            kind => kind == Kind::ModuleClass,
        },
    }
}

/// Whether the expression is the callee of a call.
pub(crate) fn is_callee<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Call(call))) if std::ptr::eq(&*call.func, expr))
}

/// The classes whose instances share attributes with those of `class`: its bases and its subclasses, itself included.
pub(crate) fn family<'a>(cx: &Cx<'a>, class: ClassId) -> impl Iterator<Item = ClassId> + use<'a> {
    let info = cx.project_facts.class(class);
    info.mro.iter().chain(&info.subclasses).copied()
}

/// An argument by its place or keyword. `None` too where a starred argument may hold it.
pub(crate) fn argument<'a>(call: &'a ast::ExprCall, index: usize, name: &str) -> Option<&'a ast::Expr> {
    let positional = call.args.get(index).filter(|_| !call.args.iter().take(index + 1).any(|arg| matches!(arg, ast::Expr::Starred(_))));
    positional.or_else(|| call.keywords.iter().find(|kw| kw.arg.as_deref() == Some(name)).map(|kw| &kw.value))
}

/// `nn.Parameter(data)`, also as `nn.Parameter(data).requires_grad_(flag)`: the call, and what says last whether it is trained.
pub(crate) fn parameter<'a>(facts: &FileFacts, value: &'a ast::Expr) -> Option<(&'a ast::ExprCall, Option<&'a ast::Expr>)> {
    let ast::Expr::Call(call) = value else { return None };
    match &*call.func {
        ast::Expr::Attribute(method) if method.attr.as_str() == "requires_grad_" && call.args.len() + call.keywords.len() <= 1 => {
            let (made, _) = parameter(facts, &method.value)?;
            Some((made, argument(call, 0, "requires_grad")))
        }
        func if facts.qualified(func) == Some("torch.nn.Parameter") => Some((call, argument(call, 1, "requires_grad"))),
        _ => None,
    }
}

/// `nn.Parameter(data).to(device)`, `.float()`, `.contiguous()`: where there is nothing to move or to cast, PyTorch gives the parameter itself.
pub(crate) fn unmoved_parameter<'a>(facts: &FileFacts, value: &'a ast::Expr) -> Option<&'a ast::ExprCall> {
    let ast::Expr::Call(call) = value else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let is_bare = call.args.is_empty() && call.keywords.is_empty();
    let moves = |arg: &ast::Expr| match facts.fact(arg).kind {
        Kind::Device | Kind::Str => true,
        kind => kind.is_unknown() && matches!(arg, ast::Expr::Name(name) if name.id.contains("device")),
    };
    let stays = match (method.attr.as_str(), &call.args[..], &call.keywords[..]) {
        ("contiguous" | "cpu", ..) => is_bare,
        ("float", ..) => is_bare && !is_narrow(facts, &method.value),
        ("to", [device], []) => moves(device),
        ("to", [], [device]) => device.arg.as_deref() == Some("device"),
        _ => false,
    };
    if !stays {
        return None;
    }
    parameter(facts, &method.value).map(|(made, _)| made).or_else(|| unmoved_parameter(facts, &method.value))
}

/// A parameter of data of another dtype than float32, as far as it is known.
fn is_narrow(facts: &FileFacts, made: &ast::Expr) -> bool {
    let data = parameter(facts, made).and_then(|(call, _)| argument(call, 0, "data"));
    data.is_some_and(
        |data| matches!(facts.fact(data).kind, Kind::Tensor(tensor) if tensor.dtype.is_some_and(|dtype| dtype != DType::Float32)),
    )
}

/// `nn.init.xavier_uniform_(nn.Parameter(data))`, which gives the parameter.
pub(crate) fn is_initialised_parameter(facts: &FileFacts, value: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    let initialises = facts.qualified(&call.func).is_some_and(|name| name.starts_with("torch.nn.init.") && name.ends_with('_'));
    initialises && argument(call, 0, "tensor").is_some_and(|tensor| parameter(facts, tensor).is_some())
}

/// The value of a number that is written out.
pub(crate) fn number(expr: &ast::Expr) -> Option<f64> {
    match expr {
        ast::Expr::Constant(constant) => match &constant.value {
            ast::Constant::Int(value) => value.to_string().parse().ok(),
            ast::Constant::Float(value) => Some(*value),
            _ => None,
        },
        ast::Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::USub) => number(&unary.operand).map(|value| -value),
        _ => None,
    }
}

/// The literal `None`.
pub(crate) fn is_none(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Constant(constant) if constant.value.is_none())
}

/// The text of a string literal.
pub(crate) fn string(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::Constant(constant) => constant.value.as_str().map(String::as_str),
        _ => None,
    }
}

/// The target and value of `target = value` or `target: T = value`.
pub(crate) fn assignment(stmt: &ast::Stmt) -> Option<(&ast::Expr, &ast::Expr)> {
    match stmt {
        ast::Stmt::Assign(assign) => match &assign.targets[..] {
            [target] => Some((target, &assign.value)),
            _ => None,
        },
        ast::Stmt::AnnAssign(assign) => Some((&assign.target, assign.value.as_deref()?)),
        _ => None,
    }
}

/// A dtype, by its kind, as `x.dtype`, or as a name that stands for that. NumPy's have names of their own.
pub(crate) fn may_be_dtype<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match (cx.kind(expr), expr) {
        (Kind::DType, _) => true,
        (Kind::Unknown, ast::Expr::Attribute(e)) => {
            e.attr.as_str() == "dtype" && cx.entity(expr).is_none() && cx.kind(&e.value) != Kind::Ndarray
        }
        (Kind::Unknown, ast::Expr::Name(name)) => match &views::bindings(views::enclosing_body(cx, expr), &name.id)[..] {
            [(Node::Stmt(ast::Stmt::Assign(assign)), value @ ast::Expr::Attribute(_))] => {
                matches!(assign.targets[0], ast::Expr::Name(_)) && may_be_dtype(cx, value)
            }
            _ => false,
        },
        _ => false,
    }
}
