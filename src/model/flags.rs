//! Sets of flags that carry the bits the original API used.

/// Defines a set of flags. Unknown bits can be held (`from_bits_retain`), so that a call can
/// refuse them with `known()`; `TryFrom<i64>` takes known bits only.
macro_rules! flags {
    ($(#[$doc:meta])* $name:ident { $($(#[$kind:ident $($fdoc:tt)*])* $flag:ident = $value:literal,)* }) => {
        bitflags::bitflags! {
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
            #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
            pub struct $name: u32 {
                $($(#[$kind $($fdoc)*])* const $flag = $value;)*
            }
        }

        impl $name {
            /// These flags when every bit of them is known.
            ///
            /// # Errors
            /// `InvalidParameter` naming the bits that mean nothing.
            pub fn known(self) -> $crate::Result<Self> {
                match self.bits() & !Self::all().bits() {
                    0 => Ok(self),
                    unknown => Err($crate::Error::new(
                        $crate::ErrorKind::InvalidParameter,
                        format!(concat!("unknown bits {:#x} in ", stringify!($name)), unknown),
                    )),
                }
            }
        }

        impl TryFrom<i64> for $name {
            type Error = $crate::model::UnknownValue;

            fn try_from(value: i64) -> Result<Self, Self::Error> {
                u32::try_from(value).ok().and_then(Self::from_bits).ok_or(
                    $crate::model::UnknownValue { enumeration: stringify!($name), value },
                )
            }
        }
    };
}

pub(crate) use flags;
