//! What `torch2mlx verify` can be told.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  torch2mlx verify src/ mlx_src/ --entry model:GPT --args \"GPTConfig(n_layer=2)\" --inputs \"tokens: int64[2, 16] < 100\"
  torch2mlx verify src/ mlx_src/ --entry model:Net              propose inputs, print them, run
  torch2mlx verify --cases verify.toml                          the cases of a file
  torch2mlx verify record --cases verify.toml --out ref/        where there is torch
  torch2mlx verify replay ref/ mlx_src/                         where there is only mlx";

const RECORD_EXAMPLES: &str = "\
Examples:
  torch2mlx verify record --cases verify.toml --out ref/        run the originals, keep what they give";

const REPLAY_EXAMPLES: &str = "\
Examples:
  torch2mlx verify replay ref/ mlx_src/                         run the port, compare it with a record";

/// `verify`, `verify record` and `verify replay`.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_value_name = "ACTION", subcommand_help_heading = "Actions")]
pub struct VerifyArgs {
    #[command(subcommand)]
    pub action: Option<VerifyAction>,

    #[command(flatten)]
    pub what: CaseArgs,

    /// The interpreter with torch and numpy; by default one that has mlx, too
    #[arg(long, value_name = "PYTHON")]
    pub torch_python: Option<PathBuf>,

    #[command(flatten)]
    pub how: RunArgs,
}

#[derive(Debug, Subcommand)]
pub enum VerifyAction {
    /// Run the original alone and keep what it gives, for a machine without torch
    #[command(before_help = RECORD_EXAMPLES)]
    Record(Box<RecordArgs>),
    /// Run the port alone and compare it with a record
    #[command(before_help = REPLAY_EXAMPLES)]
    Replay {
        /// What `record` wrote
        #[arg(value_name = "REF")]
        reference: PathBuf,

        /// The port
        #[arg(value_name = "PORT")]
        port: PathBuf,

        #[command(flatten)]
        how: RunArgs,
    },
}

#[derive(Debug, Args)]
pub struct RecordArgs {
    #[command(flatten)]
    pub what: CaseArgs,

    /// The folder to write to: new, or an earlier record
    #[arg(short, long, value_name = "DIR")]
    pub out: PathBuf,

    /// The interpreter with torch and numpy
    #[arg(long, value_name = "PYTHON")]
    pub torch_python: Option<PathBuf>,
}

/// What is compared: one entry, or a file of cases.
#[derive(Debug, Args)]
pub struct CaseArgs {
    /// The original: a folder or a file
    #[arg(value_name = "SRC")]
    pub source: Option<PathBuf>,

    /// Its port
    #[arg(value_name = "PORT")]
    pub port: Option<PathBuf>,

    /// A TOML file of cases, instead of SRC, PORT and an entry
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "port", "entry"])]
    pub cases: Option<PathBuf>,

    /// What is run: `module:Class` or `module:function`
    #[arg(long, value_name = "MODULE:NAME")]
    pub entry: Option<String>,

    /// The constructor's arguments, as Python
    #[arg(long, value_name = "PYTHON", requires = "entry", allow_hyphen_values = true)]
    pub args: Option<String>,

    /// The same for the port, where it differs
    #[arg(long, value_name = "PYTHON", requires = "entry", allow_hyphen_values = true)]
    pub args_mlx: Option<String>,

    /// Inputs: `name: dtype[sizes] < bound` each, a Python expression behind the name, an `.npz`, or `module:function`; proposed if absent
    #[arg(long, value_name = "INPUTS", requires = "entry")]
    pub inputs: Vec<String>,

    /// What is called, where it is not the model itself: an expression of `model` and the inputs
    #[arg(long, value_name = "PYTHON", requires = "entry")]
    pub call: Option<String>,

    /// A checkpoint of the original; without it the weights are its own initialisation, with constants replaced
    #[arg(long, value_name = "FILE", requires = "entry")]
    pub weights: Option<PathBuf>,

    /// Compare the gradients of all parameters and of float inputs too
    #[arg(long, requires = "entry")]
    pub grad: bool,

    /// Which mode a module runs in; both if absent
    #[arg(long, value_enum, value_name = "MODE", requires = "entry")]
    pub mode: Option<Mode>,

    /// Train: one step as an expression of `model`, `optimizer` and the inputs that gives the loss
    #[arg(long, value_name = "PYTHON", requires = "entry")]
    pub step: Option<String>,

    /// The optimizer of the training step, as an expression of `model`
    #[arg(long, value_name = "PYTHON", requires = "step")]
    pub optimizer: Option<String>,

    /// How many steps are trained
    #[arg(long, value_name = "K", requires = "step", default_value_t = 5)]
    pub steps: usize,

    /// The seed of weights and inputs
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u32,

    /// The tolerance, relative and of the largest value; by dtype if absent (float32: 1e-5)
    #[arg(long, value_name = "X")]
    pub tol: Option<f64>,

    /// Seconds that one case may take on each side
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub limit: u32,
}

/// Who runs it, and how it is told.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The interpreter with mlx and numpy
    #[arg(long, value_name = "PYTHON")]
    pub mlx_python: Option<PathBuf>,

    /// How the result is written to stdout
    #[arg(long, value_enum, default_value_t = VerifyFormat::Table, value_name = "FORMAT")]
    pub format: VerifyFormat,

    /// Write pictures (SVG): the difference by layer, and both loss curves
    #[arg(long, value_name = "DIR")]
    pub plot: Option<PathBuf>,

    /// Print nothing to stderr but errors
    #[arg(short, long)]
    pub quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    Eval,
    Train,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VerifyFormat {
    /// For the terminal
    Table,
    /// One JSON document
    Json,
    /// For a pull request
    Markdown,
}
