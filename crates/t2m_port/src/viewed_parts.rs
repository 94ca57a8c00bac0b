//! What the parts of a value that a function gives are views of, in the words of the function, which may stand in any file.

use t2m_semantic::{FileFacts, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{TextSize, node};

use crate::view_names::VIEWS;
use crate::{given_views, held_views, views};

/// Names of names of names are followed no further.
const DEEPEST: usize = 6;

/// The function in which a value stands.
pub(crate) struct Scope<'a> {
    pub(crate) facts: &'a FileFacts,
    /// Without that for the object.
    pub(crate) params: Vec<&'a str>,
    /// `self`
    pub(crate) of_object: Option<&'a str>,
    pub(crate) body: &'a [ast::Stmt],
    /// The function stands in the file that asks.
    pub(crate) is_here: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    Number(usize),
    Key(&'a str),
}

#[derive(Clone, Copy)]
pub(crate) enum Owner<'a> {
    Parameter(&'a str),
    /// What the object holds.
    Member,
    /// What the functions around hold.
    Outer(&'a ast::Expr),
}

/// One of the views in a value.
#[derive(Clone)]
pub(crate) struct Part<'a> {
    pub(crate) owner: Owner<'a>,
    pub(crate) is_explicit: bool,
    /// Which one of the value's items it is.
    pub(crate) place: Option<Place<'a>>,
    /// The parameter that has to be a number.
    pub(crate) index: Option<&'a str>,
}

/// What a name gets, or what is put into what it stands for.
struct Source<'a> {
    at: TextSize,
    value: &'a ast::Expr,
    is_items: bool,
    place: Option<Place<'a>>,
}

/// How a search came to an expression.
#[derive(Clone, Copy)]
struct Step<'a> {
    depth: usize,
    is_view: bool,
    is_explicit: bool,
    place: Option<Place<'a>>,
    index: Option<&'a str>,
}

/// All views in a value that are of something outside of the function.
pub(crate) fn of<'a>(scope: &Scope<'a>, value: &'a ast::Expr) -> Vec<Part<'a>> {
    let mut found = Vec::new();
    scope.value(value, Step { depth: DEEPEST, is_view: false, is_explicit: false, place: None, index: None }, &mut found);
    found
}

/// All views among the items of a value, which is walked over.
pub(crate) fn of_items<'a>(scope: &Scope<'a>, value: &'a ast::Expr) -> Vec<Part<'a>> {
    let mut found = Vec::new();
    scope.items(value, Step { depth: DEEPEST, is_view: false, is_explicit: false, place: None, index: None }, &mut found);
    found
}

impl<'a> Scope<'a> {
    fn value(&self, value: &'a ast::Expr, step: Step<'a>, found: &mut Vec<Part<'a>>) {
        let Some(depth) = step.depth.checked_sub(1) else { return };
        let step = Step { depth, ..step };
        match value {
            ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => {
                let has_starred = elts.iter().any(ast::Expr::is_starred_expr);
                for (at, item) in elts.iter().enumerate() {
                    let place = if has_starred { None } else { Some(Place::Number(at)) };
                    self.value(item, Step { place: step.place.or(place), ..step }, found);
                }
            }
            ast::Expr::Dict(e) => {
                for (key, value) in e.keys.iter().zip(&e.values) {
                    let place = key.as_ref().and_then(given_views::place_of);
                    self.value(value, Step { place: step.place.or(place), ..step }, found);
                }
            }
            ast::Expr::Starred(e) => self.items(&e.value, step, found),
            ast::Expr::ListComp(ast::ExprListComp { elt, generators, .. })
            | ast::Expr::GeneratorExp(ast::ExprGeneratorExp { elt, generators, .. }) => self.comprehension(elt, generators, step, found),
            ast::Expr::DictComp(e) => self.comprehension(&e.value, &e.generators, step, found),
            ast::Expr::IfExp(e) => [&*e.body, &*e.orelse].into_iter().for_each(|value| self.value(value, step, found)),
            ast::Expr::BoolOp(e) => e.values.iter().for_each(|value| self.value(value, step, found)),
            ast::Expr::Call(call) if let ast::Expr::Name(builtin) = &*call.func => match builtin.id.as_str() {
                "list" | "tuple" | "reversed" | "iter" => call.args.iter().for_each(|of| self.items(of, step, found)),
                "dict" => {
                    for item in &call.keywords {
                        let place = item.arg.as_ref().map(|name| Place::Key(name));
                        self.value(&item.value, Step { place: step.place.or(place), ..step }, found);
                    }
                }
                _ => {}
            },
            ast::Expr::Name(name) => self.name(value, &name.id, step, found),
            ast::Expr::Attribute(_) if !step.is_view && views::written_view(value).is_none() => {}
            _ => match self.below(value, step) {
                Some((inner, step)) => self.value(inner, step, found),
                None => self.member(value, step, found),
            },
        }
    }

