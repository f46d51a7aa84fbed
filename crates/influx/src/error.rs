/// A reason why an address is not that of an InfluxDB.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TargetError {
    #[error("it is not an address: {0}")]
    Invalid(String),
    #[error("it must begin with http:// or https://")]
    Scheme,
    #[error("user and password do not belong there: give them as the token")]
    Password,
    #[error("it must say where to write to: ?db=NAME (InfluxDB 1) or ?org=NAME&bucket=NAME (2)")]
    NoDatabase,
    #[error("it names a database (InfluxDB 1) and a bucket (2): which one is meant?")]
    Ambiguous,
    #[error("times are written in nanoseconds, so that `precision` can't be chosen")]
    Precision,
    #[error("the token has characters that a header can't carry")]
    Token,
}
