//! The measurements as a page of HTML that needs nothing beside it: tables, bars, growth over the size,
//! what the library chooses, and where the Hessian has elements.

use crate::common::report::{Row, cell};
use cotangent::HessianMode;
use cotangent::sparse::Pattern;
use std::fmt::Write;

/// What is told of one function.
pub(crate) struct Section {
    pub(crate) name: String,
    /// The rows at the size that was asked for.
    pub(crate) rows: Vec<Row>,
    /// Rows at other sizes, smallest first.
    pub(crate) growth: Vec<(usize, Vec<Row>)>,
    /// The table of what the library compares.
    pub(crate) explanation: String,
    /// Where the Hessian of the sum of the results can differ from zero.
    pub(crate) pattern: Option<Pattern>,
}

const COLORS: [&str; 4] = ["#1b6ca8", "#d1495b", "#66a182", "#edae49"];

const HEAD: &str = r##"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Hessian modes</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child { text-align: left; }
pre { background: #f5f5f5; padding: .8rem; overflow-x: auto; }
svg { max-width: 100%; height: auto; }
.chosen { font-weight: bold; }
</style></head><body>
<h1>The four ways to compose a Hessian</h1>
<p>Outer derivative first: <code>fwd-rev</code> is <code>jacfwd(jacrev(f))</code>. Times are medians of calls with arrays on the device, in microseconds.</p>
"##;

/// The whole page.
pub(crate) fn page(sections: &[Section]) -> String {
    let mut page = HEAD.to_string();
    for section in sections {
        section.write(&mut page);
    }
    page + "</body></html>\n"
}

/// Text that cannot be taken for HTML.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Section {
    fn write(&self, page: &mut String) {
        let title = self.rows.first().map_or("", |row| row.size.as_str());
        let dtype = self.rows.first().map_or("", |row| row.dtype.as_str());
        let mut add = |text: String| page.push_str(&text);
        add(format!("<h2>{}, n = {title}, {dtype}</h2>\n", plain(&self.name)));
        add(self.table());
        add(self.bars());
        if !self.growth.is_empty() {
            add("<h3>Growth with the number of variables</h3>\n".into());
            add(self.curves());
        }
        add("<h3>What <code>hessian(f)</code> takes, and why</h3>\n".into());
        add("<p>Estimates of the optimized programs; the least time is taken, marked by <code>&gt;</code>.</p>\n".into());
        add(format!("<pre>{}</pre>\n", plain(&self.explanation)));
        if let Some(pattern) = &self.pattern {
            let [n, _] = pattern.shape();
            add("<h3>Where it has elements</h3>\n".into());
            let share = 100.0 * pattern.nnz() as f64 / (n * n).max(1) as f64;
            add(format!(
                "<p>{} elements of {n} × {n} can differ from zero, {share:.2} %.</p>\n",
                pattern.nnz()
            ));
            add(picture(pattern));
        }
    }

    fn table(&self) -> String {
        let mut table = "<table><tr><th>composition</th><th>trace ms</th><th>compile ms</th><th>call µs</th><th>fastest µs</th><th>peak MB</th><th>error</th></tr>\n".to_string();
        for row in &self.rows {
            let numbers = [
                row.trace_ms,
                row.compile_ms,
                row.exec_us,
                row.exec_min_us,
                row.peak_mb,
                row.max_err_vs_ref,
            ];
            let cells: String =
                numbers.into_iter().map(|n| format!("<td>{}</td>", cell(n))).collect();
            let _ = writeln!(table, "<tr><td>{}</td>{cells}</tr>", plain(&row.composition));
        }
        table + "</table>\n"
    }

    fn bars(&self) -> String {
        let most = self.rows.iter().filter_map(|row| row.exec_us).fold(0.0, f64::max);
        let mut svg = svg(640, 34 * self.rows.len() + 8, "calls by composition");
        for (k, row) in self.rows.iter().enumerate() {
            let time = row.exec_us.unwrap_or(0.0);
            let (y, width) = (34 * k + 8, 400.0 * time / most.max(f64::MIN_POSITIVE));
            let _ = writeln!(
                svg,
                r#"<text x="0" y="{}">{}</text><rect x="90" y="{y}" width="{width:.1}" height="22" fill="{}"/><text x="{:.1}" y="{}">{} µs</text>"#,
                y + 16,
                plain(&row.composition),
                COLORS[k % 4],
                98.0 + width,
                y + 16,
                cell(row.exec_us)
            );
        }
        svg + "</svg>\n"
    }

    /// Time over the number of variables, both by powers.
    fn curves(&self) -> String {
        let points = self.growth.iter().flat_map(|(n, rows)| rows.iter().map(move |row| (*n, row)));
        let times = points.clone().filter_map(|(_, row)| row.exec_us).filter(|t| *t > 0.0);
        let (low, high) = times.fold((f64::INFINITY, 0.0f64), |(l, h), t| (l.min(t), h.max(t)));
        let sizes = || self.growth.iter().map(|(n, _)| (*n).max(1) as f64);
        let (least, most) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(1.0, f64::max));
        let along = |value: f64, low: f64, high: f64| {
            if high > low { (value / low).ln() / (high / low).ln() } else { 0.5 }
        };
        let x = |n: f64| 70.0 + 480.0 * along(n, least, most);
        let y = |t: f64| 250.0 - 220.0 * along(t, low, high);
        let mut svg = svg(640, 300, "time over the number of variables");
        for (n, _) in &self.growth {
            let at = x((*n).max(1) as f64);
            let _ = writeln!(svg, r#"<text x="{at:.1}" y="275" text-anchor="middle">{n}</text>"#);
        }
        for t in [low, high].into_iter().filter(|t| t.is_finite()) {
            let label = cell(Some(t));
            let _ = writeln!(
                svg,
                r#"<text x="60" y="{:.1}" text-anchor="end">{label} µs</text>"#,
                y(t) + 5.0
            );
        }
        for (k, mode) in HessianMode::ALL.iter().enumerate() {
            let of = |(n, rows): &(usize, Vec<Row>)| {
                let time = rows.iter().find(|row| row.composition == mode.name())?.exec_us?;
                Some(format!("{:.1},{:.1}", x((*n).max(1) as f64), y(time)))
            };
            let line: Vec<String> = self.growth.iter().filter_map(of).collect();
            let _ = writeln!(
                svg,
                r#"<polyline points="{}" fill="none" stroke="{}" stroke-width="2"/><text x="560" y="{}" fill="{}">{}</text>"#,
                line.join(" "),
                COLORS[k],
                40 + 20 * k,
                COLORS[k],
                mode.name()
            );
        }
        svg + "</svg>\n"
    }
}

fn svg(width: usize, height: usize, what: &str) -> String {
    format!(
        r#"<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-size="13" role="img" aria-label="{what}">"#
    ) + "\n"
}

/// The pattern as squares, at most 64 along a side; a square is filled if any of its elements is there.
fn picture(pattern: &Pattern) -> String {
    let [n, _] = pattern.shape();
    let cells = n.clamp(1, 64);
    let mut filled = vec![false; cells * cells];
    for (i, j) in pattern.elements() {
        filled[(i * cells / n) * cells + j * cells / n] = true;
    }
    let side = 384 / cells;
    let mut svg = svg(cells * side + 2, cells * side + 2, "elements that can differ from zero");
    let edge = cells * side + 1;
    let _ = writeln!(
        svg,
        r##"<rect x="0.5" y="0.5" width="{edge}" height="{edge}" fill="none" stroke="#999"/>"##
    );
    for k in (0..cells * cells).filter(|&k| filled[k]) {
        let (x, y) = (k % cells * side + 1, k / cells * side + 1);
        let _ = write!(svg, r#"<rect x="{x}" y="{y}" width="{side}" height="{side}"/>"#);
    }
    svg + "</svg>\n"
}
