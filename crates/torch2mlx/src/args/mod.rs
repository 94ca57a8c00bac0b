//! What can be said on the command line.

mod convert;
mod verify;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use convert::{ConvertArgs, FloatType, Framework, HeaderFormat};
pub use verify::{CaseArgs, Mode, RecordArgs, RunArgs, VerifyAction, VerifyArgs, VerifyFormat};

const EXAMPLES: &str = "\
Examples:
  torch2mlx port src/ --out mlx_src/       port a folder
  torch2mlx port model.py --diff           show what would change
  cat model.py | torch2mlx port -          port stdin to stdout
  torch2mlx verify src/ mlx_src/ --entry model:Net
                                           run both and compare
  torch2mlx convert model.pt -o model.safetensors
                                           a checkpoint for the port
  torch2mlx explain T2M601                 what a code means
  torch2mlx mappings softmax               what is supported, and how";

const PORT_EXAMPLES: &str = "\
Examples:
  torch2mlx port src/ --out out/           src/a/b.py becomes out/a/b.py
  torch2mlx port model.py --out out/       writes out/model.py
  torch2mlx port train.py lib/ --out out/  writes out/train.py and out/lib/...
  torch2mlx port src/ --diff | git apply   port in place, under version control
  torch2mlx port src/ --out out/ --check   in CI: is out/ what src/ ports to?";

/// Port PyTorch code to MLX.
#[derive(Debug, Parser)]
#[command(name = "torch2mlx", version, max_term_width = 100, before_help = EXAMPLES, propagate_version = false)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,

    /// When to colour what is said on stderr (`NO_COLOR` and `FORCE_COLOR` are respected)
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Port files and folders; what can't be ported with certainty keeps a TODO
    Port(PortArgs),
    /// Run the original under PyTorch and the port under MLX, on the same weights and inputs, and say where they part
    Verify(Box<VerifyArgs>),
    /// Write a checkpoint of PyTorch as one that MLX loads, without torch
    Convert(Box<ConvertArgs>),
    /// Print the page of a code, or list all codes
    Explain {
        /// A code, such as T2M601; all are listed without it
        code: Option<String>,
    },
    /// Print what is supported, and how
    Mappings {
        /// A part of names, such as softmax: they are shown with parameters, MLX text and notes; all are listed without it
        search: Option<String>,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Args)]
#[command(before_help = PORT_EXAMPLES)]
pub struct PortArgs {
    /// Files and folders to port, or `-` for stdin. A folder's contents go to DIR; of several sources, each keeps its own name below DIR
    #[arg(required = true, value_name = "SRC")]
    pub sources: Vec<PathBuf>,

    /// The folder to write to: new, empty, or an earlier output
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Print a unified diff that `git apply` and `patch -p1` take; nothing is written unless --out is given too
    #[arg(long)]
    pub diff: bool,

    /// Write nothing; exit with 1 if DIR is not what SRC ports to
    #[arg(long, requires = "out")]
    pub check: bool,

    /// Write to DIR even if it is not an earlier output, or was edited
    #[arg(long, requires = "out")]
    pub force: bool,

    /// How arrays are laid out for spatial layers
    #[arg(long, value_enum, hide_possible_values = false, value_name = "LAYOUT")]
    pub layout: Option<Layout>,

    /// Write fused operations (`mx.fast`) for attention, rotary embeddings, norms and softmax that are written out by hand, where that is proved
    #[arg(long)]
    pub fuse: bool,

    /// Write a JSON report: every file with its status, every finding, counts by row and rule
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,

    /// Exit with 1 if a TODO is left, or a file could not be read
    #[arg(long)]
    pub fail_on_todo: bool,

    /// How findings are written to stderr
    #[arg(long, value_enum, default_value_t = Format::Full, value_name = "FORMAT")]
    pub format: Format,

    /// The name that stdin's text is known by
    #[arg(long, value_name = "FILE")]
    pub stdin_filename: Option<PathBuf>,

    /// Read this configuration instead of the nearest `torch2mlx.toml` or `pyproject.toml`
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Take files too that `.gitignore` names
    #[arg(long)]
    pub no_respect_gitignore: bool,

    /// Print every finding, why each decision was taken, and what was skipped
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,

    /// Print nothing but errors
    #[arg(short, long)]
    pub quiet: bool,

    /// Read, decode and parse SRC, and do nothing else: what the speed of a port is measured by
    #[arg(long, hide = true)]
    pub parse_only: bool,
}

impl PortArgs {
    /// Whether something else than errors may be said, in lines.
    pub(crate) fn talks(&self) -> bool {
        !self.quiet && !self.format.is_document()
    }

    /// Whether more than usual may be said, in lines.
    pub(crate) fn explains(&self) -> bool {
        self.verbose && !self.format.is_document()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// How arrays of spatial layers are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Layout {
    /// Interfaces keep PyTorch's channels-first layout
    #[default]
    Nchw,
}

impl Layout {
    pub fn name(self) -> &'static str {
        match self {
            Self::Nchw => "nchw",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// With the source line and carets
    Full,
    /// One line each
    Concise,
    /// One JSON document
    Json,
    /// Annotations for GitHub Actions
    Github,
    /// A SARIF document, for code scanners
    Sarif,
}

impl Format {
    /// Whether it is one document, beside which nothing else may stand.
    fn is_document(self) -> bool {
        matches!(self, Self::Json | Self::Sarif)
    }
}
