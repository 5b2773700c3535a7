/// Gives a field-less enum a list of its values, the byte that stands for each in packed records and keys, and its name.
///
/// The byte is written out per variant, so that reordering the source can never change what is stored.
macro_rules! indexed {
    ($name:ident { $($variant:ident = $byte:literal),+ $(,)? }) => {
        impl $name {
            /// Every value, in the order of its byte.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The byte that stands for this value in packed records and keys; never reused.
            pub const fn index(self) -> u8 {
                match self {
                    $(Self::$variant => $byte),+
                }
            }

            /// The value that a byte stands for, or `None` for a byte that no value has.
            pub const fn from_index(byte: u8) -> Option<Self> {
                match byte {
                    $($byte => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The name in CamelCase, as documents, events and summaries write it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant)),+
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
