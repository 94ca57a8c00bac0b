//! What MLX has on the CPU device alone. The text is right there; on a Mac, whose default device is the GPU, it raises: a note says so at each place.

use std::sync::LazyLock;

use serde::Deserialize;
use t2m_semantic::tables::{Case, Row, Then, read_names};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;

/// `mappings/names/cpu_only.toml`
#[derive(Deserialize, Default)]
struct CpuOnly {
    texts: Vec<String>,
}

static CPU_ONLY: LazyLock<CpuOnly> = LazyLock::new(|| read_names("cpu_only"));

/// What a case of a row says of the place where it is written.
pub(crate) fn of_case<'a>(cx: &Cx<'a>, case: &Case, at: &'a ast::Expr) -> Option<Finding> {
    let Then::Template(text) = &case.then else { return None };
    said(cx, text, at)
}

/// What a row says of its name, which stands for a value.
pub(crate) fn of_name<'a>(cx: &Cx<'a>, row: &Row, at: &'a ast::Expr) -> Option<Finding> {
    let case = row.cases.first().and_then(|case| of_case(cx, case, at));
    case.or_else(|| said(cx, row.value.as_deref()?, at))
}

fn said<'a>(cx: &Cx<'a>, text: &str, at: &'a ast::Expr) -> Option<Finding> {
    let name = CPU_ONLY.texts.iter().find(|name| text.contains(name.as_str()))?;
    // `x.dtype == torch.float64` makes no array.
    let is_asked = matches!(
        cx.parent(at),
        Some(Node::Expr(ast::Expr::Compare(_) | ast::Expr::Tuple(_) | ast::Expr::List(_) | ast::Expr::Set(_) | ast::Expr::Dict(_)))
    );
    let reason = format!("MLX has float64 on the CPU device alone, and `{name}` raises on the GPU, a Mac's default device");
    (!is_asked)
        .then(|| Finding::note(codes::CPU_ONLY, at.range(), reason).help("call `mx.set_default_device(mx.cpu)` first, or use float32"))
}
