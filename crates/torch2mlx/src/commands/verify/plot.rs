//! Pictures of a run: the difference by layer, on a scale of powers of ten, and the losses of both sides.

use std::fmt::Write;
use std::path::Path;

use t2m_verify::Verdict;

use crate::failure::io_failure;

const WIDTH: f64 = 900.0;
const LEFT: f64 = 320.0;
const ROW: f64 = 18.0;
/// The scale of differences: from 1e-9 to 1.
const DECADES: f64 = 9.0;
/// What the usual tolerance is; a bar behind it is another colour.
const TOLERANCE: f64 = 1e-5;

pub(super) fn write(verdicts: &[Verdict], folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| io_failure("create", folder, &error))?;
    for verdict in verdicts {
        let name: String = verdict.id.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
        let pictures = [("layers", layers(verdict)), ("losses", losses(verdict))];
        for (what, picture) in pictures.into_iter().filter_map(|(what, picture)| Some((what, picture?))) {
            let path = folder.join(format!("{}_{what}.svg", name.trim_matches('_')));
            std::fs::write(&path, picture).map_err(|error| io_failure("write", &path, &error))?;
        }
    }
    Ok(())
}

/// One bar for each module call, in the order of execution.
fn layers(verdict: &Verdict) -> Option<String> {
    if verdict.layers.is_empty() {
        return None;
    }
    let height = 60.0 + ROW * verdict.layers.len() as f64;
    let mut svg = start(height, &format!("{}: difference by layer", verdict.id));
    let scale = (WIDTH - LEFT - 20.0) / DECADES;
    for decade in 0..=DECADES as i32 {
        let x = LEFT + scale * f64::from(decade);
        let _ = writeln!(
            svg,
            r##"<line x1="{x}" y1="38" x2="{x}" y2="{height}" stroke="#ddd"/><text x="{x}" y="34" text-anchor="middle">1e{}</text>"##,
            decade - 9
        );
    }
    for (row, (path, class, apart)) in verdict.layers.iter().enumerate() {
        let y = 44.0 + ROW * row as f64;
        let label = format!("{} {}", if path.is_empty() { "(all)" } else { path }, class.as_deref().unwrap_or_default());
        let _ = writeln!(svg, r#"<text x="{}" y="{}" text-anchor="end">{}</text>"#, LEFT - 8.0, y + 11.0, escape(&label));
        let (width, color) = match apart {
            Some(apart) => {
                ((apart.max(1e-9).log10() + DECADES).clamp(0.0, DECADES) * scale, if *apart > TOLERANCE { "#c0392b" } else { "#2e7d6b" })
            }
            // Another shape, or not finite.
            None => (DECADES * scale, "#7d3c98"),
        };
        let _ = writeln!(svg, r#"<rect x="{LEFT}" y="{y}" width="{:.1}" height="13" fill="{color}"/>"#, width.max(1.0));
    }
    Some(svg + "</svg>\n")
}

/// Both curves over the steps.
fn losses(verdict: &Verdict) -> Option<String> {
    let curves = verdict.losses.as_ref()?;
    let values: Vec<f64> = curves.iter().flatten().filter_map(|value| *value).collect();
    let (low, high) = (values.iter().copied().reduce(f64::min)?, values.iter().copied().reduce(f64::max)?);
    let steps = curves.iter().map(Vec::len).max().unwrap_or(0).max(2);
    let (height, span) = (360.0, (high - low).max(1e-12));
    let mut svg = start(height, &format!("{}: losses", verdict.id));
    let point = |step: usize, value: f64| {
        (70.0 + (WIDTH - 100.0) * step as f64 / (steps - 1) as f64, 50.0 + (height - 90.0) * (high - value) / span)
    };
    for value in [low, high] {
        let (_, y) = point(0, value);
        let _ = writeln!(
            svg,
            r##"<line x1="70" y1="{y}" x2="{}" y2="{y}" stroke="#ddd"/><text x="64" y="{}" text-anchor="end">{value:.4}</text>"##,
            WIDTH - 30.0,
            y + 4.0
        );
    }
    for (curve, (name, style)) in curves
        .iter()
        .zip([("torch", r##"stroke="#d35400" stroke-width="4" opacity="0.5""##), ("mlx", r##"stroke="#1f618d" stroke-width="1.5""##)])
    {
        let points: Vec<String> = curve
            .iter()
            .enumerate()
            .filter_map(|(step, value)| Some(point(step, (*value)?)))
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let _ = writeln!(svg, r#"<polyline points="{}" fill="none" {style}/>"#, points.join(" "));
        let x = if name == "torch" { WIDTH - 160.0 } else { WIDTH - 80.0 };
        let _ = writeln!(svg, r#"<line x1="{}" y1="30" x2="{}" y2="30" {style}/><text x="{}" y="34">{name}</text>"#, x - 24.0, x - 4.0, x);
    }
    let _ = writeln!(
        svg,
        r#"<text x="70" y="{}">step 0</text><text x="{}" y="{}" text-anchor="end">step {}</text>"#,
        height - 12.0,
        WIDTH - 30.0,
        height - 12.0,
        steps - 1
    );
    Some(svg + "</svg>\n")
}

fn start(height: f64, title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"white\"/>\n<text x=\"12\" y=\"18\" font-size=\"14\">{}</text>\n",
        escape(title)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict() -> Verdict {
        serde_json::from_str(
            r#"{"id": "net <1>", "ok": true, "error": null, "seconds": 1.0,
                "layers": [["fc", "Linear", 1e-7], ["", "Net", null]], "losses": [[2.0, 1.0], [2.0, null]]}"#,
        )
        .expect("a verdict")
    }

    #[test]
    fn pictures_are_well_formed_and_named_after_the_case() {
        let folder = tempfile::tempdir().expect("a folder");
        write(&[verdict()], folder.path()).expect("pictures");
        for (name, part) in [("net__1_layers.svg", "fc Linear"), ("net__1_losses.svg", "polyline")] {
            let text = std::fs::read_to_string(folder.path().join(name)).expect(name);
            assert!(text.contains(part) && text.contains("net &lt;1&gt;") && text.ends_with("</svg>\n"), "{text}");
            assert_eq!(text.matches('<').count(), text.matches('>').count());
        }
    }
}
