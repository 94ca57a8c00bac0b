//! Assignment targets, unpacking, patterns.

use t2m_syntax::ast;

use super::stmts::Interp;
use crate::classes::Role;
use crate::facts::ClassId;
use crate::kind::{Evidence, Fact, Kind, TensorKind};
use crate::lattice::{is_nothing_yet, known, present};

impl<'p> Interp<'_, 'p> {
    pub(super) fn assign(&mut self, target: &'p ast::Expr, fact: &Fact) {
        match target {
            ast::Expr::Name(name) => {
                let fact = self.as_declared(name.id.as_str(), fact);
                self.note(target, &fact);
                self.set(name.id.as_str(), fact);
            }
            ast::Expr::Starred(starred) => self.assign(&starred.value, fact),
            ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => self.unpack(elts, fact),
            ast::Expr::Attribute(attribute) => {
                let object = self.eval(&attribute.value);
                if let Kind::Instance(class) | Kind::Class(class) = present(&object.kind)
                    && !self.is_property(*class, attribute.attr.as_str())
                {
                    self.set_attr(*class, attribute.attr.as_str(), fact);
                }
                self.note(target, fact);
            }
            ast::Expr::Subscript(subscript) => {
                let container = self.eval(&subscript.value);
                self.eval(&subscript.slice);
                let changed = match &container.kind {
                    Kind::Dict(item) => Kind::dict(self.put(item, &fact.kind)),
                    Kind::List(item) if !matches!(*subscript.slice, ast::Expr::Slice(_)) => Kind::list(self.put(item, &fact.kind)),
                    _ => return,
                };
                self.replace(&subscript.value, changed, fact.evidence.min(container.evidence));
            }
            _ => _ = self.eval(target),
        }
    }

    /// Whether a setter takes what is assigned, and a getter says what is read.
    fn is_property(&mut self, class: ClassId, name: &'p str) -> bool {
        let methods = self.methods(class, name);
        methods.iter().any(|method| self.world.definitions.function(*method).role == Role::Property)
    }

    /// The item kind of a container after something was put into it.
    pub(super) fn put(&self, item: &Kind, kind: &Kind) -> Kind {
        if is_nothing_yet(item) { *kind } else { self.world.join_kinds(item, kind) }
    }

    /// Changes what a name or an attribute of an instance is, after a container that it holds has changed.
    pub(super) fn replace(&mut self, place: &'p ast::Expr, kind: Kind, evidence: Evidence) {
        match place {
            ast::Expr::Name(name) if self.frame.env.get(name.id.as_str()).is_some() => self.set(name.id.as_str(), known(kind, evidence)),
            ast::Expr::Attribute(attribute) => {
                let object = self.eval(&attribute.value);
                if let Kind::Instance(class) = present(&object.kind) {
                    self.set_attr(*class, attribute.attr.as_str(), &known(kind, evidence));
                }
            }
            _ => {}
        }
    }

    fn unpack(&mut self, targets: &'p [ast::Expr], fact: &Fact) {
        let starred = targets.iter().position(|target| matches!(target, ast::Expr::Starred(_)));
        let item = self.world.item(fact);
        let kinds = match present(&fact.kind) {
            Kind::Tuple(kinds) if !kinds.is_empty() => Some(*kinds),
            _ => None,
        };
        for (index, target) in targets.iter().enumerate() {
            let item = match (&kinds, starred) {
                (_, Some(at)) if at == index => known(Kind::list(item.kind), item.evidence),
                (Some(kinds), None) if kinds.len() == targets.len() => known(kinds[index], fact.evidence),
                (Some(kinds), Some(at)) if index < at && index < kinds.len() => known(kinds[index], fact.evidence),
                (Some(kinds), Some(at)) if index > at && kinds.len() >= targets.len() - index => {
                    known(kinds[kinds.len() - (targets.len() - index)], fact.evidence)
                }
                (Some(_), _) => Fact::default(),
                (None, _) => item,
            };
            self.assign(target, &item);
        }
    }

    /// `b, c, h, w = x.shape` says that `x` has four axes.
    pub(super) fn learn_rank(&mut self, target: &'p ast::Expr, value: &'p ast::Expr) {
        let ast::Expr::Tuple(names) = target else { return };
        if names.elts.iter().any(|target| matches!(target, ast::Expr::Starred(_))) {
            return;
        }
        let sized = match value {
            ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "shape" => &*attribute.value,
            ast::Expr::Call(call) if call.args.is_empty() && call.keywords.is_empty() => match &*call.func {
                ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "size" => &*attribute.value,
                _ => return,
            },
            _ => return,
        };
        if let ast::Expr::Name(name) = sized {
            let count = u8::try_from(names.elts.len()).ok();
            self.frame.env.refine(name.id.as_str(), |fact| match &fact.kind {
                Kind::Tensor(TensorKind { rank: None, dtype }) => {
                    Some(Fact::new(Kind::Tensor(TensorKind { rank: count, dtype: *dtype }), fact.evidence))
                }
                _ => None,
            });
        }
    }

    pub(super) fn pattern(&mut self, pattern: &'p ast::Pattern, subject: &Fact) {
        match pattern {
            ast::Pattern::MatchValue(p) => _ = self.eval(&p.value),
            ast::Pattern::MatchSingleton(_) => {}
            ast::Pattern::MatchStar(p) => self.capture(&p.name, Fact::default()),
            ast::Pattern::MatchSequence(p) => p.patterns.iter().for_each(|p| self.pattern(p, &Fact::default())),
            ast::Pattern::MatchMapping(p) => {
                p.keys.iter().for_each(|key| _ = self.eval(key));
                p.patterns.iter().for_each(|p| self.pattern(p, &Fact::default()));
                self.capture(&p.rest, Fact::default());
            }
            ast::Pattern::MatchClass(p) => {
                self.eval(&p.cls);
                p.patterns.iter().chain(&p.kwd_patterns).for_each(|p| self.pattern(p, &Fact::default()));
            }
            ast::Pattern::MatchAs(p) => {
                // Ex) `case _ as x`, but `case int() as x` is narrower than the subject
                let whole = if p.pattern.is_none() { *subject } else { Fact::default() };
                if let Some(inner) = &p.pattern {
                    self.pattern(inner, subject);
                }
                self.capture(&p.name, whole);
            }
            ast::Pattern::MatchOr(p) => p.patterns.iter().for_each(|p| self.pattern(p, subject)),
        }
    }

    fn capture(&mut self, name: &'p Option<ast::Identifier>, fact: Fact) {
        if let Some(name) = name {
            self.set(name.as_str(), fact);
        }
    }
}
