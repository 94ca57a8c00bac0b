//! Which attributes a program asks layers for that MLX's own layers lack: `m.inplace`.

use rustc_hash::FxHashSet;
use t2m_semantic::tables::Tables;
use t2m_semantic::{Entity, Facts, FileFacts, Kind};
use t2m_syntax::{Node, ast};

use crate::receiver;
use crate::rules::last_name;

/// The names that cases of rows ask about, and those of them that classes of the project have: one set for all files.
pub(crate) struct Wanted<'w> {
    names: FxHashSet<&'w str>,
    own: FxHashSet<&'w str>,
}

impl<'w> Wanted<'w> {
    pub(crate) fn new(tables: &'w Tables, facts: &Facts) -> Self {
        let names: FxHashSet<&str> =
            tables.rows().iter().flat_map(|row| &row.cases).flat_map(|case| &case.asked).map(String::as_str).collect();
        let has = |name: &str| facts.classes().any(|(_, class)| class.attrs.contains_key(name));
        let own = names.iter().copied().filter(|name| has(name)).collect();
        Self { names, own }
    }
}

pub(crate) struct Reader<'a, 'w> {
    tables: &'a Tables,
    of_file: &'a FileFacts,
    wanted: &'w Wanted<'w>,
    /// What the last call calls: a method is no attribute.
    callee: Option<&'a ast::Expr>,
}

impl<'a, 'w> Reader<'a, 'w> {
    pub(crate) fn new(tables: &'a Tables, of_file: &'a FileFacts, wanted: &'w Wanted<'w>) -> Self {
        Self { tables, of_file, wanted, callee: None }
    }

    /// Parents come before their children.
    pub(crate) fn read(&mut self, node: Node<'a>, found: &mut FxHashSet<&'a str>) {
        match node {
            Node::Expr(ast::Expr::Call(call)) => self.call(call, found),
            Node::Expr(expr @ ast::Expr::Attribute(e)) => {
                let name = e.attr.as_str();
                let is_method = self.callee.is_some_and(|callee| std::ptr::eq(callee, expr));
                if e.ctx.is_load() && self.wanted.names.contains(name) && !is_method && self.is_lacked(&e.value, name) {
                    found.insert(name);
                }
            }
            _ => {}
        }
    }

    fn call(&mut self, call: &'a ast::ExprCall, found: &mut FxHashSet<&'a str>) {
        self.callee = Some(&call.func);
        let probe = match self.of_file.entity(&call.func) {
            Some(Entity::Builtin(name)) if matches!(name.as_str(), "hasattr" | "getattr") => Some(name.as_static()),
            _ => None,
        };
        let (Some(probe), [object, name, rest @ ..]) = (probe, &call.args[..]) else { return };
        let gives_none = matches!(rest, [ast::Expr::Constant(default)] if default.value.is_none());
        if let Some(name) = receiver::string(name)
            && !(probe == "getattr" && gives_none)
            && self.is_lacked(object, name)
        {
            found.insert(name);
        }
    }

    /// Whether the object may be a layer of PyTorch whose attribute has no row of its own.
    fn is_lacked(&self, object: &ast::Expr, name: &str) -> bool {
        let has_row = |layer: &str| self.tables.lookup(&format!("{layer}.{name}")).next().is_some();
        self.wanted.names.contains(name)
            && match self.of_file.fact(object).kind {
                Kind::Layer(layer) => !has_row(&layer),
                Kind::Module => !has_row("Layer"),
                Kind::Unknown => {
                    !self.wanted.own.contains(name)
                        && self.of_file.entity(object).is_none()
                        && !matches!(last_name(object), Some("self" | "cls" | "args" | "config" | "cfg" | "opt" | "hparams"))
                }
                _ => false,
            }
    }
}

/// Where a file asks values for what modules alone have: behind `model` of `model.parameters()`.
pub(crate) fn parameter_places(text: &str) -> Vec<usize> {
    let asked = |method: &'static str| {
        let behind_dot = move |at: usize| text[..at].strip_suffix('.').map(str::len);
        text.match_indices(method).filter_map(move |(at, _)| behind_dot(at))
    };
    ["parameters(", "named_parameters(", "state_dict("].into_iter().flat_map(asked).collect()
}
