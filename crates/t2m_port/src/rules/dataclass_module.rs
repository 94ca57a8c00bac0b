//! `@dataclass class Scaled(nn.Module)`: the constructor that it generates stores tensors as they are given, and MLX would train them.

use t2m_semantic::{ClassId, Entity};
use t2m_syntax::{Node, ast};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::names::Module;
use crate::{receiver, storage, views};

pub(super) const RULE: Rule = Rule { name: "dataclass-module", doc: include_str!("dataclass_module.md"), hook: Hook::Stmt(class) };

fn class<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::ClassDef(def) = stmt else { return None };
    if def.decorator_list.is_empty() || !is_generated(cx, def) {
        return None;
    }
    let class = cx.project_facts.class_of_stmt(cx.id, stmt).filter(|class| receiver::makes_modules(cx, *class))?;
    // The constructor takes the fields of its bases, too.
    let names: Vec<&str> = cx.project_facts.class(class).mro.iter().rev().flat_map(|class| fields_of(cx, *class)).collect();
    if names.is_empty() {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "plain_fields");
    let mut names: Vec<String> = names.into_iter().map(|name| format!("\"{name}\"")).collect();
    // Only the caller tells a parameter from the tensor that it was made of: in MLX they are one array.
    if receiver::family(cx, class).any(|class| cx.shared.survey.given().is_given_parameter(class)) {
        names.push("tied=True".to_owned());
    }
    let mut claim = StmtClaim::keep().uses(uses);
    claim.decision.before.push(format!("@{helper}({})", names.join(", ")));
    Some(claim)
}

fn fields_of<'a>(cx: &Cx<'a>, class: ClassId) -> Vec<&'a str> {
    let file = cx.project_facts.class(class).file;
    let def = cx.shared.survey.class_statements(file).iter().find(|(id, _)| *id == class);
    let own = Cx::new(cx.project, cx.project_facts, cx.tables, file, cx.shared);
    // What the class makes a parameter or a buffer itself says so.
    let is_plain = |name: &&str| receiver::family(cx, class).all(|class| cx.shared.survey.declared(class, name).is_none());
    def.map_or_else(Vec::new, |(_, def)| plain_fields(&own, def).into_iter().filter(is_plain).collect())
}

/// Whether `@dataclass` writes the constructor.
fn is_generated<'a>(cx: &Cx<'a>, def: &'a ast::StmtClassDef) -> bool {
    let is_dataclass = |decorator: &'a ast::Expr| match decorator {
        ast::Expr::Call(call) => makes_dataclass(cx, &call.func),
        decorator => makes_dataclass(cx, decorator),
    };
    let has_own = || def.body.iter().any(|stmt| matches!(stmt, ast::Stmt::FunctionDef(method) if method.name.as_str() == "__init__"));
    def.decorator_list.iter().any(is_dataclass) && !has_own()
}

/// `dataclass`, or what the project makes of it: `module = partial(dataclass, eq=False)`, a function that calls it.
fn makes_dataclass<'a>(cx: &Cx<'a>, decorator: &'a ast::Expr) -> bool {
    if cx.is_qualified(decorator, "dataclasses.dataclass") {
        return true;
    }
    let mentions = |of: &Cx<'a>, node: Node<'a>| {
        let mut found = false;
        node.walk(&mut |node| {
            found |= matches!(node, Node::Expr(expr @ (ast::Expr::Name(_) | ast::Expr::Attribute(_))) if of.is_qualified(expr, "dataclasses.dataclass"));
        });
        found
    };
    match cx.entity(decorator) {
        Some(Entity::Function(id)) => {
            let function = cx.project_facts.function(*id);
            let own = Cx::new(cx.project, cx.project_facts, cx.tables, function.file, cx.shared);
            let def = storage::function_at(&own.file.suite, function.range);
            def.is_some_and(|def| def.body.iter().any(|stmt| mentions(&own, Node::Stmt(stmt))))
        }
        _ => match decorator {
            ast::Expr::Name(name) => views::bindings(&cx.file.suite, &name.id).iter().any(|(_, made)| mentions(cx, Node::Expr(made))),
            _ => false,
        },
    }
}

/// What an annotation says: of a name that the file gives a type, what that is.
fn said<'a>(cx: &Cx<'a>, annotation: &'a ast::Expr) -> String {
    let text = cx.source(annotation);
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let aliases = words.flat_map(|word| views::bindings(&cx.file.suite, word));
    aliases.fold(text.to_owned(), |said, (_, alias)| said + " " + cx.source(alias))
}

/// The fields of such a class that may get tensors which are no parameters.
pub(super) fn plain_fields<'a>(cx: &Cx<'a>, def: &'a ast::StmtClassDef) -> Vec<&'a str> {
    if !is_generated(cx, def) {
        return Vec::new();
    }
    let field = |stmt: &'a ast::Stmt| {
        let ast::Stmt::AnnAssign(field) = stmt else { return None };
        let (name, said) = (field.target.as_name_expr()?, said(cx, &field.annotation));
        let may_be_tensor = ["Tensor", "Any", "object", "TypeVar"].iter().any(|word| said.contains(word)) && !said.contains("ClassVar");
        // MLX leaves names that start with an underscore alone.
        (may_be_tensor && !name.id.starts_with('_')).then(|| name.id.as_str())
    };
    def.body.iter().filter_map(field).collect()
}
