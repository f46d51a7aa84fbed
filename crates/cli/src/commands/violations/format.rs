use letscode_model::{DeniedCall, Violation};

/// Formats what was denied: `socket(0x2, 0x1, …)`.
pub fn cause(violation: &Violation) -> String {
    match &violation.record.call {
        Some(DeniedCall {
            name, arguments, ..
        }) => format!("{name}({})", arguments.join(", ")),
        None => violation.record.kind.as_str().to_owned(),
    }
}

/// Formats the submission or run, with its test.
pub fn place(violation: &Violation) -> String {
    let record = &violation.record;
    let mut place = match (record.submission_id, record.run_id) {
        (Some(id), _) => format!("submission {id}"),
        (None, Some(id)) => format!("run {id}"),
        (None, None) => String::new(),
    };
    if let Some(problem) = &record.problem_id {
        place.push_str(&format!(" to {problem}"));
    }
    if let Some(test) = record.test {
        place.push_str(&format!(", test {test}"));
    }
    place
}
