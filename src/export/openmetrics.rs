//! OpenMetrics text 1.0: one gauge a metric and unit, every value with the time of its run, so that
//! `promtool tsdb create-blocks-from openmetrics` reads a whole history in.

use std::fmt::Write as _;

use super::points::{Points, Stream};
use super::{Exporter, Options, Row, Writer, Written};
use crate::model::format_f64;

pub(super) struct OpenMetrics;

/// What all names begin with.
const PREFIX: &str = "git_bench_";

impl Exporter for OpenMetrics {
    fn name(&self) -> &'static str {
        "openmetrics"
    }

    fn doc(&self) -> &'static str {
        "OpenMetrics text, as Prometheus reads it"
    }

    fn ending(&self) -> &'static str {
        "txt"
    }

    fn is_table(&self) -> bool {
        false
    }

    fn begin(&self, _: &Options) -> Box<dyn Writer> {
        Box::new(Gauges(Points::default()))
    }
}

struct Gauges(Points);

impl Writer for Gauges {
    fn add(&mut self, row: &Row<'_>) {
        self.0.add(row);
    }

    fn finish(self: Box<Self>) -> Written {
        let mut points = self.0;
        let same = points.settle();
        let mut out = String::new();
        let mut family = None;
        for (stream, values) in &points.streams {
            // Streams are sorted by name, then unit; two units of one name would be two families.
            if family != Some(&stream.name) {
                head(stream, &mut out);
                family = Some(&stream.name);
            }
            let labels = labels(stream);
            for (time, value) in values {
                let _ = writeln!(out, "{PREFIX}{}{{{labels}}} {} {}", stream.name, format_f64(*value), time.0);
            }
        }
        out.push_str("# EOF\n");
        Written { documents: vec![out.into_bytes()], remarks: points.remarks(same) }
    }
}

fn head(stream: &Stream, out: &mut String) {
    let (name, suffix) = (&stream.name, stream.suffix());
    let _ = writeln!(out, "# TYPE {PREFIX}{name} gauge");
    if !suffix.is_empty() {
        let _ = writeln!(out, "# UNIT {PREFIX}{name} {suffix}");
    }
    let _ = writeln!(out, "# HELP {PREFIX}{name} Values of runs that git-bench recorded.");
}

fn labels(stream: &Stream) -> String {
    let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    stream.filled().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::sample::{exported, rows};

    #[test]
    fn one_gauge_a_unit_and_labels_that_are_quoted() {
        let mut runs = rows();
        runs[0].m[1].name = "say \"hi\"\\\n".into();
        runs[0].m[1].value = Some(2048.0);
        let text = String::from_utf8(exported(&OpenMetrics, &runs, &Options::default()).concat()).unwrap();
        let want = "\
# TYPE git_bench_latency_seconds gauge
# UNIT git_bench_latency_seconds seconds
# HELP git_bench_latency_seconds Values of runs that git-bench recorded.
git_bench_latency_seconds{benchmark=\"flash_attention_forward\",metric=\"latency\",unit=\"s\",suite=\"default\",channel=\"local\",machine=\"AWS P4d\",environment=\"0123456789ab\"} 0.00152 1705314600
git_bench_latency_seconds{benchmark=\"flash_attention_forward\",metric=\"latency\",unit=\"s\",suite=\"default\",channel=\"local\",machine=\"AWS P4d\",environment=\"0123456789ab\"} 0.00154 1705318200
# TYPE git_bench_memory_bytes gauge
# UNIT git_bench_memory_bytes bytes
# HELP git_bench_memory_bytes Values of runs that git-bench recorded.
git_bench_memory_bytes{benchmark=\"say \\\"hi\\\"\\\\ \",metric=\"memory\",unit=\"B\",suite=\"default\",channel=\"local\",machine=\"AWS P4d\",environment=\"0123456789ab\"} 2048000000 1705314600
# EOF
";
        assert_eq!(text, want);
        assert_eq!(exported(&OpenMetrics, &[], &Options::default()).concat(), b"# EOF\n");
    }
}
