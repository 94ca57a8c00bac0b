//! Masks over the scores: what they are laid over, and how `mx.fast.scaled_dot_product_attention` takes them.

use t2m_syntax::ast::{self, Operator};
use t2m_syntax::{Piece, Prec};

use super::Text;
use super::attention;
use super::flow::{Flow, Region, Term};
use super::form;
use super::frames::Val;
use super::triangle::{self, Causal, Shows};
use crate::cx::Cx;
use crate::names::{Module, Uses};

/// What keeps scores from counting.
pub(super) struct Mask<'a> {
    /// Added, or true where scores are filled over.
    term: Term<'a>,
    form: MaskForm,
    /// Hidden scores are minus infinity, and not a large number; for an added mask, which holds either, true.
    is_infinite: bool,
    /// `if mask is not None:`
    test: Option<Term<'a>>,
    /// The statements of the branch that lays it over the scores.
    branch: Option<&'a [ast::Stmt]>,
    /// How it lies over the scores, where it is a triangle.
    causal: Option<Causal>,
    /// Whose dtype it has to get.
    narrowed: Option<Term<'a>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum MaskForm {
    Added,
    /// `scores.masked_fill(mask, -inf)`
    Hides,
    /// `torch.where(mask, scores, -inf)`
    Shows,
}

/// The branch that a mask is laid over the scores in.
pub(super) struct Within<'a> {
    pub(super) test: Term<'a>,
    pub(super) body: &'a [ast::Stmt],
}

/// What a mask is laid over, and the mask.
pub(super) fn masked<'a>(
    cx: &Cx<'a>,
    flow: &Flow<'a>,
    region: &mut Region<'a>,
    term: Term<'a>,
    within: Option<&Within<'a>>,
) -> Option<(Term<'a>, Mask<'a>)> {
    let laid = |inner: &'a ast::Expr, mask: &'a ast::Expr, form: MaskForm, is_infinite: bool| {
        let (test, branch) = (within.map(|within| within.test), within.map(|within| within.body));
        (term.with(inner), Mask { term: term.with(mask), form, is_infinite, test, branch, causal: None, narrowed: None })
    };
    // What names the number is of no use elsewhere, or stays.
    let mut fill_of = |fill: &'a ast::Expr| {
        let mut attempt = Region::default();
        let mut fill = flow.see(&mut attempt, term.with(fill));
        while let Some(number) = form::op(cx, fill.expr).and_then(|op| match op.name {
            "tensor" => op.arg(0, &["data"]),
            "full" => op.arg(1, &["fill_value"]),
            _ => None,
        }) {
            fill = flow.see(&mut attempt, fill.with(number));
        }
        region.spare(attempt);
        fill.expr
    };
    if let Some(op) = form::op(cx, term.expr) {
        let (inner, mask, fill, form) = match op.name {
            "masked_fill" | "masked_fill_" => (op.arg(0, &["input"])?, op.arg(1, &["mask"])?, op.arg(2, &["value"])?, MaskForm::Hides),
            "where" => {
                let (condition, a, b) = (op.arg(0, &["condition"])?, op.arg(1, &["input"])?, op.arg(2, &["other"])?);
                if form::is_minus_infinity(cx, fill_of(b)) {
                    (a, condition, b, MaskForm::Shows)
                } else {
                    (b, condition, a, MaskForm::Hides)
                }
            }
            "add" | "add_" if op.has_at_most(2, &["input", "other"]) => {
                let (inner, mask) = (op.arg(0, &["input"])?, op.arg(1, &["other"])?);
                return is_added(cx, mask).then(|| laid(inner, mask, MaskForm::Added, true));
            }
            _ => return None,
        };
        let fill = fill_of(fill);
        return form::is_minus_infinity(cx, fill).then(|| laid(inner, mask, form, form::is_infinite(cx, fill)));
    }
    // A sum: the side that leads to a product is the scores.
    form::either_way(term.expr, Operator::Add).find_map(|(inner, mask)| {
        let leads = is_added(cx, mask) && attention::leads_to_product(cx, flow, &mut region.clone(), term.with(inner), 6);
        leads.then(|| laid(inner, mask, MaskForm::Added, true))
    })
}