    /// `x` of the view `x[:, 0]`, `x.view(-1)`, `x[i]`
    fn below(&self, value: &'a ast::Expr, step: Step<'a>) -> Option<(&'a ast::Expr, Step<'a>)> {
        let is_explicit = step.is_explicit || is_explicit(value);
        let step = Step { is_view: true, is_explicit, ..step };
        if let Some(inner) = views::written_view(value) {
            return Some((inner, step));
        }
        let ast::Expr::Subscript(item) = value else { return None };
        // A list gives the object itself.
        let owner = self.facts.fact(&item.value).kind;
        let entries = match &*item.slice {
            ast::Expr::Tuple(entries) => entries.elts.as_slice(),
            entry => std::slice::from_ref(entry),
        };
        let mut step = step;
        for entry in entries {
            match (entry, self.facts.fact(entry).kind) {
                (ast::Expr::Slice(_), _) | (_, Kind::Int) => {}
                (ast::Expr::Constant(constant), _) if !matches!(constant.value, ast::Constant::Str(_)) => {}
                (ast::Expr::Name(name), Kind::Unknown) if self.params.contains(&name.id.as_str()) && step.index.is_none() => {
                    step.index = Some(&name.id);
                }
                _ => return None,
            }
        }
        (owner.is_tensor() || owner.is_unknown()).then_some((&*item.value, step))
    }

    /// `self.k`, which holds a tensor, and `data.pos` of a parameter
    fn member(&self, value: &'a ast::Expr, step: Step<'a>, found: &mut Vec<Part<'a>>) {
        if !step.is_view || !value.is_attribute_expr() {
            return;
        }
        let is_tensor = self.facts.fact(value).kind.is_tensor();
        let mut root = value;
        while let ast::Expr::Attribute(up) = root {
            root = &up.value;
        }
        let ast::Expr::Name(root) = root else { return };
        let owner = match root.id.as_str() {
            name if self.of_object == Some(name) && is_tensor => Owner::Member,
            name if self.is_passed(name) && (is_tensor || step.is_explicit) => Owner::Parameter(&root.id),
            _ => return,
        };
        found.push(Part { owner, is_explicit: true, place: step.place, index: step.index });
    }

    /// What a name stands for: a parameter, or what the function binds it to and puts into it.
    fn name(&self, value: &'a ast::Expr, name: &'a str, step: Step<'a>, found: &mut Vec<Part<'a>>) {
        let mut push = |owner| {
            if step.is_view {
                found.push(Part { owner, is_explicit: step.is_explicit, place: step.place, index: step.index });
            }
        };
        if self.params.contains(&name) {
            if self.is_passed(name) {
                push(Owner::Parameter(name));
            }
            return;
        }
        let mut is_bound = false;
        let mut sources = Vec::new();
        node::statements(self.body, &mut |stmt| {
            let mut source =
                |value: &'a ast::Expr, is_items, place| sources.push(Source { at: value.range().end(), value, is_items, place });
            for (target, value, is_items) in held_views::stored(stmt) {
                match target {
                    ast::Expr::Subscript(item) if views::is_same_name(&item.value, name) && self.holds_items(item) => {
                        source(value, false, given_views::place_of(&item.slice));
                    }
                    target if views::binds(target, name) => {
                        is_bound = true;
                        source(value, is_items || !target.is_name_expr(), None);
                    }
                    _ => {}
                }
            }
            held_views::added(stmt).filter(|(list, _)| *list == name).into_iter().for_each(|(_, value)| source(value, false, None));
        });
        if !is_bound && self.is_here && self.of_object != Some(name) {
            push(Owner::Outer(value));
        }
        let replaced = self.last_binding(name, value.range().start());
        for Source { value, is_items, place, .. } in sources.into_iter().filter(|source| replaced.is_none_or(|last| source.at >= last)) {
            let step = Step { place: step.place.or(place), ..step };
            match is_items {
                true => self.items(value, step, found),
                false => self.value(value, step, found),
            }
        }
    }

