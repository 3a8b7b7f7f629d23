//! A page of its own: numbers, and plots as SVG. It needs no script, no other file and no network.

use std::fmt::Write as _;

use super::text::count;
use super::{PERCENTILES, Report, duration, text};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 220.0;
/// Room for the numbers beside a plot.
const LEFT: f64 = 64.0;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:light-dark(#22282b,#d5dadd);--faint:light-dark(#5c6568,#98a2a6);\
--line:light-dark(#d9d5cb,#33393c);--paper:light-dark(#fffdf8,#15191b);--a:light-dark(#0e5f66,#6fc3cb);--b:light-dark(#8a4b08,#e5a951)}\
body{max-width:46rem;margin:2.5rem auto;padding:0 1rem;background:var(--paper);color:var(--ink);font:1rem/1.6 system-ui,sans-serif}\
h1{font-size:1.3rem;overflow-wrap:anywhere}h2{margin:2rem 0 .4rem;font-size:1rem}p,td,th{font-size:.95rem}\
table{border-collapse:collapse}td,th{padding:.15rem 1.2rem .15rem 0;text-align:right;font-variant-numeric:tabular-nums}th{font-weight:600}\
svg{display:block;width:100%;height:auto}text{fill:var(--faint);font:12px system-ui,sans-serif}\
.axis{stroke:var(--line)}.a{stroke:var(--a);fill:none;stroke-width:2}.b{stroke:var(--b);fill:none;stroke-width:2}\
pre{white-space:pre-wrap;padding:1rem;border:1px solid var(--line);border-radius:.4rem;font-size:.85rem}.faint{color:var(--faint)}";

/// The page.
#[must_use]
pub fn html(report: &Report) -> String {
    let mut out = String::from("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    let _ = write!(
        out,
        "<title>Load on {url}</title><meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head>\
         <body><h1>{url}</h1><p>{how}</p><pre>{screen}</pre>",
        url = escape(&report.url),
        how = escape(&report.how),
        screen = escape(&numbers(report)),
    );
    out.push_str("<h2>Latency: what so many of the answers did not exceed</h2>");
    out.push_str(&percentiles(report));
    out.push_str("<h2>Answers a second</h2>");
    let rates: Vec<_> =
        report.moments.iter().map(|m| (m.at_seconds, m.answers as f64 / m.seconds)).collect();
    out.push_str(&over_time(&[("a", "", &rates)], |rate| count(rate as u64)));
    out.push_str("<h2>Latency over time</h2>");
    let p50: Vec<_> = report.moments.iter().map(|m| (m.at_seconds, m.p50_ms)).collect();
    let p99: Vec<_> = report.moments.iter().map(|m| (m.at_seconds, m.p99_ms)).collect();
    out.push_str(&over_time(&[("a", "p50", &p50), ("b", "p99", &p99)], duration));
    let machine = &report.machine;
    let _ = writeln!(
        out,
        "<p class=\"faint\">{}: {}, {} cores, {} GiB, Linux {}.</p></body></html>",
        report.date,
        escape(&machine.cpu),
        machine.cores,
        machine.memory_gib,
        escape(&machine.kernel)
    );
    out
}

/// The screen without its heading and its colours.
fn numbers(report: &Report) -> String {
    let screen = anstream::adapter::strip_str(&text(report)).to_string();
    screen.split_once("\n\n").map_or(screen.clone(), |(_, numbers)| numbers.to_owned())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Latency against the share of answers, in nines: each step to the right is ten times as rare.
fn percentiles(report: &Report) -> String {
    let most = report.curve.last().map_or(1.0, |last| nines(last.percentile));
    let points: Vec<(f64, f64)> =
        report.curve.iter().map(|each| (nines(each.percentile) / most, each.ms)).collect();
    let label = |percentile: f64| (nines(percentile) / most, format!("{percentile} %"));
    plot(&[("a", "", &points)], &PERCENTILES.map(label), duration)
}

fn nines(percentile: f64) -> f64 {
    -(1.0 - percentile / 100.0).max(1e-9).log10()
}

type Series<'a> = (&'a str, &'a str, &'a [(f64, f64)]);

fn over_time(series: &[Series<'_>], label: impl Fn(f64) -> String) -> String {
    let end = series
        .iter()
        .flat_map(|(_, _, points)| points.iter())
        .fold(0.0, |end: f64, (at, _)| end.max(*at));
    if end == 0.0 {
        return "<p>Nothing was answered.</p>".to_owned();
    }
    let scaled: Vec<Vec<(f64, f64)>> = series
        .iter()
        .map(|(_, _, points)| points.iter().map(|(at, value)| (at / end, *value)).collect())
        .collect();
    let series: Vec<Series<'_>> = series
        .iter()
        .zip(&scaled)
        .map(|((class, name, _), points)| (*class, *name, points.as_slice()))
        .collect();
    plot(&series, &[(0.0, "0 s".to_owned()), (1.0, format!("{end:.0} s"))], label)
}

/// The next number that is easily read, and its half, too.
fn rounded_up(most: f64) -> f64 {
    let most = most.max(1e-3);
    let magnitude = 10_f64.powf(most.log10().floor());
    let steps = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0].map(|step| step * magnitude);
    steps.into_iter().find(|step| *step >= most).unwrap_or(most)
}

/// Lines from points with x from 0 to 1; y begins at 0.
fn plot(
    series: &[Series<'_>],
    x_labels: &[(f64, String)],
    y_label: impl Fn(f64) -> String,
) -> String {
    let values = series.iter().flat_map(|(_, _, points)| points.iter().map(|(_, value)| *value));
    let most = rounded_up(values.fold(0.0, f64::max));
    let x = |share: f64| LEFT + share * (WIDTH - LEFT - 40.0);
    let y = |value: f64| HEIGHT - value / most * (HEIGHT - 20.0);
    let mut out = format!("<svg viewBox=\"0 0 {WIDTH} {:.0}\" role=\"img\">", HEIGHT + 26.0);
    for share in [0.0, 0.5, 1.0] {
        let at = y(most * share);
        let _ = write!(
            out,
            "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{:.0}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            WIDTH - 40.0,
            LEFT - 6.0,
            at + 4.0,
            escape(&y_label(most * share))
        );
    }
    for (share, label) in x_labels {
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>",
            x(*share),
            HEIGHT + 20.0,
            escape(label)
        );
    }
    for (class, name, points) in series {
        let path: Vec<String> =
            points.iter().map(|(at, value)| format!("{:.1},{:.1}", x(*at), y(*value))).collect();
        let _ = write!(out, "<polyline class=\"{class}\" points=\"{}\"/>", path.join(" "));
        if let Some((at, value)) = points.last() {
            let _ = write!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\">{name}</text>",
                x(*at) + 4.0,
                y(*value) + 4.0
            );
        }
    }
    out.push_str("</svg>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number() {
        let ends = [0.0, 0.7, 1.0, 8.41, 12.0, 53548.0].map(rounded_up);
        assert_eq!(ends, [0.001, 0.8, 1.0, 10.0, 20.0, 60000.0]);
    }
}
