//! Results as the benchmarks left them.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value;

use remote_sessions_benches::measure::Measured;
use remote_sessions_benches::rounds::{Growth, Timing};

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Results {
    /// Rounds, in the order run.
    pub timings: Vec<Timing>,
    /// Child processes, in the order run.
    pub measured: Vec<Measured>,
    /// What the script and the programs said of themselves and the machine.
    pub about: BTreeMap<String, String>,
    /// Criterion's figures.
    pub criterion: Vec<Estimate>,
    /// How the cost grows with the size, if that was run.
    pub growth: Option<Growth>,
}

/// One of criterion's figures.
#[derive(Debug)]
pub struct Estimate {
    /// The benchmark group.
    pub group: String,
    /// The function in it.
    pub function: String,
    /// The value in the function's name.
    pub value: String,
    /// Bytes read in one iteration.
    pub bytes: f64,
    /// Nanoseconds of the median iteration.
    pub median: f64,
}

impl Estimate {
    /// Billions of bytes a second.
    pub fn speed(&self) -> f64 {
        self.bytes / self.median
    }
}

impl Results {
    /// Reads JSON lines and criterion's directory. A line of no known kind is an error: it would be missed.
    pub fn load(lines: &Path, criterion: &Path) -> Result<Self, Box<dyn Error>> {
        let mut results = Self::default();
        for line in fs::read_to_string(lines)?.lines() {
            let value: Value = serde_json::from_str(line)?;
            match value["kind"].as_str() {
                Some("rounds") => results.timings.push(serde_json::from_value(value)?),
                Some("measured") => results.measured.push(serde_json::from_value(value)?),
                Some("growth") => results.growth = Some(serde_json::from_value(value)?),
                Some("about") => {
                    let members = value.as_object().into_iter().flatten();
                    let texts =
                        members.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
                    results.about.extend(texts);
                }
                kind => {
                    return Err(format!("expected rounds, measured, growth or about, found {kind:?}").into());
                }
            }
        }
        if criterion.is_dir() {
            results.collect(criterion)?;
            results.criterion.sort_by(|a, b| a.group.cmp(&b.group));
        }
        Ok(results)
    }

    /// The rounds of one reader over one response, in one run of the program: path (empty: any) and build.
    pub fn timing(&self, run: (&str, &str), corpus: &str, reader: &str) -> Option<&Timing> {
        self.timings.iter().rev().find(|timing| {
            (run.0.is_empty() || timing.path == run.0)
                && timing.build == run.1
                && timing.corpus == corpus
                && timing.reader == reader
        })
    }

    /// On-Demand's best way of one kernel, and the way's name.
    pub fn on_demand(
        &self,
        run: (&str, &str),
        corpus: &str,
        kernel: &str,
        texts: &str,
    ) -> Option<(&Timing, &'static str)> {
        const WAYS: [&str; 4] = ["documented", "ordered", "unordered", "each"];
        WAYS.into_iter()
            .filter_map(|way| {
                let reader = format!("on-demand-{kernel}-{way}-{texts}");
                Some((self.timing(run, corpus, &reader)?, way))
            })
            .min_by(|a, b| a.0.median.total_cmp(&b.0.median))
    }

    /// Criterion's figures of one group.
    pub fn group(&self, name: &str) -> Vec<&Estimate> {
        self.criterion.iter().filter(|estimate| estimate.group == name).collect()
    }

    /// Finds `new/benchmark.json` and `new/estimates.json` of every benchmark.
    fn collect(&mut self, directory: &Path) -> Result<(), Box<dyn Error>> {
        let new = directory.join("new");
        if new.join("benchmark.json").is_file() {
            let benchmark: Value = serde_json::from_str(&fs::read_to_string(new.join("benchmark.json"))?)?;
            let estimates: Value = serde_json::from_str(&fs::read_to_string(new.join("estimates.json"))?)?;
            let text = |name: &str| benchmark[name].as_str().unwrap_or_default().to_owned();
            let median = estimates["median"]["point_estimate"].as_f64().ok_or("expected a median")?;
            let bytes = benchmark["throughput"]["Bytes"].as_f64().unwrap_or_default();
            let (group, function, value) = (text("group_id"), text("function_id"), text("value_str"));
            self.criterion.push(Estimate { group, function, value, bytes, median });
            return Ok(());
        }
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() {
                self.collect(&path)?;
            }
        }
        Ok(())
    }
}
