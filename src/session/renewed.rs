//! What sessions of older versions call differently, read under today's names.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::compare::renewed;

/// Reads JSON in which verdicts, notes and opinions may name a finding as an older version did.
pub(super) fn parse<T: DeserializeOwned>(json: &str) -> serde_json::Result<T> {
    let mut value: Value = serde_json::from_str(json)?;
    renew(&mut value);
    serde_json::from_value(value)
}

fn renew(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                match inner {
                    Value::String(name) if key == "finding" => *name = renewed(name).to_string(),
                    inner => renew(inner),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(renew),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_renewed_wherever_they_are() {
        let json = r#"{"Judge":{"target":{"finding":"trait “lists” more"},"verdict":"intended"},"why":["lists",{"finding":"x"}]}"#;
        let value: Value = parse(json).unwrap();
        assert_eq!(value["Judge"]["target"]["finding"], "trait “list” more");
        assert_eq!(value["why"][1]["finding"], "x");
    }
}
