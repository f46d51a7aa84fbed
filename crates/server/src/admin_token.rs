use std::fmt;

/// The operator's secret. Only its hash is kept, and hashes compare in constant time.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken(blake3::Hash);

impl AdminToken {
    pub fn new(token: &str) -> Self {
        AdminToken(blake3::hash(token.as_bytes()))
    }

    pub(crate) fn is(&self, sent: &str) -> bool {
        self.0 == blake3::hash(sent.as_bytes())
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(…)")
    }
}
