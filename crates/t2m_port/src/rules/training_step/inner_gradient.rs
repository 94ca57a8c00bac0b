//! A gradient that is taken inside of a loss: what the model computes behind it must not be compiled, since MLX can't differentiate that.

use std::sync::LazyLock;

use t2m_semantic::tables::read_names;

use t2m_syntax::ast::{self, Ranged};

use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::{Cx, contains_word};
use crate::finding::Finding;
use crate::names::Module;

/// From `mappings/names/compiled.toml`.
static COMPILED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let table: toml::Table = read_names("compiled");
    let names = table.get("names").and_then(toml::Value::as_array).into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
});

/// `mx.disable_compile()` above the gradient, in a project with such activations.
pub(super) fn with_compiling_off<'a>(cx: &Cx<'a>, stmt: &ast::Stmt, mut claim: StmtClaim<'a>) -> StmtClaim<'a> {
    if cx.project.files.iter().any(|file| COMPILED.iter().any(|name| contains_word(&file.source.text, name))) {
        let (disable, uses) = cx.member(Module::Core, "disable_compile");
        claim.decision.before.push(format!("{disable}()"));
        claim.uses.extend(&uses);
        let reason = "MLX can't differentiate what it compiles behind an inner gradient: compiling is switched off";
        return claim.finding(Finding::note(codes::COMPILE_OFF, stmt.range(), reason));
    }
    claim
}
