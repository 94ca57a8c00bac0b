//! The tree of modules that a step differentiates and its optimizers update, by the names that they have in the port.

use t2m_syntax::Node;
use t2m_syntax::ast;

use super::model;
use crate::cx::Cx;
use crate::names::{Module, Uses};
use crate::rules::attribute_name;

/// What an MLX optimizer gets, and what is differentiated: a model, or all of several as layers of a `Sequential`. Arrays that no module holds are
/// in a module of their own, which passes on what changes.
pub(crate) struct Holder {
    /// The text of each layer, and what is in it.
    layers: Vec<(String, Vec<String>)>,
    /// What the port calls the parts of layers, where that differs.
    renamed: Vec<(String, String)>,
    arrays: Vec<String>,
    pub(crate) uses: Uses,
}

impl Holder {
    /// `groups` are the models of one optimizer each.
    pub(crate) fn of<'m>(cx: &Cx<'_>, groups: impl Iterator<Item = &'m [String]>, arrays: &[String]) -> Self {
        let mut holder = Self { layers: Vec::new(), renamed: Vec::new(), arrays: arrays.to_vec(), uses: Uses::default() };
        let groups: Vec<&[String]> = groups.collect();
        // Two optimizers over one model, or over it and a part of it: it is differentiated once.
        let is_held = |at: usize| match groups[at] {
            [one] => groups.iter().enumerate().any(|(other, group)| match group {
                [above] => part_of(one, above).is_some_and(|path| !path.is_empty() || other < at),
                _ => false,
            }),
            _ => false,
        };
        for group in (0..groups.len()).filter(|at| !is_held(*at)).map(|at| groups[at]) {
            let (own, models): (Vec<String>, Vec<String>) = group.iter().cloned().partition(|model| arrays.contains(model));
            holder.layers.extend(models.into_iter().map(|model| (in_port(cx, &model), vec![model])));
            if !own.is_empty() {
                let (class, uses) = cx.member(Module::Compat, "Arrays");
                holder.uses.extend(&uses);
                holder.layers.push((format!("{class}({})", own.join(", ")), own));
            }
        }
        let parts = groups.iter().filter_map(|group| if let [part] = group { Some(part) } else { None });
        holder.renamed = parts.map(|part| (part.clone(), in_port(cx, part))).filter(|(old, new)| old != new).collect();
        if holder.layers.len() > 1 {
            holder.uses.extend(&cx.member(Module::Nn, "Sequential").1);
        }
        holder
    }

    /// How many layers it has.
    pub(crate) fn layers(&self) -> usize {
        self.layers.len()
    }

    pub(crate) fn text(&self, cx: &Cx<'_>) -> String {
        match &self.layers[..] {
            [(only, _)] => only.clone(),
            all => {
                let layers: Vec<&str> = all.iter().map(|(text, _)| text.as_str()).collect();
                format!("{}({})", cx.member(Module::Nn, "Sequential").0, layers.join(", "))
            }
        }
    }

    /// The gradients of a layer, where `gradients` are those of all.
    pub(crate) fn of_layer(&self, gradients: &str, holds: &[String]) -> String {
        match self.layers.iter().position(|(_, own)| own == holds) {
            Some(at) if self.layers.len() > 1 => format!("{gradients}[\"layers\"][{at}]"),
            Some(_) => gradients.to_owned(),
            None => self.of_part(gradients, holds).unwrap_or_else(|| gradients.to_owned()),
        }
    }

    /// The gradients of a part of a layer: `grads["head"]`.
    fn of_part(&self, gradients: &str, holds: &[String]) -> Option<String> {
        let [part] = holds else { return None };
        self.layers.iter().find_map(|(_, own)| {
            let above = own.first().filter(|_| own.len() == 1)?;
            let steps = part_of(part, above)?.len();
            // The last names of the path are those below the layer.
            let written = self.renamed.iter().find(|(old, _)| old == part).map_or(part, |(_, new)| new);
            let all: Vec<&str> = written.split('.').collect();
            let path = &all[all.len().saturating_sub(steps)..];
            Some(path.iter().fold(self.of_layer(gradients, own), |tree, name| format!("{tree}[\"{name}\"]")))
        })
    }

    /// The gradients of one model.
    pub(crate) fn of_model(&self, gradients: &str, model: &str) -> String {
        let Some((_, own)) = self.layers.iter().find(|(_, own)| own.iter().any(|one| one == model)) else { return gradients.to_owned() };
        let layer = self.of_layer(gradients, own);
        match own.iter().position(|one| one == model).filter(|_| self.arrays.iter().any(|array| array == model)) {
            Some(at) => format!("{layer}[\"arrays\"][{at}]"),
            None => layer,
        }
    }
}

/// The attributes between a model and a part of it: none for the model itself.
pub(super) fn part_of<'m>(part: &'m str, model: &str) -> Option<Vec<&'m str>> {
    let rest = part.strip_prefix(model)?;
    match rest.strip_prefix('.') {
        Some(path) => Some(path.split('.').collect()),
        None => rest.is_empty().then(Vec::new),
    }
}

/// A place by the names that its attributes have in the port: `net.head_` of `net._head`.
pub(super) fn in_port(cx: &Cx<'_>, place: &str) -> String {
    let mut steps: Vec<String> = place.split('.').map(str::to_owned).collect();
    if !steps.iter().skip(1).any(|step| attribute_name::may_change(step)) {
        return place.to_owned();
    }
    for upto in 2..=steps.len() {
        if attribute_name::may_change(&steps[upto - 1])
            && let Some(name) = name_in_file(cx, &place.split('.').take(upto).collect::<Vec<_>>().join("."))
        {
            steps[upto - 1] = name;
        }
    }
    steps.join(".")
}

/// What the last attribute of a place is called in the port, as the innermost definition tells that names the place.
fn name_in_file(cx: &Cx<'_>, place: &str) -> Option<String> {
    let scopes = cx.open_scopes().iter().rev().copied();
    let told = scopes.chain(cx.file.suite.iter().map(Node::Stmt)).find_map(|scope| {
        let mut told = None;
        scope.walk(&mut |node| {
            if let Node::Expr(expr @ ast::Expr::Attribute(attribute)) = node
                && told.is_none()
                && model::is_place(expr)
                && cx.source(expr) == place
            {
                told = Some(attribute_name::ported(cx, attribute));
            }
        });
        told
    });
    told.flatten()
}