/// `scores += mask`
pub(super) fn added<'a>(cx: &Cx<'a>, mask: Term<'a>) -> Option<Mask<'a>> {
    let mask_of = |term| Mask { term, form: MaskForm::Added, is_infinite: true, test: None, branch: None, causal: None, narrowed: None };
    is_added(cx, mask.expr).then(|| mask_of(mask))
}

/// A boolean would be added by PyTorch, and hide in MLX.
fn is_added<'a>(cx: &Cx<'a>, mask: &'a ast::Expr) -> bool {
    !form::is_number(cx, mask) && !cx.kind(mask).is_number() && !form::is_boolean(cx, mask)
}

impl<'a> Mask<'a> {
    pub(super) fn is_added(&self) -> bool {
        self.form == MaskForm::Added
    }

    /// Where a query may see nothing, the mean of the values is what it gets.
    pub(super) fn may_blind_with_a_number(&self) -> bool {
        !self.is_infinite && self.causal.is_none()
    }

    /// Looks whether it is a triangle, and what stands in the way of writing it.
    pub(super) fn looked_at(
        mut self,
        cx: &Cx<'a>,
        flow: &Flow<'a>,
        region: &mut Region<'a>,
        [queries, keys]: [Term<'a>; 2],
        rank: &mut Option<u8>,
    ) -> Result<Self, &'static str> {
        let root = Val::root(cx, flow, self.term);
        let shows = match self.form {
            MaskForm::Added => Shows::Added,
            MaskForm::Hides => Shows::Hidden,
            MaskForm::Shows => Shows::Seen,
        };
        let mask = match self.branch {
            Some(body) => root.within(body),
            None => root.clone(),
        };
        let causal = triangle::causal(cx, &mask, shows, &root.at(queries), &root.at(keys));
        *rank = rank.or(causal.filter(|causal| causal.has_four_axes).map(|_| 4));
        // The helper for other ranks knows squares alone.
        self.causal = causal.filter(|causal| *rank == Some(4) || causal.is_square);
        if self.causal.is_some() {
            region.also(root.seen());
        } else if let Some(body) = self.branch {
            self.term = flow.out_of(body, self.term).ok_or("its mask is made in the branch that uses it")?;
        }
        Ok(self)
    }

    /// A mask that is made in float32 widens scores in half precision, which are cast back later on; MLX wants it in their dtype at once.
    pub(super) fn narrow(&mut self, cx: &Cx<'a>, flow: &Flow<'a>, queries: Term<'a>) {
        let is_wide = self.form == MaskForm::Added && self.branch.is_none() && is_made_in_float32(cx, &Val::root(cx, flow, self.term), 8);
        self.narrowed = is_wide.then_some(queries);
    }

    /// What the argument for the mask names.
    pub(super) fn names(&self, region: &mut Region<'a>) {
        if self.causal.is_none() {
            region.leaf(shown(self.form, self.term.expr).map_or(self.term, |shown| self.term.with(shown)));
        }
        if let Some(test) = self.test {
            region.leaf(test);
        }
    }

