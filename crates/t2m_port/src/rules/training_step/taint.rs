//! Which values carry gradients of a model: those that it gives, and what is computed from them, until they are detached.

use t2m_syntax::TextSize;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::flow::{self, Names};
use super::mentions::Mentions;
use crate::rules::contexts::is_no_grad;

/// Methods and attributes whose result carries no gradient.
pub(super) const DETACHED: &[&str] =
    &["detach", "detach_", "item", "tolist", "numpy", "data", "shape", "size", "device", "dtype", "argmax"];

pub(super) struct Taint<'m, 'c, 'a> {
    mentions: &'m Mentions<'c, 'a>,
    /// Any mention of the model counts, not its calls alone.
    is_strict: bool,
    /// Attributes are followed like names: `self.hidden`.
    has_places: bool,
    names: Names<'a>,
    /// Under a condition a name may keep what it had.
    is_sure: bool,
}

impl<'m, 'c, 'a> Taint<'m, 'c, 'a> {
    /// The names that carry gradients of the model behind some statements, as far as they stand before `until`.
    pub(super) fn before(mentions: &'m Mentions<'c, 'a>, suite: &'a [ast::Stmt], until: TextSize, is_strict: bool) -> Self {
        let mut taint = Self { mentions, is_strict, has_places: false, names: Names::new(), is_sure: true };
        taint.suite(suite, until);
        taint
    }

    /// The same for names and attributes, where some carry gradients from the start.
    pub(super) fn over(mentions: &'m Mentions<'c, 'a>, suite: &'a [ast::Stmt], until: TextSize, names: Names<'a>) -> Self {
        let mut taint = Self { mentions, is_strict: true, has_places: true, names, is_sure: true };
        taint.suite(suite, until);
        taint
    }

