//! What a test says about names where it holds: `isinstance`, `type(x) == C`, `is None`, truth.

use t2m_syntax::ast;

use super::annotations;
use super::stmts::Interp;
use crate::facts::Entity;
use crate::kind::{Evidence, Fact, Kind};
use crate::lattice::{Classes, known, present};

impl<'p> Interp<'_, 'p> {
    /// Changes the environment to where `test` is `truth`.
    pub(super) fn narrow(&mut self, test: &'p ast::Expr, truth: bool) {
        match test {
            ast::Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::Not) => self.narrow(&unary.operand, !truth),
            ast::Expr::BoolOp(bool_op) if matches!(bool_op.op, ast::BoolOp::And) == truth => {
                bool_op.values.iter().for_each(|value| self.narrow(value, truth));
            }
            ast::Expr::Compare(compare) if self.narrow_by_type(compare, truth) => {}
            ast::Expr::Compare(compare) => {
                let ([op], [ast::Expr::Constant(right)]) = (&compare.ops[..], &compare.comparators[..]) else { return };
                if !matches!(right.value, ast::Constant::None) {
                    return;
                }
                let is_none = match op {
                    ast::CmpOp::Is | ast::CmpOp::Eq => truth,
                    ast::CmpOp::IsNot | ast::CmpOp::NotEq => !truth,
                    _ => return,
                };
                let mut is_impossible = false;
                self.refine(&compare.left, |fact| match (is_none, &fact.kind) {
                    (true, _) => Some(Fact::new(Kind::None, Evidence::Constructed)),
                    (false, Kind::Optional(inner)) => Some(Fact::new(**inner, fact.evidence)),
                    (false, Kind::None) => {
                        is_impossible = true;
                        Some(Fact::default())
                    }
                    (false, _) => None,
                });
                self.frame.env.dead |= is_impossible;
            }
            ast::Expr::Name(_) if truth => self.refine(test, |fact| match &fact.kind {
                Kind::Optional(inner) => Some(Fact::new(**inner, fact.evidence)),
                _ => None,
            }),
            ast::Expr::NamedExpr(named) => self.narrow(&named.target, truth),
            ast::Expr::Call(call) => {
                let Some(kind) = self.tested_kind(call) else { return };
                let Some(subject) = call.args.first() else { return };
                let is_variable = matches!(call.args.get(1), Some(ast::Expr::Name(_)))
                    && call.args.get(1).is_some_and(|class| self.entity(class).is_none());
                let world = self.world;
                self.refine(subject, |fact| {
                    let here = present(&fact.kind);
                    let agrees = std::mem::discriminant(here) == std::mem::discriminant(&kind)
                        || (kind == Kind::Module && world.is_module(here))
                        // `isinstance(x, (int, float))`
                        || (kind == Kind::Number && matches!(here, Kind::Int | Kind::Float));
                    match (truth, agrees) {
                        (true, true) => Some(Fact::new(*here, fact.evidence.max(Evidence::Annotated))),
                        // Of a class that the run knows: a module stays one.
                        (true, false) if kind.is_unknown() && is_variable && world.is_module(here) => None,
                        // Unknown is what a tuple of types comes to: then it is not what it seemed to be.
                        (true, false) if kind.is_unknown() => Some(Fact::mixed()),
                        (true, false) => Some(known(kind, Evidence::Constructed)),
                        (false, true) => Some(Fact::mixed()),
                        (false, false) if kind.is_tensor() && fact.is_open() => Some(Fact::mixed()),
                        (false, false) => None,
                    }
                });
            }
            _ => {}
        }
    }

    /// `type(layer) == nn.Linear`: where it holds, a layer of that very class.
    fn narrow_by_type(&mut self, compare: &'p ast::ExprCompare, truth: bool) -> bool {
        let (ast::Expr::Call(call), [op], [class]) = (&*compare.left, &compare.ops[..], &compare.comparators[..]) else { return false };
        let [subject] = &call.args[..] else { return false };
        let is_equal =
            matches!(op, ast::CmpOp::Is | ast::CmpOp::Eq) && truth || matches!(op, ast::CmpOp::IsNot | ast::CmpOp::NotEq) && !truth;
        if !is_equal || !matches!(self.entity(&call.func), Some(Entity::Builtin(name)) if name == "type") {
            return false;
        }
        let kind = self.instance_of(class);
        let is_module = self.world.is_module(&kind);
        if is_module {
            self.refine(subject, |_| Some(known(kind, Evidence::Constructed)));
        }
        is_module
    }

    fn refine(&mut self, expr: &'p ast::Expr, change: impl FnOnce(&Fact) -> Option<Fact>) {
        if let ast::Expr::Name(name) = expr {
            self.frame.env.refine(name.id.as_str(), change);
        }
    }

    /// The kind that `isinstance(x, T)` or `torch.is_tensor(x)` asks for.
    fn tested_kind(&self, call: &'p ast::ExprCall) -> Option<Kind> {
        match self.entity(&call.func)? {
            Entity::Library(name) if name == "torch.is_tensor" => Some(Kind::TENSOR),
            Entity::Builtin(name) if name == "isinstance" => match call.args.get(1)? {
                ast::Expr::Tuple(types) => {
                    let kinds = types.elts.iter().map(|class| self.instance_of(class));
                    kinds.reduce(|a, b| self.world.join_kinds(&a, &b))
                }
                class => Some(self.instance_of(class)),
            },
            _ => None,
        }
    }

    fn instance_of(&self, class: &'p ast::Expr) -> Kind {
        match self.entity(class) {
            Some(Entity::Builtin(name)) if name == "tuple" => Kind::seq(Kind::Unknown),
            Some(Entity::Library(name) | Entity::Builtin(name)) => annotations::of_name(self.world, name),
            Some(Entity::Class(class)) => Kind::Instance(*class),
            _ => Kind::Unknown,
        }
    }
}
