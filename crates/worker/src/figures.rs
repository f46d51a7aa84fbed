//! Figures for whoever watches, beside the server's.

use letscode_judge::CompileCounts;
use metrics::counter;

/// How many programs were compiled, and how many came without.
pub fn compiled(counts: CompileCounts) {
    let by = [
        ("compiler", counts.compiled),
        ("cache", counts.remembered),
        ("shared", counts.shared),
    ];
    for (source, count) in by {
        counter!("letscode_compilations_total", "source" => source).absolute(count);
    }
    counter!("letscode_compile_cache_damaged_total").absolute(counts.damaged);
}

/// What was done before anybody asked: `cells` made to wait, a `draft` compiled.
pub fn followed(what: &'static str) {
    counter!("letscode_hints_followed_total", "what" => what).increment(1);
}