    pub(super) fn into_names(self) -> Names<'a> {
        self.names
    }

    pub(super) fn names(&self) -> &Names<'a> {
        &self.names
    }

    pub(super) fn reaches(&self, expr: &'a ast::Expr) -> bool {
        let is_detached = |attribute: &ast::ExprAttribute| DETACHED.contains(&attribute.attr.as_str());
        match expr {
            ast::Expr::Name(name) if self.names.contains(name.id.as_str()) => return true,
            ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_)
                if self.is_strict && self.mentions.is_name(expr) && !self.mentions.is_probe(expr) =>
            {
                return true;
            }
            ast::Expr::Attribute(e) if is_detached(e) => return false,
            ast::Expr::Attribute(_) if self.has_places && self.names.contains(self.mentions.cx.source(expr)) => return true,
            ast::Expr::ListComp(e) if self.has_places => return self.comprehension(&e.generators, &e.elt),
            ast::Expr::GeneratorExp(e) if self.has_places => return self.comprehension(&e.generators, &e.elt),
            ast::Expr::DictComp(e) if self.has_places => return self.comprehension(&e.generators, &e.value),
            ast::Expr::Call(call) if self.has_places && self.mentions.named_function(&call.func).is_some_and(detaches) => return false,
            ast::Expr::Call(call) => {
                if self.has_places && self.mentions.named_function(&call.func).is_some() && self.mentions.in_expr(expr) {
                    return true;
                }
                if let ast::Expr::Attribute(e) = &*call.func
                    && is_detached(e)
                {
                    return call.args.iter().any(|arg| self.reaches(arg));
                }
                if self.mentions.is_run(call) || self.is_strict && self.mentions.in_expr(&call.func) {
                    return true;
                }
            }
            _ => {}
        }
        Node::Expr(expr).children().into_iter().any(|child| matches!(child, Node::Expr(child) if self.reaches(child)))
    }

    /// What a comprehension gives: `tuple(h.detach() for h in hidden)` carries nothing.
    fn comprehension(&self, generators: &'a [ast::Comprehension], item: &'a ast::Expr) -> bool {
        let mut inner =
            Self { mentions: self.mentions, is_strict: self.is_strict, has_places: true, names: self.names.clone(), is_sure: true };
        for generator in generators {
            let reached = inner.reaches(&generator.iter);
            inner.bind(&generator.target, reached);
        }
        inner.reaches(item)
    }

    fn suite(&mut self, suite: &'a [ast::Stmt], until: TextSize) {
        for stmt in suite.iter().take_while(|stmt| stmt.range().start() < until) {
            self.stmt(stmt, until);
        }
    }

    fn stmt(&mut self, stmt: &'a ast::Stmt, until: TextSize) {
        match stmt {
            ast::Stmt::Assign(s) => {
                if let ([ast::Expr::Tuple(targets)], ast::Expr::Tuple(values)) = (&s.targets[..], &*s.value)
                    && targets.elts.len() == values.elts.len()
                {
                    let reached: Vec<bool> = values.elts.iter().map(|value| self.reaches(value)).collect();
                    targets.elts.iter().zip(reached).for_each(|(target, reached)| self.bind(target, reached));
                    return;
                }
                let reached = self.reaches(&s.value);
                s.targets.iter().for_each(|target| self.bind(target, reached));
            }
            ast::Stmt::AnnAssign(s) => {
                if let Some(value) = &s.value {
                    let reached = self.reaches(value);
                    self.bind(&s.target, reached);
                }
            }
            ast::Stmt::AugAssign(s) if self.reaches(&s.value) => self.bind(&s.target, true),
            // `outputs.append(y)`
            ast::Stmt::Expr(s) => {
                if let ast::Expr::Call(call) = &*s.value
                    && let ast::Expr::Attribute(e) = &*call.func
                    && call.args.iter().any(|arg| self.reaches(arg))
                    && (matches!(&*e.value, ast::Expr::Name(_)) || self.has_places && matches!(&*e.value, ast::Expr::Attribute(_)))
                    && !self.mentions.is_name(&e.value)
                {
                    self.bind(&e.value, true);
                }
            }
            ast::Stmt::With(s) if s.items.iter().any(|item| is_no_grad(self.mentions.cx, &item.context_expr)) => {}
            ast::Stmt::FunctionDef(_) | ast::Stmt::ClassDef(_) => {}
            ast::Stmt::For(s) => {
                let reached = self.reaches(&s.iter);
                self.bind(&s.target, reached);
                // What one turn leaves, the next one reads.
                let is_sure = std::mem::replace(&mut self.is_sure, false);
                self.suite(&s.body, until);
                self.suite(&s.body, until);
                self.is_sure = is_sure;
            }
            ast::Stmt::With(s) => self.suite(&s.body, until),
            ast::Stmt::If(s) if self.has_places => {
                let before = self.names.clone();
                self.suite(&s.body, until);
                let behind = std::mem::replace(&mut self.names, before);
                self.suite(&s.orelse, until);
                self.names.extend(behind);
            }
            _ => {
                let is_sure = std::mem::replace(&mut self.is_sure, false);
                node::suites(stmt).into_iter().for_each(|suite| self.suite(suite, until));
                self.is_sure = is_sure;
            }
        }
    }

    fn bind(&mut self, target: &'a ast::Expr, reached: bool) {
        let mut names = Names::new();
        flow::targets(target, &mut names);
        if self.has_places {
            self.places(target, &mut names);
        }
        if let ast::Expr::Subscript(e) = target
            && reached
        {
            flow::loads(&e.value, &mut names);
        }
        if reached {
            self.names.extend(names);
        } else if self.is_sure {
            self.names.retain(|name| !names.contains(name));
        }
    }

    fn places(&self, target: &'a ast::Expr, names: &mut Names<'a>) {
        match target {
            ast::Expr::Attribute(_) => {
                names.insert(self.mentions.cx.source(target));
            }
            ast::Expr::Tuple(e) => e.elts.iter().for_each(|e| self.places(e, names)),
            _ => {}
        }
    }
}

/// Whether all that a function gives is detached: `repackage_hidden(h)`.
fn detaches(def: &ast::Stmt) -> bool {
    let ast::Stmt::FunctionDef(def) = def else { return false };
    let (mut returns, mut all) = (false, true);
    node::statements(&def.body, &mut |stmt| {
        let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt else { return };
        let mut cuts = false;
        Node::Expr(value).walk(&mut |node| match node {
            Node::Expr(ast::Expr::Attribute(e)) => cuts |= matches!(e.attr.as_str(), "detach" | "data"),
            // It calls itself for the items of a tuple.
            Node::Expr(ast::Expr::Name(name)) => cuts |= name.id == def.name,
            _ => {}
        });
        returns = true;
        all &= cuts;
    });
    returns && all
}
