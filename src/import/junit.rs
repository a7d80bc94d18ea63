//! JUnit XML, which most test runners write: pytest, cargo-nextest, gtest, Maven, Catch2, vitest.

use std::collections::BTreeMap;

use super::xml::{self, Element};
use super::{Importer, Input, ReadOptions, broken, facts};
use crate::Result;
use crate::model::{Better, Failure, Measurement, Run, Tests, Time};

/// Reader of JUnit XML: the time of every case that ran, and the counts.
pub struct Junit;

impl Importer for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn doc(&self) -> &'static str {
        "JUnit XML of any test runner"
    }

    fn example(&self) -> &'static str {
        "pytest --junitxml=tests.xml && git bench record tests.xml"
    }

    fn claims(&self, input: &Input) -> bool {
        let root = input.text().and_then(xml::root);
        matches!(root.as_deref(), Some("testsuites" | "testsuite"))
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let skip = ["system-out", "system-err", "rerunFailure", "rerunError", "flakyFailure", "flakyError"];
        let root = xml::parse(input.text().unwrap_or_default(), &skip)
            .map_err(|what| broken(input, "JUnit file", "it", &what))?;
        let suites: Vec<&Element> = if root.name == "testsuite" {
            vec![&root]
        } else {
            root.children.iter().filter(|child| child.name == "testsuite").collect()
        };
        let (harness, joiner) = dialect(&root, &suites);
        let mut read = Reading { joiner, run: Run::default(), tests: Tests::default(), stressed: BTreeMap::new() };
        for suite in &suites {
            read.suite(suite);
        }
        let Reading { mut run, tests, stressed, .. } = read;
        for at in stressed.into_values() {
            if let Some(read) = run.measurements.get_mut(at) {
                let samples = std::mem::take(&mut read.samples);
                *read = std::mem::take(read).sampled(samples);
            }
        }
        run.harness = Some(harness.into());
        run.tests = Some(tests).filter(|tests| tests.total > 0);
        let stated = |element: &Element| element.attribute("timestamp").and_then(Time::parse);
        run.time = stated(&root).or_else(|| suites.iter().find_map(|suite| stated(suite)));
        let seconds: Vec<f64> = suites.iter().filter_map(|suite| suite.number("time")).collect();
        run.duration = root.number("time").or((!seconds.is_empty()).then(|| seconds.iter().sum()));
        Ok(vec![run])
    }
}

/// The runner's name, and what joins a class name and a case's name there.
fn dialect(root: &Element, suites: &[&Element]) -> (&'static str, &'static str) {
    let name = root.attribute("name").unwrap_or_default();
    let first = suites.first().and_then(|suite| suite.attribute("name")).unwrap_or_default();
    match name {
        "nextest-run" => ("cargo-nextest", "::"),
        // The report's name can be configured; the id of the run stays.
        _ if root.attribute("uuid").is_some() => ("cargo-nextest", "::"),
        "vitest tests" => ("vitest", " > "),
        "jest tests" => ("jest", "."),
        "pytest tests" => ("pytest", "."),
        _ if first == "pytest" => ("pytest", "."),
        _ => ("junit", "."),
    }
}

struct Reading {
    joiner: &'static str,
    run: Run,
    tests: Tests,
    /// Places of the measurements of stress runs, by name.
    stressed: BTreeMap<String, usize>,
}

impl Reading {
    fn suite(&mut self, suite: &Element) {
        let stress = suite.attribute("name").is_some_and(|name| {
            let number = name.rsplit_once("@stress-").map(|(_, number)| number);
            number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        });
        for child in &suite.children {
            match child.name.as_str() {
                "testcase" => self.case(child, stress),
                "testsuite" => self.suite(child),
                "properties" => self.properties(child),
                _ => {}
            }
        }
    }

    fn case(&mut self, case: &Element, stress: bool) {
        let leaf = case.attribute("name").unwrap_or_default();
        let name = match case.attribute("classname").filter(|class| !class.is_empty()) {
            Some(class) => format!("{class}{}{leaf}", self.joiner),
            None => leaf.to_owned(),
        };
        self.tests.total += 1;
        let not_run = matches!(case.attribute("status"), Some("notrun" | "disabled" | "skipped"))
            || matches!(case.attribute("result"), Some("suppressed" | "skipped"));
        let failure = case.child("failure").or_else(|| case.child("error"));
        if let Some(what) = failure {
            let count = if what.name == "error" { &mut self.tests.errors } else { &mut self.tests.failed };
            *count += 1;
            let said = what.attribute("message").filter(|m| !m.is_empty()).or_else(|| what.attribute("type"));
            let text = what.text.trim();
            let error = said.or(Some(text)).and_then(|said| said.lines().next()).unwrap_or_default();
            self.run.failures.push(Failure { test: name.clone(), error: error.into(), traceback: text.into() });
        } else if not_run || case.child("skipped").is_some() {
            self.tests.skipped += 1;
            return;
        } else {
            self.tests.passed += 1;
        }
        let time = seconds(case.attribute("time"));
        if failure.is_none() && time.is_none() {
            return;
        }
        let value = time.filter(|_| failure.is_none());
        if stress {
            self.add_stressed(name, value);
        } else {
            self.run.measurements.push(Measurement::new(name, "time", "s", Better::Lower, value));
        }
    }

