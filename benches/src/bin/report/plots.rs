//! Two plots: speed and memory against the size of the response.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

use remote_sessions_benches::rounds::median;

use crate::results::Results;

const COLORS: [RGBColor; 9] = [
    RGBColor(0, 90, 181),
    RGBColor(220, 50, 32),
    RGBColor(0, 130, 60),
    RGBColor(148, 80, 200),
    RGBColor(230, 140, 0),
    RGBColor(0, 160, 170),
    RGBColor(120, 120, 120),
    RGBColor(200, 60, 140),
    RGBColor(90, 60, 20),
];

/// Draws both. Without measurements there is nothing to draw.
pub fn draw(results: &Results, directory: &Path) -> Result<(), Box<dyn Error>> {
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let mut speeds: Series<'_> = BTreeMap::new();
    let mut peaks: Series<'_> = BTreeMap::new();
    for measured in &results.measured {
        let at = megabytes(measured.bytes);
        if measured.reader != "nothing" {
            speeds.entry(&measured.reader).or_default().push((at, measured.speed()));
        }
        peaks.entry(&measured.reader).or_default().push((at, measured.peak as f64 / 1024.0));
    }
    if peaks.is_empty() {
        return Ok(());
    }
    // A reader has the same colour in both.
    let colors: Colors<'_> = peaks.keys().copied().zip(COLORS.into_iter().cycle()).collect();
    plot(&directory.join("throughput.svg"), "Throughput from a file (GB/s)", &speeds, &colors)?;
    plot(&directory.join("memory.svg"), "Peak resident memory (MiB)", &peaks, &colors)
}

type Series<'a> = BTreeMap<&'a str, Vec<(f64, f64)>>;

type Colors<'a> = BTreeMap<&'a str, RGBColor>;

/// Both axes are logarithmic; several measurements at one size become their median.
fn plot(path: &Path, title: &str, series: &Series<'_>, colors: &Colors<'_>) -> Result<(), Box<dyn Error>> {
    let points = || series.values().flatten();
    let low = |pick: fn(&(f64, f64)) -> f64| points().map(pick).fold(f64::INFINITY, f64::min);
    let high = |pick: fn(&(f64, f64)) -> f64| points().map(pick).fold(0.0, f64::max);
    let area = SVGBackend::new(path, (960, 600)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 22))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(
            (low(|p| p.0) * 0.9..high(|p| p.0) * 1.1).log_scale(),
            (low(|p| p.1) * 0.7..high(|p| p.1) * 6.0).log_scale(),
        )?;
    chart
        .configure_mesh()
        .x_desc("response (MB)")
        .x_label_formatter(&|size| format!("{size}"))
        .y_label_formatter(&|value| format!("{value}"))
        .light_line_style(WHITE)
        .draw()?;
    for (name, points) in series {
        let color = colors[name];
        let width = if name.starts_with("ours") { 3 } else { 1 };
        let line = medians(points);
        chart
            .draw_series(LineSeries::new(line.iter().copied(), color.stroke_width(width)))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(width)));
        chart.draw_series(line.iter().map(|&point| Circle::new(point, 3, color.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()?;
    Ok(())
}

fn medians(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut sizes: BTreeMap<u64, (f64, Vec<f64>)> = BTreeMap::new();
    for &(size, value) in points {
        sizes.entry(size.round() as u64).or_insert((size, Vec::new())).1.push(value);
    }
    sizes.into_values().map(|(size, values)| (size, median(values))).collect()
}
