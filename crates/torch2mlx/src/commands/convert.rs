//! `torch2mlx convert`: a checkpoint of PyTorch as one that MLX loads.

mod optimizer;
mod place;
mod planned;
mod told;
mod whole;

use anyhow::anyhow;
use t2m_checkpoint::{Checkpoint, Dtype, OpenOptions, OutputTensor, WriteOptions};

use crate::args::{ConvertArgs, FloatType, Framework, HeaderFormat};
use crate::progress::Progress;
use place::Place;
use planned::Plans;

pub(crate) fn run(args: &ConvertArgs) -> anyhow::Result<u8> {
    interruptible();
    let of_input = of_input(args);
    let place = Place::of(args)?;
    if args.whole {
        return whole::run(args, &place);
    }
    let read = args.optimizer.as_ref().map(|_| optimizer::Read::of(args)).transpose()?;
    let mut checkpoint = open(args, read.as_ref().and_then(|read| read.place(args))).map_err(of_input)?;
    let plans = args.class.as_deref().map(Plans::of).transpose()?;
    let tensors = match &plans {
        Some(plans) => {
            let planned = plans.weights(args, &checkpoint)?;
            checkpoint.notes.extend(planned.notes);
            planned.outputs
        }
        None => checkpoint.tensors.iter().map(|tensor| OutputTensor::new(tensor.name.clone(), tensor.view.clone())).collect(),
    };
    let outputs = outputs(args, &place, tensors).map_err(of_input)?;
    // All that can be refused is refused before something is written.
    let state = match (&args.optimizer, &read, &plans) {
        (Some(out), Some(read), Some(plans)) => Some(optimizer::state(args, read, out, &place, plans, &checkpoint)?),
        _ => None,
    };
    let limit = checkpoint.output_limit();
    t2m_checkpoint::check(&outputs, &place.path, &options(args, &place, limit, None, None)).map_err(of_input)?;
    if let Some(state) = &state {
        t2m_checkpoint::check(&state.outputs, &state.place.path, &options(args, &state.place, state.limit(limit), None, None))
            .map_err(of_input)?;
    }
    if !args.quiet {
        told::before(args, &place, &checkpoint, &outputs);
        if plans.is_some() && args.to == Framework::Mlx && args.dtype.is_none() {
            told::dtypes(&outputs);
        }
        state.iter().flat_map(|state| &state.notes).for_each(|note| tell!("note: {note}"));
    }
    let mut ok = write(args, &place, &outputs, limit, checkpoint.size, None).map_err(of_input)?;
    if let Some(state) = &state {
        ok &=
            write(args, &state.place, &state.outputs, state.limit(limit), state.size, (args.to == Framework::Mlx).then(|| state.layout()))
                .map_err(of_input)?;
    }
    if !args.quiet {
        tell!("Conversion complete!");
    }
    Ok(if ok { crate::OK } else { crate::FOUND })
}

/// Errors are one line that starts with the file.
fn of_input(args: &ConvertArgs) -> impl Fn(t2m_checkpoint::Error) -> anyhow::Error + Copy {
    move |error| anyhow!("{}: {error}", args.checkpoint.display())
}

/// Writes, and reads again if that is wanted: whether all agrees.
fn write(
    args: &ConvertArgs,
    place: &Place,
    outputs: &[OutputTensor],
    limit: u64,
    size: u64,
    layout: Option<String>,
) -> t2m_checkpoint::Result<bool> {
    let total: u64 = outputs.iter().map(OutputTensor::bytes).sum();
    let progress = Progress::of_bytes("writing", total, args.quiet);
    let advance = |bytes| progress.advance(bytes);
    let written = t2m_checkpoint::write(outputs, &place.path, &options(args, place, limit, layout, Some(&advance)))?;
    drop(progress);
    if !args.quiet {
        told::written(&written, outputs);
    }
    if !args.verify {
        return Ok(true);
    }
    let progress = Progress::of_bytes("comparing", total, args.quiet);
    let back = &written.files[0];
    let there = Checkpoint::open_plain(back).map_err(|error| error.at(back.display()))?;
    let verdict = t2m_checkpoint::verify(outputs, &there, Some(&|bytes| progress.advance(bytes)))?;
    drop(progress);
    if !verdict.ok() || !args.quiet {
        told::verdict(&verdict, size, &written, outputs.len());
    }
    Ok(verdict.ok())
}

fn options<'a>(
    args: &ConvertArgs,
    place: &Place,
    limit: u64,
    layout: Option<String>,
    progress: Option<&'a (dyn Fn(u64) + Sync)>,
) -> WriteOptions<'a> {
    let format = ("format".to_owned(), metadata(args).to_owned());
    let metadata = std::iter::once(format).chain(layout.map(|layout| ("layout".to_owned(), layout))).collect();
    WriteOptions { format: place.format, metadata, shard_size: place.shard_size, limit, progress }
}

/// The checkpoint as the user wants it read.
fn open(args: &ConvertArgs, besides: Option<String>) -> t2m_checkpoint::Result<Checkpoint> {
    let mut checkpoint = Checkpoint::open(&args.checkpoint, &OpenOptions { key: args.key.clone(), besides, ..OpenOptions::default() })?;
    for (from, to) in &args.rename {
        if checkpoint.rename(from, to)? == 0 {
            return Err(t2m_checkpoint::Error::new(format!(
                "--rename {from}={to}: no tensor is called `{from}`, and no name starts with `{from}.`"
            )));
        }
    }
    Ok(checkpoint)
}

/// All tensors in the dtypes that are wanted, and that MLX loads.
fn outputs(args: &ConvertArgs, place: &Place, tensors: Vec<OutputTensor>) -> t2m_checkpoint::Result<Vec<OutputTensor>> {
    let wanted = args.dtype.map(|dtype| match dtype {
        FloatType::Float32 => Dtype::F32,
        FloatType::Float16 => Dtype::F16,
        FloatType::Bfloat16 => Dtype::Bf16,
    });
    let cast = |tensor: OutputTensor| match wanted.filter(|_| tensor.source_dtype().is_float()) {
        Some(wanted) => tensor.cast(place.format.keeps(wanted)),
        None => {
            let kept = place.format.keeps(tensor.dtype);
            tensor.cast(kept)
        }
    };
    tensors.into_iter().map(cast).collect()
}

fn metadata(args: &ConvertArgs) -> &'static str {
    match args.to {
        Framework::Mlx => args.metadata.name(),
        Framework::Pytorch => HeaderFormat::Pt.name(),
    }
}

/// Ctrl-C leaves nothing half written.
fn interruptible() {
    // A second handler is refused; the first one is ours.
    let _ = ctrlc::set_handler(|| {
        t2m_checkpoint::sweep_on_interrupt();
        std::process::exit(130);
    });
}
