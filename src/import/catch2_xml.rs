//! Catch2's own XML reporter.

use super::xml::{self, Element};
use super::{Importer, Input, ReadOptions, broken};
use crate::Result;
use crate::model::{Better, Failure, Measurement, Run, Tests};

/// Reader of Catch2's XML; all its times are nanoseconds.
pub struct Catch2Xml;

impl Importer for Catch2Xml {
    fn name(&self) -> &'static str {
        "catch2-xml"
    }

    fn doc(&self) -> &'static str {
        "XML of Catch2 (its reporter xml)"
    }

    fn example(&self) -> &'static str {
        "./tests --reporter xml | git bench record -"
    }

    fn claims(&self, input: &Input) -> bool {
        let root = input.text().and_then(xml::root);
        matches!(root.as_deref(), Some("Catch" | "Catch2TestRun"))
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let root = xml::parse(input.text().unwrap_or_default(), &["StdOut", "StdErr"])
            .map_err(|what| broken(input, "Catch2 file", "it", &what))?;
        let version = root.attribute("catch2-version").map(|v| format!(" {v}")).unwrap_or_default();
        let mut run = Run { harness: Some(format!("Catch2{version}")), ..Run::default() };
        walk(&root, &mut Vec::new(), &mut run);
        run.tests = tests(&root);
        Ok(vec![run])
    }
}

fn walk<'a>(element: &'a Element, path: &mut Vec<&'a str>, run: &mut Run) {
    for child in &element.children {
        let name = child.attribute("name").unwrap_or_default().trim();
        match child.name.as_str() {
            "Group" => walk(child, path, run),
            "TestCase" | "Section" => {
                path.push(name);
                walk(child, path, run);
                path.pop();
                if child.child("OverallResult").is_some_and(|result| result.attribute("success") == Some("false")) {
                    run.failures.push(failure(name, child));
                }
            }
            "BenchmarkResults" => {
                let name = path.iter().chain([&name]).copied().collect::<Vec<_>>().join("/");
                run.measurements.push(measurement(&name, child));
            }
            _ => {}
        }
    }
}

fn measurement(name: &str, results: &Element) -> Measurement {
    let number = |child: &str| results.child(child).and_then(|element| element.number("value"));
    let value = if results.child("failed").is_some() { None } else { number("mean") };
    let mut read = Measurement::new(name, "time", "ns", Better::Lower, value);
    if !read.failed() {
        read.n = results.attribute("samples").and_then(|n| n.parse().ok());
        (read.mean, read.stddev) = (value, number("standardDeviation"));
    }
    read
}

/// What the first failed assertion or exception of a test case says.
fn failure(name: &str, case: &Element) -> Failure {
    let mut open = vec![case];
    while let Some(element) = open.pop() {
        let text = |child: &str| element.child(child).map(|c| c.text.trim().to_owned()).unwrap_or_default();
        match element.name.as_str() {
            "Expression" if element.attribute("success") == Some("false") => {
                let kind = element.attribute("type").unwrap_or_default();
                let error = format!("{kind}( {} )", text("Original"));
                return Failure { test: name.into(), error, traceback: text("Expanded") };
            }
            "Exception" | "Failure" | "FatalErrorCondition" => {
                let said = element.text.trim();
                let error = said.lines().next().unwrap_or(&element.name).to_owned();
                return Failure { test: name.into(), error, traceback: said.into() };
            }
            _ => open.extend(element.children.iter().rev()),
        }
    }
    Failure { test: name.into(), ..Failure::default() }
}

/// `OverallResultsCases` of the whole run; failures that were expected passed.
fn tests(root: &Element) -> Option<Tests> {
    let cases = root.child("OverallResultsCases")?;
    let count = |name| cases.attribute(name).and_then(|n| n.parse::<u64>().ok()).unwrap_or_default();
    let (failed, skipped) = (count("failures"), count("skips"));
    let passed = count("successes").saturating_add(count("expectedFailures"));
    let total = passed.saturating_add(failed).saturating_add(skipped);
    Some(Tests { total, passed, failed, skipped, errors: 0 }).filter(|tests| tests.total > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_name_and_expected_failures_passed() {
        let text = "<Catch2TestRun name='t' catch2-version='3.5.0'><TestCase name='a &lt;b>'><Section name='  s '>\
            <BenchmarkResults name='x' samples='20'><mean value='1.5e+03'/><standardDeviation value='2'/></BenchmarkResults></Section>\
            <OverallResult success='true' skips='0'/></TestCase><TestCase name='f'><BenchmarkResults name='y'><failed message='no'/></BenchmarkResults>\
            <Expression success='false' type='REQUIRE'><Original>1==2</Original><Expanded>1 == 2</Expanded></Expression><OverallResult success='false'/></TestCase>\
            <OverallResults successes='9' failures='1' expectedFailures='0'/><OverallResultsCases successes='1' failures='1' expectedFailures='2' skips='1'/></Catch2TestRun>";
        let input = Input::file("c", text.into());
        assert!(Catch2Xml.claims(&input));
        let run = Catch2Xml.read(&input, &ReadOptions::default()).unwrap().remove(0);
        let rows: Vec<_> = run.measurements.iter().map(|m| (m.name.as_str(), m.value, m.n, m.stddev)).collect();
        assert_eq!(rows, [("a <b>/s/x", Some(1500.0), Some(20), Some(2.0)), ("f/y", None, None, None)]);
        assert_eq!(run.tests.map(<[u64; 5]>::from), Some([5, 3, 1, 1, 0]));
        assert_eq!(run.failures[0].error, "REQUIRE( 1==2 )");
        assert_eq!(run.harness.as_deref(), Some("Catch2 3.5.0"));
    }
}
