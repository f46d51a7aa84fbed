//! Problem package and source in, verdict out.
