//! Names of a package's files that several parts of the loader need.

pub(crate) const PROBLEM_YAML: &str = "problem.yaml";

pub(crate) const DOMJUDGE_INI: &str = "domjudge-problem.ini";

/// Time limit in seconds, on the first line.
pub(crate) const TIMELIMIT: &str = ".timelimit";

/// Time limit that was measured when the package was imported, in seconds on the first line. The
/// importer writes it beside the author's own files, so that every judge of that copy of the package
/// uses the same limit.
pub const CALIBRATED_FILE: &str = ".timelimit.calibrated";

/// File that only a Polygon package has.
pub(crate) const PROBLEM_XML: &str = "problem.xml";

/// File that only a DMOJ problem has.
pub(crate) const INIT_YML: &str = "init.yml";

/// Folder of a Hydro problem's test data.
pub(crate) const TESTDATA: &str = "testdata";

/// Settings of Hydro's test data, in its folder or, in an archive of test data alone, at the top.
pub(crate) const CONFIG_YAML: &str = "config.yaml";
