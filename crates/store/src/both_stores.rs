//! Where both databases understand the same statements, a trait is written once.

/// Implements a trait for both stores with the same methods.
macro_rules! for_both_stores {
    (impl $contract:ident { $($methods:tt)* }) => {
        #[async_trait::async_trait]
        impl $contract for crate::SqliteStore { $($methods)* }
        #[async_trait::async_trait]
        impl $contract for crate::PostgresStore { $($methods)* }
    };
}