    /// The runs of a stress test are samples of one measurement, which failed where one of them did.
    fn add_stressed(&mut self, name: String, value: Option<f64>) {
        let measurements = &mut self.run.measurements;
        let at = *self.stressed.entry(name).or_insert_with_key(|name| {
            let fresh = Measurement::new(name, "time", "s", Better::Lower, Some(0.0)).count(Some(0));
            measurements.push(fresh);
            measurements.len() - 1
        });
        if let Some(read) = measurements.get_mut(at) {
            let n = read.n.unwrap_or_default() + 1;
            let failed = read.value.is_none() || value.is_none();
            let mut samples = std::mem::take(&mut read.samples);
            samples.extend(value);
            let total: f64 = samples.iter().sum();
            let mean = (!failed).then(|| total / samples.len() as f64);
            read.n = Some(n);
            read.value = mean;
            read.samples = samples;
        }
    }

    /// What Java's runners say about the machine; user names and paths beside it are left alone.
    fn properties(&mut self, properties: &Element) {
        for property in properties.children.iter().filter(|child| child.name == "property") {
            let value = property.attribute("value");
            let platform = &mut self.run.platform;
            match property.attribute("name") {
                Some("os.name") => facts::put(platform, "os", value.map(facts::os).as_deref()),
                Some("os.version") => facts::put(platform, "os_version", value),
                Some("os.arch") => facts::put(platform, "arch", value.map(facts::arch).as_deref()),
                Some("java.version") => facts::put(&mut self.run.environment, "java_version", value),
                _ => {}
            }
        }
    }
}

/// Seconds as runners write them: `0.004`, `1,234.5`, and `0,004` where the comma is the decimal point.
fn seconds(text: Option<&str>) -> Option<f64> {
    let text = text?.trim();
    let text = if text.starts_with("0,") { text.replace(',', ".") } else { text.replace(',', "") };
    text.parse().ok().filter(|v: &f64| v.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Run> {
        let input = Input::file("t.xml", text.into());
        assert!(Junit.claims(&input));
        Junit.read(&input, &ReadOptions::default()).map(|mut runs| runs.remove(0))
    }

    fn rows(run: &Run) -> Vec<(&str, Option<f64>, Option<u64>)> {
        run.measurements.iter().map(|m| (m.name.as_str(), m.value, m.n)).collect()
    }

    #[test]
    fn cases_are_counted_and_named_by_class() {
        let run = read(
            "<?xml version='1.0'?>\n<testsuite name='s' time='2' timestamp='2024-01-15T10:30:00'><testsuite name='inner'>\
             <testcase classname='a.B' name='x' time='1,234.5'/><testcase name='no class' time='0.5'/>\
             <testcase classname='a.B' name='bad' time='1'><failure message='m&#10;n'><![CDATA[at <here>]]></failure><error/></testcase>\
             <testcase classname='a.B' name='err'><error type='Boom'>trace</error></testcase></testsuite>\
             <testcase name='s' time='0'><skipped/></testcase><testcase name='d' status='notrun' time='0'/>\
             <testcase name='flaky' time='0.25'><flakyFailure message='once'>x</flakyFailure></testcase>\
             <testcase name='untimed'/></testsuite>",
        )
        .unwrap();
        assert_eq!(run.tests.map(<[u64; 5]>::from), Some([8, 4, 1, 2, 1]));
        assert_eq!(
            rows(&run),
            [
                ("a.B.x", Some(1234.5), None),
                ("no class", Some(0.5), None),
                ("a.B.bad", None, None),
                ("a.B.err", None, None),
                ("flaky", Some(0.25), None)
            ]
        );
        assert_eq!(run.failures[0].error, "m");
        assert_eq!(run.failures[0].traceback, "at <here>");
        assert_eq!((run.failures[1].test.as_str(), run.failures[1].error.as_str()), ("a.B.err", "Boom"));
        assert_eq!(
            (run.duration, run.time.map(|t| t.to_string()).as_deref()),
            (Some(2.0), Some("2024-01-15T10:30:00Z"))
        );
    }

    #[test]
    fn stress_runs_are_samples_of_one() {
        let case = |time| format!("<testcase name='t' classname='c' time='{time}'/>");
        let run = read(&format!(
            "<testsuites name='nextest-run'><testsuite name='c@stress-0'>{}</testsuite><testsuite name='c@stress-1'>{}</testsuite></testsuites>",
            case("1"),
            case("2")
        ))
        .unwrap();
        assert_eq!(rows(&run), [("c::t", Some(1.5), Some(2))]);
        assert_eq!(run.measurements[0].samples, [1.0, 2.0]);
    }

    #[test]
    fn a_cut_file_is_named() {
        let error = read("<testsuites><testsuite name='a'>").unwrap_err();
        assert!(error.message.contains("'<testsuite>' is not closed"), "{}", error.message);
    }
}
