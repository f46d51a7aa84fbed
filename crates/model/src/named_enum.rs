/// Defines an enum of plain names, which are the same in Rust, in JSON and in the database.
///
/// The macro has the derives that all of them need, and `as_str`. Attributes of the enum come after
/// these derives, so that it can state its spelling and more derives.
macro_rules! named_enum {
    ($(#[$attribute:meta])* pub enum $name:ident { $($variants:tt)* }) => {
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash,
            serde::Serialize, serde::Deserialize, strum::IntoStaticStr,
        )]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        $(#[$attribute])*
        pub enum $name { $($variants)* }

        impl $name {
            /// Returns the public spelling, the same as the serialised one.
            pub fn as_str(self) -> &'static str {
                self.into()
            }
        }
    };
}

pub(crate) use named_enum;