    /// Where the value ends that a name surely has last got in front of a place: no branch or loop is around it.
    fn last_binding(&self, name: &str, place: TextSize) -> Option<TextSize> {
        let before = self.body.iter().flat_map(held_views::stored).filter(|(target, value, is_items)| {
            !is_items && value.range().end() <= place && matches!(target, ast::Expr::Name(own) if own.id.as_str() == name)
        });
        before.map(|(_, value, _)| value.range().end()).next_back()
    }

    /// Whether what is put under an index is kept itself: a tensor, `out[:, 1:] = x[:, :-1]`, takes its values.
    fn holds_items(&self, item: &ast::ExprSubscript) -> bool {
        match self.facts.fact(&item.value).kind {
            Kind::List(_) | Kind::Seq(_) | Kind::Dict(_) | Kind::Tuple(_) => true,
            Kind::Unknown => matches!(&*item.slice, ast::Expr::Constant(key) if key.value.is_str()),
            _ => false,
        }
    }

    /// A parameter that still is what the caller passed, or a view of it.
    fn is_passed(&self, name: &str) -> bool {
        let is_own = |value: &ast::Expr| views::written_view(value).is_some_and(|base| views::is_same_name(base, name));
        self.params.contains(&name) && views::bindings(self.body, name).iter().all(|(_, value)| is_own(value))
    }

    /// The items of a value: the rows of a tensor, and what a container holds.
    fn items(&self, value: &'a ast::Expr, step: Step<'a>, found: &mut Vec<Part<'a>>) {
        // `rows, = rows` would lead to itself.
        let Some(depth) = step.depth.checked_sub(1) else { return };
        let step = Step { depth, ..step };
        let kind = self.facts.fact(value).kind;
        match value {
            ast::Expr::Call(call) if matches!(&*call.func, ast::Expr::Name(name) if matches!(name.id.as_str(), "enumerate" | "zip")) => {
                call.args.iter().for_each(|of| self.items(of, step, found));
            }
            ast::Expr::Name(_) | ast::Expr::Attribute(_) if kind.is_tensor() || kind.is_unknown() => {
                let step = Step { is_view: true, ..step };
                match value {
                    ast::Expr::Name(name) => self.name(value, &name.id, step, found),
                    value => self.member(value, step, found),
                }
            }
            value => self.value(value, step, found),
        }
    }

    fn comprehension(&self, elt: &'a ast::Expr, generators: &'a [ast::Comprehension], step: Step<'a>, found: &mut Vec<Part<'a>>) {
        let known = found.len();
        self.value(elt, step, found);
        let (root, is_view) = match views::written_view(elt) {
            Some(base) => (base, true),
            None => (elt, step.is_view),
        };
        let ast::Expr::Name(item) = root else { return };
        if let Some(walk) = generators.iter().find(|walk| views::binds(&walk.target, &item.id)) {
            // What the comprehension binds is no name of the function.
            found.truncate(known);
            let is_explicit = step.is_explicit || is_explicit(elt);
            self.items(&walk.iter, Step { is_view, is_explicit, ..step }, found);
        }
    }
}

/// An index that only arrays take: `[..., 0]`, `[:, 1:]`.
pub(crate) fn is_array_index(index: &ast::Expr) -> bool {
    let is_array_entry = |entry: &ast::Expr| {
        entry.is_slice_expr() || matches!(entry, ast::Expr::Constant(constant) if matches!(constant.value, ast::Constant::Ellipsis))
    };
    match index {
        ast::Expr::Tuple(entries) => entries.elts.iter().any(is_array_entry),
        entry => !entry.is_slice_expr() && is_array_entry(entry),
    }
}

/// A view by its own text: strings split, and lists are sliced into copies.
fn is_explicit(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Subscript(item) => is_array_index(&item.slice) || is_explicit(&item.value),
        ast::Expr::Attribute(e) => matches!(e.attr.as_str(), "T" | "mT"),
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) => {
                method.attr.as_str() != "split" && VIEWS.methods.contains(method.attr.as_str())
                    || views::is_same_name(&method.value, "torch")
            }
            _ => false,
        },
        _ => false,
    }
}
