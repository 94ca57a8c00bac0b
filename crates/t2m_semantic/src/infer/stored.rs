//! `self.mask = mask`: an argument that a module stores is what the methods of its class use the attribute as.

use rustc_hash::FxHashMap;
use t2m_syntax::ast;

use super::World;
use super::uses::{is_module_method, optional_tensor_arguments, tensor_arguments};
use crate::facts::{ClassId, Entity};

/// What one method does with the attributes of its object.
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// `self.name = parameter`: the attribute and the parameter's index.
    kept: Vec<(String, usize)>,
    uses: FxHashMap<String, Use>,
}

/// What a use says, from weak to strong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// A tensor, or nothing.
    OptionalTensor,
    Tensor,
    /// Called, or asked for its type: it may be anything.
    Anything,
}

/// Reads the body of a method, expression by expression.
pub(super) struct Reader<'w, 'p> {
    world: &'w World<'p>,
    object: Option<&'w str>,
    pub(super) stored: Stored,
}

impl<'w, 'p> Reader<'w, 'p> {
    /// Of a method of a module whose first parameter has this name; of other functions nothing is read.
    pub(super) fn new(world: &'w World<'p>, object: Option<&'w str>) -> Self {
        Self { world, object, stored: Stored::default() }
    }

    /// The name of an attribute of the object.
    pub(super) fn attribute<'e>(&self, expr: &'e ast::Expr) -> Option<&'e str> {
        let ast::Expr::Attribute(attribute) = expr else { return None };
        let ast::Expr::Name(object) = &*attribute.value else { return None };
        (self.object == Some(object.id.as_str())).then_some(attribute.attr.as_str())
    }

    pub(super) fn keeps(&mut self, name: &str, parameter: usize) {
        self.stored.kept.push((name.to_owned(), parameter));
    }

    fn note(&mut self, expr: &ast::Expr, how: Use) {
        if let Some(name) = self.attribute(expr) {
            match self.stored.uses.get_mut(name) {
                Some(here) => *here = how.max(*here),
                None => drop(self.stored.uses.insert(name.to_owned(), how)),
            }
        }
    }

    /// What an expression says about the attributes in it.
    pub(super) fn visit(&mut self, expr: &ast::Expr, callee: Option<&Entity>) {
        if self.object.is_none() {
            return;
        }
        match expr {
            ast::Expr::BinOp(e) => [&e.left, &e.right].into_iter().for_each(|operand| self.operand(operand)),
            ast::Expr::Subscript(e) => self.operand(&e.value),
            ast::Expr::Call(call) => self.call(call, callee),
            _ => {}
        }
    }

    /// `self.mask.to(x.device) * x`: modules have the method, too, but are no operands.
    fn operand(&mut self, expr: &ast::Expr) {
        if let ast::Expr::Call(call) = expr
            && let ast::Expr::Attribute(method) = &*call.func
            && is_module_method(method.attr.as_str())
        {
            self.note(&method.value, Use::Tensor);
        }
    }

    fn call(&mut self, call: &ast::ExprCall, callee: Option<&Entity>) {
        self.note(&call.func, Use::Anything);
        if let ast::Expr::Attribute(method) = &*call.func
            && self.world.library.is_tensor_only(method.attr.as_str(), call)
        {
            self.note(&method.value, Use::Tensor);
        }
        match callee {
            Some(Entity::Builtin(name)) if matches!(name.as_str(), "isinstance" | "hasattr" | "type" | "callable") => {
                call.args.iter().for_each(|arg| self.note(arg, Use::Anything));
            }
            Some(Entity::Library(name)) if name == "torch.is_tensor" || name.starts_with("numpy.") => {
                call.args.iter().for_each(|arg| self.note(arg, Use::Anything));
            }
            Some(Entity::Library(name)) => {
                let tables = self.world.tables;
                tensor_arguments(tables, name, call).into_iter().for_each(|arg| self.note(arg, Use::Tensor));
                optional_tensor_arguments(tables, name, call).into_iter().for_each(|arg| self.note(arg, Use::OptionalTensor));
            }
            _ => {}
        }
    }
}

/// The parameters that classes store and use as tensors: index of the function, parameter, and how.
pub(super) fn parameters<'s>(world: &World<'_>, stored: &dyn Fn(usize) -> &'s Stored) -> Vec<(usize, usize, Use)> {
    let mut of_class: FxHashMap<ClassId, FxHashMap<&str, Use>> = FxHashMap::default();
    for (index, function) in world.definitions.functions.iter().enumerate() {
        let Some(class) = function.class else { continue };
        #[allow(clippy::iter_over_hash_type, reason = "the strongest use of each name is kept, in whatever order")]
        for (name, how) in &stored(index).uses {
            let here = of_class.entry(class).or_default().entry(name.as_str()).or_insert(*how);
            *here = how.max(here).to_owned();
        }
    }
    let mut found = Vec::new();
    for (index, function) in world.definitions.functions.iter().enumerate() {
        let Some(class) = function.class else { continue };
        let info = world.definitions.class(class);
        for (name, parameter) in &stored(index).kept {
            let family = info.mro.iter().chain(&info.subclasses);
            let how = family.filter_map(|class| of_class.get(class)?.get(name.as_str())).max();
            if let Some(how @ (Use::Tensor | Use::OptionalTensor)) = how {
                found.push((index, *parameter, *how));
            }
        }
    }
    found
}
