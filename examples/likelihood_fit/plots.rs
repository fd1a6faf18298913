//! Pictures of a fit, as SVG.

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use std::path::Path;

/// Twice the difference of the profiled likelihood from its least value, over the parameter.
pub(crate) fn scan(file: &Path, name: &str, values: &[f64], twice: &[f64]) -> Result<()> {
    let root = SVGBackend::new(file, (640, 420)).into_drawing_area();
    let draw = || -> std::result::Result<(), Box<dyn std::error::Error>> {
        root.fill(&WHITE)?;
        let (first, last) = (values[0], values[values.len() - 1]);
        let top = twice.iter().copied().fold(1.0f64, f64::max) * 1.05;
        let mut chart = ChartBuilder::on(&root)
            .margin(16)
            .x_label_area_size(40)
            .y_label_area_size(56)
            .build_cartesian_2d(first..last, 0.0..top)?;
        chart.configure_mesh().x_desc(name).y_desc("2 Δ NLL").light_line_style(WHITE).draw()?;
        let points = values.iter().copied().zip(twice.iter().copied());
        chart.draw_series(LineSeries::new(points.clone(), BLUE.stroke_width(2)))?;
        chart.draw_series(points.map(|at| Circle::new(at, 3, BLUE.filled())))?;
        for level in [1.0, 4.0].into_iter().filter(|level| *level < top) {
            let line = [(first, level), (last, level)];
            chart.draw_series(LineSeries::new(line, BLACK.mix(0.4)))?;
        }
        root.present()?;
        Ok(())
    };
    draw().map_err(|e| anyhow!("{}: {e}", file.display()))
}

/// The correlations of some parameters: red for positive ones, blue for negative ones.
pub(crate) fn correlations(file: &Path, names: &[String], matrix: &[Vec<f64>]) -> Result<()> {
    let n = names.len() as i32;
    let size = (180 + 28 * n as u32).clamp(360, 1600);
    let root = SVGBackend::new(file, (size, size)).into_drawing_area();
    let draw = || -> std::result::Result<(), Box<dyn std::error::Error>> {
        root.fill(&WHITE)?;
        let label = |k: &i32| names.get(*k as usize).cloned().unwrap_or_default();
        let mut chart = ChartBuilder::on(&root)
            .margin(16)
            .x_label_area_size(30)
            .y_label_area_size(140)
            .build_cartesian_2d((0..n).into_segmented(), (0..n).into_segmented())?;
        let name = |at: &SegmentValue<i32>| match at {
            SegmentValue::CenterOf(k) => label(k),
            _ => String::new(),
        };
        chart
            .configure_mesh()
            .disable_mesh()
            .x_labels(0)
            .y_labels(n as usize)
            .y_label_formatter(&name)
            .draw()?;
        let cells = (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
        chart.draw_series(cells.map(|(i, j)| {
            let r = matrix[i as usize][j as usize].clamp(-1.0, 1.0);
            let fade = |strength: f64| (255.0 * (1.0 - strength)) as u8;
            let color = match r >= 0.0 {
                true => RGBColor(255, fade(r), fade(r)),
                false => RGBColor(fade(-r), fade(-r), 255),
            };
            let corner = |k| SegmentValue::Exact(k);
            Rectangle::new([(corner(i), corner(j)), (corner(i + 1), corner(j + 1))], color.filled())
        }))?;
        root.present()?;
        Ok(())
    };
    draw().map_err(|e| anyhow!("{}: {e}", file.display()))
}
