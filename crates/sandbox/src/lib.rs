//! Runs one process in a cell. Knows no language and no verdict.
