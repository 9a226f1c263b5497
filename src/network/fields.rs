//! What the cells of a row, or the terms of the bridge list, say beyond what the rules of a network are about.
//!
//! A field of the schema that no rule reads by its own type ends up here, checked, in its normal form. So does what the
//! schema does not know, as it stands: templates of the person's own may use it.

use crate::network::schema::{Field, FieldSchema};
use crate::network::types::CellValue;
use crate::source::Spanned;

/// Further values of a row, or of the whole network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields {
    /// Fields of the schema, in its order.
    pub known: Vec<FieldValues>,
    /// Columns or terms that are none of ours, in the document's order.
    pub own: Vec<OwnField>,
}

/// A field of the schema and what its cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldValues {
    /// Which field.
    pub schema: &'static FieldSchema,
    /// Its values in their normal form; the default where the cell is empty.
    pub values: Vec<Spanned<String>>,
}

/// A column or term that is none of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnField {
    /// Its name as written.
    pub name: Spanned<String>,
    /// The text of its cell, without marks.
    pub text: Spanned<String>,
}

impl Fields {
    /// The values of a field, for a rule that needs their type.
    pub fn values<T: CellValue>(&self, field: &Field<T>) -> Vec<Spanned<T>> {
        let known = self.known.iter().find(|known| *known.schema == field.schema);
        let texts = known.into_iter().flat_map(|known| &known.values);
        // A normal form reads as the value that it is the form of.
        texts.filter_map(|text| Some(Spanned::new(T::from_cell(&text.value).ok()?, text.span))).collect()
    }
}

impl OwnField {
    /// What templates call it: small letters, and `_` for what no name has in it.
    pub fn key(&self) -> String {
        key_of(&self.name.value)
    }
}

/// What templates call a column or term of that name.
pub fn key_of(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
    let key: String = name.to_lowercase().chars().map(plain).collect();
    if key.starts_with(|c: char| c.is_ascii_digit()) { format!("_{key}") } else { key }
}

#[cfg(test)]
mod tests {
    use super::key_of;

    #[test]
    fn keys_are_names_that_templates_can_write() {
        for (name, key) in [("Rack", "rack"), ("Rack unit", "rack_unit"), ("2nd NIC", "_2nd_nic"), ("Größe", "größe")]
        {
            assert_eq!(key_of(name), key);
        }
    }
}
