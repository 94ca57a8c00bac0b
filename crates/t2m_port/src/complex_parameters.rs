//! Parameters of complex numbers: PyTorch's optimizers take their real and imaginary parts for parameters of their own, MLX's square them as they are.

use t2m_semantic::kind::DType;
use t2m_semantic::tables::predicate;
use t2m_semantic::{Facts, FileId, Project};
use t2m_syntax::Node;
use t2m_syntax::ast;

/// Whether any file of a project makes one: `nn.Parameter(torch.randn(2, 3, dtype=torch.cfloat))`.
pub(crate) fn are_made(project: &Project, facts: &Facts) -> bool {
    let names_them = |text: &str| text.contains("Parameter(") && ["complex", "cfloat", "polar("].iter().any(|name| text.contains(name));
    project.files.iter().enumerate().any(|(at, file)| {
        let facts = facts.file(FileId(at as u32));
        let mut found = false;
        if names_them(&file.source.text) {
            for stmt in &file.source.suite {
                Node::Stmt(stmt).walk(&mut |node| {
                    let Node::Expr(ast::Expr::Call(call)) = node else { return };
                    let made = call.args.first().filter(|_| facts.qualified(&call.func) == Some("torch.nn.Parameter"));
                    found |= made.is_some_and(|value| predicate::known_dtype(&facts.fact(value).kind) == Some(DType::Complex64));
                });
            }
        }
        found
    })
}
