use influxdb_line_protocol::{FieldValue, parse_lines};
use proptest::prelude::*;

use super::*;

fn written(point: &MetricPoint, instance: &str, at: i64) -> String {
    String::from_utf8(point.write(Vec::new(), instance, at)).unwrap()
}

fn run(language: &str, cpu_time: f64, memory_bytes: u64) -> MetricPoint {
    MetricPoint::Run {
        language: LanguageId(language.to_owned()),
        verdict: Verdict::WrongAnswer,
        cpu_time,
        wall_time: 12.5,
        memory_bytes,
    }
}

#[test]
fn a_line_is_what_the_protocol_wants() {
    assert_eq!(
        written(&run("python", 1.25, 4096), "host:3001", 7),
        "run,instance=host:3001,language=python,verdict=Wrong\\ Answer \
         cpu_ms=1.25,wall_ms=12.5,memory_bytes=4096i 7\n"
    );
}

#[test]
fn nothing_is_written_that_a_server_refuses() {
    let line = written(&run("", f64::INFINITY, u64::MAX), "", 1);
    assert_eq!(
        line,
        "run,instance=-,language=-,verdict=Wrong\\ Answer \
         cpu_ms=0,wall_ms=12.5,memory_bytes=9223372036854775807i 1\n"
    );
    let line = written(&run("a\nb\\", f64::NAN, 0), "x\r\ny", 1);
    assert!(
        line.starts_with("run,instance=x__y,language=a_b_,"),
        "{line}"
    );
}

#[test]
fn lines_follow_each_other() {
    let point = run("rust", 1.0, 1);
    let lines = point.write(point.write(Vec::new(), "a", 1), "a", 2);
    assert_eq!(parse_lines(std::str::from_utf8(&lines).unwrap()).count(), 2);
}

proptest! {
    /// A point is one line with the same tags and fields, for any name.
    #[test]
    fn written_points_can_be_read(
        instance in any::<String>(),
        language in any::<String>(),
        cpu_time in any::<f64>(),
        memory_bytes in any::<u64>(),
        at in 0..i64::MAX,
    ) {
        let text = written(&run(&language, cpu_time, memory_bytes), &instance, at);
        let parsed: Result<Vec<_>, _> = parse_lines(&text).collect();
        let parsed = parsed.unwrap();
        prop_assert_eq!(parsed.len(), 1);
        let line = &parsed[0];
        prop_assert_eq!(line.series.measurement.as_str(), "run");
        prop_assert_eq!(line.tag_value("instance").unwrap().as_str(), tag(&instance));
        prop_assert_eq!(line.tag_value("language").unwrap().as_str(), tag(&language));
        prop_assert_eq!(line.tag_value("verdict").unwrap().as_str(), "Wrong Answer");
        let FieldValue::F64(cpu) = line.field_value("cpu_ms").unwrap() else { panic!("{text}") };
        prop_assert_eq!(*cpu, finite(cpu_time));
        let FieldValue::I64(memory) = line.field_value("memory_bytes").unwrap() else { panic!("{text}") };
        prop_assert_eq!(*memory, integer(memory_bytes));
        prop_assert_eq!(line.timestamp, Some(at));
    }
}
