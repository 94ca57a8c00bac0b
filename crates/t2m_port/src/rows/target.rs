//! What a call means: a function, or a method of a tensor or module, as far as its receiver is known.

use t2m_semantic::tables::{Row, Use};
use t2m_semantic::{Entity, Evidence, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Decision, Node, Piece};

use crate::array_libraries;
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::receiver;
use crate::views;

/// What is called.
pub(super) struct Target<'a> {
    pub(super) name: String,
    pub(super) receiver: Option<&'a ast::Expr>,
}

pub(super) fn target<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Target<'a>> {
    if let Some(name) = cx.qualified(&call.func) {
        // `torch.Tensor.view(x, 2)`: an unbound method takes its receiver as an argument.
        return Some(Target { name: name.to_owned(), receiver: None });
    }
    let ast::Expr::Attribute(attribute) = &*call.func else { return None };
    if !cx.tables.has_member(&attribute.attr) || cx.entity(&call.func).is_some() {
        return None;
    }
    let method = attribute.attr.as_str();
    let object = &*attribute.value;
    let is_module = receiver::is_module(cx, object)
        || only_modules_have(cx, object, method, call)
        || receiver::is_super(cx, object) && crate::rules::is_of_torch(cx, object, method);
    if !is_module && matches!(cx.kind(object), Kind::Instance(_)) {
        return None;
    }
    if is_module {
        return Some(Target { name: format!("Module.{method}"), receiver: Some(&attribute.value) });
    }
    Some(Target { name: format!("Tensor.{method}"), receiver: Some(&attribute.value) })
}

/// `super().resize(...)` in a class of the project: a method of its bases, none of which is a tensor. Methods of `nn.Module` have rows of their own.
fn is_super_of_no_tensor<'a>(cx: &Cx<'a>, object: &'a ast::Expr, method: &str) -> bool {
    if !receiver::is_super(cx, object) {
        return false;
    }
    let Some(class) = receiver::enclosing_class(cx, Node::Expr(object)) else { return false };
    let of_module = || cx.tables.contains(&method.replace("Tensor.", "Module.")) && receiver::makes_modules(cx, class);
    !cx.project_facts.class(class).library_bases.iter().any(|base| base.ends_with("Tensor")) && !of_module()
}

/// Whether a value of unknown kind is a module by the method that is called: `named_parameters`, or `apply` of a function that initialises.
pub(crate) fn only_modules_have<'a>(cx: &Cx<'a>, object: &'a ast::Expr, method: &str, call: &'a ast::ExprCall) -> bool {
    if !cx.kind(object).is_unknown() || cx.entity(object).is_some() || receiver::is_super(cx, object) {
        return false;
    }
    match method {
        "apply" => match &call.args[..] {
            [given @ ast::Expr::Name(name)] => {
                name.id.contains("init") || matches!(cx.kind(given), Kind::Function(_)) || takes_module(cx, given)
            }
            [ast::Expr::Attribute(attribute)] => attribute.attr.contains("init"),
            [ast::Expr::Lambda(fill)] => asks_for_layers(cx, &fill.body),
            [object] => takes_module(cx, object),
            _ => false,
        },
        _ => is_module_only(cx, method),
    }
}

/// `WeightClipper()` of a class with `__call__(self, module)`
fn takes_module<'a>(cx: &Cx<'a>, object: &'a ast::Expr) -> bool {
    let Kind::Instance(class) = cx.kind(object) else { return false };
    let Some(call) = cx.project_facts.lookup_method(class, "__call__") else { return false };
    let params = &cx.project_facts.function(call).params;
    matches!(&params[..], [_, of] if matches!(of.name.as_str(), "m" | "mod" | "module" | "submodule" | "layer" | "model" | "net"))
}

/// `nn.init.zeros_(m.bias) if isinstance(m, nn.Linear) else None`
fn asks_for_layers<'a>(cx: &Cx<'a>, body: &'a ast::Expr) -> bool {
    let mut found = false;
    Node::Expr(body).walk(&mut |node| {
        if let Node::Expr(part @ ast::Expr::Attribute(_)) = node {
            found |= cx.qualified(part).is_some_and(|name| name.starts_with("torch.nn."));
        }
    });
    found
}

fn is_module_only(cx: &Cx<'_>, method: &str) -> bool {
    !cx.tables.contains(&format!("Tensor.{method}"))
        && cx.tables.lookup(&format!("Module.{method}")).any(|(row, _)| row.evidence == Evidence::Nothing)
}

pub(super) fn is_tensors_alone(target: &Target<'_>) -> bool {
    target.name.strip_prefix("Tensor.").is_some_and(crate::rules::only_tensors_have)
}

/// Whether modules have the method as well, which changes them.
pub(super) fn is_of_modules_too(cx: &Cx<'_>, target: &Target<'_>) -> bool {
    target.name.strip_prefix("Tensor.").is_some_and(|method| cx.tables.contains(&format!("Module.{method}")))
}

/// Whether a method's receiver is a tensor.
pub(super) enum Receiver {
    Tensor,
    Other,
    /// The name exists elsewhere too, and nothing says what the value is.
    Doubtful,
}

