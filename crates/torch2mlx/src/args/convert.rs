//! The arguments of `convert`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  torch2mlx convert step_6510                         writes step_6510.npz
  torch2mlx convert model.pt -o model.safetensors     keeps bfloat16
  torch2mlx convert llama/ -o mlx/ --dtype float16    a folder with an index
  torch2mlx convert run.ckpt -o ema.safetensors --key ema --verify
  torch2mlx convert model.pt --for mlx_src:model.GPT -o model.safetensors
  torch2mlx convert model.safetensors --for mlx_src:model.GPT --to pytorch -o model_pt.safetensors
  torch2mlx convert run.ckpt --for mlx_src:model.GPT -o model.safetensors --optimizer optimizer.safetensors
  torch2mlx convert run.ckpt --for mlx_src:model.GPT -o run.safetensors --whole";

#[derive(Debug, Args)]
#[command(before_help = EXAMPLES, group = ArgGroup::new("state").args(["optimizer", "whole"]))]
pub struct ConvertArgs {
    /// A file of torch.save in either format, safetensors, npz, or a folder or index of shards
    #[arg(value_name = "CKPT")]
    pub checkpoint: PathBuf,

    /// Where to write: `.safetensors`, `.npz`, or a folder for shards [default: CKPT.npz]
    #[arg(value_name = "OUT")]
    pub out: Option<PathBuf>,

    /// The same as OUT
    #[arg(short, long, value_name = "OUT", conflicts_with = "out")]
    pub output: Option<PathBuf>,

    /// The class of a port that the weights are for, by the weight plan that `port` wrote: names, layouts, and whether all is there
    #[arg(long = "for", value_name = "DIR:CLASS")]
    pub class: Option<String>,

    /// With --for: the framework that the result is for
    #[arg(long, value_enum, default_value_t = Framework::Mlx, requires = "class", value_name = "FRAMEWORK")]
    pub to: Framework,

    /// With --for: the checkpoint may lack what the class has
    #[arg(long, requires = "class")]
    pub allow_missing: bool,

    /// With --for: leave out what the class does not have
    #[arg(long, requires = "class")]
    pub allow_extra: bool,

    /// The part of the file that holds the weights: `ema`, `a.b`
    #[arg(long, value_name = "PATH")]
    pub key: Option<String>,

    /// With --for: write the state of the optimizer, too, for resuming a training
    #[arg(long, requires = "class", value_name = "OUT")]
    pub optimizer: Option<PathBuf>,

    /// With --for: write all that a training saved, so that the port's script resumes from it: weights, optimizer, scheduler, numbers
    #[arg(long, requires = "class", conflicts_with_all = ["to", "rename", "dtype", "shard_size"])]
    pub whole: bool,

    /// The file that holds the state of the optimizer, if that is not CKPT
    #[arg(long, requires = "optimizer", value_name = "FILE")]
    pub optimizer_from: Option<PathBuf>,

    /// With --to pytorch: the optimizer whose state it is, such as `SGD`, where that is in doubt
    #[arg(long, requires = "optimizer", value_name = "NAME")]
    pub optimizer_class: Option<String>,

    /// Which of several optimizers: `optimizer_states.0`
    #[arg(long, requires = "state", value_name = "PATH")]
    pub optimizer_key: Option<String>,

    /// Rename a tensor, or the parts that names start with: `encoder=backbone`, `net=`. May be repeated
    #[arg(long, value_name = "FROM=TO", value_parser = rename)]
    pub rename: Vec<(String, String)>,

    /// Cast all floats; without it dtypes stay as they are
    #[arg(long, value_enum, hide_possible_values = false, value_name = "DTYPE")]
    pub dtype: Option<FloatType>,

    /// What the header of safetensors says that the tensors are for
    #[arg(long, value_enum, default_value_t = HeaderFormat::Mlx, value_name = "FORMAT")]
    pub metadata: HeaderFormat,

    /// Cut safetensors into files of at most this size, such as `5GB`, with an index [default for folders: 5GB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub shard_size: Option<u64>,

    /// Read both files again and compare names, shapes and values; exit with 1 if they differ
    #[arg(long)]
    pub verify: bool,

    /// Print nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FloatType {
    Float32,
    Float16,
    Bfloat16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Framework {
    Mlx,
    Pytorch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HeaderFormat {
    /// As MLX writes it
    Mlx,
    /// As PyTorch and Hugging Face expect it
    Pt,
}

impl HeaderFormat {
    pub fn name(self) -> &'static str {
        match self {
            Self::Mlx => "mlx",
            Self::Pt => "pt",
        }
    }
}

fn rename(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((from, to)) if !from.trim_end_matches('.').is_empty() => Ok((from.to_owned(), to.to_owned())),
        _ => Err("it is written FROM=TO".into()),
    }
}

/// Decimal units, as Hugging Face counts shards.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KIB" => 1 << 10,
        "MIB" => 1 << 20,
        "GIB" => 1 << 30,
        _ => return Err("a size is a number with KB, MB or GB behind it".into()),
    };
    let number: u64 = digits.parse().map_err(|_| "a size is a number with KB, MB or GB behind it".to_owned())?;
    number.checked_mul(unit).filter(|&bytes| bytes > 0).ok_or_else(|| "is no useful size".into())
}
