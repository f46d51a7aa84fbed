use axum::body::Bytes;

/// Memory for rendered problems, in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// Caches the answers of `GET /api/problems/{id}`, by the content that they are made of: a problem
/// that is imported again is rendered again.
pub(crate) struct PageCache {
    pages: moka::sync::Cache<blake3::Hash, Bytes>,
}

impl Default for PageCache {
    fn default() -> Self {
        let pages = moka::sync::Cache::builder()
            .max_capacity(MAX_BYTES)
            .weigher(|_, page: &Bytes| u32::try_from(page.len()).unwrap_or(u32::MAX));
        PageCache {
            pages: pages.build(),
        }
    }
}

impl PageCache {
    /// Returns the page made of `content`, which is made once for all who wait for it.
    pub fn get_or_make(&self, content: &[u8], make: impl FnOnce() -> Bytes) -> Bytes {
        self.pages.get_with(blake3::hash(content), make)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_made_once() {
        let cache = PageCache::default();
        let first = cache.get_or_make(b"one", || Bytes::from_static(b"page"));
        assert_eq!(cache.get_or_make(b"one", || unreachable!()), first);
        let other = cache.get_or_make(b"two", || Bytes::from_static(b"other"));
        assert_ne!(other, first);
    }
}