pub(super) fn receiver<'a>(cx: &Cx<'a>, row: &Row, target: &Target<'a>, call: &'a ast::ExprCall) -> Receiver {
    let Some(receiver) = target.receiver else { return Receiver::Tensor };
    if is_super_of_no_tensor(cx, receiver, &target.name) {
        return Receiver::Other;
    }
    // Ex) `__name__.split(".")`
    if matches!(cx.entity(receiver), Some(Entity::Builtin(_))) {
        return Receiver::Other;
    }
    let fact = cx.fact(receiver);
    if target.name.starts_with("Module.") || fact.kind.is_tensor() {
        return Receiver::Tensor;
    }
    if !fact.kind.is_unknown() && !matches!(&fact.kind, Kind::Optional(inner) if inner.is_unknown()) {
        return Receiver::Other;
    }
    if array_libraries::is_one(cx, receiver) {
        return Receiver::Other;
    }
    // PyTorch's own keywords are proof of a tensor, and so is a dtype.
    let telling = call.args.iter().any(|arg| cx.kind(arg) == Kind::DType)
        || call.keywords.iter().any(|kw| match kw.arg.as_deref() {
            Some("dim" | "dim1" | "dim2" | "keepdim" | "non_blocking" | "memory_format") => true,
            Some("dtype") => cx.kind(&kw.value) == Kind::DType,
            _ => false,
        });
    match telling || row.evidence == Evidence::Nothing || fact.evidence >= row.evidence {
        true => Receiver::Tensor,
        false if is_no_tensor_by_test(cx, receiver) => Receiver::Other,
        false => Receiver::Doubtful,
    }
}

/// Whether the MLX text is the original one: then it is right for a tensor, and for anything else too.
pub(super) fn changes_nothing(cx: &Cx<'_>, claim: &Claim<'_>) -> bool {
    match &claim.decision {
        None => true,
        Some(Decision::Edit(edits)) => {
            edits.iter().all(|edit| matches!(&edit.pieces[..], [Piece::Text(text)] if cx.file.slice(edit.range) == text))
        }
        Some(Decision::Build(..)) => false,
    }
}

/// Whether the claim writes `axis=` before an argument, or for `dim=`, and nothing else: then it is right for a NumPy array too.
pub(super) fn names_axes_only(cx: &Cx<'_>, claim: &Claim<'_>) -> bool {
    let Some(Decision::Edit(edits)) = &claim.decision else { return false };
    edits.iter().all(|edit| match (&edit.pieces[..], cx.file.slice(edit.range)) {
        ([Piece::Text(text)], slice) if slice == text => true,
        ([Piece::Text(text)], "") => text == "axis=" || text == "keepdims=",
        _ => false,
    })
}

/// The TODO for a call that would have to change if the value is a tensor. Names that every Python program uses say nothing.
pub(super) fn doubtful<'a>(cx: &Cx<'a>, target: &Target<'a>, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let receiver = target.receiver?;
    let method = target.name.strip_prefix("Tensor.")?;
    // Where a program speaks of paths, their methods are theirs.
    if crate::rules::paths_have(method) && ["Path", "path"].iter().any(|word| cx.text_has(word)) {
        return None;
    }
    let reason = format!("`{}` is not known to be a tensor; if it is, `.{method}` means something else in MLX", cx.snippet(receiver));
    let help = "annotate the value as a tensor and port again, or check the line by hand";
    Some(Claim::todo(Finding::todo(codes::UNKNOWN_RECEIVER, call.range(), reason).help(help)))
}

/// How the statement uses a call that stands alone in it.
pub(super) fn statement_use<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Use {
    match cx.parent(expr) {
        Some(Node::Stmt(ast::Stmt::Expr(_))) => Use::Discarded,
        Some(Node::Stmt(ast::Stmt::Assign(assign))) => match &assign.targets[..] {
            [ast::Expr::Tuple(tuple)] if tuple.elts.len() == 2 && !tuple.elts.iter().any(|e| matches!(e, ast::Expr::Starred(_))) => {
                Use::Unpacked
            }
            _ => Use::Other,
        },
        _ => Use::Other,
    }
}

/// `boxes[..., 0].clip(0, w)` in the `else` of `if isinstance(boxes, torch.Tensor):`, where nothing else gets the name.
fn is_no_tensor_by_test<'a>(cx: &Cx<'a>, receiver: &'a ast::Expr) -> bool {
    let mut root = receiver;
    while let ast::Expr::Subscript(part) = root {
        root = &part.value;
    }
    let ast::Expr::Name(name) = root else { return false };
    let asks = |test: &'a ast::Expr| {
        let ast::Expr::Call(call) = test else { return false };
        let of_name = call.args.first().is_some_and(|subject| views::is_same_name(subject, &name.id));
        let is_check = match &call.args[..] {
            [_] => cx.is_qualified(&call.func, "torch.is_tensor"),
            [_, class] => {
                matches!(cx.entity(&call.func), Some(Entity::Builtin(builtin)) if builtin.as_str() == "isinstance")
                    && cx.is_qualified(class, "torch.Tensor")
            }
            _ => false,
        };
        of_name && is_check
    };
    let mut inner = Node::Expr(receiver);
    cx.ancestors(inner).any(|node| {
        let below = std::mem::replace(&mut inner, node);
        match node {
            Node::Stmt(ast::Stmt::If(check)) if asks(&check.test) => {
                check.orelse.iter().any(|stmt| Node::Stmt(stmt).id() == below.id()) && views::bindings(&check.orelse, &name.id).is_empty()
            }
            Node::Expr(ast::Expr::IfExp(choice)) if asks(&choice.test) => Node::Expr(&choice.orelse).id() == below.id(),
            _ => false,
        }
    })
}
