//! The report as a chart: every time as a multiple of the bare command's time.

use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::report::BenchReport;
use super::tables::figure;
use crate::error::CliError;

/// Colours for a light background; [`DARK`] changes them for a dark one.
const INK: RGBColor = RGBColor(0x33, 0x33, 0x33);
const FASTER: RGBColor = RGBColor(0x2a, 0x8f, 0x5b);
const SLOWER: RGBColor = RGBColor(0xc2, 0x5b, 0x3a);

/// Style sheets take precedence over the attributes that hold the colours.
const DARK: &str = "<style>@media (prefers-color-scheme: dark) {
text { fill: #dddddd } line, polyline { stroke: #999999 }
}</style>";

const WIDTH: u32 = 900;
const ROW: u32 = 20;
const LABELS: u32 = 360;
const VALUES: u32 = 60;

struct RatioBar {
    label: String,
    /// Time divided by the bare command's time; below 1 is faster.
    ratio: f64,
}

pub fn write(report: &BenchReport, path: &Path) -> Result<(), CliError> {
    let text = draw(&bars(report)).map_err(|error| CliError::new(error).about("the plot"))?;
    std::fs::write(path, text).map_err(|error| CliError::new(error).about(path.display()))
}

fn bars(report: &BenchReport) -> Vec<RatioBar> {
    let runs = report.runs.iter().flatten().map(|row| RatioBar {
        label: format!("{}: {}", row.program, row.way),
        ratio: row.ratio,
    });
    let verdicts = report.verdicts.iter().flatten().map(|row| RatioBar {
        label: format!("POST to verdict, {}, {}", row.program, row.way),
        ratio: row.ratio,
    });
    let rates = report.throughput.iter().flatten().map(|row| RatioBar {
        label: format!(
            "{} clients, {}: time a run, {}",
            row.clients, row.program, row.way
        ),
        ratio: 1.0 / row.ratio,
    });
    let bars = runs.filter(|bar| !bar.label.ends_with("bare spawn"));
    let all = bars.chain(verdicts).chain(rates);
    all.filter(|bar| bar.ratio.is_finite() && bar.ratio > 0.0)
        .collect()
}

fn draw(bars: &[RatioBar]) -> Result<String, Box<dyn std::error::Error>> {
    let mut text = String::new();
    let height = ROW * (bars.len() as u32 + 4);
    {
        let area = SVGBackend::with_string(&mut text, (WIDTH, height)).into_drawing_area();
        let ratios = || bars.iter().map(|bar| bar.ratio);
        // Whole powers of ten, with 1 among them.
        let least = 10f64.powf(ratios().fold(0.5, f64::min).log10().floor());
        let most = 10f64.powf(ratios().fold(2.0, f64::max).log10().ceil());
        let style = |anchor: HPos| {
            let font = ("sans-serif", 13).into_font().color(&INK);
            font.pos(Pos::new(anchor, VPos::Center))
        };
        let mut chart = ChartBuilder::on(&area)
            .caption(
                "time against the bare form (1): left is faster",
                ("sans-serif", 15).into_font().color(&INK),
            )
            .margin_left(LABELS)
            .margin_right(VALUES)
            .x_label_area_size(ROW)
            .build_cartesian_2d((least..most).log_scale(), 0.0..bars.len() as f64)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .light_line_style(TRANSPARENT)
            .bold_line_style(INK.mix(0.25))
            .axis_style(INK)
            .label_style(("sans-serif", 12).into_font().color(&INK))
            .x_label_formatter(&|value| figure(*value))
            .draw()?;
        for (at, bar) in bars.iter().enumerate() {
            let (top, bottom) = (
                (bars.len() - at) as f64 - 0.15,
                (bars.len() - at) as f64 - 0.85,
            );
            let color = if bar.ratio <= 1.0 { FASTER } else { SLOWER };
            let box_of = Rectangle::new([(1.0, bottom), (bar.ratio, top)], color.filled());
            chart.draw_series(std::iter::once(box_of))?;
            let (left, y) = chart.backend_coord(&(least, (top + bottom) / 2.0));
            let (end, _) = chart.backend_coord(&(bar.ratio.max(1.0), bottom));
            area.draw(&Text::new(
                bar.label.clone(),
                (left - 8, y),
                style(HPos::Right),
            ))?;
            area.draw(&Text::new(
                figure(bar.ratio),
                (end + 5, y),
                style(HPos::Left),
            ))?;
        }
        area.present()?;
    }
    Ok(with_style(&text))
}

/// Inserts the style sheet behind the opening tag.
fn with_style(text: &str) -> String {
    match text
        .find("<svg")
        .and_then(|at| Some(at + text[at..].find('>')? + 1))
    {
        Some(at) => format!("{}\n{DARK}{}", &text[..at], &text[at..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_labels_and_figures() {
        let bar = |label: &str, ratio| RatioBar {
            label: label.to_owned(),
            ratio,
        };
        let text = draw(&[bar("C++ <fast>", 0.04), bar("slow", 37.0)]).unwrap();
        for part in [
            "C++ &lt;fast&gt;",
            "0.040",
            "slow",
            "37.0",
            "prefers-color-scheme",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert_eq!(text.matches("<svg").count(), 1);
    }
}