    /// The argument for the mask.
    pub(super) fn written(self, cx: &Cx<'a>, region: &mut Region<'a>, text: Text<'a>, is_rank_4: bool) -> Text<'a> {
        match (self.causal, is_rank_4) {
            (Some(_), true) => {
                let text = text.text(", mask=\"causal\"");
                match self.test {
                    Some(test) => text.text(" if ").expr(region.leaf(test), Prec::Or).text(" else None"),
                    None => text,
                }
            }
            (Some(_), false) => match self.test {
                Some(test) => text.text(", is_causal=").expr(region.leaf(test), Prec::Test),
                None => text.text(", is_causal=True"),
            },
            _ => seen(cx, region, text.text(if is_rank_4 { ", mask=" } else { ", attn_mask=" }), self),
        }
    }
}

/// The mask as MLX takes it: added, or true for what counts.
fn seen<'a>(cx: &Cx<'a>, region: &mut Region<'a>, mut text: Text<'a>, mask: Mask<'a>) -> Text<'a> {
    let term = mask.term;
    let slot = if mask.test.is_some() { Prec::Or } else { Prec::Test };
    if let Some(of) = mask.narrowed {
        text = text.expr(region.leaf(term), Prec::Atom).text(".astype(").expr(region.leaf(of), Prec::Atom).text(".dtype)");
        return match mask.test {
            Some(test) => text.text(" if ").expr(region.leaf(test), Prec::Or).text(" else None"),
            None => text,
        };
    }
    text = match (shown(mask.form, term.expr), term.expr) {
        (Some(shown), _) => text.expr(region.leaf(term.with(shown)), slot),
        (None, ast::Expr::Compare(compare)) if is_zero_test(compare) => {
            text.expr(region.leaf(term.with(&compare.left)), Prec::BitOr).text(" != 0")
        }
        (None, _) => {
            let (name, uses): (String, Uses) = cx.member(Module::Core, "logical_not");
            text.uses.extend(&uses);
            text.pieces.push(Piece::text(format!("{name}(")));
            text.expr(region.leaf(term), Prec::Test).text(")")
        }
    };
    match mask.test {
        // `mask if mask is not None else None`
        Some(test)
            if is_there(test.expr).is_some_and(|of| shown(mask.form, term.expr).is_some_and(|shown| cx.source(of) == cx.source(shown))) =>
        {
            text
        }
        Some(test) => text.text(" if ").expr(region.leaf(test), Prec::Or).text(" else None"),
        None => text,
    }
}

/// `torch.full((n, n), -inf)` and what is made of it, where nothing gives it a dtype.
fn is_made_in_float32<'a>(cx: &Cx<'a>, mask: &Val<'a>, depth: usize) -> bool {
    let seen = mask.measuring(|| mask.resolve(cx));
    let below = |expr: &'a ast::Expr| depth > 0 && is_made_in_float32(cx, &seen.with(expr), depth - 1);
    match seen.expr() {
        ast::Expr::Subscript(subscript) => below(&subscript.value),
        ast::Expr::BinOp(binop) => below(&binop.left) || below(&binop.right),
        _ => {
            let Some(op) = form::op(cx, seen.expr()) else { return false };
            match op.name {
                "full" | "zeros" | "ones" => op.arg(usize::MAX, &["dtype"]).is_none(),
                "float" => true,
                "triu" | "tril" | "masked_fill" | "unsqueeze" | "view" | "reshape" | "expand" => op.arg(0, &["input"]).is_some_and(below),
                _ => false,
            }
        }
    }
}

/// The mask as it is written, where MLX takes it so.
fn shown(form: MaskForm, mask: &ast::Expr) -> Option<&ast::Expr> {
    match (form, mask) {
        (MaskForm::Added | MaskForm::Shows, _) => Some(mask),
        (MaskForm::Hides, ast::Expr::UnaryOp(unary)) if matches!(unary.op, ast::UnaryOp::Invert) => Some(&unary.operand),
        (MaskForm::Hides, _) => None,
    }
}

/// What `x is not None` asks for.
fn is_there(test: &ast::Expr) -> Option<&ast::Expr> {
    match test {
        ast::Expr::Compare(compare) if matches!(compare.ops[..], [ast::CmpOp::IsNot]) => {
            matches!(&compare.comparators[..], [ast::Expr::Constant(none)] if none.value.is_none()).then_some(&*compare.left)
        }
        _ => None,
    }
}

/// `mask == 0`
fn is_zero_test(compare: &ast::ExprCompare) -> bool {
    matches!((&compare.ops[..], &compare.comparators[..]), ([ast::CmpOp::Eq], [zero]) if form::integer(zero) == Some(0))
}
