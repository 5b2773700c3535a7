//! Fixed layouts of the packed records: fields one after another, integers big endian.

/// A value inside a packed record.
pub trait Field: Sized {
    /// Appends the bytes.
    fn put(&self, out: &mut Vec<u8>);
    /// Takes the value off the front of `input`; none if the bytes do not hold one.
    fn take(input: &mut &[u8]) -> Option<Self>;
}

macro_rules! integers {
    ($($t:ty = $bytes:literal),*) => {$(
        impl Field for $t {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }
            fn take(input: &mut &[u8]) -> Option<Self> {
                let (head, rest) = input.split_first_chunk::<$bytes>()?;
                *input = rest;
                Some(<$t>::from_be_bytes(*head))
            }
        }
    )*};
}
integers!(u8 = 1, u16 = 2, u32 = 4, u64 = 8);

impl Field for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn take(input: &mut &[u8]) -> Option<Self> {
        match u8::take(input)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Field for [u8; 32] {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
    fn take(input: &mut &[u8]) -> Option<Self> {
        let (head, rest) = input.split_first_chunk::<32>()?;
        *input = rest;
        Some(*head)
    }
}

/// Declares a record whose fields are packed in the order of the source.
macro_rules! packed {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$fdoc:meta])* $field:ident: $ty:ty,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: $ty,)*
        }

        impl joule_kit::packed::Packed for $name {
            fn pack(&self) -> Vec<u8> {
                let mut out = Vec::with_capacity(160);
                $($crate::codec::Field::put(&self.$field, &mut out);)*
                out
            }
            fn unpack(bytes: &[u8]) -> Option<Self> {
                let mut rest = bytes;
                let record = Self {
                    $($field: $crate::codec::Field::take(&mut rest)?,)*
                };
                rest.is_empty().then_some(record)
            }
        }
    )*};
}
pub(crate) use packed;
