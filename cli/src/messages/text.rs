//! Messages for people.

use std::fmt::{self, Debug, Write as _};
use std::time::Instant;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use super::{COMMAND, escaped};

/// `warning: text` for what the command says; `info: 0.012 s: event: text name=value` for what
/// the library does.
pub(super) struct Text {
    start: Instant,
}

impl Text {
    pub(super) fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl<S, N> FormatEvent<S, N> for Text
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut said = Said::default();
        event.record(&mut said);
        let metadata = event.metadata();
        write!(writer, "{}: ", name(*metadata.level()))?;
        if metadata.target() != COMMAND {
            write!(writer, "{:.3} s: ", self.start.elapsed().as_secs_f64())?;
        }
        writer.write_str(&escaped(&said.event))?;
        writer.write_str(&escaped(&said.message))?;
        writer.write_str(&escaped(&said.fields))?;
        if let Some(help) = said.help {
            write!(writer, "\nhelp: {}", escaped(&help))?;
        }
        writer.write_char('\n')
    }
}

fn name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warning",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

#[derive(Default)]
struct Said {
    event: String,
    message: String,
    fields: String,
    help: Option<String>,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message.push_str(value),
            "help" => self.help = Some(value.to_owned()),
            "event" => self.event = format!("{value}: "),
            name => self.field(name, value),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = format!("{value:?}");
        match field.name() {
            "message" => self.message.push_str(&value),
            name => self.field(name, &value),
        }
    }
}

impl Said {
    fn field(&mut self, name: &str, value: &str) {
        // Writing to a String does not fail.
        let _ = write!(self.fields, " {name}={value}");
    }
}
