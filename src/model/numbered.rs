//! Enumerations that carry the value the original API used.

/// A raw value that is none of an enumeration's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value} is no {enumeration}")]
pub struct UnknownValue {
    /// The name of the enumeration.
    pub enumeration: &'static str,
    /// The value that is not one of its values.
    pub value: i64,
}

/// Defines an enumeration with the original values, `value()`, `ALL` and `TryFrom<i64>`.
macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident: $raw:ty { $($(#[$vdoc:meta])* $variant:ident = $value:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
        }

        impl $name {
            /// Every value, in the order of the original numbers.
            #[allow(dead_code, reason = "not everything that is numbered is also listed")]
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The number the original API used.
            pub const fn value(self) -> $raw {
                match self { $(Self::$variant => $value,)* }
            }
        }

        impl TryFrom<i64> for $name {
            type Error = $crate::model::UnknownValue;

            fn try_from(value: i64) -> Result<Self, $crate::model::UnknownValue> {
                match value {
                    $($value => Ok(Self::$variant),)*
                    _ => Err($crate::model::UnknownValue { enumeration: stringify!($name), value }),
                }
            }
        }
    };
}

pub(crate) use numbered;
